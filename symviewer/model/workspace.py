"""All that the window shows, in one object without Qt: views read it and follow its events, services fill it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from clipsym_core.symmetry import Detection
from symviewer.model.events import Event
from symviewer.model.heatmaps import HeatmapPair, PictureImage
from symviewer.model.model_status import ModelStatus
from symviewer.model.overlay import Overlay
from symviewer.model.pictures import NOTHING, PictureList
from symviewer.model.settings import Settings


@dataclass(frozen=True, slots=True)
class Work:
    """What is being computed, in words; empty = nothing. `progress` is in [0, 1], None = unknown."""

    text: str = ""
    progress: float | None = None


class Workspace:
    """The state of one window.

    Events: `overlay_changed(overlay)`, `settings_changed(settings)`, `model_changed(status)`,
    `selection_changed(suggestion or None)`, `suggestions_changed()` (of the current picture), `image_changed(image or
    None)`, `heatmaps_changed(pair or None)`, `work_changed(work)`.
    """

    def __init__(self, settings: Settings | None = None) -> None:
        self.overlay_changed: Event[[Overlay]] = Event()
        self.settings_changed: Event[[Settings]] = Event()
        self.model_changed: Event[[ModelStatus]] = Event()
        self.selection_changed: Event[[Detection | None]] = Event()
        self.suggestions_changed: Event[[]] = Event()
        self.image_changed: Event[[PictureImage | None]] = Event()
        self.heatmaps_changed: Event[[HeatmapPair | None]] = Event()
        self.work_changed: Event[[Work]] = Event()
        self.pictures = PictureList()
        self._settings = settings or Settings()
        self._model = ModelStatus()
        self._selected: Detection | None = None
        self._image: PictureImage | None = None
        self._heatmaps: HeatmapPair | None = None
        self._work = Work()
        self.pictures.changed.connect(self._picture_changed)
        self.pictures.current_changed.connect(lambda _index: self._current_changed())

    def release(self) -> None:
        """End of the window: nobody is told any more, whatever a thread still delivers.

        An answer that was on its way when the threads ended arrives after the widgets that would show it are gone.
        """
        for owner in (self, self.pictures):
            for value in vars(owner).values():
                if isinstance(value, Event):
                    value.clear()

    # -- settings and overlay -----------------------------------------------------------------------------------------

    @property
    def settings(self) -> Settings:
        return self._settings

    @settings.setter
    def settings(self, value: Settings) -> None:
        if value == self._settings:
            return
        overlay_differs = value.overlay != self._settings.overlay
        self._settings = value
        self.settings_changed.emit(value)
        if overlay_differs:
            if self._selected is not None and not value.overlay.shows(self._selected):
                self.select(None)
            self.overlay_changed.emit(value.overlay)

    @property
    def overlay(self) -> Overlay:
        return self._settings.overlay

    def change_overlay(self, **values: object) -> None:
        """Change some values of the overlay.

        Raises:
            pydantic.ValidationError: a value that does not fit.
        """
        self.settings = self._settings.changed(overlay=self.overlay.changed(**values))

    # -- suggestions of the current picture ---------------------------------------------------------------------------

    @property
    def suggestions(self) -> tuple[Detection, ...]:
        """All suggestions of the current picture, best score first."""
        picture = self.pictures.current_picture
        return picture.suggestions if picture else ()

    @property
    def shown(self) -> tuple[Detection, ...]:
        """Those that the overlay shows."""
        return tuple(d for d in self.suggestions if self.overlay.shows(d))

    @property
    def selected(self) -> Detection | None:
        return self._selected

    def select(self, suggestion: Detection | None) -> None:
        """Select a suggestion of the current picture, or none."""
        if suggestion is not None and suggestion not in self.suggestions:
            suggestion = None
        if suggestion != self._selected:
            self._selected = suggestion
            self.selection_changed.emit(suggestion)

    def reveal(self, suggestions: Sequence[Detection]) -> None:
        """Select the first of these, making sure that all are shown."""
        if not all(map(self.overlay.shows, suggestions)):
            least = min(suggestion.score for suggestion in suggestions)
            lowered = min(self.overlay.threshold, math.floor(least * 100) / 100)
            self.change_overlay(suggestions=True, axes=True, centers=True, ellipses=True, threshold=lowered)
        self.select(suggestions[0])

    # -- the current picture's pixels and heatmaps --------------------------------------------------------------------

    @property
    def image(self) -> PictureImage | None:
        """The decoded current picture, None until it is there."""
        return self._image

    @property
    def heatmaps(self) -> HeatmapPair | None:
        """The heatmaps of the current picture, None until they are there."""
        return self._heatmaps

    def show_image(self, image: PictureImage | None) -> None:
        """Show a decoded picture; its heatmaps are to come."""
        self.show_heatmaps(None)
        if image is not self._image:
            self._image = image
            self.image_changed.emit(image)

    def show_heatmaps(self, heatmaps: HeatmapPair | None) -> None:
        """Show the heatmaps of the current picture."""
        if heatmaps is not self._heatmaps:
            self._heatmaps = heatmaps
            self.heatmaps_changed.emit(heatmaps)

    # -- model and work -----------------------------------------------------------------------------------------------

    @property
    def model(self) -> ModelStatus:
        return self._model

    @model.setter
    def model(self, status: ModelStatus) -> None:
        if status != self._model:
            self._model = status
            self.model_changed.emit(status)

    @property
    def work(self) -> Work:
        return self._work

    @work.setter
    def work(self, work: Work) -> None:
        if work != self._work:
            self._work = work
            self.work_changed.emit(work)

    # -----------------------------------------------------------------------------------------------------------------

    def _picture_changed(self, index: int) -> None:
        if index == self.pictures.current:
            if self._selected is not None and self._selected not in self.suggestions:
                self.select(None)
            self.suggestions_changed.emit()

    def _current_changed(self) -> None:
        self.select(None)
        self.suggestions_changed.emit()


__all__ = ["NOTHING", "Work", "Workspace"]
