"""All that a person can do to a document. `from symviewer.model import commands`, then `commands.accept(...)`."""

from __future__ import annotations

from symviewer.model.commands.annotations import (
    add,
    add_annotations,
    change_shapes,
    remove,
    reorder,
    set_flags,
    set_order,
)
from symviewer.model.commands.command import Command, make
from symviewer.model.commands.pictures import set_state, toggle_verified
from symviewer.model.commands.stars import complete_star, refine_center
from symviewer.model.commands.suggestions import (
    accept,
    accept_above,
    accept_where,
    add_suggestions,
    reject,
    replace_suggestion,
    suggest,
)

__all__ = [
    "Command",
    "accept",
    "accept_above",
    "accept_where",
    "add",
    "add_annotations",
    "add_suggestions",
    "change_shapes",
    "complete_star",
    "make",
    "refine_center",
    "reject",
    "remove",
    "reorder",
    "replace_suggestion",
    "set_flags",
    "set_order",
    "set_state",
    "suggest",
    "toggle_verified",
]
