"""The stack: gestures, a batch in the background, memory, the saved state, failing listeners."""

from __future__ import annotations

import gc
import tracemalloc

import pytest

from clipsym_core.symmetry import Detection, ReflectionAxis, RotationCenter
from symviewer.model import commands
from symviewer.model.annotation import Annotation, PictureId, ReviewState
from symviewer.model.deltas import AnnotationDelta, StateDelta, compose
from symviewer.model.document import Document, DocumentError
from symviewer.model.undo import Change, ReadOnlyError, UndoStack
from tests.model.workbench_machine import snapshot

CENTER = RotationCenter(10.0, 20.0, 4)


def at(x: float) -> RotationCenter:
    return RotationCenter(x, 0.0, 2)


@pytest.fixture
def document() -> Document:
    result = Document()
    result.add_pictures(f"{i}.png" for i in range(10))
    return result


@pytest.fixture
def stack(document: Document) -> UndoStack:
    return UndoStack(document)


def found(score: float) -> list[Detection]:
    return [Detection(CENTER, score, "m")]


def draw(document: Document, stack: UndoStack, picture: PictureId, x: float = 10.0) -> str:
    assert stack.push(commands.add(document, picture, [at(x)]))
    return document.annotations(picture)[-1].id


def test_one_gesture_is_one_step(document: Document, stack: UndoStack) -> None:
    shape = draw(document, stack, 1)
    for x in range(20):
        stack.push(commands.change_shapes(document, 1, {shape: at(x)}, gesture="drag 1"))
    stack.push(commands.change_shapes(document, 1, {shape: at(-5)}, gesture="drag 2"))
    assert stack.steps == 3
    stack.undo()
    assert document.annotations(1)[0].shape == at(19)
    stack.undo()
    assert document.annotations(1)[0].shape == at(10)
    stack.redo()
    assert document.annotations(1)[0].shape == at(19)


def test_a_gesture_does_not_go_on_over_another_step(document: Document, stack: UndoStack) -> None:
    shape = draw(document, stack, 1)
    stack.push(commands.change_shapes(document, 1, {shape: at(1)}, gesture="g"))
    draw(document, stack, 2)
    stack.push(commands.change_shapes(document, 1, {shape: at(2)}, gesture="g"))
    assert stack.steps == 4


def test_a_batch_stays_one_step_while_a_person_works_on(document: Document, stack: UndoStack) -> None:
    stack.push(commands.suggest(document, 1, found(0.1), batch="b"))
    draw(document, stack, 9)
    stack.push(commands.suggest(document, 2, found(0.2), batch="b"))
    stack.push(commands.set_state(document, [8], ReviewState.VERIFIED))
    stack.push(commands.suggest(document, 3, found(0.3), batch="b"))
    assert stack.steps == 3
    assert (stack.undo(), stack.undo()) == (True, True)
    assert not document.annotations(9)
    assert [len(document.suggestions(p)) for p in (1, 2, 3)] == [1, 1, 1]
    end = snapshot(document)
    stack.undo()
    assert snapshot(document) == {}
    stack.redo()
    assert snapshot(document) == end


@pytest.mark.parametrize("limit", [1, 3, 7, 1000])
def test_a_batch_is_undone_in_parts(document: Document, stack: UndoStack, limit: int) -> None:
    draw(document, stack, 9)
    before = snapshot(document)
    for picture in range(1, 9):
        stack.push(commands.suggest(document, picture, found(picture / 10), batch="b"))
    stack.mark_saved()
    cost, end = stack.cost, snapshot(document)
    key, pieces = stack.undo_key, 0
    while stack.undo_key == key:
        assert stack.undo(limit)
        pieces += 1
        assert stack.redo_key == key
        assert stack.is_changed
    assert pieces == {1: 8, 3: 8, 7: 3, 1000: 1}[limit]  # a picture is two deltas: its suggestion and its state
    assert (snapshot(document), stack.steps, stack.redo_steps) == (before, 1, 1)
    while stack.redo_key == key:
        assert stack.redo(limit)
    assert (snapshot(document), stack.steps, stack.redo_steps, stack.cost) == (end, 2, 0, cost)
    assert not stack.is_changed


def test_between_two_parts_everything_holds(document: Document, stack: UndoStack) -> None:
    for picture in range(1, 6):
        stack.push(commands.suggest(document, picture, found(picture / 10), batch="b"))
    stack.undo(4)
    assert [len(document.suggestions(p)) for p in range(1, 6)] == [1, 1, 1, 0, 0]
    assert (stack.undo_text, stack.redo_text) == ("Detect in pictures", "Detect in pictures")
    half = snapshot(document)
    stack.redo(2)
    assert [len(document.suggestions(p)) for p in range(1, 6)] == [1, 1, 1, 1, 0]
    stack.undo(2)
    assert snapshot(document) == half
    draw(document, stack, 9)  # an ordinary step ends what can be redone, as ever
    assert not stack.redo()
    while stack.undo():
        pass
    assert snapshot(document) == {}
    while stack.redo():
        pass
    assert [len(document.suggestions(p)) for p in range(1, 6)] == [1, 1, 1, 0, 0]
    assert document.annotations(9)


