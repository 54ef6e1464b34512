"""Commands on suggestions: accept, reject, accept those above a threshold, and what a detector found.

A detector's results are commands like all others, so that a detection over a whole folder can be undone. Its parts are
pushed picture by picture as they come (`suggest` with a `batch` id): each is saved at once, together they are one step.
Who runs the batch cancels it when that step is undone (`stack.changed` with action "undo"); parts that come later would
be a step of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from clipsym_core.symmetry import Detection
from symviewer.model import words
from symviewer.model.annotation import PictureId, ReviewState, ShapeId, Suggestion, new_id
from symviewer.model.commands.command import Command, make, text_for
from symviewer.model.covered import is_covered
from symviewer.model.deltas import AnnotationDelta, Delta, StateDelta, SuggestionDelta
from symviewer.model.document import Document
from symviewer.model.translating import tr


def accept(document: Document, picture: PictureId, shapes: Iterable[ShapeId]) -> Command | None:
    """Make annotations of suggestions; they keep their ids, scores and the name of the model."""
    found = [document.suggestion(picture, shape) for shape in dict.fromkeys(shapes)]
    chosen = [suggestion for suggestion in found if suggestion is not None]
    return make(text_for(tr("Accept"), [s.shape for s in chosen]), _accepting(document, picture, chosen))


def accept_where(
    document: Document, pictures: Iterable[PictureId], wanted: Callable[[Detection], bool]
) -> Command | None:
    """Accept the suggestions of these pictures that are `wanted`, e.g. `overlay.shows`."""
    deltas: list[Delta] = []
    for picture in dict.fromkeys(pictures):
        chosen = [suggestion for suggestion in document.suggestions(picture) if wanted(suggestion.detection)]
        deltas += _accepting(document, picture, chosen)
    count = sum(isinstance(delta, SuggestionDelta) for delta in deltas)
    return make(tr("Accept {suggestions}").format(suggestions=words.plural(count, "suggestion")), deltas)


def accept_above(document: Document, pictures: Iterable[PictureId], threshold: float) -> Command | None:
    """Accept the suggestions of these pictures with at least this score."""
    return accept_where(document, pictures, lambda detection: detection.score >= threshold)


def reject(document: Document, picture: PictureId, shapes: Iterable[ShapeId]) -> Command | None:
    """Take suggestions off the list."""
    found = [document.suggestion(picture, shape) for shape in dict.fromkeys(shapes)]
    chosen = [suggestion for suggestion in found if suggestion is not None]
    deltas = [SuggestionDelta(picture, suggestion, None) for suggestion in chosen]
    return make(text_for(tr("Reject"), [s.shape for s in chosen]), deltas)


def suggest(
    document: Document, picture: PictureId, detections: Iterable[Detection], *, batch: str | None = None
) -> Command | None:
    """What a detector found replaces the suggestions of a picture; annotations and a verified state stay.

    A detection that is there already keeps its suggestion and its id. What is annotated already is not suggested again.
    A picture that was looked at in vain counts as
    suggested, too, so that it is told from one that nobody looked at.
    """
    annotations = document.annotations(picture)
    new = [d for d in detections if not is_covered(d.shape, annotations)]
    deltas = _instead(document, picture, new)
    state = document.entry(picture).state
    if state is ReviewState.NONE:
        deltas.append(StateDelta(picture, state, ReviewState.SUGGESTED))
    text = tr("Detect in pictures") if batch else tr("Detect")
    return make(text, deltas, gesture=batch, in_background=batch is not None)


def add_suggestions(document: Document, picture: PictureId, detections: Iterable[Detection]) -> Command | None:
    """More suggestions beside those that are there (a click that analyses a center, a proposal in a box)."""
    known = {suggestion.detection for suggestion in document.suggestions(picture)}
    new = [detection for detection in dict.fromkeys(detections) if detection not in known]
    deltas: list[Delta] = [SuggestionDelta(picture, None, Suggestion(detection, new_id())) for detection in new]
    state = document.entry(picture).state
    if new and state is ReviewState.NONE:
        deltas.append(StateDelta(picture, state, ReviewState.SUGGESTED))
    return make(text_for(tr("Suggest"), [detection.shape for detection in new]), deltas)


def replace_suggestion(document: Document, picture: PictureId, shape: ShapeId, detection: Detection) -> Command | None:
    """Another detection in the place of one suggestion (it was snapped); None where that is not there."""
    before = document.suggestion(picture, shape)
    if before is None:
        return None
    return make(
        text_for(tr("Snap"), [detection.shape]), [SuggestionDelta(picture, before, Suggestion(detection, shape))]
    )


def _instead(document: Document, picture: PictureId, detections: Iterable[Detection]) -> list[Delta]:
    """These in the place of all suggestions of a picture; those that are there already keep their ids."""
    # `evidence` does not count in a detection's hash but does in its equality, as it should here.
    new = dict.fromkeys(detections)
    deltas: list[Delta] = []
    for suggestion in document.suggestions(picture):
        if suggestion.detection in new:
            del new[suggestion.detection]
        else:
            deltas.append(SuggestionDelta(picture, suggestion, None))
    return [*deltas, *(SuggestionDelta(picture, None, Suggestion(detection, new_id())) for detection in new)]


def _accepting(document: Document, picture: PictureId, chosen: list[Suggestion]) -> list[Delta]:
    rank = document.top_rank(picture)
    deltas: list[Delta] = []
    # Best score first in the list is nearest to the viewer: it is accepted last.
    for place, suggestion in enumerate(reversed(chosen)):
        deltas.append(SuggestionDelta(picture, suggestion, None))
        deltas.append(AnnotationDelta(picture, None, suggestion.accepted(rank=rank + place)))
    return deltas
