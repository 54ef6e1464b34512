"""What each command means, beyond that it can be undone."""

from __future__ import annotations

import itertools
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipsym_core.symmetry import Detection, ReflectionAxis, ReflectionEllipse, RotationCenter
from symviewer.model import commands
from symviewer.model.annotation import Annotation, AnnotationState, ReviewState, Suggestion
from symviewer.model.commands import Command
from symviewer.model.deltas import AnnotationDelta, StateDelta
from symviewer.model.document import Document
from symviewer.model.undo import UndoStack
from tests.model.shapes_strategy import detections

AXIS = ReflectionAxis(((0.0, 0.0), (10.0, 0.0)))
LONGER = ReflectionAxis(((0.0, 0.0), (20.0, 0.0)))


def center(x: float, order: int = 2) -> RotationCenter:
    return RotationCenter(x, 0.0, order)


@pytest.fixture
def document() -> Document:
    result = Document()
    result.add_pictures(["1.png", "2.png", "3.png"])
    return result


@pytest.fixture
def stack(document: Document) -> UndoStack:
    return UndoStack(document)


def ids(document: Document, picture: int = 1) -> list[str]:
    return [annotation.id for annotation in document.annotations(picture)]


def text(command: Command | None) -> str:
    assert command is not None
    return command.text


# -- suggestions ------------------------------------------------------------------------------------------------------


def test_accepting_keeps_id_score_and_source(document: Document, stack: UndoStack) -> None:
    stack.push(commands.suggest(document, 1, [Detection(AXIS, 0.8, "m"), Detection(center(5), 0.6, "m")]))
    first, second = document.suggestions(1)
    stack.push(commands.accept(document, 1, [first.id]))
    (annotation,) = document.annotations(1)
    assert annotation == Annotation(AXIS, first.id, 1.0, AnnotationState.ACCEPTED, source="m", score=0.8)
    assert document.suggestions(1) == (second,)
    assert document.entry(1).state is ReviewState.SUGGESTED


def test_an_accepted_suggestion_that_is_changed_is_corrected(document: Document, stack: UndoStack) -> None:
    stack.push(commands.suggest(document, 1, [Detection(AXIS, 0.8, "m")]))
    (suggestion,) = document.suggestions(1)
    stack.push(commands.accept(document, 1, [suggestion.id]))
    assert commands.change_shapes(document, 1, {suggestion.id: AXIS}) is None
    stack.push(commands.change_shapes(document, 1, {suggestion.id: LONGER}))
    assert document.annotations(1)[0].state is AnnotationState.CORRECTED
    stack.undo()
    assert document.annotations(1)[0].state is AnnotationState.ACCEPTED


def test_accept_above_a_threshold_in_several_pictures(document: Document, stack: UndoStack) -> None:
    for picture in (1, 2):
        stack.push(commands.suggest(document, picture, [Detection(center(i), i / 10, "m") for i in range(11)]))
    command = commands.accept_above(document, [1, 2, 3, 1], 0.7)
    assert text(command) == "Accept 8 suggestions"
    stack.push(command)
    for picture in (1, 2):
        # The best lies in front.
        assert [a.score for a in document.annotations(picture)] == [0.7, 0.8, 0.9, 1.0]
        assert len(document.suggestions(picture)) == 7
    assert commands.accept_above(document, [1, 2, 3], 0.7) is None


def test_detecting_again_keeps_what_is_equal_and_manual_work(document: Document, stack: UndoStack) -> None:
    upright = ReflectionAxis(((0.0, 0.0), (0.0, 20.0)))
    stack.push(commands.add(document, 1, [upright]))
    stack.push(commands.set_state(document, [1], ReviewState.VERIFIED))
    same = Detection(AXIS, 0.8, "m", {"heat": 0.5})
    stack.push(commands.suggest(document, 1, [same, Detection(center(1), 0.5, "m")]))
    kept = document.suggestions(1)[0]
    other_evidence = Detection(center(1), 0.5, "m", {"heat": 0.1})
    stack.push(commands.suggest(document, 1, [other_evidence, Detection(AXIS, 0.8, "m", {"heat": 0.5}), same]))
    assert document.suggestions(1)[0] == kept
    assert [s.detection for s in document.suggestions(1)] == [same, other_evidence]
    assert document.annotations(1)[0].shape == upright
    assert document.entry(1).state is ReviewState.VERIFIED
    assert commands.suggest(document, 1, [same, other_evidence]) is None


@given(st.lists(detections, max_size=6), st.lists(detections, max_size=6))
def test_after_detecting_there_is_what_was_found(before: list[Detection], found: list[Detection]) -> None:
    document = Document()
    stack = UndoStack(document)
    document.add_pictures(["1.png"])
    stack.push(commands.suggest(document, 1, before))
    stack.push(commands.suggest(document, 1, found))
    there = [suggestion.detection for suggestion in document.suggestions(1)]
    assert len(there) == len(set(there))
    assert set(there) == set(found)
    assert [d.score for d in there] == sorted((d.score for d in there), reverse=True)


