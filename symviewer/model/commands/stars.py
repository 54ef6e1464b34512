"""Commands on stars: a center with its order and all its mirror axes, as one step."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from clipsym_core.symmetry import ReflectionAxis, RotationCenter
from symviewer.model.annotation import Annotation, PictureId, ShapeId
from symviewer.model.commands.command import Command, make
from symviewer.model.covered import is_covered
from symviewer.model.deltas import AnnotationDelta, Delta, SuggestionDelta
from symviewer.model.document import Document
from symviewer.model.translating import tr
from symviewer.model.words import plural


def refine_center(
    document: Document,
    picture: PictureId,
    shape: ShapeId,
    found: RotationCenter,
    axes: Sequence[ReflectionAxis],
    *,
    gesture: str | None = None,
) -> Command | None:
    """A drawn center gets the place and order that the pixels tell, and the axes through it are annotated, too.

    Nothing where the center is gone, locked or no center any more. `gesture`: of the click that drew it.
    """
    before = document.annotation(picture, shape)
    if before is None or before.locked or not isinstance(before.shape, RotationCenter):
        return None
    after = before.with_shape(found)
    added = _new_axes(document, picture, axes)
    text = tr("Draw center") + (tr(" with {axes}").format(axes=plural(len(added), "axis", "axes")) if added else "")
    deltas: list[Delta] = [AnnotationDelta(picture, before, after)]
    deltas += [AnnotationDelta(picture, None, axis) for axis in added]
    deltas += _answered(document, picture, [after, *added])
    return make(text, deltas, gesture=gesture)


def complete_star(document: Document, picture: PictureId, axes: Sequence[ReflectionAxis]) -> Command | None:
    """Annotate those of a star's axes that are missing; None where none is."""
    added = _new_axes(document, picture, axes)
    deltas: list[Delta] = [AnnotationDelta(picture, None, axis) for axis in added]
    deltas += _answered(document, picture, added)
    return make(tr("Complete star with {axes}").format(axes=plural(len(added), "axis", "axes")), deltas)


def _new_axes(document: Document, picture: PictureId, axes: Iterable[ReflectionAxis]) -> list[Annotation]:
    annotations, rank = document.annotations(picture), document.top_rank(picture)
    missing = [axis for axis in axes if not is_covered(axis, annotations)]
    return [Annotation(axis, rank=rank + place) for place, axis in enumerate(missing)]


def _answered(document: Document, picture: PictureId, annotations: Sequence[Annotation]) -> list[Delta]:
    """Suggestions of what is annotated now are not asked any more."""
    suggestions = document.suggestions(picture)
    return [SuggestionDelta(picture, s, None) for s in suggestions if is_covered(s.shape, annotations)]
