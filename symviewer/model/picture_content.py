"""The shapes of one picture, by id and in order."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntFlag
from typing import NamedTuple

from clipsym_core.symmetry import ReflectionAxis, RotationCenter, Shape
from symviewer.model.annotation import Annotation, PictureId, ReviewState, ShapeId, Suggestion
from symviewer.model.deltas import AnnotationDelta, SuggestionDelta


class Kinds(IntFlag):
    """Which kinds of shapes a picture has, annotated or suggested."""

    NONE = 0
    AXES = 1
    CENTERS = 2
    ELLIPSES = 4


class PictureEntry(NamedTuple):
    """What the document knows of a picture without its shapes: enough for the file list.

    Attributes:
        path: relative to the project's folder with `/` between its parts; absolute where it lies outside.
        annotations, suggestions: how many there are.
        kinds: of both.
        disagreement: how much the model contradicts itself, in [0, 1] (`clipsym_core.evaluate.disagreement`); None =
            not measured.
        measured_by: the model that was measured.
    """

    id: PictureId
    path: str
    state: ReviewState = ReviewState.NONE
    annotations: int = 0
    suggestions: int = 0
    kinds: Kinds = Kinds.NONE
    disagreement: float | None = None
    measured_by: str = ""


class PictureContent:
    """Annotations in drawing order, suggestions best score first. Only the document changes it."""

    __slots__ = ("_annotations", "_ordered_annotations", "_ordered_suggestions", "_suggestions")

    def __init__(self, annotations: Iterable[Annotation] = (), suggestions: Iterable[Suggestion] = ()) -> None:
        self._annotations: dict[ShapeId, Annotation] = {a.id: a for a in annotations}
        self._suggestions: dict[ShapeId, Suggestion] = {s.id: s for s in suggestions}
        self._ordered_annotations: tuple[Annotation, ...] | None = None
        self._ordered_suggestions: tuple[Suggestion, ...] | None = None

    def __len__(self) -> int:
        return len(self._annotations) + len(self._suggestions)

    @property
    def kinds(self) -> Kinds:
        found = Kinds.NONE
        holders: tuple[Annotation | Suggestion, ...] = (*self._annotations.values(), *self._suggestions.values())
        for holder in holders:
            found |= kind_of(holder.shape)
        return found

    @property
    def annotations(self) -> tuple[Annotation, ...]:
        if self._ordered_annotations is None:
            self._ordered_annotations = tuple(sorted(self._annotations.values(), key=lambda a: (a.rank, a.id)))
        return self._ordered_annotations

    @property
    def suggestions(self) -> tuple[Suggestion, ...]:
        if self._ordered_suggestions is None:
            self._ordered_suggestions = tuple(sorted(self._suggestions.values(), key=lambda s: (-s.score, s.id)))
        return self._ordered_suggestions

    def annotation(self, shape: ShapeId) -> Annotation | None:
        return self._annotations.get(shape)

    def suggestion(self, shape: ShapeId) -> Suggestion | None:
        return self._suggestions.get(shape)

    def fits(self, delta: AnnotationDelta | SuggestionDelta) -> bool:
        """Whether a delta starts from what is here."""
        shape = delta.key[2]
        if isinstance(delta, AnnotationDelta):
            return self._annotations.get(shape) == delta.before
        return self._suggestions.get(shape) == delta.before

    def take(self, delta: AnnotationDelta | SuggestionDelta) -> None:
        """Change as a delta says."""
        shape = delta.key[2]
        if isinstance(delta, AnnotationDelta):
            self._ordered_annotations = None
            if delta.after is None:
                del self._annotations[shape]
            else:
                self._annotations[shape] = delta.after
        else:
            self._ordered_suggestions = None
            if delta.after is None:
                del self._suggestions[shape]
            else:
                self._suggestions[shape] = delta.after


def kind_of(shape: Shape) -> Kinds:
    """The kind of one shape."""
    if isinstance(shape, ReflectionAxis):
        return Kinds.AXES
    return Kinds.CENTERS if isinstance(shape, RotationCenter) else Kinds.ELLIPSES
