"""What each action of the table does: one method an action, named as the action is; one module a menu."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from symviewer.model.actions_table import ACTIONS
from symviewer.views.handlers.detection import DetectionHandlers
from symviewer.views.handlers.edit import EditHandlers
from symviewer.views.handlers.file import FileHandlers
from symviewer.views.handlers.group import HandlerGroup
from symviewer.views.handlers.help import HelpHandlers
from symviewer.views.handlers.live import LiveHandlers
from symviewer.views.handlers.picture import PictureHandlers
from symviewer.views.handlers.review import ReviewHandlers
from symviewer.views.handlers.tools import ToolHandlers
from symviewer.views.handlers.training import TrainingHandlers
from symviewer.views.handlers.video import VideoHandlers
from symviewer.views.handlers.view import ViewHandlers

if TYPE_CHECKING:
    from symviewer.views.main_window import MainWindow

GROUPS: Final[tuple[type[HandlerGroup], ...]] = (
    FileHandlers,
    EditHandlers,
    PictureHandlers,
    ReviewHandlers,
    ViewHandlers,
    ToolHandlers,
    DetectionHandlers,
    VideoHandlers,
    LiveHandlers,
    TrainingHandlers,
    HelpHandlers,
)


def handlers(window: MainWindow) -> dict[str, Callable[..., object]]:
    """The handler of every action, by id.

    Raises:
        AttributeError: an action of the table has no handler.
    """
    groups = [kind(window) for kind in GROUPS]
    found = {}
    for spec in ACTIONS:
        group = next((group for group in groups if hasattr(group, spec.id)), None)
        if group is None:
            raise AttributeError(f"no handler for the action {spec.id!r}")
        found[spec.id] = getattr(group, spec.id)
    return found
