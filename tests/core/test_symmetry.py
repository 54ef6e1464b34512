"""The vocabulary: shapes, angles and maps of points."""

from __future__ import annotations

import copy
import json
import math
import pickle

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from clipsym_core.symmetry import (
    CONTINUOUS,
    Detection,
    ReflectionAxis,
    ReflectionEllipse,
    RotationCenter,
    as_affine,
    axis_angle,
    axis_angle_difference,
    clip_to_rectangle,
    direction,
    line_offsets,
    mirror_left_right,
    quarter_turns,
    reflect_points,
    transform_points,
    wrap_axis_angle,
)

coordinate = st.floats(-4000, 4000, allow_nan=False)
point = st.tuples(coordinate, coordinate)
angle = st.floats(0, 179.999)
size = st.tuples(st.integers(1, 40), st.integers(1, 40))


@st.composite
def similarity(draw: st.DrawFn) -> np.ndarray:
    """A turn with a scale, perhaps mirrored, and a shift, [3, 3]."""
    t, scale = math.radians(draw(st.floats(0, 360))), draw(st.floats(0.1, 10))
    turn = scale * np.array([[math.cos(t), math.sin(t)], [-math.sin(t), math.cos(t)]])
    if draw(st.booleans()):
        turn = turn @ np.diag([-1.0, 1.0])
    return as_affine(np.column_stack([turn, draw(point)]))


def segment(degrees: float, length: float = 100.0, at: tuple[float, float] = (50.0, 40.0)) -> ReflectionAxis:
    dx, dy = direction(degrees)
    return ReflectionAxis((at, (at[0] + length * dx, at[1] + length * dy)))


# -- axes -------------------------------------------------------------------------------------------------------------


def test_an_angle_is_counter_clockwise_as_seen_although_y_points_down() -> None:
    assert axis_angle((0, 0), (10, 0)) == 0
    assert axis_angle((0, 0), (10, -10)) == pytest.approx(45)  # up and to the right on the screen
    assert axis_angle((0, 0), (0, 5)) == pytest.approx(90)
    assert axis_angle((0, 0), (10, 10)) == pytest.approx(135)


@given(angle)
def test_the_angle_of_an_axis_does_not_depend_on_its_sense(degrees: float) -> None:
    axis = segment(degrees)
    assert axis_angle_difference(axis.angle, degrees) < 1e-6
    assert axis_angle_difference(ReflectionAxis(axis.points[::-1]).angle, degrees) < 1e-6


@given(st.floats(-1e6, 1e6, allow_nan=False))
def test_axis_angles_lie_below_180(degrees: float) -> None:
    wrapped = wrap_axis_angle(degrees)
    assert 0 <= wrapped < 180
    assert axis_angle_difference(wrapped, degrees) < 1e-6


def test_a_tiny_negative_angle_wraps_to_zero_not_to_180() -> None:
    assert wrap_axis_angle(-1e-20) == 0.0


@given(angle, angle)
def test_the_difference_of_two_axis_angles_is_symmetric_and_at_most_90(a: float, b: float) -> None:
    assert axis_angle_difference(a, b) == pytest.approx(axis_angle_difference(b, a), abs=1e-9)
    assert 0 <= axis_angle_difference(a, b) <= 90
    assert axis_angle_difference(a, a + 180) == pytest.approx(0, abs=1e-9)


def test_a_polyline_has_the_length_of_its_parts_and_a_midpoint_on_it() -> None:
    bent = ReflectionAxis(((0, 0), (30, 0), (30, 10)))
    assert not bent.is_straight
    assert bent.length == pytest.approx(40)
    assert bent.midpoint == pytest.approx((20, 0))
    assert (bent.start, bent.end) == ((0, 0), (30, 10))


def test_a_closed_polyline_takes_the_angle_of_its_longest_part() -> None:
    assert ReflectionAxis(((0, 0), (0, 3), (40, 3), (0, 0))).angle == pytest.approx(axis_angle((0, 0), (40, 3)))


@pytest.mark.parametrize(
    "points", [(), ((1, 2),), ((1, 2), (1, 2)), ((0, 0), (math.nan, 1)), ((0, 0), (math.inf, 1))], ids=str
)
def test_impossible_axes_are_refused(points: tuple[tuple[float, float], ...]) -> None:
    with pytest.raises(ValueError, match="axis"):
        ReflectionAxis(points)


