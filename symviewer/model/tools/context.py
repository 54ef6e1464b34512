"""What tools work on, in one object: the document and its stack, the selection, and what the window sets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from clipsym_core.symmetry import Detection, Point, Shape
from symviewer.model.annotation import PictureId, ShapeId
from symviewer.model.commands import Command
from symviewer.model.document import Document
from symviewer.model.hit_test import Candidate, Hit, best_hit
from symviewer.model.selection import Selection
from symviewer.model.undo import UndoStack

Snap: TypeAlias = Callable[[Shape], Shape | None]
"""Pulls a shape onto the pixel evidence; None where there is none near. Called at every step of a drag, so it must be
quick (a window over a slow one may answer None until it knows)."""


@dataclass(slots=True)
class ToolContext:
    """What tools need.

    Attributes:
        snap: pixel evidence, None = there is none (yet).
        shows: which suggestions are visible, and so can be hit (`overlay.shows`).
        center_order: of a center that is drawn where the pixels do not tell.
        clicked: told of a center that was drawn (`center.Click`), to ask the pixels for its order and axes.
    """

    document: Document
    stack: UndoStack
    selection: Selection
    snap: Snap | None = None
    shows: Callable[[Detection], bool] = field(default=lambda _detection: True)
    center_order: int = 2
    clicked: Callable[[Any], object] = field(default=lambda _click: None)

    @property
    def picture(self) -> PictureId | None:
        """The picture that is edited."""
        return self.selection.picture

    @property
    def can_edit(self) -> bool:
        return self.picture is not None and not self.stack.read_only

    def push(self, command: Command | None) -> bool:
        return self.stack.push(command)

    def shape_of(self, shape: ShapeId) -> Shape | None:
        """The shape of an annotation or suggestion of the picture, None where it is gone."""
        if self.picture is None:
            return None
        holder = self.document.annotation(self.picture, shape) or self.document.suggestion(self.picture, shape)
        return holder.shape if holder else None

    def is_locked(self, shape: ShapeId) -> bool:
        """Whether a shape must not be changed by pointer and keys."""
        annotation = self.document.annotation(self.picture, shape) if self.picture is not None else None
        return annotation is not None and annotation.locked

    def candidates(self) -> list[Candidate]:
        """The visible shapes, in drawing order: suggestions below annotations."""
        picture = self.picture
        if picture is None:
            return []
        selected = set(self.selection.shapes)
        suggestions = [s for s in self.document.suggestions(picture) if self.shows(s.detection)]
        found = [Candidate(s.id, s.shape, s.id in selected) for s in reversed(suggestions)]
        found += [
            Candidate(a.id, a.shape, a.id in selected, a.locked)
            for a in self.document.annotations(picture)
            if not a.hidden
        ]
        return found

    def hit(self, point: Point, zoom: float) -> Hit | None:
        """The best hit under the pointer."""
        return best_hit(self.candidates(), point, zoom=zoom)

    def snapped(self, shape: Shape, *, off: bool = False) -> tuple[Shape, bool]:
        """The shape on the evidence, and whether that moved it; `off` while Alt is held."""
        if off or self.snap is None:
            return shape, False
        found = self.snap(shape)
        return (shape, False) if found is None else (found, True)
