"""What the actions of the menu Detection do."""

from __future__ import annotations

from typing import Final

from clipsym_core.symmetry import Point, RotationCenter
from symviewer.views.handlers.group import HandlerGroup
from symviewer.views.translation import tr

_STEP: Final = 0.05


class DetectionHandlers(HandlerGroup):
    """What the detector and the pixels say."""

    def detect(self) -> None:
        self._session.detection.detect_current()

    def cancel(self) -> None:
        self._session.cancel()

    def lower_threshold(self) -> None:
        self._workspace.change_overlay(threshold=round(max(self._workspace.overlay.threshold - _STEP, 0.0), 2))

    def raise_threshold(self) -> None:
        self._workspace.change_overlay(threshold=round(min(self._workspace.overlay.threshold + _STEP, 1.0), 2))

    def propose(self) -> None:
        point = self._place()
        if point is not None:
            self._session.evidence.propose(point)

    def analyse_center(self) -> None:
        point = self._place()
        if point is not None:
            self._workspace.tools.draw_center(point)

    def models(self) -> None:
        self._window.show_models()

    def evaluate(self) -> None:
        self._window.show_panel("evaluate")

    def _place(self) -> Point | None:
        """Where on the picture: of the open menu, under the pointer, or at the selected center."""
        canvas = self._window.canvas
        image, picture = self._workspace.image, self._workspace.pictures.current_picture
        if image is None or picture is None or image.path != picture.path:
            return None  # what is on the screen is still the picture before
        selected = self._workspace.selected
        point = canvas.menu_point or canvas.pointer
        if point is None and selected is not None and isinstance(selected.shape, RotationCenter):
            point = selected.shape.point
        if point is None:
            self._window.status.notice(tr("Move the pointer to a place on the picture first."))
        return point
