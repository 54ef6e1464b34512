"""Copy and paste, and text for other windows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipsym_core.symmetry import Detection, ReflectionAxis, RotationCenter, Shape
from symviewer.model import commands
from symviewer.model.annotation import Annotation, AnnotationState
from symviewer.model.clipboard import PASTE_STEP, Clipboard, duplicate, parse_shapes, paste_from
from symviewer.model.document import Document
from symviewer.model.shape_edit import moved
from symviewer.model.undo import UndoStack
from tests.model.shapes_strategy import shapes

AXIS = ReflectionAxis(((0.0, 0.0), (10.0, 0.0)))
CENTER = RotationCenter(1.0, 2.0, 3)


@pytest.fixture
def document() -> Document:
    result = Document()
    result.add_pictures(["1.png", "2.png"])
    return result


@pytest.fixture
def stack(document: Document) -> UndoStack:
    result = UndoStack(document)
    locked = Annotation(AXIS, "axis", 1.0, AnnotationState.ACCEPTED, True, True, "m", 0.5, {"label": "x"})
    result.push(commands.add_annotations(document, 1, [locked, Annotation(CENTER, "center", 2.0)], verb="Draw"))
    return result


def placed(document: Document, picture: int) -> list[Shape]:
    return [annotation.shape for annotation in document.annotations(picture)]


def test_pasting_in_another_picture_is_at_the_same_place(document: Document, stack: UndoStack) -> None:
    clipboard = Clipboard()
    assert clipboard.copy(document, 1, ["center", "axis"]) == 2
    for _ in range(2):
        stack.push(clipboard.paste(document, 2))
    assert placed(document, 2) == [AXIS, CENTER, AXIS, CENTER]
    copy = document.annotations(2)[0]
    assert (copy.locked, copy.hidden, copy.source, copy.score) == (False, False, "", None)
    assert copy.state is AnnotationState.DRAWN
    assert copy.extra == {"label": "x"}
    assert stack.undo_text == "Paste 2 shapes"


def test_pasting_in_the_same_picture_is_beside_and_further_each_time(document: Document, stack: UndoStack) -> None:
    clipboard = Clipboard()
    clipboard.copy(document, 1, ["center"])
    stack.push(clipboard.paste(document, 1))
    stack.push(clipboard.paste(document, 1))
    steps = [moved(CENTER, n * PASTE_STEP, n * PASTE_STEP) for n in (1, 2)]
    assert placed(document, 1) == [AXIS, CENTER, *steps]


def test_the_clipboard_survives_the_removal_of_what_was_copied(document: Document, stack: UndoStack) -> None:
    clipboard = Clipboard()
    assert clipboard.is_empty
    assert clipboard.paste(document, 1) is None
    clipboard.copy(document, 1, ["center"])
    stack.push(commands.remove(document, 1, ["center"]))
    assert clipboard.copy(document, 1, ["center"]) == 0  # copying nothing keeps what was copied before
    stack.push(clipboard.paste(document, 2))
    assert placed(document, 2) == [CENTER]


def test_suggestions_are_copied_as_shapes(document: Document, stack: UndoStack) -> None:
    stack.push(commands.suggest(document, 1, [Detection(RotationCenter(90.0, 90.0, 2), 0.9, "m")]))
    clipboard = Clipboard()
    clipboard.copy(document, 1, [document.suggestions(1)[0].id])
    stack.push(clipboard.paste(document, 2))
    assert document.annotations(2)[0].state is AnnotationState.DRAWN


def test_duplicate(document: Document, stack: UndoStack) -> None:
    stack.push(duplicate(document, 1, ["center"]))
    assert placed(document, 1) == [AXIS, CENTER, moved(CENTER, PASTE_STEP, PASTE_STEP)]
    assert stack.undo_text == "Duplicate center"
    assert duplicate(document, 1, []) is None


def test_paste_from_the_previous_picture_leaves_out_what_is_there(document: Document, stack: UndoStack) -> None:
    stack.push(commands.add(document, 2, [CENTER]))
    stack.push(paste_from(document, 1, 2))
    assert placed(document, 2) == [CENTER, AXIS]
    assert stack.undo_text == "Paste 1 shape from a picture"
    assert paste_from(document, 1, 2) is None


@given(st.lists(shapes, min_size=1, max_size=4))
def test_text_goes_to_another_window_and_back(some: list[Shape]) -> None:
    document = Document()
    stack = UndoStack(document)
    document.add_pictures(["1.png"])
    stack.push(commands.add(document, 1, some))
    here, there = Clipboard(), Clipboard()
    here.copy(document, 1, [a.id for a in document.annotations(1)])
    assert there.take_text(here.to_text())
    stack.push(there.paste(document, 1))
    assert placed(document, 1) == [*some, *some]


def test_text_that_a_window_put_out_itself_keeps_origin_and_count(document: Document, stack: UndoStack) -> None:
    clipboard = Clipboard()
    clipboard.copy(document, 1, ["center"])
    clipboard.take_text(clipboard.to_text())
    stack.push(clipboard.paste(document, 1))
    assert placed(document, 1)[-1] == moved(CENTER, PASTE_STEP, PASTE_STEP)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        '{"format": "symviewer-shapes"',
        '{"format": "symviewer-shapes", "version": 2, "shapes": []}',
        '{"format": "symviewer-shapes", "version": 1}',
        '{"format": "symviewer-shapes", "version": 1, "shapes": [{"kind": "square"}]}',
        '{"format": "symviewer-shapes", "version": 1, "shapes": [{"kind": "axis", "points": [[1, 2]]}]}',
        '{"format": "symviewer-shapes", "version": 1, "shapes": [{"kind": "axis", "points": 3}]}',
        '{"format": "symviewer-shapes", "version": 1, "shapes": [{"kind": "center", "x": "1", "y": null}]}',
        '["symviewer-shapes"]',
    ],
)
def test_any_other_text_is_none_of_ours(text: str) -> None:
    assert parse_shapes(text) is None
    clipboard = Clipboard()
    assert not clipboard.take_text(text)
    assert clipboard.is_empty
