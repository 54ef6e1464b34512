from __future__ import annotations

import math
from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clipsym_core.errors import InputError
from clipsym_core.evaluate.heatmaps import FAMILIES, Family, make_heatmap
from clipsym_core.evaluate.metrics import AxisMetric, axis_distance, ellipse_distance
from clipsym_core.inference.axes import AxisDecoding, decode_axes
from clipsym_core.symmetry import (
    Detection,
    ReflectionAxis,
    ReflectionEllipse,
    axis_angle_difference,
    mirror_left_right,
    quarter_turns,
)

Map = npt.NDArray[np.float32]
Point = tuple[float, float]
SIZE = (416, 320)


def band(*points: Point, size: tuple[int, int] = SIZE, width: int = 5, blur: float = 2.0, heat: float = 0.8) -> Map:
    """A band along a polyline, drawn from exact distances and blurred; size is (width, height)."""
    rows, columns = np.indices(size[::-1])
    distance = np.full(size[::-1], np.inf)
    for (ax, ay), (bx, by) in pairwise(points):
        dx, dy = bx - ax, by - ay
        px, py = columns + 0.5 - ax, rows + 0.5 - ay
        t = np.clip((px * dx + py * dy) / (dx * dx + dy * dy), 0.0, 1.0)
        distance = np.minimum(distance, np.hypot(px - t * dx, py - t * dy))
    mask = np.clip(width / 2 + 0.5 - distance, 0.0, 1.0).astype(np.float32)
    blurred = cv2.GaussianBlur(mask, (0, 0), blur)
    return np.asarray(np.clip(blurred / blurred.max() * heat, 0, 1), dtype=np.float32)


def arc(radius: float, first: float, last: float, center: Point = (208.0, 100.0)) -> list[Point]:
    angles = np.linspace(math.radians(first), math.radians(last), 60)
    return [(center[0] + radius * math.cos(a), center[1] + radius * math.sin(a)) for a in angles]


def ellipse(shape: ReflectionEllipse, size: tuple[int, int] = SIZE, heat: float = 0.8) -> Map:
    mask = np.zeros(size[::-1], dtype=np.float32)
    center = (round((shape.cx - 0.5) * 16), round((shape.cy - 0.5) * 16))
    half = (round(shape.rx * 16), round(shape.ry * 16))
    cv2.ellipse(mask, center, half, -shape.angle, 0, 360, 1.0, -1, shift=4)
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), 2.0) * heat, dtype=np.float32)


def straight(found: list[Detection]) -> list[ReflectionAxis]:
    return [d.shape for d in found if isinstance(d.shape, ReflectionAxis)]


def only_axis(found: list[Detection]) -> ReflectionAxis:
    (detection,) = found
    assert isinstance(detection.shape, ReflectionAxis)
    return detection.shape


@given(
    angle=st.floats(0, 180), length=st.floats(60, 200), x=st.floats(150, 266), y=st.floats(130, 190),
    blur=st.floats(1.0, 4.0), heat=st.floats(0.5, 1.0),
)  # fmt: skip
@settings(max_examples=40, deadline=None)
def test_a_band_is_one_axis_with_its_ends(
    angle: float, length: float, x: float, y: float, blur: float, heat: float
) -> None:
    dx, dy = 0.5 * length * math.cos(math.radians(angle)), -0.5 * length * math.sin(math.radians(angle))
    truth = ReflectionAxis(((x - dx, y - dy), (x + dx, y + dy)))
    axis = only_axis(decode_axes(band(*truth.points, blur=blur, heat=heat)))
    assert axis_distance(axis, truth) < 5.0  # the round cap of the band is 2.5 px
    assert axis_angle_difference(axis.angle, truth.angle) < 1.0


@pytest.mark.parametrize("count", [2, 3, 4, 5, 6])
def test_a_star_is_all_its_axes(count: int) -> None:
    truths, heat = [], np.zeros(SIZE[::-1], dtype=np.float32)
    for k in range(count):
        a = math.radians(7 + 180 * k / count)
        d = (110 * math.cos(a), 110 * math.sin(a))
        truths.append(ReflectionAxis(((208 - d[0], 160 - d[1]), (208 + d[0], 160 + d[1]))))
        heat = np.maximum(heat, band(*truths[-1].points))
    found = straight(decode_axes(heat))
    assert len(found) == count
    for truth in truths:
        assert min(axis_distance(truth, axis) for axis in found) < 6.0


def test_parallel_axes_stay_apart() -> None:
    truths = [ReflectionAxis(((100, y), (300, y + 30))) for y in (80, 100, 120, 140)]
    heat = np.maximum.reduce([band(*t.points) for t in truths])
    found = straight(decode_axes(heat))
    assert len(found) == 4
    assert all(min(axis_distance(t, axis) for axis in found) < 5.0 for t in truths)


