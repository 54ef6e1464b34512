from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clipsym_core.errors import InputError
from clipsym_core.evaluate.axis import distance_to_polyline
from clipsym_core.evaluate.metrics import (
    AxisMetric,
    DominantAxisMetric,
    axis_distance,
    ellipse_distance,
    same_dominant_axis,
)
from clipsym_core.symmetry import (
    Detection,
    Point,
    ReflectionAxis,
    ReflectionEllipse,
    RotationCenter,
    Shape,
    quarter_turns,
)

SIZE = (400, 300)  # a diagonal of 500: the tolerance is 12.5 px


def axis(*points: Point) -> ReflectionAxis:
    return ReflectionAxis(points)


def found(shape: Shape, score: float) -> Detection:
    return Detection(shape, score, "test")


def test_the_tolerance_is_2_5_percent_of_the_diagonal() -> None:
    truth = axis((100, 50), (100, 250))
    for shift, hits in ((12.4, 1.0), (12.6, 0.0)):
        metric = AxisMetric()
        metric.update([found(axis((100, 250 + shift), (100, 50)), 0.9)], [truth], SIZE)
        assert metric.result().f1 == hits


def test_a_truth_is_hit_once_by_the_better_scored() -> None:
    truth = axis((100, 50), (100, 250))
    metric = AxisMetric()
    metric.update([found(axis((101, 50), (101, 250)), 0.5), found(axis((105, 50), (105, 250)), 0.9)], [truth], SIZE)
    result = metric.result(threshold=0.0)
    assert (result.precision, result.recall) == (0.5, 1.0)
    best = metric.result()
    assert (best.f1, best.threshold, best.average_precision) == (1.0, 0.9, 1.0)


def test_average_precision_by_hand() -> None:
    """Ranked hit, miss, hit with 4 truths: precision 1 up to recall 1/4, 2/3 up to 1/2, nothing beyond."""
    metric = AxisMetric()
    truths = [axis((x, 50), (x, 250)) for x in (50, 150, 250, 350)]
    proposals = [found(truths[0], 0.9), found(axis((200, 0), (0, 100)), 0.8), found(truths[1], 0.7)]
    metric.update(proposals, truths, SIZE)
    expected = (26 * 1.0 + 25 * 2 / 3) / 101
    assert metric.result().average_precision == pytest.approx(expected)
    assert metric.result().f1 == pytest.approx(2 * 2 / (3 + 4))


def test_pictures_are_pooled_before_dividing() -> None:
    metric = AxisMetric()
    truth = axis((100, 50), (100, 250))
    metric.update([found(truth, 0.9)], [truth], SIZE)
    metric.update([found(truth, 0.8)], [], SIZE)  # a false alarm on a picture without symmetry
    metric.update([], [truth], SIZE)  # a miss on a picture without proposals
    result = metric.result(threshold=0.0)
    assert (result.precision, result.recall, result.truths, result.proposals) == (0.5, 0.5, 2, 2)


def test_equal_scores_stand_or_fall_together() -> None:
    metric = AxisMetric()
    truth = axis((100, 50), (100, 250))
    metric.update([found(truth, 0.5), found(axis((0, 0), (400, 0)), 0.5)], [truth], SIZE)
    assert metric.result().f1 == pytest.approx(2 / 3)
    assert metric.result().average_precision == pytest.approx(0.5)


def test_nothing_at_all_is_zero() -> None:
    result = AxisMetric().result()
    assert (result.f1, result.average_precision, result.truths) == (0.0, 0.0, 0)
    assert AxisMetric().result(threshold=0.5).f1 == 0.0


def test_centers_among_the_shapes_do_not_count() -> None:
    metric = AxisMetric()
    metric.update([found(RotationCenter(5, 5, 4), 0.9)], [RotationCenter(5, 5, 4)], SIZE)
    assert (metric.result().truths, metric.result().proposals) == (0, 0)


def test_bent_axes_must_meet_in_the_middle_too() -> None:
    bent = axis((0, 0), (100, 80), (200, 0))
    assert axis_distance(bent, axis((0, 0), (200, 0))) == pytest.approx(80.0)
    assert axis_distance(bent, axis((200, 0), (100, 80), (0, 0))) == 0.0


