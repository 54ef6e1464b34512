"""Which shapes of which picture are selected, and which handle of them is active."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from symviewer.model.annotation import PictureId, ShapeId
from symviewer.model.document import Document
from symviewer.model.events import Event
from symviewer.model.shape_edit import Part


@dataclass(frozen=True, slots=True)
class ActiveHandle:
    """The handle that arrows nudge: set by a click on it."""

    shape: ShapeId
    part: Part
    index: int = 0


class Selection:
    """Shapes of one picture, annotations and suggestions alike, in the order in which they were selected.

    It follows the document: what is removed, rejected or undone is not selected any more; what is accepted keeps its id
    and stays. Event: `changed()`.
    """

    def __init__(self, document: Document) -> None:
        self.changed: Event[[]] = Event()
        self._document = document
        self._picture: PictureId | None = None
        self._shapes: tuple[ShapeId, ...] = ()
        self._active: ActiveHandle | None = None
        document.annotations_changed.connect(self._follow)
        document.suggestions_changed.connect(self._follow)

    @property
    def picture(self) -> PictureId | None:
        return self._picture

    @property
    def shapes(self) -> tuple[ShapeId, ...]:
        return self._shapes

    @property
    def active(self) -> ActiveHandle | None:
        return self._active

    def __contains__(self, shape: ShapeId) -> bool:
        return shape in self._shapes

    def __len__(self) -> int:
        return len(self._shapes)

    def show_picture(self, picture: PictureId | None) -> None:
        """Go to another picture; nothing is selected there."""
        if picture != self._picture:
            self._picture = picture
            self._change((), None)

    def set(self, shapes: Iterable[ShapeId], *, active: ActiveHandle | None = None) -> None:
        """Select these instead of what is selected."""
        self._change(tuple(shape for shape in dict.fromkeys(shapes) if self._is_there(shape)), active)

    def add(self, shapes: Iterable[ShapeId]) -> None:
        """Select these, too."""
        self.set((*self._shapes, *shapes))

    def toggle(self, shape: ShapeId) -> None:
        """Select or deselect one, leaving the others."""
        if shape in self._shapes:
            self.set(other for other in self._shapes if other != shape)
        else:
            self.add([shape])

    def clear(self) -> None:
        self._change((), None)

    def select_all(self) -> None:
        """All visible annotations of the picture."""
        if self._picture is not None:
            self.set(a.id for a in self._document.annotations(self._picture) if not a.hidden)

    def _is_there(self, shape: ShapeId) -> bool:
        picture = self._picture
        if picture is None or picture not in self._document:
            return False
        document = self._document
        return document.annotation(picture, shape) is not None or document.suggestion(picture, shape) is not None

    def _follow(self, picture: PictureId, _shapes: frozenset[ShapeId]) -> None:
        if picture == self._picture and self._shapes:
            self._change(tuple(shape for shape in self._shapes if self._is_there(shape)), self._active)

    def _change(self, shapes: tuple[ShapeId, ...], active: ActiveHandle | None) -> None:
        if active is not None and active.shape not in shapes:
            active = None
        if (shapes, active) != (self._shapes, self._active):
            self._shapes, self._active = shapes, active
            self.changed.emit()