def test_pieces_of_a_line_stay_apart_and_small_gaps_close() -> None:
    pieces = [((50.0, 100.0), (150.0, 130.0)), ((246.0, 158.8), (346.0, 188.8))]
    assert len(decode_axes(np.maximum(band(*pieces[0]), band(*pieces[1])))) == 2
    near = ((165.0, 134.5), (265.0, 164.5))
    axis = only_axis(decode_axes(np.maximum(band(*pieces[0]), band(*near))))
    assert axis_distance(axis, ReflectionAxis((pieces[0][0], near[1]))) < 6.0


@pytest.mark.parametrize("width", [9, 14, 18, 20, 22, 28])
def test_a_wide_band_is_one_axis_along_its_middle(width: int) -> None:
    truth = ReflectionAxis(((80, 90), (330, 220)))
    axis = only_axis(decode_axes(band(*truth.points, width=width)))
    assert axis_angle_difference(axis.angle, truth.angle) < 1.0
    assert axis_distance(axis, truth) < width / 2 + 5.0


@pytest.mark.parametrize(("radius", "first", "last"), [(150.0, 20.0, 110.0), (180.0, 40.0, 85.0), (120.0, 10.0, 170.0)])
def test_an_arc_is_one_polyline(radius: float, first: float, last: float) -> None:
    points = arc(radius, first, last)
    axis = only_axis(decode_axes(band(*points)))
    assert not axis.is_straight
    assert axis_distance(axis, ReflectionAxis(tuple(points))) < 8.0
    off = [abs(math.dist(p, (208.0, 100.0)) - radius) for p in axis.points]
    assert max(off) < 5.0


def test_a_bent_axis_crossing_a_straight_one() -> None:
    points, line = arc(150.0, 20.0, 110.0), ((120.0, 130.0), (360.0, 240.0))
    found = straight(decode_axes(np.maximum(band(*points), band(*line))))
    assert min(axis_distance(axis, ReflectionAxis(line)) for axis in found) < 6.0
    assert any(not axis.is_straight for axis in found)


@pytest.mark.parametrize(
    "truth",
    [
        ReflectionEllipse(200.0, 150.0, 50.0, 50.0),
        ReflectionEllipse(210.0, 160.0, 70.0, 40.0, 30.0),
        ReflectionEllipse(210.0, 160.0, 20.0, 16.0, 120.0),
    ],
)
def test_a_wide_round_response_is_an_ellipse(truth: ReflectionEllipse) -> None:
    (detection,) = decode_axes(ellipse(truth))
    assert isinstance(detection.shape, ReflectionEllipse)
    assert ellipse_distance(detection.shape, truth) < 2.0
    assert detection.score > 0.6


def test_an_axis_through_a_disc_remains_beside_it() -> None:
    truth = ReflectionEllipse(208.0, 160.0, 40.0, 40.0)
    found = decode_axes(np.maximum(ellipse(truth), band((208.0, 20.0), (208.0, 300.0))))
    assert any(isinstance(d.shape, ReflectionEllipse) and ellipse_distance(d.shape, truth) < 4.0 for d in found)
    assert all(axis_angle_difference(axis.angle, 90.0) < 2.0 for axis in straight(found))
    assert len(straight(found)) >= 1


@given(family=st.sampled_from(FAMILIES), seed=st.integers(0, 10**6), turns=st.integers(0, 3), mirrored=st.booleans())
@settings(max_examples=20, deadline=None)
def test_quarter_turns_and_mirrors_move_the_axes_along(family: Family, seed: int, turns: int, mirrored: bool) -> None:
    heat = make_heatmap(family, np.random.default_rng(seed)).heatmap[:, 20:400]
    matrix = quarter_turns(heat.shape[::-1], turns)
    moved = np.rot90(heat, turns)
    if mirrored:
        matrix = mirror_left_right(moved.shape[::-1]) @ matrix
        moved = moved[:, ::-1]
    expected = [d.transformed(matrix) for d in decode_axes(heat)]
    found = decode_axes(np.ascontiguousarray(moved))
    assert len(found) == len(expected)
    metric = AxisMetric(tolerance=0.004)  # 2.3 px
    metric.update(found, [d.shape for d in expected], moved.shape[::-1])
    assert metric.result(threshold=0.0).f1 == 1.0
    assert [d.score for d in found] == pytest.approx([d.score for d in expected], abs=0.02)


def test_the_same_map_gives_the_same_axes() -> None:
    heat = make_heatmap("star", np.random.default_rng(4)).heatmap
    assert decode_axes(heat) == decode_axes(heat.copy())


