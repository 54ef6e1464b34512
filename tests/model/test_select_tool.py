"""Select, move, drag handles, rubber band, nudge, Tab: the tool alone, without a window."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipsym_core.symmetry import Detection, ReflectionAxis, ReflectionEllipse, RotationCenter, Shape
from symviewer.model import commands
from symviewer.model.annotation import AnnotationState
from symviewer.model.selection import ActiveHandle
from symviewer.model.shape_edit import ROTATE_DISTANCE, Part
from symviewer.model.tools import SelectTool
from tests.model.shapes_strategy import points
from tests.model.tool_driver import PICTURE, Hand, make_context

AXIS = ReflectionAxis(((100.0, 100.0), (300.0, 100.0)))
CENTER = RotationCenter(200.0, 300.0, 5)
ELLIPSE = ReflectionEllipse(600.0, 300.0, 100.0, 50.0)


def hand_with(*shapes: Shape) -> Hand:
    hand = Hand(SelectTool(make_context()))
    hand.context.push(commands.add(hand.context.document, PICTURE, shapes))
    return hand


@pytest.fixture
def hand() -> Hand:
    return hand_with(AXIS, CENTER, ELLIPSE)


def ids(hand: Hand) -> list[str]:
    return [annotation.id for annotation in hand.annotations]


# -- selecting --------------------------------------------------------------------------------------------------------


def test_click_selects_and_a_click_beside_it_does_not(hand: Hand) -> None:
    axis, center, _ = ids(hand)
    hand.click(150, 103)
    assert hand.context.selection.shapes == (axis,)
    hand.click(200, 300)
    assert hand.context.selection.shapes == (center,)
    hand.click(20, 20)
    assert hand.context.selection.shapes == ()
    assert hand.context.stack.steps == 1


def test_ctrl_click_adds_and_removes(hand: Hand) -> None:
    axis, center, _ = ids(hand)
    hand.click(150, 100)
    hand.click(200, 300, ctrl=True)
    assert hand.context.selection.shapes == (axis, center)
    hand.click(150, 100, ctrl=True)
    assert hand.context.selection.shapes == (center,)
    hand.click(20, 20, ctrl=True)
    assert hand.context.selection.shapes == (center,)


def test_click_on_one_of_several_selects_that_one(hand: Hand) -> None:
    axis, center, ellipse = ids(hand)
    hand.context.selection.set([axis, center, ellipse])
    hand.click(150, 100)
    assert hand.context.selection.shapes == (axis,)


def test_rubber_band(hand: Hand) -> None:
    axis, center, ellipse = ids(hand)
    hand.press(90, 90)
    hand.move(310, 200)
    assert hand.tool.draft is not None
    assert hand.tool.draft.band == ((90, 90), (310, 200))
    hand.release(310, 320)
    assert hand.context.selection.shapes == (axis, center)
    assert hand.tool.draft is None
    hand.drag((490, 240), (710, 360), ctrl=True)
    assert hand.context.selection.shapes == (axis, center, ellipse)
    hand.drag((1, 1), (50, 50))
    assert hand.context.selection.shapes == ()


def test_tab_goes_through_what_lies_under_the_pointer() -> None:
    hand = hand_with(AXIS, ReflectionAxis(((150.0, 50.0), (150.0, 250.0))))
    hand.click(150, 101)
    first = hand.context.selection.shapes
    assert hand.key("tab")
    second = hand.context.selection.shapes
    assert hand.key("tab")
    assert hand.context.selection.shapes == first != second
    hand.move(900, 900)
    assert not hand.key("tab")


def test_hidden_shapes_and_suggestions_that_are_not_shown_cannot_be_hit(hand: Hand) -> None:
    document = hand.context.document
    hand.context.push(commands.set_flags(document, PICTURE, ids(hand)[:1], hidden=True))
    hand.context.push(commands.suggest(document, PICTURE, [Detection(RotationCenter(50.0, 50.0, 2), 0.3, "m")]))
    hand.context.shows = lambda detection: detection.score >= 0.5
    hand.click(150, 100)
    hand.click(50, 50)
    assert hand.context.selection.shapes == ()
    hand.context.shows = lambda detection: True
    hand.click(50, 50)
    assert len(hand.context.selection.shapes) == 1


# -- dragging ---------------------------------------------------------------------------------------------------------


def test_a_drag_is_one_step_and_only_its_draft_moves_before(hand: Hand) -> None:
    hand.press(150, 100)
    for x in range(150, 200, 5):
        hand.move(x, 130)
        assert hand.shapes[0] == AXIS
    assert hand.tool.draft is not None
    (draft,) = hand.tool.draft.shapes
    assert (draft.id, draft.shape) == (ids(hand)[0], ReflectionAxis(((145.0, 130.0), (345.0, 130.0))))
    hand.release(160, 140)
    assert hand.shapes[0] == ReflectionAxis(((110.0, 140.0), (310.0, 140.0)))
    assert hand.tool.draft is None
    assert hand.context.stack.undo_text == "Move axis"
    hand.context.stack.undo()
    assert hand.shapes[0] == AXIS


def test_a_press_that_hardly_moves_changes_nothing(hand: Hand) -> None:
    hand.drag((150, 100), (152, 101))
    assert hand.shapes[0] == AXIS
    hand.zoom = 4.0
    hand.drag((150, 100), (152, 101))  # the same way is a drag on an enlarged picture
    assert hand.shapes[0] != AXIS


@given(points, st.sampled_from([0.2, 1.0, 5.0]))
def test_an_end_follows_the_pointer(target: tuple[float, float], zoom: float) -> None:
    hand = hand_with(AXIS)
    hand.zoom = zoom
    grip = 3.0 / zoom  # taken a little beside the end: the end keeps that distance, it does not jump
    hand.drag((300.0 + grip, 100.0), (0.0, -999.0), target)
    (shape,) = hand.shapes
    assert isinstance(shape, ReflectionAxis)
    assert shape.start == (100.0, 100.0)
    if math.dist(target, (300.0, 100.0)) > 1 and math.dist(target, (100.0, 100.0)) > 5 / zoom:
        assert shape.end == pytest.approx((target[0] - grip, target[1]))


def test_shift_constrains_an_end_to_fifteen_degrees(hand: Hand) -> None:
    hand.drag((300, 100), (290, 40), shift=True)
    shape = hand.shapes[0]
    assert isinstance(shape, ReflectionAxis)
    assert shape.angle == pytest.approx(15.0)


def test_shift_moves_straight(hand: Hand) -> None:
    hand.drag((150, 100), (153, 180), shift=True)
    assert hand.shapes[0] == ReflectionAxis(((100.0, 180.0), (300.0, 180.0)))


def test_the_rotate_handle_turns(hand: Hand) -> None:
    hand.click(150, 100)
    hand.drag((200, 100 - ROTATE_DISTANCE), (160, 72), (100, 100))  # from above to the left: a quarter turn
    shape = hand.shapes[0]
    assert isinstance(shape, ReflectionAxis)
    assert shape.angle == pytest.approx(90.0)
    assert shape.midpoint == pytest.approx((200.0, 100.0))
    assert hand.context.stack.undo_text == "Turn axis"


def test_an_ellipse_is_stretched_at_its_ends(hand: Hand) -> None:
    hand.drag((700, 300), (750, 310))
    assert hand.shapes[2] == ReflectionEllipse(600.0, 300.0, 150.0, 50.0)


def test_several_shapes_move_together_and_a_locked_one_stays(hand: Hand) -> None:
    axis, center, ellipse = ids(hand)
    hand.context.push(commands.set_flags(hand.context.document, PICTURE, [ellipse], locked=True))
    hand.context.selection.set([axis, center, ellipse])
    hand.drag((150, 100), (160, 120))
    assert hand.shapes == [
        ReflectionAxis(((110.0, 120.0), (310.0, 120.0))),
        RotationCenter(210.0, 320.0, 5),
        ELLIPSE,
    ]
    assert hand.context.stack.undo_text == "Move 2 shapes"
    hand.drag((700, 300), (750, 300))
    assert hand.shapes[:1] == [ReflectionAxis(((110.0, 120.0), (310.0, 120.0)))]  # taken at the locked one, none moves
    assert hand.shapes[2] == ELLIPSE
    assert hand.context.selection.shapes == (axis, center, ellipse)


def test_escape_takes_a_drag_back(hand: Hand) -> None:
    hand.press(150, 100)
    hand.move(400, 400)
    assert hand.key("escape")
    assert hand.tool.draft is None
    hand.move(500, 500)
    hand.release(500, 500)
    assert (hand.shapes[0], hand.context.stack.steps) == (AXIS, 1)
    assert hand.context.selection.shapes  # the next Escape deselects
    assert hand.key("escape")
    assert not hand.context.selection.shapes
    assert not hand.key("escape")


def test_a_drag_survives_panning_and_zooming(hand: Hand) -> None:
    hand.press(150, 100)
    hand.move(170, 120)
    draft = hand.tool.draft
    hand.pan()
    assert hand.tool.draft == draft
    hand.zoom = 0.25
    hand.move(180, 130)
    hand.release(180, 130)
    assert hand.shapes[0] == ReflectionAxis(((130.0, 130.0), (330.0, 130.0)))


def test_a_drag_of_a_shape_that_was_undone_meanwhile_does_nothing(hand: Hand) -> None:
    hand.press(150, 100)
    hand.move(200, 200)
    hand.context.stack.undo()
    hand.release(200, 200)
    assert hand.shapes == []
    assert hand.context.stack.redo_steps == 1


def test_dragging_a_suggestion_accepts_it_corrected() -> None:
    hand = hand_with()
    document = hand.context.document
    hand.context.push(commands.suggest(document, PICTURE, [Detection(AXIS, 0.8, "clipsym-lite")]))
    hand.drag((300, 100), (300, 150))
    (annotation,) = hand.annotations
    assert annotation.shape == ReflectionAxis(((100.0, 100.0), (300.0, 150.0)))
    assert (annotation.state, annotation.source, annotation.score) == (AnnotationState.CORRECTED, "clipsym-lite", 0.8)
    assert document.suggestions(PICTURE) == ()
    assert hand.context.selection.shapes == (annotation.id,)
    hand.context.stack.undo()
    assert hand.annotations == ()
    assert len(document.suggestions(PICTURE)) == 1


def test_read_only_selects_but_does_not_change(hand: Hand) -> None:
    hand.context.stack.read_only = "Another window has it open."
    hand.drag((150, 100), (200, 200))
    assert hand.shapes[0] == AXIS
    assert hand.context.selection.shapes == (ids(hand)[0],)
    assert not hand.key("right")
    assert not hand.key("delete")


# -- snapping ---------------------------------------------------------------------------------------------------------


def snap_to_grid(shape: Shape) -> Shape | None:
    """Evidence on every tenth pixel, for axes alone."""
    if not isinstance(shape, ReflectionAxis):
        return None
    return ReflectionAxis(tuple((round(x, -1), round(y, -1)) for x, y in shape.points))


def test_drags_snap_to_the_evidence_and_alt_turns_that_off(hand: Hand) -> None:
    hand.context.snap = snap_to_grid
    hand.press(300, 100)
    hand.move(313, 148)
    assert hand.tool.draft is not None
    assert hand.tool.draft.shapes[0].snapped
    assert hand.tool.draft.shapes[0].shape == ReflectionAxis(((100.0, 100.0), (310.0, 150.0)))
    hand.move(313, 148, alt=True)
    assert not hand.tool.draft.shapes[0].snapped
    hand.release(313, 148)
    assert hand.shapes[0] == ReflectionAxis(((100.0, 100.0), (310.0, 150.0)))
    hand.drag((310, 150), (323, 148), alt=True)
    assert hand.shapes[0] == ReflectionAxis(((100.0, 100.0), (323.0, 148.0)))


def test_without_evidence_nothing_snaps(hand: Hand) -> None:
    hand.context.snap = snap_to_grid
    hand.drag((200, 300), (213, 307))
    assert hand.shapes[1] == RotationCenter(213.0, 307.0, 5)


# -- keys -------------------------------------------------------------------------------------------------------------


def test_arrows_nudge_the_selection(hand: Hand) -> None:
    axis, center, _ = ids(hand)
    hand.context.selection.set([axis, center])
    assert hand.key("right")
    assert hand.key("down", shift=True)
    assert hand.shapes[:2] == [
        ReflectionAxis(((101.0, 110.0), (301.0, 110.0))),
        RotationCenter(201.0, 310.0, 5),
    ]
    assert hand.context.stack.steps == 2
    hand.context.stack.undo()
    assert hand.shapes[:2] == [AXIS, CENTER]


def test_arrows_nudge_the_active_end(hand: Hand) -> None:
    hand.click(300, 100)
    assert hand.context.selection.active == ActiveHandle(ids(hand)[0], Part.END, 1)
    hand.key("up")
    assert hand.shapes[0] == ReflectionAxis(((100.0, 100.0), (300.0, 99.0)))
    hand.click(150, 100)
    hand.key("up")
    assert hand.shapes[0] == ReflectionAxis(((100.0, 99.0), (300.0, 98.0)))


def test_nudges_after_a_pause_or_of_another_selection_are_steps_of_their_own(hand: Hand) -> None:
    axis, center, _ = ids(hand)
    hand.context.selection.set([axis])
    for time in (0.0, 0.5, 1.0, 5.0, 5.2):
        hand.key("left", time=time)
    assert hand.context.stack.steps == 3
    hand.context.selection.set([center])
    hand.key("left", time=5.3)
    assert hand.context.stack.steps == 4


def test_arrows_without_a_selection_are_not_used(hand: Hand) -> None:
    assert not hand.key("left")


def test_delete_removes_the_selection_but_not_what_is_locked(hand: Hand) -> None:
    axis, center, ellipse = ids(hand)
    hand.context.push(commands.set_flags(hand.context.document, PICTURE, [center], locked=True))
    hand.context.selection.set([axis, center])
    assert hand.key("delete")
    assert ids(hand) == [center, ellipse]
    assert hand.context.selection.shapes == (center,)
    assert not hand.key("delete")
