"""Axis, center and ellipse: every way to draw them, and that nothing is left of a gesture that was given up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipsym_core.symmetry import Detection, ReflectionAxis, ReflectionEllipse, RotationCenter, Shape
from symviewer.model import commands
from symviewer.model.tools import TOOLS, AxisTool, CenterTool, EllipseTool, Tool
from tests.model.shapes_strategy import points
from tests.model.tool_driver import PICTURE, Hand, make_context


@pytest.fixture
def axis() -> Hand:
    return Hand(AxisTool(make_context()))


@pytest.fixture
def ellipse() -> Hand:
    return Hand(EllipseTool(make_context()))


# -- axis -------------------------------------------------------------------------------------------------------------


def test_axis_by_drag(axis: Hand) -> None:
    axis.press(10, 20)
    axis.move(50, 60)
    assert axis.shapes == []
    assert axis.tool.draft is not None
    assert [draft.shape for draft in axis.tool.draft.shapes] == [ReflectionAxis(((10.0, 20.0), (50.0, 60.0)))]
    axis.release(90, 70)
    assert axis.shapes == [ReflectionAxis(((10.0, 20.0), (90.0, 70.0)))]
    assert axis.context.stack.steps == 1
    assert axis.context.selection.shapes == (axis.annotations[0].id,)
    assert axis.tool.draft is None


def test_axis_by_two_clicks(axis: Hand) -> None:
    axis.click(10, 20)
    assert axis.shapes == []
    axis.move(30, 30)
    assert axis.tool.draft is not None
    axis.click(90, 70)
    assert axis.shapes == [ReflectionAxis(((10.0, 20.0), (90.0, 70.0)))]


def test_polyline_goes_on_with_ctrl(axis: Hand) -> None:
    axis.click(0, 0)
    axis.click(100, 0, ctrl=True)
    axis.click(100, 100, ctrl=True)
    assert axis.shapes == []
    axis.click(200, 100)
    assert axis.shapes == [ReflectionAxis(((0.0, 0.0), (100.0, 0.0), (100.0, 100.0), (200.0, 100.0)))]
    assert axis.context.stack.steps == 1


def test_polyline_ends_with_enter_at_the_last_point_that_was_set(axis: Hand) -> None:
    axis.click(0, 0)
    axis.click(100, 0, ctrl=True)
    axis.click(100, 100, ctrl=True)
    axis.move(400, 400)
    assert axis.key("enter")
    assert axis.shapes == [ReflectionAxis(((0.0, 0.0), (100.0, 0.0), (100.0, 100.0)))]


def test_polyline_ends_with_a_double_click(axis: Hand) -> None:
    axis.click(0, 0)
    axis.click(100, 0, ctrl=True)
    axis.double_click(100, 100)
    assert axis.shapes == [ReflectionAxis(((0.0, 0.0), (100.0, 0.0), (100.0, 100.0)))]
    assert axis.context.stack.steps == 1


def test_backspace_takes_the_last_point_back(axis: Hand) -> None:
    axis.click(0, 0)
    axis.click(100, 0, ctrl=True)
    axis.click(100, 100, ctrl=True)
    assert axis.key("backspace")
    axis.click(300, 0)
    assert axis.shapes == [ReflectionAxis(((0.0, 0.0), (100.0, 0.0), (300.0, 0.0)))]
    axis.click(0, 50)
    assert axis.key("backspace")
    assert axis.tool.draft is None
    assert not axis.key("backspace")


def test_an_axis_is_continued_from_its_end(axis: Hand) -> None:
    axis.drag((0, 0), (100, 0))
    axis.click(2, 1, ctrl=True)
    axis.click(0, 80)
    assert axis.shapes == [ReflectionAxis(((100.0, 0.0), (0.0, 0.0), (0.0, 80.0)))]
    assert axis.context.stack.undo_text == "Go on with axis"
    axis.context.stack.undo()
    assert axis.shapes == [ReflectionAxis(((0.0, 0.0), (100.0, 0.0)))]


def test_a_locked_axis_is_not_continued(axis: Hand) -> None:
    axis.drag((0, 0), (100, 0))
    axis.context.push(commands.set_flags(axis.context.document, PICTURE, axis.context.selection.shapes, locked=True))
    axis.drag((100, 0), (150, 50), ctrl=True)
    axis.key("enter")
    assert axis.shapes[0] == ReflectionAxis(((0.0, 0.0), (100.0, 0.0)))


def test_axis_with_shift_takes_fifteen_degree_steps(axis: Hand) -> None:
    axis.drag((0, 0), (100, -4), shift=True)
    axis.click(0, 0)
    axis.click(100, -97, shift=True)
    level, diagonal = axis.shapes
    assert level == ReflectionAxis(((0.0, 0.0), (100.0, 0.0)))
    assert isinstance(diagonal, ReflectionAxis)
    assert diagonal.angle == pytest.approx(45.0)


def test_second_click_on_the_same_place_waits_for_another(axis: Hand) -> None:
    axis.click(10, 10)
    axis.click(11, 11)
    assert axis.shapes == []
    axis.click(60, 10)
    assert axis.shapes == [ReflectionAxis(((10.0, 10.0), (60.0, 10.0)))]


def test_a_straight_axis_snaps_unless_alt_or_shift_is_held(axis: Hand) -> None:
    evidence = ReflectionAxis(((1.0, 2.0), (3.0, 4.0)))
    axis.context.snap = lambda shape: evidence
    axis.drag((0, 0), (50, 50))
    axis.drag((0, 0), (50, 50), alt=True)
    axis.drag((0, 0), (50, 50), shift=True)
    drawn = ReflectionAxis(((0.0, 0.0), (50.0, 50.0)))
    assert axis.shapes[:2] == [evidence, drawn]
    assert axis.shapes[2] != evidence
    assert any(draft is not None and any(s.snapped for s in draft.shapes) for draft in axis.drafts)


# -- center -----------------------------------------------------------------------------------------------------------


def test_center_by_a_click_with_the_order_of_the_context() -> None:
    hand = Hand(CenterTool(make_context()))
    hand.context.center_order = 6
    hand.click(30, 40)
    assert hand.shapes == [RotationCenter(30.0, 40.0, 6)]
    hand.drag((100, 100), (120, 130))
    assert hand.shapes[1] == RotationCenter(120.0, 130.0, 6)
    assert hand.context.stack.steps == 2


def test_center_and_its_axes_from_the_pixels_are_one_step() -> None:
    hand = Hand(CenterTool(make_context()))
    context, clicks = hand.context, []
    context.clicked = clicks.append
    hand.click(30, 40)
    hand.click(70, 70, alt=True)
    (click,) = clicks
    assert click.point == (30.0, 40.0)
    context.stack.undo()
    axes = [ReflectionAxis(((0.0, 41.0), (60.0, 41.0))), ReflectionAxis(((31.0, 0.0), (31.0, 80.0)))]
    found = RotationCenter(31.0, 41.0, 8)
    same = ReflectionAxis(((0.5, 41.0), (60.0, 41.0)))
    context.stack.push_unasked(commands.suggest(context.document, PICTURE, [Detection(same, 0.5, "m")]))
    refined = commands.refine_center(
        context.document, PICTURE, click.shape, found, axes, gesture=click.gesture
    )  # fmt: skip
    assert context.stack.push(refined)
    assert hand.shapes == [found, *axes]
    assert context.document.suggestions(PICTURE) == ()  # what is annotated is not asked any more
    assert context.stack.undo_text == "Draw center with 2 axes"
    context.stack.undo()
    assert hand.shapes == []
    assert commands.refine_center(context.document, PICTURE, click.shape, found, axes) is None


# -- ellipse ----------------------------------------------------------------------------------------------------------


def test_ellipse_in_a_box(ellipse: Hand) -> None:
    ellipse.drag((100, 50), (20, 10), (0, 0))
    assert ellipse.shapes == [ReflectionEllipse(50.0, 25.0, 50.0, 25.0)]
    ellipse.drag((0, 0), (100, -60), shift=True)
    assert ellipse.shapes[1] == ReflectionEllipse(50.0, -50.0, 50.0, 50.0)


def test_oriented_ellipse_by_three_clicks(ellipse: Hand) -> None:
    ellipse.click(0, 0)
    ellipse.click(100, -100)
    ellipse.move(200, 200)
    assert ellipse.tool.draft is not None
    assert ellipse.tool.draft.shapes
    ellipse.click(70, -50)
    (shape,) = ellipse.shapes
    assert isinstance(shape, ReflectionEllipse)
    assert shape.center == (50.0, -50.0)
    assert shape.angle == pytest.approx(45.0)
    assert (shape.rx, shape.ry) == pytest.approx((50 * 2**0.5, 10 * 2**0.5))
    assert ellipse.context.stack.steps == 1


def test_circle_by_three_clicks_with_shift(ellipse: Hand) -> None:
    ellipse.click(0, 0)
    ellipse.click(100, 3, shift=True)
    ellipse.click(50, 7, shift=True)
    assert ellipse.shapes == [ReflectionEllipse(50.0, 0.0, 50.0, 50.0)]


def test_an_ellipse_without_width_waits_for_another_click(ellipse: Hand) -> None:
    ellipse.click(0, 0)
    ellipse.click(100, 0)
    ellipse.click(50, 0)
    assert ellipse.shapes == []
    ellipse.click(50, 30)
    assert ellipse.shapes == [ReflectionEllipse(50.0, 0.0, 50.0, 30.0)]


# -- all --------------------------------------------------------------------------------------------------------------

ACTIONS = st.lists(
    st.tuples(
        st.sampled_from(["press", "move", "release", "click", "double_click", "pan", "undo", "zoom", "enter", "tab"]),
        points,
        st.fixed_dictionaries({"shift": st.booleans(), "ctrl": st.booleans(), "alt": st.booleans()}),
    ),
    max_size=15,
)


@pytest.mark.parametrize("kind", TOOLS)
@given(actions=ACTIONS, snaps=st.booleans(), read_only=st.booleans())
def test_no_sequence_of_events_breaks_a_tool(
    kind: type[Tool],
    actions: list[tuple[str, tuple[float, float], dict[str, bool]]],
    snaps: bool,
    read_only: bool,
) -> None:
    hand = Hand(kind(make_context()))
    start: list[Shape] = [ReflectionAxis(((0.0, 0.0), (50.0, 0.0))), ReflectionEllipse(0.0, 0.0, 900.0, 500.0)]
    hand.context.push(commands.add(hand.context.document, PICTURE, start))
    if snaps:
        hand.context.snap = lambda shape: shape
    if read_only:
        hand.context.stack.read_only = "Only looking."
    for action, (x, y), held in actions:
        if action == "undo":
            hand.context.stack.undo()
        elif action == "zoom":
            hand.zoom = 2.5 if held["shift"] else 0.1
        elif action in ("enter", "tab"):
            hand.key(action)  # type: ignore[arg-type]
        elif action == "pan":
            hand.pan()
        elif action == "double_click":
            hand.double_click(x, y)
        else:
            getattr(hand, action)(x, y, **held)
    steps = hand.context.stack.steps
    hand.tool.cancel()
    assert hand.tool.draft is None
    assert not hand.tool.cancel()
    assert hand.context.stack.steps == steps
    if read_only:
        assert hand.context.stack.steps <= 1
    while hand.context.stack.undo():
        pass
    assert hand.shapes == []


@pytest.mark.parametrize("kind", [AxisTool, CenterTool, EllipseTool])
def test_escape_leaves_nothing_of_a_draft(kind: type[Tool]) -> None:
    hand = Hand(kind(make_context()))
    hand.press(10, 10)
    hand.move(60, 80)
    draft = hand.tool.draft
    hand.pan()
    assert hand.tool.draft == draft
    assert draft is not None
    assert hand.key("escape")
    assert hand.tool.draft is None
    hand.release(60, 80)
    assert hand.shapes == []
    assert not hand.key("escape")


@pytest.mark.parametrize("kind", [AxisTool, CenterTool, EllipseTool])
def test_nothing_is_drawn_when_read_only(kind: type[Tool]) -> None:
    hand = Hand(kind(make_context()))
    hand.context.stack.read_only = "Another window has it open."
    hand.drag((0, 0), (50, 60))
    assert hand.tool.draft is None
    assert hand.shapes == []
