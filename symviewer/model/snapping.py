"""Snapping while a shape is dragged, over pixel evidence that answers late: ask, and use what is known already.

The answer for the last place is kept. While the pointer stays near to what it found, the shape rests there; when it
leaves, the shape follows the pointer and the pixels are asked again. Nothing here waits.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from clipsym_core.symmetry import Point, ReflectionAxis, RotationCenter, Shape
from symviewer.model.annotation import PictureId
from symviewer.model.events import Event

ATTRACTION: Final = 10.0
"""A shape is pulled to evidence this near, px of the screen."""


@dataclass(frozen=True, slots=True)
class SnapQuestion:
    """Where is evidence within `reach` px of the picture?"""

    picture: PictureId
    shape: Shape
    reach: float


class LateSnap:
    """What tools call as `ToolContext.snap`; `on` while there is somebody who answers.

    Events: `asked(question)`; `answered()` when a drag should be shown anew.
    """

    def __init__(self) -> None:
        self.asked: Event[[SnapQuestion]] = Event()
        self.answered: Event[[]] = Event()
        self.on = False
        self._picture: PictureId | None = None
        self._reach = ATTRACTION
        self._question: SnapQuestion | None = None
        self._known: Shape | None = None

    def begin(self, picture: PictureId | None, zoom: float) -> None:
        """A gesture begins or goes on, on this picture at this zoom."""
        if picture != self._picture:
            self.forget()
        self._picture, self._reach = picture, ATTRACTION / zoom

    def forget(self) -> None:
        """The gesture is over."""
        self._question = self._known = None

    def __call__(self, shape: Shape) -> Shape | None:
        """The evidence near a shape as far as it is known."""
        can_snap = isinstance(shape, RotationCenter) or (isinstance(shape, ReflectionAxis) and shape.is_straight)
        if not self.on or self._picture is None or not can_snap:
            return None
        question = SnapQuestion(self._picture, shape, self._reach)
        if question != self._question:
            self._question = question
            self.asked.emit(question)
        if self._known is not None and away(shape, self._known) <= self._reach:
            return self._known
        return None

    def take(self, question: SnapQuestion, found: Shape | None) -> None:
        """The answer to a question; one that is no longer asked may still be near enough."""
        if self._question is None or question.picture != self._picture:
            return
        if found != self._known:
            self._known = found
            self.answered.emit()


def away(a: Shape, b: Shape) -> float:
    """How far the points of a shape, px, lie from those of another of its kind; infinite for another kind."""
    one, other = _points(a), _points(b)
    if type(a) is not type(b) or len(one) != len(other):
        return math.inf
    return max(math.dist(p, q) for p, q in zip(one, other, strict=True))


def _points(shape: Shape) -> tuple[Point, ...]:
    if isinstance(shape, ReflectionAxis):
        return shape.points
    return (shape.point,) if isinstance(shape, RotationCenter) else (shape.center,)
