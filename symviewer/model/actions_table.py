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
from symviewer.model.actions.tools import TOOLS
from symviewer.model.actions.training import TRAINING
from symviewer.model.actions.video import VIDEO
from symviewer.model.actions.view import VIEW

ACTIONS: Final[tuple[ActionSpec, ...]] = (
    *FILE,
    *EDIT,
    *PICTURE,
    *REVIEW,
    *VIEW,
    *TOOLS,
    *DETECTION,
    *VIDEO,
    *LIVE,
    *TRAINING,
    *HELP,
)
"""In the order of the menus."""

BY_ID: Final[dict[str, ActionSpec]] = {spec.id: spec for spec in ACTIONS}

GESTURES: Final[tuple[tuple[str, str], ...]] = (
    ("Wheel", "Zoom to the pointer"),
    ("Space + drag, or middle button drag", "Move the picture, also in the middle of drawing"),
    ("Click", "Select a shape; with Ctrl add it to the selection, or take it out"),
    ("Drag a shape", "Move what is selected; a suggestion becomes an annotation"),
    ("Drag a handle", "Change an end, turn (round handle), move (diamond)"),
    ("Drag over nothing", "Select what lies in the rectangle; with Ctrl add it"),
    ("Shift while dragging", "15 degree steps, circles, straight moves"),
    ("Alt while dragging", "No snapping to the pixels"),
    ("Arrow keys", "Move the selection, or the end that was clicked, by 1 px; with Shift by 10"),
    ("Tab", "Select the next shape under the pointer"),
    ("Esc", "Give the drawing up, deselect, back to the select tool"),
    ("Backspace", "Take the last point of a bent axis back; delete"),
    ("Right click", "What can be done at this place"),
    ("Drop", "Open pictures, folders, a project or a checkpoint"),
)
"""What the mouse does on the picture, and the keys of its tools."""