def test_a_batch_does_not_pass_a_step_on_the_same_picture(document: Document, stack: UndoStack) -> None:
    stack.push(commands.suggest(document, 1, found(0.1), batch="b"))
    draw(document, stack, 2)
    stack.push(commands.suggest(document, 2, found(0.2), batch="b"))
    assert stack.steps == 3
    while stack.undo():
        pass
    assert snapshot(document) == {}


def test_a_batch_in_the_background_keeps_what_can_be_redone(document: Document, stack: UndoStack) -> None:
    stack.push(commands.suggest(document, 1, found(0.1), batch="b"))
    draw(document, stack, 8)
    draw(document, stack, 9)
    stack.undo()
    stack.push(commands.suggest(document, 2, found(0.2), batch="b"))
    stack.undo()
    stack.push(commands.suggest(document, 3, found(0.2), batch="b"))
    assert (stack.steps, stack.redo_steps) == (1, 2)
    assert (stack.redo(), stack.redo()) == (True, True)
    assert document.annotations(9)
    stack.undo()
    stack.push(commands.suggest(document, 9, found(0.2), batch="b"))  # what could be redone touched this picture
    assert stack.redo_text == ""


def test_an_ordinary_step_ends_what_can_be_redone(document: Document, stack: UndoStack) -> None:
    draw(document, stack, 1)
    stack.undo()
    draw(document, stack, 2)
    assert not stack.redo()


def test_saved_state(document: Document, stack: UndoStack) -> None:
    assert not stack.is_changed
    draw(document, stack, 1)
    assert stack.is_changed
    stack.mark_saved()
    assert not stack.is_changed
    draw(document, stack, 2)
    stack.undo()
    assert not stack.is_changed
    stack.undo()
    assert stack.is_changed
    stack.redo()
    assert not stack.is_changed
    stack.undo()
    draw(document, stack, 3)  # the saved state cannot be reached any more
    assert stack.is_changed
    while stack.undo():
        assert stack.is_changed


def test_a_step_that_grows_below_is_a_change(document: Document, stack: UndoStack) -> None:
    stack.push(commands.suggest(document, 1, found(0.1), batch="b"))
    draw(document, stack, 9)
    stack.mark_saved()
    stack.push(commands.suggest(document, 2, found(0.2), batch="b"))
    assert stack.is_changed


def test_clear_keeps_document_and_saved_state(document: Document, stack: UndoStack) -> None:
    draw(document, stack, 1)
    stack.mark_saved()
    stack.clear()
    assert not stack.is_changed
    assert not stack.undo()
    assert document.annotations(1)


def test_memory_bounds_the_steps_not_their_number(document: Document) -> None:
    stack = UndoStack(document, limit=250_000)
    shape = draw(document, stack, 1)
    for x in range(1000):
        stack.push(commands.change_shapes(document, 1, {shape: at(x)}))
        assert stack.cost <= 250_000
    assert 50 < stack.steps < 200
    before = stack.steps
    while stack.undo():
        pass
    assert document.annotations(1)[0].shape == at(999 - before)
    while stack.redo():
        pass
    assert document.annotations(1)[0].shape == at(999)


def test_a_single_step_over_the_limit_can_be_undone(document: Document) -> None:
    stack = UndoStack(document, limit=1000)
    stack.push(commands.add(document, 1, [at(x) for x in range(100)]))
    assert stack.steps == 1
    stack.undo()
    assert not document.annotations(1)


def test_the_default_limit_holds_ten_thousand_drags(document: Document, stack: UndoStack) -> None:
    shape = draw(document, stack, 1)
    axis = [ReflectionAxis(((0.0, 0.0), (x + 1.0, 5.0))) for x in range(2)]
    for x in range(10_000):
        stack.push(commands.change_shapes(document, 1, {shape: axis[x % 2]}))
    assert stack.steps == 10_001


def test_estimated_cost_is_near_the_truth(document: Document, stack: UndoStack) -> None:
    axis = ReflectionAxis(((0.1, 2.5), (3.5, 0.7)))
    stack.push(commands.add(document, 1, [axis]))
    shape = document.annotations(1)[0].id
    gc.collect()
    tracemalloc.start()
    before = stack.cost
    for i in range(1000):
        changed = ReflectionAxis(((i + 0.1, 2.5), (3.5, i + 0.7)))
        stack.push(commands.change_shapes(document, 1, {shape: changed}))
    used = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert 0.9 < (stack.cost - before) / used < 2.0


def test_a_batch_costs_what_the_document_does_not_hold_itself(document: Document, stack: UndoStack) -> None:
    gc.collect()
    tracemalloc.start()
    for picture in range(1, 11):
        many = [Detection(at(i + picture / 10), 0.5, "m", {"heat": i / 7, "contrast": i / 9}) for i in range(200)]
        stack.push(commands.suggest(document, picture, many, batch="b"))
    del many
    with_steps = tracemalloc.get_traced_memory()[0]
    estimated = stack.cost
    stack.clear()
    gc.collect()
    freed = with_steps - tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert stack.cost == 0
    assert 0.8 < estimated / freed < 2.0


