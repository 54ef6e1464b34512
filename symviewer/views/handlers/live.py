"""What the actions of the menu Live do."""

from __future__ import annotations

import os
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog

from symviewer.views.handlers.file import last_folder
from symviewer.views.handlers.group import HandlerGroup
from symviewer.views.translation import tr

if TYPE_CHECKING:
    from symviewer.views.live.live_mode import LiveMode


class LiveHandlers(HandlerGroup):
    """Cameras and other live sources."""

    @property
    def _live(self) -> LiveMode:
        return self._window.live

    def live_demo(self) -> None:
        from symviewer.services.sources.demo import DemoSource

        self._live.open(DemoSource)

    def live_open(self) -> None:
        from symviewer.views.dialogs.live_dialog import LiveDialog

        dialog = self._window.show_dialog(
            LiveDialog, lambda: LiveDialog(self._live.open, self._live.cameras, self._window)
        )
        if isinstance(dialog, LiveDialog):
            dialog.refresh()

    def live_freeze(self, frozen: bool) -> None:
        self._live.service.freeze(frozen)

    def live_snapshot(self) -> None:
        self._live.snapshot()

    def live_record(self, on: bool) -> None:
        self._record(on, overlay=True)

    def live_record_plain(self, on: bool) -> None:
        self._record(on, overlay=False)

    def live_smoothing(self, on: bool) -> None:
        self._live.service.smooth(on)

    def live_retry(self) -> None:
        self._live.service.retry()

    def live_close(self) -> None:
        self._live.close()

    def _record(self, on: bool, *, overlay: bool) -> None:
        service = self._live.service
        if not on:
            service.record_stop()
            return
        folder = last_folder(self._workspace.settings.recent)
        name = os.path.join(folder, f"live {datetime.now():%Y-%m-%d %H.%M.%S}.mp4")
        path, _ = QFileDialog.getSaveFileName(
            self._window, tr("Record to"), name, tr("Videos (*.mp4 *.mkv *.mov *.webm *.avi)")
        )
        if path:
            service.record(path, overlay=overlay)
        else:
            action = self._window.actions_by_id["live_record" if overlay else "live_record_plain"]
            action.setChecked(False)
