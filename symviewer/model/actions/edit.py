"""Actions of the menu Edit."""

from __future__ import annotations

from typing import Final

from symviewer.model.action_spec import ActionSpec

EDIT: Final[tuple[ActionSpec, ...]] = (
    ActionSpec(
        "undo",
        "&Undo",
        "Edit",
        ("Ctrl+Z",),
        "Take the last step back.",
        "undo",
        short="Undo",
        toolbar=True,
        needs="undo",
    ),
    ActionSpec(
        "redo",
        "&Redo",
        "Edit",
        ("Ctrl+Shift+Z", "Ctrl+Y"),
        "Do the step again that was taken back last.",
        "redo",
        short="Redo",
        toolbar=True,
        needs="redo",
    ),
)
