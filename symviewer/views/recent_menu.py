"""The menu of what was opened lately."""

from __future__ import annotations

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from symviewer.model.settings import Settings
from symviewer.services.session import Session
from symviewer.views.translation import tr


class RecentMenu:
    """A submenu of the File menu, before another action; follows the settings."""

    def __init__(self, menu: QMenu, before: QAction, session: Session) -> None:
        self._session = session
        self._menu = QMenu(tr("Open &recent"), menu)
        self._menu.setToolTipsVisible(True)
        menu.insertMenu(before, self._menu)
        session.workspace.settings_changed.connect(self._fill)
        self._fill(session.workspace.settings)

    def _fill(self, settings: Settings) -> None:
        self._menu.clear()
        for path in settings.recent:
            action = self._menu.addAction(_shortened(path))
            action.setToolTip(path)
            action.triggered.connect(lambda _checked=False, path=path: self._session.open([path]))
        if settings.recent:
            self._menu.addSeparator()
            self._menu.addAction(tr("&Clear this list")).triggered.connect(self._clear)
        self._menu.setEnabled(bool(settings.recent))

    def _clear(self) -> None:
        workspace = self._session.workspace
        workspace.settings = workspace.settings.changed(recent=())


def _shortened(path: str, limit: int = 60) -> str:
    text = path if len(path) <= limit else "…" + path[-limit:]
    return text.replace("&", "&&")
