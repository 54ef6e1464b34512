"""Pictures of a document: made known, looked up, moved, read on first use."""

from __future__ import annotations

import pytest

from clipsym_core.symmetry import RotationCenter
from symviewer.model import commands
from symviewer.model.annotation import Annotation, PictureId, ReviewState
from symviewer.model.document import Document
from symviewer.model.picture_content import Kinds, PictureContent, PictureEntry
from symviewer.model.undo import UndoStack

CENTER = RotationCenter(1.0, 2.0, 3)


def test_pictures_are_made_known_once() -> None:
    document = Document()
    added: list[tuple[PictureId, ...]] = []
    document.pictures_added.connect(added.append)
    assert document.add_pictures(["a.png", "b.png", "a.png"]) == (1, 2, 1)
    assert document.add_pictures(["b.png"]) == (2,)
    assert document.add_pictures(["c.png", "b.png"]) == (3, 2)
    assert added == [(1, 2), (3,)]
    assert [entry.path for entry in document.entries()] == ["a.png", "b.png", "c.png"]
    assert (len(document), list(document), 2 in document, 9 in document) == (3, [1, 2, 3], True, False)
    assert document.find("c.png") == 3
    assert document.find("d.png") is None
    with pytest.raises(KeyError):
        document.annotations(9)


def test_shapes_are_read_when_they_are_looked_at_first() -> None:
    read: list[PictureId] = []

    def load(picture: PictureId) -> PictureContent:
        read.append(picture)
        return PictureContent([Annotation(CENTER, "x", 1.0)] if picture == 4 else [])

    entries = [PictureEntry(4, "a.png", ReviewState.VERIFIED, 1, 0), PictureEntry(7, "b.png")]
    document = Document(entries, loader=load)
    stack = UndoStack(document)
    assert (document.entry(4).annotations, read) == (1, [])
    assert document.add_pictures(["c.png"]) == (8,)
    assert document.annotations(8) == ()
    assert read == [8]
    stack.push(commands.add(document, 4, [CENTER]))
    stack.undo()
    assert document.annotations(4) == (Annotation(CENTER, "x", 1.0),)
    assert read == [8, 4]


def test_memory_is_bounded_by_what_is_on_disk() -> None:
    stored = {picture: PictureContent([Annotation(CENTER, f"{picture}", 1.0)]) for picture in range(1, 101)}
    entries = [PictureEntry(picture, f"{picture}.png") for picture in stored]
    document = Document(entries, loader=lambda p: PictureContent(stored[p].annotations), shapes_kept=20)
    stack = UndoStack(document)
    stack.push(commands.add(document, 1, [CENTER]))
    stack.push(commands.add(document, 2, [CENTER]))
    for picture in document:
        assert document.annotation(picture, f"{picture}") is not None
    assert document.in_memory == 2 + 10  # a picture with one shape counts two; what is not on disk stays
    assert len(document.annotations(1)) == 2
    stored[1] = PictureContent(document.annotations(1))
    document.stored([1])
    for picture in document:
        assert document.annotations(picture)
    assert document.in_memory == 1 + 10
    assert len(document.annotations(1)) == 2
    stack.undo()
    stack.undo()  # equal to what was read again, though another object
    assert document.annotations(1) == (Annotation(CENTER, "1", 1.0),)


def test_a_document_without_a_store_forgets_nothing() -> None:
    document = Document(shapes_kept=1)
    stack = UndoStack(document)
    for picture in document.add_pictures(f"{i}.png" for i in range(20)):
        stack.push(commands.add(document, picture, [CENTER]))
    document.stored(document)
    assert all(len(document.annotations(picture)) == 1 for picture in document)


def test_a_measurement_is_no_step() -> None:
    document = Document()
    stack = UndoStack(document)
    document.add_pictures(["a.png"])
    told: list[PictureId] = []
    document.state_changed.connect(told.append)
    document.measure(1, 0.25, "m")
    assert (document.entry(1).disagreement, document.entry(1).measured_by, told) == (0.25, "m", [1])
    assert not stack.undo()
    with pytest.raises(ValueError, match="disagreement"):
        document.measure(1, 1.5, "m")


def test_a_loader_that_fails_is_asked_again() -> None:
    attempts: list[PictureId] = []

    def load(picture: PictureId) -> PictureContent:
        attempts.append(picture)
        if len(attempts) == 1:
            raise OSError("the drive was away")
        return PictureContent()

    document = Document([PictureEntry(1, "a.png")], loader=load)
    with pytest.raises(OSError, match="drive"):
        document.annotations(1)
    assert document.annotations(1) == ()


def test_counts_follow() -> None:
    document = Document()
    stack = UndoStack(document)
    document.add_pictures(["a.png"])
    assert document.is_untouched(1)
    stack.push(commands.add(document, 1, [CENTER, CENTER]))
    assert document.entry(1) == PictureEntry(1, "a.png", ReviewState.NONE, 2, 0, Kinds.CENTERS)
    assert not document.is_untouched(1)
    stack.undo()
    assert document.is_untouched(1)


def test_relocation() -> None:
    document = Document()
    stack = UndoStack(document)
    document.add_pictures(["a.png", "b.png", "c.png", "d.png"])
    for picture in (1, 2, 4):
        stack.push(commands.add(document, picture, [CENTER] * picture))
    moved: list[PictureId] = []
    document.relocated.connect(moved.append)
    # 1 and 2 change places; 4 cannot go where 1 comes to; 3 has no work, but a free place.
    assert document.relocate({1: "b.png", 2: "a.png", 4: "b.png", 3: "sub/c.png"}) == (1, 2, 3)
    assert moved == [1, 2, 3]
    assert {e.path: e.annotations for e in document.entries()} == {"b.png": 1, "a.png": 2, "sub/c.png": 0, "d.png": 4}
    assert [document.find(path) for path in ("a.png", "b.png", "c.png", "d.png")] == [2, 1, None, 4]
    assert document.relocate({1: "b.png"}) == ()


def test_relocation_onto_an_untouched_picture_forgets_that() -> None:
    document = Document()
    stack = UndoStack(document)
    document.add_pictures(["a.png", "b.png"])
    stack.push(commands.add(document, 1, [CENTER]))
    assert document.relocate({1: "b.png"}) == (1,)
    assert (document.find("b.png"), document.find("a.png"), 2 in document) == (1, None, False)
    stack.undo()
    stack.redo()
    assert document.annotations(1)[0].shape == CENTER


def test_relocation_onto_work_is_refused_along_the_whole_chain() -> None:
    document = Document()
    stack = UndoStack(document)
    document.add_pictures(["a.png", "b.png", "c.png"])
    for picture in (1, 2, 3):
        stack.push(commands.add(document, picture, [CENTER]))
    # 1 to b, 2 to c: c has work and stays, so 2 stays, so 1 stays.
    assert document.relocate({1: "b.png", 2: "c.png"}) == ()
    assert [entry.path for entry in document.entries()] == ["a.png", "b.png", "c.png"]
    with pytest.raises(KeyError):
        document.relocate({9: "x.png"})
