"""What the groups of handlers share."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from symviewer.views.main_window import MainWindow


class HandlerGroup:
    """Actions of one menu of one window; each public method is what the action of its name does."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._session = window.session
        self._workspace = window.session.workspace