@given(
    values=st.lists(st.floats(20, 280), min_size=4, max_size=4),
    shift=st.tuples(st.floats(-40, 40), st.floats(-40, 40)),
    turns=st.integers(0, 3),
)
@settings(max_examples=50, deadline=None)
def test_axis_distance_is_symmetric_and_turns_along(
    values: list[float], shift: tuple[float, float], turns: int
) -> None:
    a = axis((values[0], values[1]), (values[2] + 300, values[3]))
    b = axis(*((x + shift[0], y + shift[1]) for x, y in a.points))
    turn = quarter_turns(SIZE, turns)
    expected = math.hypot(*shift)
    assert axis_distance(a, b) == pytest.approx(expected)
    assert axis_distance(b.transformed(turn), a.transformed(turn)) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (ReflectionEllipse(53, 44, 30, 20, 10), 5.0),
        (ReflectionEllipse(50, 40, 36, 20, 10), 6.0),
        (ReflectionEllipse(50, 40, 20, 30, 100), 0.0),
    ],
)
def test_ellipse_distance(other: ReflectionEllipse, expected: float) -> None:
    assert ellipse_distance(ReflectionEllipse(50, 40, 30, 20, 10), other) == pytest.approx(expected, abs=0.1)


def test_ellipses_meet_ellipses_only() -> None:
    metric = AxisMetric()
    disc = ReflectionEllipse(100, 100, 40, 40)
    metric.update([found(disc, 0.9), found(axis((60, 100), (140, 100)), 0.8)], [disc], SIZE)
    assert metric.result(threshold=0.0).precision == 0.5


@pytest.mark.parametrize(
    ("detected", "right"),
    [
        (axis((100, 50), (100, 250)), True),
        (axis((100, 250), (100, 50)), True),
        (axis((135, 50), (135, 250)), True),  # 35 px beside, 0.2 x 200 = 40 allowed
        (axis((145, 50), (145, 250)), False),
        (axis((135, 130), (135, 170)), False),  # short: only 8 px allowed
        (axis((105, 130), (105, 170)), True),
        (axis((80, 50), (120, 250)), False),  # 11.3 degrees
        (axis((85, 50), (115, 250)), True),  # 8.5 degrees
    ],
)
def test_the_competition_rule(detected: ReflectionAxis, right: bool) -> None:
    assert same_dominant_axis(detected, axis((100, 50), (100, 250))) is right


def test_only_the_best_axis_of_a_picture_counts() -> None:
    metric = DominantAxisMetric()
    truth = axis((100, 50), (100, 250))
    wrong = axis((0, 0), (400, 300))
    assert metric.update([found(wrong, 0.4), found(truth, 0.9), found(RotationCenter(1, 1, 2), 1.0)], truth)
    assert not metric.update([found(wrong, 0.9), found(truth, 0.4)], truth)
    assert not metric.update([], truth)
    assert metric.result() == pytest.approx(1 / 3)
    assert metric.pictures == 3


def test_distance_to_polyline() -> None:
    points = [(0.0, 0.0), (10.0, 0.0), (10.0, 10.0)]
    assert distance_to_polyline((5, 3), points) == pytest.approx(3.0)
    assert distance_to_polyline((14, 13), points) == pytest.approx(5.0)


def test_a_tolerance_must_be_positive() -> None:
    with pytest.raises(InputError):
        AxisMetric(0.0)


def test_best_f1_is_the_best_over_all_thresholds() -> None:
    rng = np.random.default_rng(5)
    truths = [axis((x, 20), (x, 280)) for x in range(20, 400, 40)]
    proposals = [found(t, float(s)) for t, s in zip(truths, rng.uniform(0.3, 1.0, 10), strict=True)]
    proposals += [
        found(axis((0, y), (400, y)), float(s)) for y, s in zip(range(0, 300, 30), rng.random(10), strict=True)
    ]
    metric = AxisMetric()
    metric.update(proposals, truths, SIZE)
    by_hand = max(metric.result(threshold=p.score).f1 for p in proposals)
    assert metric.result().f1 == pytest.approx(by_hand)
