"""Records of a dataset into the document: one command for some pictures, and a word on all that does not go in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from clipsym_core.data.annotation import AnnotatedPicture
from clipsym_core.data.report import Report
from symviewer.model.annotation import Annotation, AnnotationState, PictureId, ReviewState, Suggestion, new_id
from symviewer.model.commands.command import Command, make
from symviewer.model.covered import is_covered
from symviewer.model.deltas import AnnotationDelta, Delta, StateDelta, SuggestionDelta
from symviewer.model.document import Document
from symviewer.model.translating import mark, tr

Merge: TypeAlias = Literal["add", "replace", "keep"]
"""Where a picture has annotations already. add: what is new beside them. replace: instead of them, but for locked ones.
keep: nothing goes in."""

TEXT: Final = mark("Import annotations")
_STATES: Final = {state.value: state for state in ReviewState}


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """What becomes of the records.

    Attributes:
        merge: where a picture has annotations already.
        suggestions: take those of the dataset in, too.
        gesture: the same for all parts of one import, which are then one undo step.
    """

    merge: Merge = "add"
    suggestions: bool = True
    gesture: str = ""


@dataclass(frozen=True, slots=True)
class ImportPart:
    """The command that takes records in (None where there is nothing to do), and how much of them it takes."""

    command: Command | None
    pictures: int = 0
    annotations: int = 0
    suggestions: int = 0


def import_records(
    document: Document, records: Iterable[tuple[PictureId, AnnotatedPicture]], options: ImportOptions, report: Report
) -> ImportPart:
    """The command for these pictures, each of which comes once. What does not go in is named in the report."""
    deltas: list[Delta] = []
    pictures = 0
    for picture, record in records:
        found = _deltas(document, picture, record, options, report)
        pictures += bool(found)
        deltas += found
    command = make(tr(TEXT), deltas, gesture=options.gesture or None, in_background=bool(options.gesture))
    new = [delta for delta in deltas if not isinstance(delta, StateDelta) and delta.after is not None]
    annotations = sum(isinstance(delta, AnnotationDelta) for delta in new)
    return ImportPart(command, pictures, annotations, len(new) - annotations)


def _deltas(
    document: Document, picture: PictureId, record: AnnotatedPicture, options: ImportOptions, report: Report
) -> list[Delta]:
    there = document.annotations(picture)
    if there and options.merge == "keep":
        report.skipped(record.path, "", tr("It has annotations already, which stay as they are."))
        return []
    _tell_losses(record, report)
    deltas: list[Delta] = []
    if options.merge == "replace":
        locked = tuple(a for a in there if a.locked)
        if locked:
            report.note(record.path, "", tr("{count} locked annotations stay.").format(count=len(locked)))
        deltas += [AnnotationDelta(picture, a, None) for a in there if not a.locked]
        there = locked
    rank = document.top_rank(picture)
    new: list[Annotation] = []
    for number, imported in enumerate(record.annotations):
        if is_covered(imported.shape, there):
            report.skipped(record.path, tr("shape {number}").format(number=number + 1), tr("It is annotated already."))
            continue
        new.append(
            Annotation(imported.shape, rank=rank + number, state=AnnotationState.IMPORTED, extra=imported.extra)
        )  # fmt: skip
    deltas += [AnnotationDelta(picture, None, annotation) for annotation in new]
    if options.suggestions:
        deltas += _suggestions(document, picture, record, (*there, *new), report)
    elif record.suggestions:
        report.skipped(record.path, "", tr("Its suggestions were not asked for."))
    return deltas + _state(document, picture, record, bool(deltas))


def _suggestions(
    document: Document, picture: PictureId, record: AnnotatedPicture, annotations: tuple[Annotation, ...],
    report: Report,
) -> list[Delta]:  # fmt: skip
    known = {s.detection for s in document.suggestions(picture)}
    deltas: list[Delta] = []
    for number, detection in enumerate(dict.fromkeys(record.suggestions)):
        if detection in known or is_covered(detection.shape, annotations):
            report.skipped(
                record.path,
                tr("suggestion {number}").format(number=number + 1),
                tr("It is suggested or annotated already."),
            )
        else:
            deltas.append(SuggestionDelta(picture, None, Suggestion(detection, new_id())))
    return deltas


def _state(document: Document, picture: PictureId, record: AnnotatedPicture, changed: bool) -> list[Delta]:
    """Verified as the dataset says; what was verified here stays so."""
    before, after = document.entry(picture).state, _STATES[record.state]
    if after is ReviewState.NONE and changed and record.suggestions:
        after = ReviewState.SUGGESTED
    further = [ReviewState.NONE, ReviewState.SUGGESTED, ReviewState.VERIFIED]
    return [StateDelta(picture, before, after)] if further.index(after) > further.index(before) else []


def _tell_losses(record: AnnotatedPicture, report: Report) -> None:
    if record.split:
        report.lost(record.path, "", tr("A project keeps no split: training and export make one."))
    if record.group:
        report.lost(record.path, "", tr("A project keeps no group."))
    if record.extra:
        report.lost(record.path, "", tr("A project keeps the keys of other programs on shapes, not on pictures."))
