"""Saves the settings a moment after they changed, and at the end."""

from __future__ import annotations

import logging
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal

from symviewer.model.problem import Problem
from symviewer.model.settings import Settings
from symviewer.model.translating import tr
from symviewer.model.workspace import Workspace
from symviewer.store.settings_store import SettingsStore

log = logging.getLogger(__name__)

DELAY_MS: Final = 800
"""A slider that is dragged makes many settings; one is saved."""


class SettingsKeeper(QObject):
    """Follows the settings of a workspace. Signal: `problem(Problem)`, once a session."""

    problem = Signal(object)

    def __init__(self, workspace: Workspace, store: SettingsStore, *, enabled: bool = True) -> None:
        super().__init__()
        self._workspace = workspace
        self._store = store
        self._saved = workspace.settings
        self._complained = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DELAY_MS)
        self._timer.timeout.connect(self.save)
        if enabled:
            workspace.settings_changed.connect(self._on_settings)
        self._enabled = enabled

    def save(self) -> None:
        """Save now, where there is something to save."""
        settings = self._workspace.settings
        if settings == self._saved or not self._enabled:
            return
        try:
            self._store.save(settings)
        except OSError as error:
            log.warning("The settings cannot be saved: %s", error)
            if not self._complained:
                self._complained = True
                why = f"{self._store.path}: {error.strerror or error}."
                self.problem.emit(
                    Problem(tr("The settings cannot be saved."), why, tr("They are kept until you close."))
                )
            return
        self._saved = settings

    def stop(self) -> None:
        """Save and end."""
        self._timer.stop()
        self.save()

    def _on_settings(self, settings: Settings) -> None:
        self._timer.start()
