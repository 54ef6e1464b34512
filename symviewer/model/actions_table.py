"""Every action as data: menus, tool bar, shortcuts, tooltips, F1 sheet and docs/shortcuts.md come from this table."""

from __future__ import annotations

from typing import Final

from symviewer.model.action_spec import ActionSpec
from symviewer.model.actions.detection import DETECTION
from symviewer.model.actions.edit import EDIT
from symviewer.model.actions.file import FILE
from symviewer.model.actions.help import HELP
from symviewer.model.actions.live import LIVE
from symviewer.model.actions.picture import PICTURE
from symviewer.model.actions.review import REVIEW
from symviewer.model.actions.view import VIEW

ACTIONS: Final[tuple[ActionSpec, ...]] = (*FILE, *EDIT, *PICTURE, *REVIEW, *VIEW, *DETECTION, *LIVE, *HELP)
"""In the order of the menus."""

BY_ID: Final[dict[str, ActionSpec]] = {spec.id: spec for spec in ACTIONS}

GESTURES: Final[tuple[tuple[str, str], ...]] = (
    ("Wheel", "Zoom to the pointer"),
    ("Space + drag, or middle button drag", "Move the picture"),
    ("Click", "Select a suggestion"),
    ("Right click", "What can be done at this place"),
    ("Drop", "Open pictures, folders or a checkpoint"),
)
"""What the mouse does on the picture."""
