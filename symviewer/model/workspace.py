"""All that the window shows, in one object without Qt: views read it and follow its events, services fill it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from symviewer.model.annotation import Annotation, PictureId, ShapeId, Suggestion
from symviewer.model.axis_evidence import AxisScore
from symviewer.model.desk import Desk
from symviewer.model.events import Event
from symviewer.model.heatmaps import HeatmapPair, PictureImage
from symviewer.model.model_status import ModelStatus
from symviewer.model.overlay import Overlay
from symviewer.model.picture_order import PictureOrder
from symviewer.model.pictures import NOTHING, PictureList
from symviewer.model.settings import Settings
from symviewer.model.tools.toolbox import ToolBox


@dataclass(frozen=True, slots=True)
class Work:
    """What is being computed, in words; empty = nothing. `progress` is in [0, 1], None = unknown."""

    text: str = ""
    progress: float | None = None


class Workspace:
    """The state of one window.

    Events: `overlay_changed(overlay)`, `settings_changed(settings)`, `model_changed(status)`, `selection_changed()`,
    `shapes_changed(ids)` of the current picture (None = all, it is another picture), `image_changed(image or None)`,
    `heatmaps_changed(pair or None)`, `evidence_changed(score or None)` of the axis that is selected or dragged,
    `work_changed(work)`, `background_changed(work)`: work over many pictures, behind
    what a person waits for. What is on the desk is the one truth about shapes.
    """

    def __init__(self, settings: Settings | None = None) -> None:
        self.overlay_changed: Event[[Overlay]] = Event()
        self.settings_changed: Event[[Settings]] = Event()
        self.model_changed: Event[[ModelStatus]] = Event()
        self.selection_changed: Event[[]] = Event()
        self.shapes_changed: Event[[frozenset[ShapeId] | None]] = Event()
        self.image_changed: Event[[PictureImage | None]] = Event()
        self.heatmaps_changed: Event[[HeatmapPair | None]] = Event()
        self.evidence_changed: Event[[AxisScore | None]] = Event()
        self.work_changed: Event[[Work]] = Event()
        self.background_changed: Event[[Work]] = Event()
        self.pictures = PictureList()
        self.desk = Desk()
        self.order = PictureOrder(self.pictures, self.desk)
        self.tools = ToolBox(self.desk, lambda detection: self.overlay.shows(detection))
        self._settings = settings or Settings()
        self.tools.snap.on = self._settings.snap
        self._model = ModelStatus()
        self._image: PictureImage | None = None
        self._heatmaps: HeatmapPair | None = None
        self._evidence: AxisScore | None = None
        self._work = Work()
        self._background = Work()
        self.pictures.current_changed.connect(lambda _index: self._show_shapes())
        self.desk.replaced.connect(self._show_shapes)
        self.desk.shapes_changed.connect(self._on_shapes)
        self.desk.picture_changed.connect(self._on_desk_picture)
        self.desk.selection_changed.connect(self.selection_changed.emit)

    def release(self) -> None:
        """End of the window: nobody is told any more, whatever a thread still delivers.

        An answer that was on its way when the threads ended arrives after the widgets that would show it are gone.
        """
        for owner in (self, self.pictures, self.order, self.desk, self.tools, self.tools.snap):
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
        self.tools.snap.on = value.snap
        self.settings_changed.emit(value)
        if overlay_differs:
            shown = (s.id for s in self.selection if isinstance(s, Annotation) or value.overlay.shows(s.detection))
            self.select(*shown)
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

    # -- shapes of the current picture --------------------------------------------------------------------------------

    @property
    def picture_id(self) -> PictureId | None:
        """The current picture in the document, None where it is not there."""
        picture = self.pictures.current_picture
        return self.desk.find(picture.path) if picture else None

    @property
    def annotations(self) -> tuple[Annotation, ...]:
        """The annotations of the current picture, in drawing order."""
        picture = self.picture_id
        return () if picture is None else self.desk.document.annotations(picture)

    @property
    def suggestions(self) -> tuple[Suggestion, ...]:
        """All suggestions of the current picture, best score first."""
        picture = self.picture_id
        return () if picture is None else self.desk.document.suggestions(picture)

    @property
    def shown(self) -> tuple[Suggestion, ...]:
        """Those suggestions that the overlay shows."""
        return tuple(s for s in self.suggestions if self.overlay.shows(s.detection))

    @property
    def selection(self) -> tuple[Annotation | Suggestion, ...]:
        """What is selected, in the order in which it was."""
        picture, document = self.desk.selection.picture, self.desk.document
        if picture is None or picture not in document:
            return ()
        ids = self.desk.selection.shapes
        found = (document.annotation(picture, id) or document.suggestion(picture, id) for id in ids)
        return tuple(shape for shape in found if shape is not None)

    @property
    def selected(self) -> Annotation | Suggestion | None:
        """The one that is selected; None where none is, or several are."""
        selection = self.selection
        return selection[0] if len(selection) == 1 else None

    def select(self, *shapes: ShapeId) -> None:
        """Select these shapes of the current picture instead of what is selected."""
        self.desk.selection.set(shapes)

    def reveal(self, shapes: Sequence[ShapeId]) -> None:
        """Select these, making sure that the suggestions among them are shown."""
        hidden = [s for s in self.suggestions if s.id in shapes and not self.overlay.shows(s.detection)]
        if hidden:
            least = min(suggestion.score for suggestion in hidden)
            lowered = min(self.overlay.threshold, math.floor(least * 100) / 100)
            self.change_overlay(suggestions=True, axes=True, centers=True, ellipses=True, threshold=lowered)
        self.select(*shapes)

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

    @property
    def evidence(self) -> AxisScore | None:
        """What the pixels say about the axis that is selected or dragged."""
        return self._evidence

    def show_evidence(self, evidence: AxisScore | None) -> None:
        """Show what the pixels say."""
        if evidence is not self._evidence:
            self._evidence = evidence
            self.evidence_changed.emit(evidence)

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

    @property
    def background(self) -> Work:
        """Work over many pictures: a batch, measurements."""
        return self._background

    @background.setter
    def background(self, work: Work) -> None:
        if work != self._background:
            self._background = work
            self.background_changed.emit(work)

    # -----------------------------------------------------------------------------------------------------------------

    def _on_desk_picture(self, picture: PictureId) -> None:
        """Another state, another place or other counts: its row in the list follows."""
        if picture in self.desk.document:
            self.pictures.tell(self.desk.path_of(picture))
        if self.desk.selection.picture != self.picture_id:
            self._show_shapes()  # the picture on the screen was found to be one that the document knew elsewhere

    def _on_shapes(self, picture: PictureId, shapes: frozenset[ShapeId]) -> None:
        if picture == self.desk.selection.picture:
            self.shapes_changed.emit(shapes)

    def _show_shapes(self) -> None:
        """Another picture, or another document: all shapes are others."""
        self.tools.finish()
        self.desk.selection.show_picture(self.picture_id)
        self.shapes_changed.emit(None)


__all__ = ["NOTHING", "Work", "Workspace"]
