"""The selection follows the document."""

from __future__ import annotations

import pytest

from clipsym_core.symmetry import Detection, RotationCenter
from symviewer.model import commands
from symviewer.model.document import Document
from symviewer.model.selection import ActiveHandle, Selection
from symviewer.model.shape_edit import Part
from symviewer.model.undo import UndoStack


@pytest.fixture
def document() -> Document:
    result = Document()
    result.add_pictures(["1.png", "2.png"])
    return result


@pytest.fixture
def stack(document: Document) -> UndoStack:
    result = UndoStack(document)
    result.push(commands.add(document, 1, [RotationCenter(i, 0.0, 2) for i in range(3)]))
    result.push(commands.suggest(document, 1, [Detection(RotationCenter(9.0, 9.0, 2), 0.9, "m")]))
    return result


@pytest.fixture
def selection(document: Document, stack: UndoStack) -> Selection:
    result = Selection(document)
    result.show_picture(1)
    return result


def test_set_add_toggle_clear(document: Document, selection: Selection) -> None:
    a, b, c = (annotation.id for annotation in document.annotations(1))
    told: list[tuple[str, ...]] = []
    selection.changed.connect(lambda: told.append(selection.shapes))
    selection.set([b, "gone", b])
    selection.add([a])
    selection.toggle(c)
    selection.toggle(b)
    selection.set([a, c])
    selection.clear()
    selection.clear()
    assert told == [(b,), (b, a), (b, a, c), (a, c), ()]
    assert a not in selection


def test_an_accepted_suggestion_stays_selected(document: Document, stack: UndoStack, selection: Selection) -> None:
    suggestion = document.suggestions(1)[0].id
    selection.set([suggestion])
    stack.push(commands.accept(document, 1, [suggestion]))
    assert selection.shapes == (suggestion,)
    stack.undo()
    assert selection.shapes == (suggestion,)
    stack.push(commands.reject(document, 1, [suggestion]))
    assert selection.shapes == ()
    stack.undo()
    assert selection.shapes == ()


def test_what_is_undone_is_not_selected_any_more(document: Document, stack: UndoStack, selection: Selection) -> None:
    stack.push(commands.add(document, 1, [RotationCenter(7.0, 7.0, 2)]))
    drawn = document.annotations(1)[-1].id
    selection.set([drawn], active=ActiveHandle(drawn, Part.END, 1))
    stack.undo()
    assert (selection.shapes, selection.active) == ((), None)


def test_the_active_handle_belongs_to_a_selected_shape(document: Document, selection: Selection) -> None:
    a, b, _ = (annotation.id for annotation in document.annotations(1))
    selection.set([a], active=ActiveHandle(b, Part.END))
    assert selection.active is None
    selection.set([a], active=ActiveHandle(a, Part.END))
    assert selection.active == ActiveHandle(a, Part.END)
    selection.set([a])
    assert selection.active is None


def test_another_picture_begins_without_selection(document: Document, selection: Selection) -> None:
    selection.select_all()
    assert len(selection) == 3
    selection.show_picture(2)
    assert selection.shapes == ()
    selection.set([document.annotations(1)[0].id])  # of the other picture
    assert selection.shapes == ()
    selection.show_picture(None)
    selection.select_all()
    assert len(selection) == 0


def test_hidden_shapes_are_not_selected_with_all(document: Document, stack: UndoStack, selection: Selection) -> None:
    stack.push(commands.set_flags(document, 1, [document.annotations(1)[0].id], hidden=True))
    selection.select_all()
    assert len(selection) == 2
