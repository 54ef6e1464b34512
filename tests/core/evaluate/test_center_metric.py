from __future__ import annotations

import pytest

from clipsym_core.errors import InputError
from clipsym_core.evaluate.metrics import CenterMetric
from clipsym_core.inference.centers import CenterPeak
from clipsym_core.symmetry import Detection, ReflectionAxis, RotationCenter

SIZE = (400, 300)  # the tolerance is 10 px


def found(x: float, y: float, order: int, score: float) -> Detection:
    return Detection(RotationCenter(x, y, order), score, "test")


def test_the_tolerance_is_2_5_percent_of_the_longer_side() -> None:
    for x, hits in ((109.9, 1.0), (110.1, 0.0)):
        metric = CenterMetric()
        metric.update([CenterPeak(x, 100, 0.9)], [RotationCenter(100, 100, 4)], SIZE)
        assert metric.result().places.f1 == hits


def test_orders_are_compared_where_a_center_was_hit() -> None:
    metric = CenterMetric()
    truths = [RotationCenter(100, 100, 4), RotationCenter(200, 100, 3), RotationCenter(300, 100, 0)]
    proposals = [found(101, 100, 4, 0.9), found(200, 102, 6, 0.8), found(300, 100, 0, 0.7), found(50, 250, 4, 0.6)]
    metric.update(proposals, truths, SIZE)
    result = metric.result(threshold=0.0)
    assert (result.order_accuracy, result.orders_compared) == (pytest.approx(2 / 3), 3)
    assert (result.places.precision, result.places.recall) == (0.75, 1.0)
    assert (result.places_and_orders.precision, result.places_and_orders.recall) == (0.5, pytest.approx(2 / 3))


def test_peaks_without_an_order_are_not_compared() -> None:
    metric = CenterMetric()
    metric.update([CenterPeak(100, 100, 0.9)], [RotationCenter(100, 100, 4)], SIZE)
    assert metric.result().orders_compared == 0
    assert metric.result().order_accuracy == 0.0
    assert metric.result().places.average_precision == 1.0


def test_a_center_is_hit_once() -> None:
    metric = CenterMetric()
    metric.update([found(100, 100, 4, 0.5), found(104, 100, 4, 0.9)], [RotationCenter(100, 100, 4)], SIZE)
    assert metric.result(threshold=0.0).places.precision == 0.5
    assert metric.result().places.threshold == 0.9


def test_axes_among_the_shapes_do_not_count() -> None:
    metric = CenterMetric()
    axis = ReflectionAxis(((0, 0), (10, 10)))
    metric.update([Detection(axis, 0.9, "test")], [axis], SIZE)
    assert (metric.result().places.truths, metric.result().places.proposals) == (0, 0)


def test_false_alarms_on_pictures_without_centers_count() -> None:
    metric = CenterMetric()
    metric.update([found(100, 100, 4, 0.9)], [], SIZE)
    metric.update([found(100, 100, 4, 0.9)], [RotationCenter(100, 100, 4)], SIZE)
    assert metric.result().places.precision == 0.5


def test_a_tolerance_must_be_positive() -> None:
    with pytest.raises(InputError):
        CenterMetric(-0.1)
