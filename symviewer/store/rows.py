"""Rows of the project file <-> objects of the document."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from typing import Any, TypeAlias

from clipsym_core.symmetry import Detection
from symviewer.model.annotation import Annotation, AnnotationState, PictureId, Suggestion
from symviewer.model.deltas import AnnotationDelta, Delta, StateDelta
from symviewer.model.shape_text import shape_from_plain, shape_to_plain

Row: TypeAlias = tuple[Any, ...]

ANNOTATION_COLUMNS = "picture, id, shape, rank, state, locked, hidden, source, score, extra"
SUGGESTION_COLUMNS = "picture, id, shape, score, source, evidence"


def annotation_row(picture: PictureId, annotation: Annotation) -> Row:
    return (
        picture,
        annotation.id,
        _dump(shape_to_plain(annotation.shape)),
        annotation.rank,
        annotation.state.value,
        int(annotation.locked),
        int(annotation.hidden),
        text_to_column(annotation.source),
        annotation.score,
        _dump(dict(annotation.extra)),
    )


def annotation_of(row: Row) -> Annotation:
    """Raises: ValueError, TypeError or KeyError where the row is broken."""
    _, shape_id, shape, rank, state, locked, hidden, source, score, extra = row
    return Annotation(
        shape_from_plain(json.loads(shape)),
        id=shape_id,
        rank=rank,
        state=AnnotationState(state),
        locked=bool(locked),
        hidden=bool(hidden),
        source=text_from_column(source),
        score=score,
        extra=json.loads(extra),
    )


def suggestion_row(picture: PictureId, suggestion: Suggestion) -> Row:
    detection = suggestion.detection
    # Decoders may hand over numpy's numbers, which JSON does not know.
    evidence = {name: float(value) for name, value in detection.evidence.items()}
    shape, source = _dump(shape_to_plain(detection.shape)), text_to_column(detection.source)
    return (picture, suggestion.id, shape, detection.score, source, _dump(evidence))


def suggestion_of(row: Row) -> Suggestion:
    """Raises: ValueError, TypeError or KeyError where the row is broken."""
    _, shape_id, shape, score, source, evidence = row
    name = text_from_column(source)
    return Suggestion(Detection(shape_from_plain(json.loads(shape)), score, name, json.loads(evidence)), shape_id)


def history_deltas(deltas: Iterable[Delta]) -> str:
    """The human part of a step as JSON: states and annotations, before and after."""
    lines: list[dict[str, Any]] = []
    for delta in deltas:
        if isinstance(delta, StateDelta):
            lines.append({"picture": delta.picture, "before": delta.before.value, "after": delta.after.value})
        elif isinstance(delta, AnnotationDelta):
            before, after = _plain(delta.before), _plain(delta.after)
            lines.append({"picture": delta.picture, "before": before, "after": after})
    return _dump(lines)


def text_to_column(text: str) -> str | bytes:
    """File names, and names of models made from them, need not be valid Unicode on Linux; those go in as bytes."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return os.fsencode(text)
    return text


def text_from_column(value: str | bytes) -> str:
    return os.fsdecode(value) if isinstance(value, bytes) else value


def _plain(annotation: Annotation | None) -> dict[str, Any] | None:
    if annotation is None:
        return None
    return {
        "id": annotation.id,
        "shape": shape_to_plain(annotation.shape),
        "rank": annotation.rank,
        "state": annotation.state.value,
        "locked": annotation.locked,
        "hidden": annotation.hidden,
        "source": annotation.source,
        "score": annotation.score,
        "extra": dict(annotation.extra),
    }


def _dump(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))
