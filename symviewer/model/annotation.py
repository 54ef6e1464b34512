"""What the document holds about a picture: annotations that a person made or accepted, suggestions of a detector."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from clipsym_core.symmetry import Detection, Shape

ShapeId: TypeAlias = str
PictureId: TypeAlias = int

_NO_EXTRA: Final[Mapping[str, Any]] = MappingProxyType({})


class AnnotationState(Enum):
    """How an annotation came to be."""

    DRAWN = "drawn"
    ACCEPTED = "accepted"
    CORRECTED = "corrected"
    IMPORTED = "imported"


class ReviewState(Enum):
    """How far the review of a picture has come."""

    NONE = "none"
    SUGGESTED = "suggested"
    VERIFIED = "verified"


def new_id() -> ShapeId:
    """A fresh id: 64 random bits, so that shapes made in two projects can be merged later."""
    return secrets.token_hex(8)


@dataclass(frozen=True, slots=True)
class Annotation:
    """A shape that a person stands behind. Coordinates: see `clipsym_core.symmetry`.

    Attributes:
        shape: where, in pixels of the picture.
        id: unique in the project; an accepted suggestion keeps its id.
        rank: place in the drawing order, larger = nearer to the viewer.
        state: how it came to be.
        locked: pointer and keys leave it alone.
        hidden: not drawn, cannot be hit.
        source: who suggested it, empty where a person drew it.
        score: of the suggestion, None where a person drew it.
        extra: what an imported file said and this program has no word for; plain JSON, kept for export.

    Raises:
        ValueError: a score outside [0, 1], or an `extra` that is not JSON.
    """

    shape: Shape
    id: ShapeId = field(default_factory=new_id)
    rank: float = 0.0
    state: AnnotationState = AnnotationState.DRAWN
    locked: bool = False
    hidden: bool = False
    source: str = ""
    score: float | None = None
    extra: Mapping[str, Any] = field(default_factory=lambda: _NO_EXTRA, hash=False)

    def __post_init__(self) -> None:
        if self.score is not None and not 0.0 <= self.score <= 1.0:
            raise ValueError(f"A score lies in [0, 1], got {self.score}.")
        object.__setattr__(self, "extra", _frozen_json(self.extra))

    def __reduce__(self) -> tuple[Any, ...]:
        # A mappingproxy cannot be pickled or copied; annotations cross process borders on export.
        values = (self.shape, self.id, self.rank, self.state, self.locked, self.hidden, self.source, self.score)
        return (Annotation, (*values, dict(self.extra)))

    def with_shape(self, shape: Shape) -> Annotation:
        """Moved or re-shaped by a person: what was accepted as it came is then a corrected suggestion."""
        state = AnnotationState.CORRECTED if self.state is AnnotationState.ACCEPTED else self.state
        return replace(self, shape=shape, state=state)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A detection in the document, until a person accepts or rejects it."""

    detection: Detection
    id: ShapeId = field(default_factory=new_id)

    @property
    def shape(self) -> Shape:
        return self.detection.shape

    @property
    def score(self) -> float:
        return self.detection.score

    @property
    def source(self) -> str:
        return self.detection.source

    def accepted(self, *, rank: float, shape: Shape | None = None) -> Annotation:
        """The annotation that it becomes; with another `shape` it counts as corrected."""
        state = AnnotationState.ACCEPTED if shape in (None, self.shape) else AnnotationState.CORRECTED
        return Annotation(
            shape or self.shape, id=self.id, rank=rank, state=state, source=self.source, score=self.score
        )  # fmt: skip


def _frozen_json(extra: Mapping[str, Any]) -> Mapping[str, Any]:
    if extra is _NO_EXTRA or not extra:
        return _NO_EXTRA
    try:
        # Through text and back: tuples become lists now, not only after the project was opened again.
        plain = json.loads(json.dumps(dict(extra), allow_nan=False))
    except (TypeError, RecursionError) as error:
        raise ValueError(f"The extra data of an annotation must be plain JSON: {error}") from error
    return MappingProxyType(plain)