def test_an_axis_made_from_numpy_holds_plain_numbers() -> None:
    axis = ReflectionAxis(tuple(map(tuple, np.array([[1, 2], [3, 4]], np.float32))))
    assert json.dumps(axis.points) == "[[1.0, 2.0], [3.0, 4.0]]"


# -- centers and ellipses ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", [1, -1, -2, 2.5])
def test_impossible_orders_are_refused(order: float) -> None:
    with pytest.raises(ValueError, match="order"):
        RotationCenter(1, 2, order)  # type: ignore[arg-type]


@pytest.mark.parametrize("order", [CONTINUOUS, 2, 3, 17])
def test_possible_orders_are_kept(order: int) -> None:
    assert RotationCenter(1, 2, order).order == order


def test_a_center_made_from_numpy_holds_plain_numbers() -> None:
    center = RotationCenter(np.float32(1.5), np.float64(2), np.int64(4))  # type: ignore[arg-type]
    assert json.dumps([center.x, center.y, center.order]) == "[1.5, 2.0, 4]"


@pytest.mark.parametrize("values", [(0, 0, 0, 1, 0), (0, 0, 1, -1, 0), (math.nan, 0, 1, 1, 0), (0, 0, 1, 1, math.inf)])
def test_impossible_ellipses_are_refused(values: tuple[float, float, float, float, float]) -> None:
    with pytest.raises(ValueError, match="ellipse"):
        ReflectionEllipse(*values)


def rim(ellipse: ReflectionEllipse, n: int = 64) -> np.ndarray:
    """Points [n, 2] on the ellipse, from its definition."""
    u, v = np.array(direction(ellipse.angle)), np.array(direction(ellipse.angle + 90))
    t = np.linspace(0, 2 * math.pi, n, endpoint=False)[:, None]
    return np.array(ellipse.center) + ellipse.rx * np.cos(t) * u + ellipse.ry * np.sin(t) * v


@given(
    st.builds(ReflectionEllipse, coordinate, coordinate, st.floats(1, 500), st.floats(1, 500), angle),
    st.lists(st.floats(-2, 2), min_size=4, max_size=4),
    point,
)
def test_an_ellipse_under_any_affine_map_is_the_ellipse_through_the_mapped_rim(
    ellipse: ReflectionEllipse, linear: list[float], shift: tuple[float, float]
) -> None:
    m = np.column_stack([np.reshape(linear, (2, 2)), shift])
    assume(np.linalg.svd(m[:, :2], compute_uv=False)[1] > 0.05)
    mapped = ellipse.transformed(m)
    p = transform_points(rim(ellipse), m) - np.array(mapped.center)
    u, v = np.array(direction(mapped.angle)), np.array(direction(mapped.angle + 90))
    radius = np.hypot(p @ u / mapped.rx, p @ v / mapped.ry)
    np.testing.assert_allclose(radius, 1.0, atol=1e-6)


@given(st.floats(5, 50), st.floats(60, 90), angle, similarity())
def test_a_similarity_keeps_which_semi_axis_is_which(rx: float, ry: float, degrees: float, m: np.ndarray) -> None:
    scale = math.sqrt(abs(np.linalg.det(m[:2, :2])))
    mapped = ReflectionEllipse(0, 0, rx, ry, degrees).transformed(m)
    assert (mapped.rx, mapped.ry) == pytest.approx((rx * scale, ry * scale))


# -- detections -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("score", [-0.01, 1.01, math.nan])
def test_a_score_lies_between_0_and_1(score: float) -> None:
    with pytest.raises(ValueError, match="score"):
        Detection(RotationCenter(0, 0, 2), score, "model")


def test_detections_survive_pickling_and_copying_with_their_evidence() -> None:
    detection = Detection(segment(30), 0.5, "model", {"heat": 0.7})
    for twin in (pickle.loads(pickle.dumps(detection)), copy.deepcopy(detection)):
        assert twin == detection
        assert dict(twin.evidence) == {"heat": 0.7}


def test_the_evidence_of_a_detection_cannot_be_changed_from_outside() -> None:
    evidence = {"heat": 0.7}
    detection = Detection(segment(30), 0.5, "model", evidence)
    evidence["heat"] = 0.1
    assert detection.evidence["heat"] == 0.7
    with pytest.raises(TypeError):
        detection.evidence["heat"] = 0.2  # type: ignore[index]


