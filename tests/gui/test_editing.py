"""Correcting as a person does it: mouse and keys on the real window, undo, and what is in the project afterwards."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from clipsym_core.symmetry import Detection, ReflectionAxis, ReflectionEllipse, RotationCenter
from symviewer.model import commands
from symviewer.model.annotation import Annotation, AnnotationState, Suggestion
from symviewer.services.evidence_tools import Star
from tests.gui.hand import ALT, CTRL, MIDDLE, SHIFT, Hand

WIDTH, HEIGHT = 320.0, 240.0
UPRIGHT = ReflectionAxis(((160.0, 24.0), (160.0, 216.0)))
"""The best suggestion of the detector of these tests."""


@pytest.fixture
def hand(app) -> Hand:
    app.window.actions_by_id["snap_while_dragging"].trigger()  # off: places are then exact
    return Hand(app)


def shapes(hand: Hand) -> list:
    return [annotation.shape for annotation in hand.workspace.annotations]


def put(hand: Hand, *new) -> list[str]:
    """Annotate shapes, out of the way of the suggestions, and show nothing else."""
    hand.workspace.change_overlay(suggestions=False)
    stack, document = hand.app.session.stack, hand.app.session.document
    stack.push(commands.add(document, hand.workspace.picture_id, new))
    return [annotation.id for annotation in hand.workspace.annotations[-len(new) :]]


def close_to(points, wanted, tolerance=0.6) -> bool:
    return all(math.dist(p, q) <= tolerance for p, q in zip(points, wanted, strict=True))


def test_the_story_of_a_correction(start, hand, pictures, qtbot):
    """Open folder, detect, accept two, drag an end, undo all, redo all, close, reopen: identical."""
    window, session = hand.window, hand.app.session
    hand.key(Qt.Key.Key_Return, times=3)  # selects the best, accepts it, accepts the next
    assert [a.state for a in hand.workspace.annotations] == [AnnotationState.ACCEPTED] * 2
    axis = next(a for a in hand.workspace.annotations if a.shape == UPRIGHT)
    hand.drag((160.0, 24.0), (180.0, 40.0))
    dragged = session.document.annotation(hand.workspace.picture_id, axis.id)
    assert close_to(dragged.shape.points, ((180.0, 40.0), (160.0, 216.0)))
    assert dragged.state is AnnotationState.CORRECTED
    assert window.actions_by_id["undo"].text() == "&Undo Change axis"
    end = (hand.workspace.annotations, hand.workspace.suggestions)
    while window.actions_by_id["undo"].isEnabled():
        hand.key(Qt.Key.Key_Z, CTRL)
    assert hand.workspace.annotations == ()
    assert len(hand.workspace.suggestions) == 6
    hand.key(Qt.Key.Key_Z, CTRL | SHIFT, times=3)
    assert (hand.workspace.annotations, hand.workspace.suggestions) == end
    assert not window.actions_by_id["redo"].isEnabled()
    hand.app.close()
    again = start(str(Path(pictures[0]).parent))
    qtbot.waitUntil(lambda: again.session.idle and again.session.workspace.image is not None)
    assert (again.session.workspace.annotations, again.session.workspace.suggestions) == end
    items = again.window.canvas._shapes.items
    assert sum(isinstance(item.holder, Annotation) for item in items.values()) == 2


class TestDrawing:
    def test_an_axis_by_a_drag_by_clicks_and_bent(self, hand):
        hand.key(Qt.Key.Key_L)
        assert hand.canvas.viewport().cursor().shape() == Qt.CursorShape.CrossCursor
        hand.drag((20.0, 200.0), (60.0, 40.0))
        hand.click((100.0, 200.0))
        hand.click((110.0, 60.0))
        hand.click((200.0, 200.0))
        hand.click((210.0, 120.0), CTRL)
        hand.click((250.0, 60.0), CTRL)
        hand.key(Qt.Key.Key_Return)  # ends the polyline, accepts nothing
        assert [len(shape.points) for shape in shapes(hand)] == [2, 2, 3]
        assert close_to(shapes(hand)[0].points, ((20.0, 200.0), (60.0, 40.0)))
        assert len(hand.workspace.suggestions) == 6
        assert hand.app.session.stack.steps == 3
        hand.key(Qt.Key.Key_Escape)
        assert hand.workspace.tools.name == "select"
        assert hand.window.actions_by_id["tool_select"].isChecked()

    def test_shift_keeps_fifteen_degrees_and_escape_leaves_nothing(self, hand):
        hand.key(Qt.Key.Key_L)
        hand.drag((40.0, 40.0), (140.0, 46.0), SHIFT)
        assert shapes(hand)[0].angle == 0.0
        hand.press((40.0, 80.0))
        hand.move((100.0, 90.0))
        assert hand.canvas.draft is not None
        hand.key(Qt.Key.Key_Escape)
        assert hand.canvas.draft is None
        hand.release((100.0, 90.0))
        assert len(shapes(hand)) == 1

    def test_an_ellipse_in_its_box(self, hand):
        hand.key(Qt.Key.Key_E)
        hand.drag((40.0, 40.0), (140.0, 100.0))
        (ellipse,) = shapes(hand)
        assert isinstance(ellipse, ReflectionEllipse)
        assert close_to([ellipse.center], [(90.0, 70.0)])
        assert ellipse.rx == pytest.approx(50, abs=0.6)

    def test_one_click_on_a_center_gives_place_order_and_axes_as_one_step(self, hand, qtbot, monkeypatch):
        star = Star(
            RotationCenter(81.0, 61.0, 4), (ReflectionAxis(((81.0, 20.0), (81.0, 100.0))),), "Center of order 4"
        )
        asked = []

        def find(pixels, point):
            asked.append((pixels.shape, point))
            return star

        monkeypatch.setattr("symviewer.services.evidence_tools.find_star", find)
        hand.key(Qt.Key.Key_C)
        hand.click((80.0, 60.0))
        qtbot.waitUntil(lambda: len(shapes(hand)) == 2)
        assert shapes(hand) == [star.center, *star.axes]
        assert asked[0][0] == (240, 320, 3)
        assert math.dist(asked[0][1], (80.0, 60.0)) < 1
        assert hand.window.actions_by_id["undo"].text() == "&Undo Draw center with 1 axis"
        hand.key(Qt.Key.Key_Z, CTRL)
        assert shapes(hand) == []
        hand.key(Qt.Key.Key_5)  # no center is selected: those that are drawn next
        hand.click((40.0, 40.0), ALT)
        assert [shape.order for shape in shapes(hand)] == [5]
        assert len(asked) == 1

    def test_an_answer_that_comes_late_goes_to_its_own_picture(self, hand, qtbot, monkeypatch):
        star = Star(RotationCenter(81.0, 61.0, 4), (), "Center of order 4")
        monkeypatch.setattr("symviewer.services.evidence_tools.find_star", lambda _pixels, _point: star)
        picture = hand.workspace.picture_id
        hand.key(Qt.Key.Key_C)
        hand.click((80.0, 60.0))
        hand.workspace.pictures.select(1)
        qtbot.waitUntil(lambda: hand.app.session.idle)
        assert [a.shape for a in hand.app.session.document.annotations(picture)] == [star.center]
        assert shapes(hand) == []

    def test_the_picture_moves_in_the_middle_of_drawing(self, hand):
        hand.key(Qt.Key.Key_L)
        hand.click((40.0, 200.0))
        before = hand.canvas.mapFromScene(0.0, 0.0)
        hand.press((100.0, 100.0), button=MIDDLE)
        hand.move((120.0, 110.0), button=MIDDLE)
        hand.release((120.0, 110.0), button=MIDDLE)
        assert hand.canvas.mapFromScene(0.0, 0.0) != before
        hand.click((60.0, 40.0))
        assert close_to(shapes(hand)[0].points, ((40.0, 200.0), (60.0, 40.0)))

    def test_a_drag_is_finished_when_the_picture_changes(self, hand, qtbot):
        picture = hand.workspace.picture_id
        (id,) = put(hand, ReflectionAxis(((40.0, 40.0), (40.0, 200.0))))
        hand.press((40.0, 120.0))
        hand.move((60.0, 120.0))
        hand.move((80.0, 120.0))
        hand.key(Qt.Key.Key_D)
        assert hand.workspace.pictures.current == 1
        moved = hand.app.session.document.annotation(picture, id).shape
        assert close_to(moved.points, ((80.0, 40.0), (80.0, 200.0)))
        assert hand.window.status.currentMessage() == "Finished: Move axis"
        assert hand.canvas.draft is None
        hand.release((80.0, 120.0))
        assert shapes(hand) == []

    def test_undo_in_the_middle_of_a_drag_gives_the_drag_up(self, hand):
        put(hand, ReflectionAxis(((40.0, 40.0), (40.0, 200.0))))
        hand.press((40.0, 120.0))
        hand.move((80.0, 120.0))
        hand.key(Qt.Key.Key_Z, CTRL)
        hand.release((80.0, 120.0))
        assert shapes(hand) == [ReflectionAxis(((40.0, 40.0), (40.0, 200.0)))]


def test_a_drag_is_finished_and_saved_when_the_window_is_closed(start, hand, pictures, qtbot):
    put(hand, ReflectionAxis(((40.0, 40.0), (40.0, 200.0))))
    hand.press((40.0, 120.0))
    hand.move((60.0, 120.0))
    hand.move((80.0, 120.0))
    hand.window.close()
    again = start(str(Path(pictures[0]).parent))
    qtbot.waitUntil(lambda: again.session.idle and again.session.workspace.image is not None)
    (annotation,) = again.session.workspace.annotations
    assert close_to(annotation.shape.points, ((80.0, 40.0), (80.0, 200.0)))


def test_undo_goes_to_the_picture_where_something_changes(hand, qtbot):
    put(hand, ReflectionAxis(((40.0, 40.0), (40.0, 200.0))))
    hand.key(Qt.Key.Key_D)
    qtbot.waitUntil(lambda: hand.app.session.idle)
    hand.canvas.setFocus()
    hand.key(Qt.Key.Key_Z, CTRL)
    assert hand.workspace.pictures.current == 0
    assert shapes(hand) == []
    assert hand.window.status.currentMessage() == "Undone: Draw axis, in p1.png"


class TestSelecting:
    def test_ctrl_click_rubber_band_and_table(self, hand):
        ids = put(hand, *(ReflectionAxis(((x, 40.0), (x, 80.0))) for x in (40.0, 80.0, 120.0)))
        hand.click((40.0, 60.0))
        hand.click((80.0, 60.0), CTRL)
        assert [shape.id for shape in hand.workspace.selection] == ids[:2]
        hand.click((40.0, 60.0), CTRL)
        assert [shape.id for shape in hand.workspace.selection] == ids[1:2]
        hand.drag((20.0, 20.0), (140.0, 100.0))
        assert {shape.id for shape in hand.workspace.selection} == set(ids)
        table = hand.window.suggestions.table
        assert len(table.selectionModel().selectedRows()) == 3
        row = table.visualRect(hand.window.suggestions.model.index(0, 0)).center()
        QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=row)
        assert [shape.id for shape in hand.workspace.selection] == [ids[-1]]
        strong = [item for item in hand.canvas._shapes.items.values() if item.is_strong]
        assert [item.holder.id for item in strong] == [ids[-1]]
        hand.key(Qt.Key.Key_Period)
        assert hand.workspace.selected.id == ids[1]
        hand.key(Qt.Key.Key_Comma)
        assert hand.workspace.selected.id == ids[2]

    def test_tab_goes_through_what_lies_under_the_pointer(self, hand):
        ids = put(hand, ReflectionEllipse(100.0, 100.0, 60.0, 60.0), ReflectionEllipse(100.0, 100.0, 40.0, 40.0))
        hand.hover((100.0, 100.0))
        seen = []
        for _ in range(3):
            hand.key(Qt.Key.Key_Tab)
            seen.append(hand.workspace.selected.id)
        assert set(seen[:2]) == set(ids)
        assert seen[2] == seen[0]
        assert QApplication.focusWidget() is hand.canvas
        hand.hover((300.0, 20.0))
        hand.key(Qt.Key.Key_Tab)
        assert QApplication.focusWidget() is not hand.canvas

    def test_arrows_nudge_the_selection_or_the_end_that_was_clicked(self, hand):
        put(hand, ReflectionAxis(((40.0, 40.0), (40.0, 200.0))))
        hand.click((40.0, 120.0))
        hand.key(Qt.Key.Key_Right, times=3)
        hand.key(Qt.Key.Key_Down, SHIFT)
        assert shapes(hand) == [ReflectionAxis(((43.0, 50.0), (43.0, 210.0)))]
        assert hand.app.session.stack.steps == 2  # drawn, and one burst of arrows
        hand.click((43.0, 50.0))
        hand.key(Qt.Key.Key_Left)
        assert shapes(hand) == [ReflectionAxis(((42.0, 50.0), (43.0, 210.0)))]

    def test_handles_turn_and_stretch(self, hand):
        (id,) = put(hand, ReflectionEllipse(160.0, 120.0, 60.0, 30.0))
        hand.click((220.0, 120.0))
        hand.drag((220.0, 120.0), (240.0, 120.0))
        assert shapes(hand)[0].rx == pytest.approx(80, abs=0.6)
        away = 28.0 / hand.canvas.transform().m11()
        hand.drag((240.0 + away, 120.0), (160.0, 120.0 - 80.0 - away), SHIFT)
        assert shapes(hand)[0].angle == pytest.approx(90.0)
        assert hand.workspace.selected.id == id


class TestEditing:
    def test_the_keys_of_the_orders(self, hand):
        put(hand, RotationCenter(100.0, 100.0, 2))
        hand.click((100.0, 100.0))
        hand.key(Qt.Key.Key_7)
        assert shapes(hand) == [RotationCenter(100.0, 100.0, 7)]
        hand.key(Qt.Key.Key_0)
        assert shapes(hand) == [RotationCenter(100.0, 100.0, 0)]

    def test_locked_shapes_stay_where_they_are_and_hidden_ones_are_not_drawn(self, hand):
        axis = ReflectionAxis(((40.0, 40.0), (40.0, 200.0)))
        (id,) = put(hand, axis)
        hand.click((40.0, 120.0))
        hand.key(Qt.Key.Key_K, CTRL)
        hand.drag((40.0, 120.0), (90.0, 120.0))
        hand.key(Qt.Key.Key_Right)
        hand.key(Qt.Key.Key_Delete)
        assert shapes(hand) == [axis]
        assert hand.window.suggestions.model.index(0, 3).data() == "drawn, locked"
        hand.key(Qt.Key.Key_K, CTRL)
        hand.key(Qt.Key.Key_H, CTRL)
        assert id not in hand.canvas._shapes.items
        assert hand.window.suggestions.model.rowCount() == 1
        hand.key(Qt.Key.Key_H, CTRL | SHIFT)
        assert id in hand.canvas._shapes.items
        hand.key(Qt.Key.Key_Delete)
        assert shapes(hand) == []

    def test_copy_paste_duplicate_and_from_the_previous_picture(self, hand, qtbot):
        axis = ReflectionAxis(((40.0, 40.0), (40.0, 120.0)))
        put(hand, axis)
        hand.click((40.0, 80.0))
        hand.key(Qt.Key.Key_C, CTRL)
        assert "symviewer-shapes" in QApplication.clipboard().text()
        hand.key(Qt.Key.Key_V, CTRL)
        hand.key(Qt.Key.Key_D, CTRL)
        assert len(shapes(hand)) == 3
        assert len(set(shapes(hand))) == 3  # each a little beside the others
        hand.key(Qt.Key.Key_D)
        qtbot.waitUntil(lambda: hand.app.session.idle)
        hand.key(Qt.Key.Key_V, CTRL | SHIFT)
        assert len(shapes(hand)) == 3
        hand.key(Qt.Key.Key_V, CTRL | SHIFT)
        assert len(shapes(hand)) == 3  # they are here already
        hand.key(Qt.Key.Key_V, CTRL)
        assert shapes(hand)[-1] == axis

    def test_accept_all_that_are_shown_and_reject(self, hand):
        hand.key(Qt.Key.Key_Return)
        hand.key(Qt.Key.Key_X)
        assert len(hand.workspace.suggestions) == 5
        assert isinstance(hand.workspace.selected, Suggestion)
        hand.key(Qt.Key.Key_Return, SHIFT)
        assert len(hand.workspace.annotations) == 3
        assert all(s.score < 0.5 for s in hand.workspace.suggestions)
        hand.key(Qt.Key.Key_Z, CTRL)
        assert hand.workspace.annotations == ()

    def test_enter_in_the_search_line_accepts_nothing(self, hand, qtbot):
        hand.window.files.search.setFocus()
        qtbot.keyClick(hand.window.files.search, Qt.Key.Key_Return)
        assert hand.workspace.selected is None
        assert hand.workspace.annotations == ()

    def test_a_dragged_suggestion_becomes_an_annotation(self, hand):
        hand.drag((160.0, 24.0), (170.0, 20.0))
        (annotation,) = hand.workspace.annotations
        assert annotation.state is AnnotationState.CORRECTED
        assert annotation.score == pytest.approx(0.91)

    def test_the_star_is_completed(self, hand):
        put(hand, RotationCenter(100.0, 100.0, 3), ReflectionAxis(((100.0, 60.0), (100.0, 140.0))))
        hand.click((100.0, 100.0))
        hand.key(Qt.Key.Key_C, SHIFT)
        assert sorted(round(s.angle) for s in shapes(hand) if isinstance(s, ReflectionAxis)) == [30, 90, 150]
        hand.key(Qt.Key.Key_Z, CTRL)
        assert len(shapes(hand)) == 2

    def test_the_context_menu_is_about_what_was_clicked(self, hand, monkeypatch):
        menus = []
        monkeypatch.setattr(hand.window, "_show_menu", menus.append)
        hand.canvas.menu_wanted.disconnect()
        hand.canvas.menu_wanted.connect(menus.append)
        from PySide6.QtGui import QContextMenuEvent

        at = hand.canvas.mapFromScene(160.0, 60.0)
        event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, hand.canvas.mapToGlobal(at))
        QApplication.sendEvent(hand.canvas.viewport(), event)
        assert len(menus) == 1
        assert hand.workspace.selected.shape == UPRIGHT
        assert hand.window.actions_by_id["accept"].isEnabled()


class TestPixels:
    """On the drawn mirror scene of the fixture, whose axis is x = 160, with the real evidence."""

    def test_s_snaps_a_suggestion_and_an_annotation(self, hand, qtbot):
        tilted = ReflectionAxis(((166.0, 20.0), (155.0, 220.0)))
        session = hand.app.session
        picture = hand.workspace.picture_id
        session.stack.push(commands.suggest(session.document, picture, [Detection(tilted, 0.9, "net")]))
        hand.workspace.select(hand.workspace.suggestions[0].id)
        hand.key(Qt.Key.Key_S)
        qtbot.waitUntil(lambda: hand.workspace.suggestions[0].shape != tilted)
        assert close_to([(x, 0.0) for x, _ in hand.workspace.suggestions[0].shape.points], [(160.0, 0.0)] * 2, 2.0)
        assert hand.workspace.suggestions[0].score == pytest.approx(0.9)
        put(hand, tilted)
        hand.workspace.select(hand.workspace.annotations[0].id)
        hand.key(Qt.Key.Key_S)
        qtbot.waitUntil(lambda: shapes(hand) != [tilted])
        assert close_to([(x, 0.0) for x, _ in shapes(hand)[0].points], [(160.0, 0.0)] * 2, 2.0)
        assert hand.app.session.stack.undo_text == "Snap axis"

    def test_a_drag_snaps_when_the_pixels_have_answered_unless_alt_is_held(self, hand, qtbot):
        hand.window.actions_by_id["snap_while_dragging"].trigger()
        put(hand, ReflectionAxis(((190.0, 30.0), (190.0, 210.0))))
        hand.press((190.0, 120.0))
        hand.move((175.0, 120.0))
        hand.move((162.0, 120.0))
        draft = lambda: hand.canvas.draft.shapes[0]  # noqa: E731
        on_axis = lambda: close_to([(x, 0.0) for x, _ in draft().shape.points], [(160.0, 0.0)] * 2, 1.5)  # noqa: E731
        # The answer for a place on the way may come first, and is near enough to be shown.
        qtbot.waitUntil(lambda: draft().snapped and on_axis())
        hand.move((162.0, 120.0), ALT)
        assert not draft().snapped
        hand.move((162.0, 120.0))
        qtbot.waitUntil(lambda: draft().snapped)
        hand.release((162.0, 120.0))
        assert close_to([(x, 0.0) for x, _ in shapes(hand)[0].points], [(160.0, 0.0)] * 2, 1.5)

    def test_score_and_difference_follow_the_axis(self, hand, qtbot):
        hand.key(Qt.Key.Key_B)
        hand.workspace.select(hand.workspace.shown[0].id)
        qtbot.waitUntil(lambda: hand.workspace.evidence is not None)
        assert hand.workspace.evidence.score > 0.9
        assert hand.workspace.evidence.difference is not None
        assert hand.canvas._difference.isVisible()
        panel = hand.window.suggestions
        name, value = panel.evidence.split(", ")[0].split(": ")
        assert name == "Mirror match of the pixels"
        assert float(value) > 0.9
        hand.press((160.0, 60.0))
        hand.move((130.0, 60.0))
        qtbot.waitUntil(lambda: hand.workspace.evidence is not None and hand.workspace.evidence.score < 0.7)
        hand.key(Qt.Key.Key_Escape)
        qtbot.waitUntil(lambda: hand.workspace.evidence.score > 0.9)
        hand.release((130.0, 60.0))
        hand.workspace.select()
        assert hand.workspace.evidence is None
        assert not hand.canvas._difference.isVisible()

    def test_suggest_here_needs_a_place_on_this_picture(self, hand, qtbot):
        hand.app.window.canvas._pointer = None
        hand.window.actions_by_id["propose"].trigger()
        assert "Move the pointer" in hand.window.status.currentMessage()
        hand.hover((160.0, 120.0))
        hand.window.actions_by_id["propose"].trigger()
        qtbot.waitUntil(lambda: hand.app.session.idle)
        assert "Move the pointer" not in hand.window.status.currentMessage()


def test_read_only_nothing_can_be_changed_and_the_tools_say_why(start, hand, pictures, qtbot):
    hand.key(Qt.Key.Key_Return, times=2)
    second = start(str(Path(pictures[0]).parent))
    qtbot.waitUntil(lambda: second.session.idle and second.session.workspace.image is not None)
    reader = Hand(second)
    before = reader.workspace.annotations
    reader.window.actions_by_id["tool_axis"].trigger()
    assert reader.workspace.tools.name == "select"
    assert reader.window.actions_by_id["tool_select"].isChecked()
    reader.drag((160.0, 60.0), (200.0, 60.0))
    reader.key(Qt.Key.Key_Delete)
    reader.key(Qt.Key.Key_Right)
    reader.key(Qt.Key.Key_X)
    assert reader.workspace.annotations == before
    for id in ("accept", "delete", "paste", "snap", "undo", "lock", "order_4"):
        assert not reader.window.actions_by_id[id].isEnabled(), id


def test_while_a_shape_is_dragged_nothing_else_is_painted_again(hand, monkeypatch):
    put(hand, *(ReflectionAxis(((x, 40.0), (x, 200.0))) for x in range(20, 300, 10)))
    painted = []
    from symviewer.views.canvas import shape_item

    original = shape_item.ShapeItem.paint
    monkeypatch.setattr(
        shape_item.ShapeItem, "paint", lambda self, *rest: (painted.append(self.holder.id), original(self, *rest))
    )
    hand.press((20.0, 120.0))
    hand.move((24.0, 120.0))
    hand.canvas.viewport().repaint()
    assert len(painted) == 27  # once, for the still picture
    for x in range(25, 60):
        hand.move((float(x), 120.0))
        hand.canvas.viewport().repaint()
    assert len(painted) == 27
    at = hand.canvas.mapFromScene(59.0, 100.0)
    shot = hand.canvas.viewport().grab().toImage()
    ratio = shot.devicePixelRatio()
    colors = [shot.pixelColor(QPoint(round((at.x() + dx) * ratio), round(at.y() * ratio))) for dx in range(-3, 4)]
    assert any(color.red() > 200 and color.blue() < 90 for color in colors)  # the axis is where the pointer is
    hand.release((59.0, 120.0))
    assert hand.canvas.draft is None