def test_what_is_annotated_is_not_suggested_again(document: Document, stack: UndoStack) -> None:
    stack.push(commands.add(document, 1, [AXIS, center(50, 3), ReflectionEllipse(0.0, 0.0, 30.0, 20.0)]))
    again = [
        ReflectionAxis(((0.2, 0.1), (9.5, -0.1))),
        center(53, 4),
        ReflectionEllipse(1.0, 0.0, 31.0, 20.0),
    ]
    others = [
        ReflectionAxis(((0.0, 0.0), (0.0, 10.0))),
        ReflectionAxis(((0.0, 5.0), (10.0, 5.0))),
        center(70, 3),
        ReflectionEllipse(0.0, 0.0, 300.0, 200.0),
    ]
    stack.push(commands.suggest(document, 1, [Detection(shape, 0.9, "m") for shape in (*again, *others)]))
    assert {suggestion.shape for suggestion in document.suggestions(1)} == set(others)


def test_looked_at_in_vain_is_told_from_not_looked_at(document: Document, stack: UndoStack) -> None:
    assert stack.push(commands.suggest(document, 1, []))
    assert document.entry(1).state is ReviewState.SUGGESTED
    assert not stack.push(commands.suggest(document, 1, []))


def test_reject_takes_off_the_list(document: Document, stack: UndoStack) -> None:
    stack.push(commands.suggest(document, 1, [Detection(AXIS, 0.8, "m"), Detection(center(5), 0.6, "m")]))
    first, second = document.suggestions(1)
    command = commands.reject(document, 1, [first.id, first.id, "gone"])
    assert text(command) == "Reject axis"
    stack.push(command)
    assert document.suggestions(1) == (second,)


def test_more_suggestions_beside_those_that_are_there(document: Document, stack: UndoStack) -> None:
    stack.push(commands.add_suggestions(document, 1, [Detection(AXIS, 0.8, "features")]))
    stack.push(commands.add_suggestions(document, 1, [Detection(AXIS, 0.8, "features"), Detection(LONGER, 0.9, "m")]))
    assert [s.shape for s in document.suggestions(1)] == [LONGER, AXIS]
    assert document.entry(1).state is ReviewState.SUGGESTED
    assert commands.add_suggestions(document, 2, []) is None


def test_a_snapped_suggestion_keeps_its_id(document: Document, stack: UndoStack) -> None:
    stack.push(commands.suggest(document, 1, [Detection(AXIS, 0.8, "m")]))
    (before,) = document.suggestions(1)
    stack.push(commands.replace_suggestion(document, 1, before.id, Detection(LONGER, 0.9, "m")))
    assert document.suggestions(1) == (Suggestion(Detection(LONGER, 0.9, "m"), before.id),)
    assert commands.replace_suggestion(document, 1, "gone", Detection(LONGER, 0.9, "m")) is None


# -- annotations ------------------------------------------------------------------------------------------------------


def test_locked_annotations_are_left_alone(document: Document, stack: UndoStack) -> None:
    stack.push(commands.add(document, 1, [AXIS, center(1)]))
    axis, other = ids(document)
    stack.push(commands.set_flags(document, 1, [axis], locked=True))
    assert commands.change_shapes(document, 1, {axis: LONGER}) is None
    assert commands.remove(document, 1, [axis]) is None
    assert commands.reorder(document, 1, [axis], "front") is None
    stack.push(commands.remove(document, 1, [axis, other]))
    assert ids(document) == [axis]
    assert text(commands.set_flags(document, 1, [axis], locked=False)) == "Unlock axis"
    assert commands.set_flags(document, 1, [axis], locked=True) is None


def test_order_is_set_for_centers_alone(document: Document, stack: UndoStack) -> None:
    stack.push(commands.add(document, 1, [AXIS, center(1), center(2)]))
    stack.push(commands.suggest(document, 1, [Detection(center(30), 0.5, "m")]))
    everything = [*ids(document), document.suggestions(1)[0].id]
    command = commands.set_order(document, 1, everything, 6)
    assert text(command) == "Set order of 3 shapes"
    stack.push(command)
    assert {a.shape for a in document.annotations(1)} == {AXIS, center(1, 6), center(2, 6), center(30, 6)}
    with pytest.raises(ValueError):
        commands.set_order(document, 1, everything, 1)


ORDERS = {
    ("front", "b"): "acdeb",
    ("front", "bd"): "acebd",
    ("back", "d"): "dabce",
    ("back", "bd"): "bdace",
    ("forward", "b"): "acbde",
    ("forward", "bc"): "adbce",
    ("forward", "bd"): "acbed",
    ("forward", "de"): None,
    ("backward", "b"): "bacde",
    ("backward", "ab"): None,
    ("backward", "bd"): "badce",
    ("backward", "ae"): "abced",
    ("front", ""): None,
    ("front", "e"): None,
}