@given(similarity())
def test_a_transformed_detection_keeps_all_but_its_place(m: np.ndarray) -> None:
    detection = Detection(RotationCenter(3, 4, 5), 0.5, "model", {"heat": 0.7})
    moved = detection.transformed(m)
    assert moved.shape == detection.shape.transformed(m)
    assert (moved.score, moved.source, moved.evidence) == (0.5, "model", {"heat": 0.7})


# -- maps of points ---------------------------------------------------------------------------------------------------


def pixel_centers(height: int, width: int) -> np.ndarray:
    y, x = np.mgrid[:height, :width]
    return np.column_stack([x.ravel(), y.ravel()]) + 0.5


@given(size, st.integers(-5, 5))
def test_quarter_turns_move_points_as_rot90_moves_pixels(wh: tuple[int, int], k: int) -> None:
    w, h = wh
    image = np.arange(w * h).reshape(h, w)
    mapped = transform_points(pixel_centers(h, w), quarter_turns(wh, k))
    x, y = np.floor(mapped).astype(int).T
    np.testing.assert_array_equal(np.rot90(image, k)[y, x], image.ravel())


@given(size)
def test_the_mirror_moves_points_as_it_moves_pixels(wh: tuple[int, int]) -> None:
    w, h = wh
    image = np.arange(w * h).reshape(h, w)
    x, y = np.floor(transform_points(pixel_centers(h, w), mirror_left_right(wh))).astype(int).T
    np.testing.assert_array_equal(image[:, ::-1][y, x], image.ravel())


@pytest.mark.parametrize(
    "bad", [np.eye(2), np.ones((3, 3)), np.zeros((4, 4)), [1, 2, 3]], ids=["2x2", "ones", "4x4", "3"]
)
def test_what_is_no_affine_map_is_refused(bad: object) -> None:
    with pytest.raises(ValueError, match="affine"):
        as_affine(bad)  # type: ignore[arg-type]


@given(st.lists(point, min_size=1, max_size=8), point, point)
def test_mirroring_twice_gives_the_points_back_and_once_turns_the_offsets_over(
    points: list[tuple[float, float]], a: tuple[float, float], b: tuple[float, float]
) -> None:
    assume(math.dist(a, b) > 1)
    mirrored = reflect_points(points, a, b)
    np.testing.assert_allclose(reflect_points(mirrored, a, b), points, atol=1e-6)
    np.testing.assert_allclose(line_offsets(mirrored, a, b), -line_offsets(points, a, b), atol=1e-6)


def test_offsets_are_positive_on_the_right_of_the_way_from_a_to_b() -> None:
    assert line_offsets([(5, 3)], (0, 0), (10, 0)) == pytest.approx([3])  # going right, right-hand side is down
    assert line_offsets([(5, 3)], (10, 0), (0, 0)) == pytest.approx([-3])


@pytest.mark.filterwarnings("error")
def test_a_line_through_one_point_is_refused_without_a_warning() -> None:
    for function in (line_offsets, reflect_points):
        with pytest.raises(ValueError, match="two different points"):
            function([(0, 0)], (1, 1), (1, 1))


@given(point, point, st.floats(1, 3000), st.floats(1, 3000))
def test_the_clipped_segment_lies_in_the_rectangle_and_on_the_line(
    a: tuple[float, float], b: tuple[float, float], width: float, height: float
) -> None:
    assume(math.dist(a, b) > 1)
    clipped = clip_to_rectangle(a, b, width, height)
    t = np.linspace(0, 1, 2001)[:, None]
    samples = np.array(a) + t * (np.array(b) - np.array(a))
    inside = (samples > 0.01).all(1) & (samples < np.array([width, height]) - 0.01).all(1)
    if clipped is None:
        assert not inside.any()
        return
    ends = np.array(clipped)
    assert (ends >= -1e-6).all()
    assert (ends <= np.array([width, height]) + 1e-6).all()
    np.testing.assert_allclose(line_offsets(ends, a, b), 0, atol=1e-6)
    # Nothing that lies inside was cut off.
    along = (samples[inside] - ends[0]) @ (ends[1] - ends[0])
    assert (along >= -1e-3).all()
    assert (along <= np.sum((ends[1] - ends[0]) ** 2) + 1e-3).all()