def test_cost_is_what_the_steps_cost_whatever_way_they_went(document: Document, stack: UndoStack) -> None:
    shape = draw(document, stack, 1)
    for x in range(5):
        stack.push(commands.change_shapes(document, 1, {shape: at(x)}, gesture="g"))
    for picture in range(2, 6):
        stack.push(commands.suggest(document, picture, found(0.5), batch="b"))
        draw(document, stack, 9, float(picture))
    before = stack.cost
    while stack.undo():
        pass
    undone = stack.cost
    while stack.redo():
        pass
    assert stack.cost == before
    while stack.undo():
        pass
    assert stack.cost == undone
    draw(document, stack, 1)
    fresh = UndoStack(Document())
    fresh._document.add_pictures(["1.png"])
    draw(fresh._document, fresh, 1)
    assert stack.cost == fresh.cost


def test_a_large_batch_does_not_push_earlier_steps_out() -> None:
    document = Document()
    pictures = document.add_pictures(f"{i}.png" for i in range(500))
    stack = UndoStack(document, limit=2_000_000)
    draw(document, stack, pictures[0])
    for picture in pictures:
        many = [Detection(at(i + picture / 1000), 0.5, "m", {"heat": 0.5}) for i in range(20)]
        stack.push(commands.suggest(document, picture, many, batch="b"))
    assert stack.steps == 2
    assert (stack.undo(), stack.undo()) == (True, True)
    assert snapshot(document) == {}


def test_nothing_changes_when_read_only(document: Document, stack: UndoStack) -> None:
    stack.read_only = "Another window has it open."
    with pytest.raises(ReadOnlyError, match="Another window"):
        stack.push(commands.add(document, 1, [CENTER]))
    assert snapshot(document) == {}


def test_a_command_that_does_not_fit_changes_nothing(document: Document, stack: UndoStack) -> None:
    command = commands.add(document, 1, [CENTER])
    removal = commands.make(
        "Both", [StateDelta(1, ReviewState.NONE, ReviewState.VERIFIED), AnnotationDelta(1, Annotation(CENTER), None)]
    )
    assert command is not None
    assert removal is not None
    with pytest.raises(DocumentError):
        stack.push(removal)
    assert snapshot(document) == {}
    assert stack.steps == 0
    command.apply(document)
    with pytest.raises(DocumentError):
        command.apply(document)
    command.revert(document)
    assert snapshot(document) == {}


def test_nothing_to_do_is_no_step(document: Document, stack: UndoStack) -> None:
    assert not stack.push(None)
    assert not stack.push(commands.remove(document, 1, ["gone"]))
    assert not stack.undo()
    assert not stack.redo()


def test_the_store_is_told_before_the_views(document: Document, stack: UndoStack) -> None:
    told: list[str] = []
    document.annotations_changed.connect(lambda picture, shapes: told.append("view"))
    stack.changed.connect(lambda change: told.append("store"))
    draw(document, stack, 1)
    assert told == ["store", "view"]


def test_a_view_that_fails_loses_no_step(document: Document, stack: UndoStack) -> None:
    def fail(picture: PictureId, shapes: frozenset[str]) -> None:
        raise RuntimeError("a bug in a view")

    changes: list[Change] = []
    stack.changed.connect(changes.append)
    disconnect = document.annotations_changed.connect(fail)
    with pytest.raises(RuntimeError):
        stack.push(commands.add(document, 1, [CENTER]))
    disconnect()
    assert (stack.steps, len(changes), len(document.annotations(1))) == (1, 1, 1)
    stack.undo()
    assert snapshot(document) == {}


def test_events_come_once_a_picture(document: Document, stack: UndoStack) -> None:
    seen: list[tuple[PictureId, int]] = []
    for picture in (1, 2):
        stack.push(commands.suggest(document, picture, [Detection(at(x), 0.9, "m") for x in range(5)]))
    document.annotations_changed.connect(lambda picture, shapes: seen.append((picture, len(shapes))))
    stack.push(commands.accept_above(document, [1, 2], 0.5))
    stack.undo()
    assert seen == [(1, 5), (2, 5), (2, 5), (1, 5)]  # undone from the end


def test_compose_leaves_out_what_comes_to_nothing() -> None:
    a = Annotation(CENTER)
    b = a.with_shape(at(3))
    assert compose([AnnotationDelta(1, None, a), AnnotationDelta(1, a, b), AnnotationDelta(1, b, None)]) == ()
    assert compose([AnnotationDelta(1, a, b), AnnotationDelta(1, b, a)]) == ()
    assert compose([AnnotationDelta(1, None, a), AnnotationDelta(1, a, b)]) == (AnnotationDelta(1, None, b),)
    assert compose([AnnotationDelta(1, a, None), AnnotationDelta(1, None, b)]) == (AnnotationDelta(1, a, b),)
