"""The tool box on a desk whose document comes and goes; late answers to snapping; what no person asked for."""

from __future__ import annotations

import pytest

from clipsym_core.symmetry import Detection, ReflectionAxis, ReflectionEllipse, RotationCenter
from symviewer.model import commands
from symviewer.model.annotation import ReviewState
from symviewer.model.desk import NO_PROJECT, Desk
from symviewer.model.document import Document
from symviewer.model.snapping import LateSnap, SnapQuestion
from symviewer.model.tools.events import KeyEvent, PointerEvent
from symviewer.model.tools.toolbox import ToolBox
from symviewer.model.undo import UndoStack
from tests.model.tool_driver import PICTURE

AXIS = ReflectionAxis(((10.0, 10.0), (10.0, 90.0)))
FOUND = Detection(ReflectionAxis(((50.0, 10.0), (50.0, 90.0))), 0.8, "net")
OTHER = Detection(RotationCenter(30.0, 30.0, 4), 0.6, "net")


def put_document(desk: Desk) -> None:
    document = Document()
    document.add_pictures(["1.png", "2.png"])
    desk.put(document, UndoStack(document), lambda path: path, lambda picture: document.entry(picture).path)
    desk.selection.show_picture(PICTURE)


@pytest.fixture
def desk() -> Desk:
    desk = Desk()
    put_document(desk)
    return desk


@pytest.fixture
def box(desk: Desk) -> ToolBox:
    return ToolBox(desk, lambda _detection: True)


def drag(box: ToolBox, *points: tuple[float, float], release: bool = True) -> None:
    box.pointer(PointerEvent("press", points[0]))
    for point in points[1:]:
        box.pointer(PointerEvent("move", point))
    if release:
        box.pointer(PointerEvent("release", points[-1]))


class TestToolBox:
    def test_a_gesture_is_finished_before_its_document_goes(self, desk: Desk, box: ToolBox) -> None:
        said = []
        box.finished.connect(said.append)
        box.choose("axis")
        drag(box, (0.0, 0.0), (50.0, 50.0), release=False)
        old = desk.document
        desk.closing.emit()
        put_document(desk)
        assert [a.shape for a in old.annotations(PICTURE)] == [ReflectionAxis(((0.0, 0.0), (50.0, 50.0)))]
        assert said == ["Finished: Draw axis"]
        assert box.context.document is desk.document
        drag(box, (0.0, 0.0), (0.0, 80.0))
        assert len(desk.document.annotations(PICTURE)) == 1
        assert len(old.annotations(PICTURE)) == 1

    def test_what_is_no_shape_yet_is_given_up_and_said(self, desk: Desk, box: ToolBox) -> None:
        said = []
        box.finished.connect(said.append)
        box.choose("axis")
        drag(box, (10.0, 10.0))  # a click: the first point
        assert box.busy
        box.finish()
        assert said == ["The drawing was given up."]
        assert not box.busy
        assert desk.document.annotations(PICTURE) == ()
        box.finish()
        assert len(said) == 1

    def test_tools_change_and_escape_comes_back_to_selecting(self, box: ToolBox) -> None:
        names = []
        box.tool_changed.connect(names.append)
        box.choose("ellipse")
        drag(box, (0.0, 0.0), (40.0, 40.0), release=False)
        assert box.draft is not None
        assert box.key(KeyEvent("escape"))
        assert box.draft is None
        assert box.name == "ellipse"
        assert box.key(KeyEvent("escape"))
        assert names == ["ellipse", "select"]
        with pytest.raises(KeyError):
            box.choose("hammer")

    def test_without_a_project_nothing_can_be_drawn(self) -> None:
        desk = Desk()
        box = ToolBox(desk, lambda _detection: True)
        assert desk.read_only == NO_PROJECT
        box.choose("axis")
        drag(box, (0.0, 0.0), (40.0, 40.0))
        box.draw_center((10.0, 10.0))
        assert not box.busy


