"""What becomes of a dataset's records in the document, and what is said of the rest."""

from __future__ import annotations

from dataclasses import replace

import pytest

from clipsym_core.data.annotation import AnnotatedPicture
from clipsym_core.data.annotation import Annotation as Record
from clipsym_core.data.report import Report
from clipsym_core.symmetry import Detection, ReflectionAxis, RotationCenter
from symviewer.model import commands
from symviewer.model.annotation import Annotation, AnnotationState, ReviewState
from symviewer.model.document import Document
from symviewer.model.importing import ImportOptions, import_records
from symviewer.model.undo import UndoStack

AXIS = ReflectionAxis(((10.0, 0.0), (10.0, 90.0)))
OTHER = ReflectionAxis(((0.0, 40.0), (90.0, 45.0)))
CENTER = RotationCenter(50.0, 50.0, 4)
FOUND = Detection(CENTER, 0.7, "clipsym-lite")
RECORD = AnnotatedPicture(
    "a.png", (100, 100), (Record(AXIS, {"labelme": {"flags": {}}}), Record(OTHER)), (FOUND,), "verified"
)


@pytest.fixture
def document() -> Document:
    result = Document()
    result.add_pictures(["a.png", "b.png"])
    return result


@pytest.fixture
def stack(document: Document) -> UndoStack:
    return UndoStack(document)


def test_everything_goes_in_in_one_step(document: Document, stack: UndoStack) -> None:
    report = Report()
    options = ImportOptions(gesture="g")
    for picture, record in ((1, RECORD), (2, replace(RECORD, path="b.png", state="none", annotations=()))):
        part = import_records(document, [(picture, record)], options, report)
        assert stack.push(part.command)
        assert (part.pictures, part.suggestions) == (1, 1)
    drawn = document.annotations(1)
    assert [a.shape for a in drawn] == [AXIS, OTHER]
    assert {a.state for a in drawn} == {AnnotationState.IMPORTED}
    assert drawn[0].extra == {"labelme": {"flags": {}}}
    assert [s.detection for s in document.suggestions(1)] == [FOUND]
    assert [document.entry(p).state for p in (1, 2)] == [ReviewState.VERIFIED, ReviewState.SUGGESTED]
    assert not report.entries
    assert stack.steps == 1
    stack.undo()
    assert document.annotations(1) == document.suggestions(2) == ()
    assert document.entry(1).state is ReviewState.NONE


def test_a_second_import_changes_nothing_and_says_so(document: Document, stack: UndoStack) -> None:
    stack.push(import_records(document, [(1, RECORD)], ImportOptions(), Report()).command)
    report = Report()
    part = import_records(document, [(1, RECORD)], ImportOptions(), report)
    assert part.command is None
    assert (part.pictures, part.annotations, part.suggestions) == (0, 0, 0)
    assert [e.place for e in report.of("skipped")] == ["shape 1", "shape 2", "suggestion 1"]


def test_what_is_verified_here_stays_so(document: Document, stack: UndoStack) -> None:
    stack.push(commands.set_state(document, [1], ReviewState.VERIFIED))
    stack.push(import_records(document, [(1, replace(RECORD, state="suggested"))], ImportOptions(), Report()).command)
    assert document.entry(1).state is ReviewState.VERIFIED


@pytest.mark.parametrize("merge", ["add", "replace", "keep"])
def test_pictures_with_annotations(document: Document, stack: UndoStack, merge: str) -> None:
    mine = Annotation(RotationCenter(1.0, 2.0, 3), rank=4.0)
    locked = Annotation(replace(AXIS), rank=5.0, locked=True)
    stack.push(commands.add_annotations(document, 1, [mine, locked], verb="Draw"))
    report = Report()
    part = import_records(document, [(1, RECORD)], ImportOptions(merge), report)  # type: ignore[arg-type]
    stack.push(part.command)
    shapes = [a.shape for a in document.annotations(1)]
    if merge == "keep":
        assert part.command is None
        assert shapes == [mine.shape, AXIS]
        assert "already" in report.of("skipped")[0].message
        return
    assert shapes == ([mine.shape, AXIS, OTHER] if merge == "add" else [AXIS, OTHER])
    assert [e.place for e in report.of("skipped")] == ["shape 1"]
    assert len(report.of("note")) == (merge == "replace")
    assert document.annotations(1)[-1].rank > locked.rank


def test_what_a_project_has_no_place_for_is_named(document: Document) -> None:
    report = Report()
    record = replace(RECORD, split="train", group="video 1", extra={"coco": {"licence": 1}})
    import_records(document, [(1, record)], ImportOptions(suggestions=False), report)
    told = " ".join(e.message for e in report.of("lost"))
    assert all(word in told for word in ("split", "group", "keys"))
    assert "not asked for" in report.of("skipped")[0].message
