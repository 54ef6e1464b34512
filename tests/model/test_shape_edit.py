"""Geometry of handles."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipsym_core.symmetry import (
    ReflectionAxis,
    ReflectionEllipse,
    RotationCenter,
    Shape,
    axis_angle,
    axis_angle_difference,
)
from symviewer.model.shape_edit import Part, constrained, handles, middle, moved, turned, turned_to, with_end
from tests.model.shapes_strategy import coordinates, points, shapes


def near(a: tuple[float, float], b: tuple[float, float], tolerance: float = 1e-6) -> bool:
    return math.dist(a, b) <= tolerance * max(1.0, *map(abs, (*a, *b)))


@given(shapes, points)
def test_a_dragged_end_is_where_the_pointer_is(shape: Shape, point: tuple[float, float]) -> None:
    for handle in handles(shape, 1.0):
        if handle.part is not Part.END:
            continue
        changed = with_end(shape, handle.index, point)
        if isinstance(shape, ReflectionAxis):
            assert isinstance(changed, ReflectionAxis)
            assert changed == shape or changed.points[handle.index] == point
            others = [i for i in range(len(shape.points)) if i != handle.index]
            assert [changed.points[i] for i in others] == [shape.points[i] for i in others]
        else:
            # An ellipse keeps center and angle; its end goes as far as the pointer does along its semi-axis.
            assert isinstance(changed, ReflectionEllipse)
            assert (changed.center, changed.angle) == (shape.center, shape.angle)


@given(shapes, st.floats(-720.0, 720.0))
def test_turning_keeps_middle_and_size(shape: Shape, degrees: float) -> None:
    result = turned(shape, degrees)
    assert near(middle(result), middle(shape))
    if isinstance(shape, ReflectionAxis):
        assert isinstance(result, ReflectionAxis)
        assert result.length == pytest.approx(shape.length)
        if shape.is_straight and shape.length > 1:
            assert axis_angle_difference(result.angle, shape.angle + degrees) == pytest.approx(0.0, abs=1e-3)
    elif isinstance(shape, ReflectionEllipse):
        assert isinstance(result, ReflectionEllipse)
        assert axis_angle_difference(result.angle, shape.angle + degrees) == pytest.approx(0.0, abs=1e-6)


def test_turning_is_counter_clockwise_on_the_screen() -> None:
    level = ReflectionAxis(((0.0, 0.0), (10.0, 0.0)))
    result = turned(level, 90.0)
    assert near(result.end, (5.0, -5.0))  # the right end goes up; y points down


@pytest.mark.parametrize("angle", [0.0, 30.0, 45.0, 77.0, 120.0, 179.0])
def test_the_rotate_handle_follows_the_pointer(angle: float) -> None:
    for shape in (
        turned(ReflectionAxis(((0.0, 0.0), (100.0, 0.0))), angle),
        ReflectionEllipse(50.0, 50.0, 80.0, 30.0, angle),
    ):
        (handle,) = [h for h in handles(shape, 1.0) if h.part is Part.ROTATE]
        cx, cy = middle(shape)
        pointer = (cx + 33.0, cy + 71.0)
        result = turned_to(shape, handle.point, pointer)
        (after,) = [h for h in handles(result, 1.0) if h.part is Part.ROTATE]
        # On the line from the middle through the pointer; an axis has no direction, so the handle may be opposite.
        assert axis_angle_difference(axis_angle((cx, cy), after.point), axis_angle((cx, cy), pointer)) < 1e-6
        assert turned_to(shape, handle.point, handle.point) == shape


@given(points, points)
def test_constrained_directions(anchor: tuple[float, float], point: tuple[float, float]) -> None:
    result = constrained(anchor, point)
    if math.dist(anchor, point) < 1:
        return
    steps = math.degrees(math.atan2(anchor[1] - result[1], result[0] - anchor[0])) / 15.0
    assert steps == pytest.approx(round(steps), abs=1e-5)
    # The nearest point of that ray, so never further away than the pointer is from the anchor.
    assert math.dist(point, result) <= math.dist(anchor, point) * math.sin(math.radians(7.5)) * (1 + 1e-6) + 1e-6


def test_constrained_level_and_upright_are_exact() -> None:
    assert constrained((3.1, 4.7), (100.3, 9.0)) == (100.3, 4.7)
    assert constrained((3.1, 4.7), (5.0, -80.9))[0] == 3.1


def test_constrained_turn_gives_multiples_of_fifteen_degrees() -> None:
    ellipse = ReflectionEllipse(0.0, 0.0, 50.0, 20.0, 37.0)
    result = turned_to(ellipse, (100.0, 0.0), (90.0, -35.0), constrain=True)
    assert isinstance(result, ReflectionEllipse)
    assert result.angle == pytest.approx(60.0)


def test_constrained_ellipse_keeps_its_proportions() -> None:
    ellipse = ReflectionEllipse(0.0, 0.0, 50.0, 20.0)
    assert with_end(ellipse, 1, (0.0, 40.0), constrain=True) == ReflectionEllipse(0.0, 0.0, 100.0, 40.0)


def test_an_end_dragged_onto_the_other_one_is_ignored() -> None:
    axis = ReflectionAxis(((0.0, 0.0), (100.0, 0.0)))
    assert with_end(axis, 1, (0.0, 0.0)) == axis
    ellipse = ReflectionEllipse(0.0, 0.0, 50.0, 20.0)
    assert with_end(ellipse, 0, (0.0, 10.0)) == ellipse


@given(shapes, coordinates, coordinates)
def test_moving_keeps_what_a_shape_is(shape: Shape, dx: float, dy: float) -> None:
    result = moved(shape, dx, dy)
    assert type(result) is type(shape)
    x, y = middle(shape)
    assert near(middle(result), (x + dx, y + dy), 1e-9)
    if isinstance(shape, RotationCenter):
        assert result == RotationCenter(x + dx, y + dy, shape.order)