class TestLateSnap:
    def ask(self) -> tuple[LateSnap, list[SnapQuestion]]:
        snap, asked = LateSnap(), []
        snap.asked.connect(asked.append)
        snap.on = True
        snap.begin(PICTURE, 1.0)
        return snap, asked

    def test_the_answer_holds_while_the_pointer_is_near(self) -> None:
        snap, asked = self.ask()
        shown = []
        snap.answered.connect(lambda: shown.append(1))
        near = ReflectionAxis(((14.0, 10.0), (14.0, 90.0)))
        far = ReflectionAxis(((40.0, 10.0), (40.0, 90.0)))
        assert snap(near) is None
        snap.take(asked[0], AXIS)
        assert shown == [1]
        assert snap(near) == AXIS
        assert snap(far) is None
        assert len(asked) == 2  # the same question is asked once
        snap.take(asked[1], None)
        assert snap(near) is None
        snap.forget()
        snap.take(asked[1], AXIS)
        assert snap(near) is None

    def test_only_what_has_evidence_is_asked_about(self) -> None:
        snap, asked = self.ask()
        assert snap(ReflectionEllipse(10.0, 10.0, 5.0, 5.0)) is None
        assert snap(ReflectionAxis(((0.0, 0.0), (5.0, 5.0), (10.0, 0.0)))) is None
        snap.on = False
        assert snap(AXIS) is None
        assert asked == []

    def test_an_answer_for_another_picture_is_no_answer(self) -> None:
        snap, asked = self.ask()
        snap(AXIS)
        snap.begin(PICTURE + 1, 1.0)
        snap.take(asked[0], AXIS)
        assert snap(AXIS) is None


class TestUnasked:
    """`UndoStack.push_unasked`: saved, no step, and no step is broken by it."""

    def test_it_is_saved_but_no_step(self, desk: Desk) -> None:
        document, stack = desk.document, desk.stack
        saved = []
        stack.changed.connect(saved.append)
        assert stack.push_unasked(commands.suggest(document, PICTURE, [FOUND]))
        assert len(saved) == 1
        assert stack.steps == 0
        assert stack.is_changed
        stack.mark_saved()
        assert not stack.is_changed
        assert not stack.push_unasked(None)

    def test_what_a_person_did_before_can_still_be_undone_and_done_again(self, desk: Desk) -> None:
        document, stack = desk.document, desk.stack
        stack.push(commands.add(document, PICTURE, [AXIS]))
        stack.push_unasked(commands.suggest(document, PICTURE, [FOUND]))
        assert stack.undo()
        assert document.annotations(PICTURE) == ()
        assert len(document.suggestions(PICTURE)) == 1
        assert stack.redo()
        assert len(document.annotations(PICTURE)) == 1

    def test_where_a_step_counts_on_what_changes_it_becomes_a_step(self, desk: Desk) -> None:
        document, stack = desk.document, desk.stack
        stack.push(commands.suggest(document, PICTURE, [FOUND]))
        stack.push_unasked(commands.suggest(document, PICTURE, [OTHER]))
        assert stack.steps == 2
        while stack.undo():
            pass
        assert document.suggestions(PICTURE) == ()
        assert document.entry(PICTURE).state is ReviewState.NONE

    def test_steps_that_could_not_be_done_again_are_forgotten(self, desk: Desk) -> None:
        document, stack = desk.document, desk.stack
        stack.push(commands.toggle_verified(document, PICTURE))
        stack.undo()
        stack.push_unasked(commands.suggest(document, PICTURE, [FOUND]))
        assert stack.redo_text == ""

    def test_read_only_it_is_shown_and_not_saved(self, desk: Desk) -> None:
        document, stack = desk.document, desk.stack
        stack.read_only = "another window writes"
        saved = []
        stack.changed.connect(saved.append)
        stack.push_unasked(commands.suggest(document, PICTURE, [FOUND]))
        assert len(document.suggestions(PICTURE)) == 1
        assert saved == []