@pytest.mark.parametrize(("place", "moved"), ORDERS)
def test_reorder(document: Document, stack: UndoStack, place: commands.Place, moved: str) -> None:
    stack.push(
        commands.add_annotations(
            document, 1, [Annotation(AXIS, n, float(i)) for i, n in enumerate("abcde")], verb="Draw"
        )
    )
    expected = ORDERS[place, moved]
    assert stack.push(commands.reorder(document, 1, moved, place)) == (expected is not None)
    assert "".join(ids(document)) == (expected or "abcde")
    stack.push(commands.add(document, 1, [center(1)]))
    assert document.annotations(1)[-1].shape == center(1)


def test_reordering_without_end(document: Document, stack: UndoStack) -> None:
    """Ranks halve the gaps between each other; when there is no room left they are numbered anew."""
    stack.push(
        commands.add_annotations(
            document, 1, [Annotation(AXIS, n, float(i)) for i, n in enumerate("abcd")], verb="Draw"
        )
    )
    order = list("abcd")
    for turn in range(200):
        moved = order[turn % 2 + 1]
        place = order.index(moved)
        order[place], order[place + 1] = order[place + 1], order[place]
        assert stack.push(commands.reorder(document, 1, [moved], "forward"))
        assert ids(document) == order
        ranks = [a.rank for a in document.annotations(1)]
        assert all(a < b for a, b in itertools.pairwise(ranks))
    while stack.undo():
        pass
    assert ids(document) == []


def test_reordering_changes_only_what_moves(document: Document, stack: UndoStack) -> None:
    stack.push(commands.add(document, 1, [center(i) for i in range(50)]))
    command = commands.reorder(document, 1, ids(document)[:1], "front")
    assert command is not None
    assert len(command.deltas) == 1


def test_annotations_with_ids_that_are_there_are_refused(document: Document, stack: UndoStack) -> None:
    stack.push(commands.add(document, 1, [AXIS]))
    with pytest.raises(ValueError, match="already"):
        commands.add_annotations(document, 1, document.annotations(1), verb="Import")
    twice = Annotation(AXIS, "x")
    assert commands.add_annotations(document, 1, [twice, twice], verb="Import") is not None


# -- pictures, and commands as such -----------------------------------------------------------------------------------


def test_verified_and_back(document: Document, stack: UndoStack) -> None:
    stack.push(commands.add(document, 1, [AXIS]))
    for picture, back in ((1, ReviewState.SUGGESTED), (2, ReviewState.NONE)):
        stack.push(commands.toggle_verified(document, picture))
        assert document.entry(picture).state is ReviewState.VERIFIED
        stack.push(commands.toggle_verified(document, picture))
        assert document.entry(picture).state is back
    command = commands.set_state(document, [1, 2, 3], ReviewState.VERIFIED)
    assert text(command) == "Mark 3 pictures as verified"


def test_texts(document: Document) -> None:
    assert text(commands.add(document, 1, [AXIS])) == "Draw axis"
    assert text(commands.add(document, 1, [AXIS, center(1)])) == "Draw 2 shapes"
    assert text(commands.set_state(document, [1], ReviewState.VERIFIED)) == "Mark picture as verified"


def test_a_command_has_one_delta_a_shape() -> None:
    delta = StateDelta(1, ReviewState.NONE, ReviewState.VERIFIED)
    with pytest.raises(ValueError, match="compose"):
        Command("Twice", (delta, delta.inverted()))
    assert commands.make("Nothing", [delta, delta.inverted()]) is None


def test_commands_merge_in_one_gesture_on_the_same_shapes() -> None:
    a, b = Annotation(AXIS, "a"), Annotation(AXIS, "b")
    first = Command("Move", (AnnotationDelta(1, a, a.with_shape(LONGER)),), "g")
    second = Command("Move", (AnnotationDelta(1, a.with_shape(LONGER), a.with_shape(center(1))),), "g")
    merged = first.merge(second)
    assert merged is not None
    assert merged.deltas == (AnnotationDelta(1, a, a.with_shape(center(1))),)
    assert first.merge(Command("Move", second.deltas, "other")) is None
    assert first.merge(Command("Move", (AnnotationDelta(1, b, b.with_shape(LONGER)),), "g")) is None
    assert Command("Move", first.deltas).merge(Command("Move", second.deltas)) is None


def test_deltas_are_checked() -> None:
    with pytest.raises(ValueError):
        AnnotationDelta(1, None, None)
    with pytest.raises(ValueError):
        AnnotationDelta(1, Annotation(AXIS, "a"), Annotation(AXIS, "b"))


def test_annotations_are_checked_and_can_be_pickled() -> None:
    annotation = Annotation(AXIS, extra={"tags": ("a", "b")})
    assert annotation.extra["tags"] == ["a", "b"]  # as it will be when read from the file
    assert pickle.loads(pickle.dumps(annotation)) == annotation
    assert hash(annotation) == hash(Annotation(AXIS, annotation.id))
    with pytest.raises(TypeError):
        annotation.extra["tags"] = []  # type: ignore[index]
    for wrong in ({"score": 1.5}, {"extra": {"x": object()}}, {"extra": {"x": float("nan")}}):
        with pytest.raises(ValueError):
            Annotation(AXIS, **wrong)  # type: ignore[arg-type]
