"""Commands on annotations: add, remove, change the shape, re-order, lock, hide, set the order of a center.

All take the document as it is and give None where there is nothing to do. Locked annotations are left alone by
everything but `set_flags`, so that a selection with a locked shape in it can be moved without moving that one.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Literal

from clipsym_core.symmetry import RotationCenter, Shape
from symviewer.model.annotation import Annotation, PictureId, ShapeId
from symviewer.model.commands.command import Command, make, text_for
from symviewer.model.deltas import AnnotationDelta, Delta, SuggestionDelta
from symviewer.model.document import Document
from symviewer.model.translating import mark, tr

Place = Literal["front", "forward", "backward", "back"]

_PLACE_TEXT: dict[Place, str] = {
    "front": mark("Bring to front"),
    "forward": mark("Bring forward"),
    "backward": mark("Send backward"),
    "back": mark("Send to back"),
}


def add(document: Document, picture: PictureId, shapes: Iterable[Shape], *, verb: str = "Draw") -> Command | None:
    """Annotate these shapes, in front of the others."""
    rank = document.top_rank(picture)
    return add_annotations(
        document, picture, [Annotation(shape, rank=rank + place) for place, shape in enumerate(shapes)], verb=verb
    )  # fmt: skip


def add_annotations(
    document: Document, picture: PictureId, annotations: Iterable[Annotation], *, verb: str
) -> Command | None:
    """Add ready annotations (with their own ids and ranks).

    Raises:
        ValueError: an id that the picture has already.
    """
    added = list(annotations)
    for annotation in added:
        if document.annotation(picture, annotation.id) is not None:
            raise ValueError(f"The picture has an annotation {annotation.id} already.")
    return make(
        text_for(verb, [a.shape for a in added]), [AnnotationDelta(picture, None, annotation) for annotation in added]
    )


def remove(document: Document, picture: PictureId, shapes: Iterable[ShapeId]) -> Command | None:
    """Remove annotations, and suggestions among the ids with them."""
    gone = _unlocked(document, picture, shapes)
    deltas: list[Delta] = [AnnotationDelta(picture, annotation, None) for annotation in gone]
    suggestions = [s for s in (document.suggestion(picture, shape) for shape in _unique(shapes)) if s is not None]
    deltas += [SuggestionDelta(picture, suggestion, None) for suggestion in suggestions]
    return make(text_for(tr("Remove"), [*(a.shape for a in gone), *(s.shape for s in suggestions)]), deltas)


def change_shapes(
    document: Document,
    picture: PictureId,
    shapes: Mapping[ShapeId, Shape],
    *,
    verb: str = mark("Move"),
    gesture: str | None = None,
) -> Command | None:
    """Give annotations other shapes. A suggestion among them is accepted with its new shape, in the same step.

    `gesture`: the same for every step of one drag or burst of nudges, which is then one undo step.
    """
    changed = _unlocked(document, picture, shapes)
    deltas: list[Delta] = [AnnotationDelta(picture, a, a.with_shape(shapes[a.id])) for a in changed]
    rank = document.top_rank(picture)
    suggestions = [s for s in (document.suggestion(picture, shape) for shape in shapes) if s is not None]
    for place, suggestion in enumerate(suggestions):
        if shapes[suggestion.id] == suggestion.shape:
            continue
        accepted = suggestion.accepted(rank=rank + place, shape=shapes[suggestion.id])
        deltas += [SuggestionDelta(picture, suggestion, None), AnnotationDelta(picture, None, accepted)]
    kept = [delta for delta in deltas if not _same_shape(delta)]
    return make(text_for(verb, list(shapes.values())), kept, gesture=gesture)


def set_order(document: Document, picture: PictureId, shapes: Iterable[ShapeId], order: int) -> Command | None:
    """Set the order of the centers among the annotations and suggestions.

    Raises:
        ValueError: an order that no center has.
    """
    changed = {}
    for shape in _unique(shapes):
        holder = document.annotation(picture, shape) or document.suggestion(picture, shape)
        if holder is not None and isinstance(holder.shape, RotationCenter):
            changed[shape] = replace(holder.shape, order=order)
    return change_shapes(document, picture, changed, verb=tr("Set order of"))


def set_flags(
    document: Document,
    picture: PictureId,
    shapes: Iterable[ShapeId],
    *,
    locked: bool | None = None,
    hidden: bool | None = None,
) -> Command | None:
    """Lock or unlock, hide or show; None leaves a flag as it is."""
    deltas = []
    for shape in _unique(shapes):
        before = document.annotation(picture, shape)
        if before is not None:
            after = replace(
                before,
                locked=before.locked if locked is None else locked,
                hidden=before.hidden if hidden is None else hidden,
            )
            deltas.append(AnnotationDelta(picture, before, after))
    verbs = {(True, None): tr("Lock"), (False, None): tr("Unlock"), (None, True): tr("Hide"), (None, False): tr("Show")}
    verb = verbs.get((locked, hidden), tr("Change"))
    return make(text_for(verb, [delta.before.shape for delta in deltas if delta.before]), deltas)


def reorder(document: Document, picture: PictureId, shapes: Iterable[ShapeId], place: Place) -> Command | None:
    """Move annotations in the drawing order, keeping their own order among each other."""
    now = list(document.annotations(picture))
    moved = {a.id for a in _unlocked(document, picture, shapes)}
    if not moved:
        return None
    wanted = _moved(now, moved, place)
    if wanted == now:
        return None
    return make(tr(_PLACE_TEXT[place]), _new_ranks(picture, wanted, moved))


def _moved(now: list[Annotation], moved: set[ShapeId], place: Place) -> list[Annotation]:
    staying = [a for a in now if a.id not in moved]
    moving = [a for a in now if a.id in moved]
    if place == "front":
        return staying + moving
    if place == "back":
        return moving + staying
    wanted = now[::-1] if place == "forward" else list(now)
    # One place towards the start of `wanted` each; a block at the start stays where it is.
    for i in range(1, len(wanted)):
        if wanted[i].id in moved and wanted[i - 1].id not in moved:
            wanted[i - 1], wanted[i] = wanted[i], wanted[i - 1]
    return wanted[::-1] if place == "forward" else wanted


def _new_ranks(picture: PictureId, wanted: list[Annotation], moved: set[ShapeId]) -> list[AnnotationDelta]:
    """Ranks for this order, changing only the moved ones where there is room between the others."""
    ranks = [a.rank for a in wanted]
    i = 0
    while i < len(wanted):
        if wanted[i].id not in moved:
            i += 1
            continue
        end = i
        while end < len(wanted) and wanted[end].id in moved:
            end += 1
        below = ranks[i - 1] if i else None
        above = ranks[end] if end < len(wanted) else None
        ranks[i:end] = _between(below, above, end - i)
        i = end
    if any(a >= b for a, b in pairwise(ranks)) or not all(map(math.isfinite, ranks)):
        # Halved too often, or ranks that were equal: number all anew.
        ranks = [float(i + 1) for i in range(len(wanted))]
    return [AnnotationDelta(picture, a, replace(a, rank=rank)) for a, rank in zip(wanted, ranks, strict=True)]


def _between(below: float | None, above: float | None, count: int) -> list[float]:
    if below is None and above is None:
        return [float(i + 1) for i in range(count)]
    if above is None:
        assert below is not None
        return [below + i + 1 for i in range(count)]
    if below is None:
        return [above - count + i for i in range(count)]
    step = (above - below) / (count + 1)
    return [below + step * (i + 1) for i in range(count)]


def _unlocked(document: Document, picture: PictureId, shapes: Iterable[ShapeId]) -> list[Annotation]:
    found = (document.annotation(picture, shape) for shape in _unique(shapes))
    return [annotation for annotation in found if annotation is not None and not annotation.locked]


def _unique(shapes: Iterable[ShapeId]) -> list[ShapeId]:
    return list(dict.fromkeys(shapes))


def _same_shape(delta: Delta) -> bool:
    return (
        isinstance(delta, AnnotationDelta)
        and delta.before is not None
        and delta.after is not None
        and delta.before.shape == delta.after.shape
    )
