"""The smallest changes of a document. Commands are made of them, the store writes them, undo turns them round."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, TypeAlias

from clipsym_core.symmetry import ReflectionAxis, Shape
from symviewer.model.annotation import Annotation, PictureId, ReviewState, ShapeId, Suggestion

Key: TypeAlias = tuple[str, PictureId, ShapeId]
"""What a delta is about: the kind of delta, the picture, the shape (empty for the picture itself)."""


@dataclass(frozen=True, slots=True)
class AnnotationDelta:
    """One annotation added (`before` is None), removed (`after` is None) or replaced by another of the same id."""

    picture: PictureId
    before: Annotation | None
    after: Annotation | None

    def __post_init__(self) -> None:
        _check_pair(self.before, self.after)

    @property
    def key(self) -> Key:
        return ("annotation", self.picture, _id_of(self.before, self.after))

    def inverted(self) -> AnnotationDelta:
        return AnnotationDelta(self.picture, self.after, self.before)


@dataclass(frozen=True, slots=True)
class SuggestionDelta:
    """One suggestion added, removed or replaced by another of the same id."""

    picture: PictureId
    before: Suggestion | None
    after: Suggestion | None

    def __post_init__(self) -> None:
        _check_pair(self.before, self.after)

    @property
    def key(self) -> Key:
        return ("suggestion", self.picture, _id_of(self.before, self.after))

    def inverted(self) -> SuggestionDelta:
        return SuggestionDelta(self.picture, self.after, self.before)


@dataclass(frozen=True, slots=True)
class StateDelta:
    """The review state of a picture changed."""

    picture: PictureId
    before: ReviewState
    after: ReviewState

    @property
    def key(self) -> Key:
        return ("state", self.picture, "")

    def inverted(self) -> StateDelta:
        return StateDelta(self.picture, self.after, self.before)


Delta: TypeAlias = AnnotationDelta | SuggestionDelta | StateDelta

_DELTA_COST: Final = 100
_SHAPE_COST: Final = 360
_POINT_COST: Final = 110
_EVIDENCE_COST: Final = 300


def cost(delta: Delta, *, done: bool) -> int:
    """Memory, in bytes, that keeping a delta takes, a little more than less (a test compares).

    The side that the document holds at the moment costs nothing extra: `after` where the delta is done, else `before`.
    """
    if isinstance(delta, StateDelta):
        return _DELTA_COST
    side = delta.before if done else delta.after
    if side is None:
        return _DELTA_COST
    evidence = _EVIDENCE_COST if isinstance(delta, SuggestionDelta) else 0
    return _DELTA_COST + _SHAPE_COST + evidence + _points(side.shape)


def compose(deltas: Iterable[Delta]) -> tuple[Delta, ...]:
    """Deltas that follow each other as one set: one delta a key, those that end where they began left out."""
    merged: dict[Key, Delta] = {}
    for delta in deltas:
        earlier = merged.get(delta.key)
        joined = _join(earlier, delta) if earlier is not None else delta
        if joined is None:
            del merged[delta.key]
        else:
            merged[delta.key] = joined
    return tuple(delta for delta in merged.values() if delta.before != delta.after)


def inverted(deltas: Iterable[Delta]) -> tuple[Delta, ...]:
    """What takes the deltas back, last one first."""
    return tuple(delta.inverted() for delta in reversed(tuple(deltas)))


def _join(first: Delta, second: Delta) -> Delta | None:
    """One delta for two of the same key; None where a shape was made and taken away again."""
    if isinstance(first, StateDelta) and isinstance(second, StateDelta):
        return StateDelta(first.picture, first.before, second.after)
    if isinstance(first, AnnotationDelta) and isinstance(second, AnnotationDelta):
        if first.before is None and second.after is None:
            return None
        return AnnotationDelta(first.picture, first.before, second.after)
    if isinstance(first, SuggestionDelta) and isinstance(second, SuggestionDelta):
        if first.before is None and second.after is None:
            return None
        return SuggestionDelta(first.picture, first.before, second.after)
    raise TypeError(f"{type(first).__name__} and {type(second).__name__} share a key.")


def _check_pair(before: Annotation | Suggestion | None, after: Annotation | Suggestion | None) -> None:
    if before is None and after is None:
        raise ValueError("A delta needs a shape before or after it.")
    if before is not None and after is not None and before.id != after.id:
        raise ValueError(f"A delta replaces a shape by one of the same id, got {before.id} and {after.id}.")


def _id_of(before: Annotation | Suggestion | None, after: Annotation | Suggestion | None) -> ShapeId:
    side = before or after
    return side.id if side else ""


def _points(shape: Shape) -> int:
    return _POINT_COST * len(shape.points) if isinstance(shape, ReflectionAxis) else 0
