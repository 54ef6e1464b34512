"""Live mode of one window: its service and its page, both made when it is first wanted."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from symviewer.model.live import LiveState, LiveStatus
from symviewer.views.icons import refresh_more_arrows

if TYPE_CHECKING:
    from symviewer.services.live.live_service import LiveService, Shown
    from symviewer.services.live.snapshots import Snapshots
    from symviewer.services.sources.base import Source
    from symviewer.services.sources.camera_list import CameraList
    from symviewer.views.live.page import LivePage
    from symviewer.views.main_window import MainWindow

_RUNNING: Final = ("live_freeze", "live_snapshot", "live_record", "live_record_plain")


class LiveMode:
    """Opens sources, shows their page in the middle of the window, and keeps the actions of the menu Live in step."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._session = window.session
        self._service: LiveService | None = None
        self._page: LivePage | None = None
        self._snapshots: Snapshots | None = None
        self._cameras: CameraList | None = None
        self._enable(LiveStatus())
        window.actions_by_id["live_smoothing"].setChecked(True)

    @property
    def service(self) -> LiveService:
        """The service, made with the first call."""
        if self._service is None:
            # Late: what follows symmetries needs OpenCV, which the first window does not wait for.
            from symviewer.services.live.live_service import LiveService
            from symviewer.services.live.snapshots import Snapshots

            session = self._session
            self._service = LiveService(session.workspace, session.detectors, busy=lambda: bool(session.training.live))
            self._service.problem.connect(session.problem)
            self._service.notice.connect(session.notice)
            self._service.status_changed.connect(self._on_status)
            self._service.shown.connect(self._on_shown)
            self._snapshots = Snapshots(session.workspace, session.projects, session.open)
            self._snapshots.problem.connect(session.problem)
            self._snapshots.notice.connect(session.notice)
            session.adopt(self._service)
            session.adopt(self._snapshots)
        return self._service

    @property
    def snapshots(self) -> Snapshots:
        """What keeps frames, made with the service."""
        assert self.service is not None
        assert self._snapshots is not None
        return self._snapshots

    @property
    def cameras(self) -> CameraList:
        """What looks for cameras, made with the first call."""
        if self._cameras is None:
            from symviewer.services.sources.camera_list import CameraList

            self._cameras = CameraList()
            self._session.adopt(self._cameras)
        return self._cameras

    @property
    def page(self) -> LivePage:
        """The page, made with the first call."""
        if self._page is None:
            from symviewer.views.live.page import LivePage

            self._page = LivePage(self._window.actions_by_id)
            self.apply_theme()
        return self._page

    def open(self, make: Callable[[], Source]) -> None:
        """Show a source instead of the picture."""
        self._session.detection.look_ahead([])  # what may be wanted next can wait
        self.service.start(make)

    def close(self) -> None:
        """Back to the picture."""
        if self._service is not None:
            self._service.close()

    def snapshot(self) -> None:
        """Keep the frame on the screen with its shapes."""
        shown = self.service.newest
        if shown is not None:
            self.snapshots.take(shown.frame.pixels, self.service.visible())

    def apply_theme(self) -> None:
        """Follow the colors of the window."""
        if self._page is not None:
            self._page.set_ground(self._window.ground)
            refresh_more_arrows(self._page)

    # -----------------------------------------------------------------------------------------------------------------

    def _on_status(self, status: LiveStatus) -> None:
        self._window.center.cover(self.page if status.active else None)
        if status.active:
            self.page.show_status(status)
        else:
            self.page.view.show_frame(None, self._session.workspace.overlay, self.service.stats)
        self._enable(status)

    def _on_shown(self, shown: Shown) -> None:
        self.page.view.show_frame(shown, self._session.workspace.overlay, self.service.stats)

    def _enable(self, status: LiveStatus) -> None:
        actions = self._window.actions_by_id
        running = status.state in (LiveState.RUNNING, LiveState.FROZEN, LiveState.ENDED)
        for id in _RUNNING:
            actions[id].setEnabled(running)
        actions["live_freeze"].setEnabled(status.state in (LiveState.RUNNING, LiveState.FROZEN))
        actions["live_freeze"].setChecked(status.state is LiveState.FROZEN)
        actions["live_retry"].setEnabled(status.state in (LiveState.LOST, LiveState.ENDED))
        for id in ("live_close", "live_smoothing"):
            actions[id].setEnabled(status.active)
        recording = status.recording
        for id, overlay in (("live_record", True), ("live_record_plain", False)):
            on = bool(recording) and self._service is not None and self._service.records_overlay is overlay
            actions[id].setChecked(on)
            actions[id].setEnabled(running and (on or not recording))