@pytest.mark.parametrize("factor", [0.5, 0.75, 2.0])
def test_the_map_may_have_any_size(factor: float) -> None:
    truth = ReflectionAxis(((80, 60), (330, 220)))
    size = (round(SIZE[0] * factor), round(SIZE[1] * factor))
    axis = only_axis(decode_axes(cv2.resize(band(*truth.points), size, interpolation=cv2.INTER_AREA)))
    assert axis_distance(axis, truth.transformed([[factor, 0, 0], [0, factor, 0]])) < 6.0 * max(factor, 1.0)


def test_evidence_and_score_fall_with_heat_and_holes() -> None:
    full, weak = band((80, 60), (330, 220)), band((80, 60), (330, 220), heat=0.5)
    holed = full.copy()
    holed[130:142] = 0.0
    (first,), (second,), (third,) = decode_axes(full), decode_axes(weak), decode_axes(holed)
    assert first.score > second.score
    assert first.score > third.score
    assert third.evidence["coverage"] < first.evidence["coverage"] == 1.0
    assert set(first.evidence) == {"heat", "coverage", "contrast"}
    assert first.source == "heatmap"


def test_best_first() -> None:
    scores = [d.score for d in decode_axes(make_heatmap("random", np.random.default_rng(8)).heatmap)]
    assert scores == sorted(scores, reverse=True)


def test_invalid_places_hold_no_axes() -> None:
    heat = np.maximum(band((60, 60), (60, 260)), band((340, 60), (340, 260)))
    valid = np.ones(heat.shape, dtype=np.bool_)
    valid[:, 200:] = False
    axis = only_axis(decode_axes(heat, valid=valid))
    assert axis_distance(axis, ReflectionAxis(((60, 60), (60, 260)))) < 5.0


def test_padding_makes_no_axes() -> None:
    """Inside its letterbox a map may be warm up to the edge; that edge is no ridge."""
    heat, valid = np.zeros((416, 416), dtype=np.float32), np.zeros((416, 416), dtype=np.bool_)
    valid[70:346] = True
    heat[70:346] = 0.3
    heat[70:110] += 0.4 * np.linspace(1, 0, 40, dtype=np.float32)[:, None]
    heat[300:346] = 0.6
    assert decode_axes(heat, valid=valid) == []
    assert decode_axes(heat, valid=np.zeros_like(valid)) == []


def test_heat_is_counted_from_the_ground_of_the_map() -> None:
    heat = band((80, 60), (330, 220))
    (axis,), (raised,) = decode_axes(heat), decode_axes(0.3 + 0.7 * heat)
    assert raised.score == pytest.approx(axis.score, abs=1e-3)


@pytest.mark.parametrize("level", [0.0, 0.1, 0.5, 1.0])
def test_an_even_map_holds_no_axes(level: float) -> None:
    assert straight(decode_axes(np.full((300, 416), level, dtype=np.float32))) == []


def test_noise_holds_no_axes() -> None:
    noise = np.random.default_rng(0).random((416, 416)).astype(np.float32)
    assert decode_axes(0.2 * noise) == []
    assert all(d.score < 0.5 for d in decode_axes(noise))


@pytest.mark.parametrize("shape", [(1, 1), (1, 50), (3, 416), (9, 7)])
def test_tiny_maps_do_not_crash(shape: tuple[int, int]) -> None:
    for heat in (np.zeros(shape, np.float32), np.random.default_rng(1).random(shape).astype(np.float32)):
        assert all(0.0 <= d.score <= 1.0 for d in decode_axes(heat))


@pytest.mark.parametrize(
    "bad",
    [
        np.zeros((2, 30, 30), np.float32),
        np.full((30, 30), np.inf, np.float32),
        np.full((30, 30), -0.5, np.float32),
        np.zeros((30, 0), np.float32),
    ],
)
def test_bad_maps_are_refused(bad: Map) -> None:
    with pytest.raises(InputError):
        decode_axes(bad)


def test_a_mask_of_another_shape_is_refused() -> None:
    with pytest.raises(InputError):
        decode_axes(np.zeros((30, 30), np.float32), valid=np.ones((30, 31), np.bool_))


def test_the_search_ends_at_max_axes() -> None:
    heat = np.maximum.reduce([band((100, y), (300, y)) for y in range(60, 260, 30)])
    assert len(decode_axes(heat, params=AxisDecoding(max_axes=3))) == 3


@pytest.mark.parametrize("family", FAMILIES)
def test_synthetic_heatmaps_are_read_well(family: Family) -> None:
    """A floor well under what benchmarks/decoding.py prints, on other seeds."""
    metric, rng = AxisMetric(), np.random.default_rng([77, FAMILIES.index(family)])
    for _ in range(8):
        scene = make_heatmap(family, rng)
        metric.update(decode_axes(scene.heatmap), scene.axes, (416, 416))
    assert metric.result(threshold=0.0).f1 > 0.8
