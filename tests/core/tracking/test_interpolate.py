"""Between two key frames: ends are exact, motion is even, angles go the shorter way."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from clipsym_core.symmetry import (
    ReflectionAxis,
    ReflectionEllipse,
    RotationCenter,
    axis_angle_difference,
    direction,
)
from clipsym_core.tracking.interpolate import between, pairs
from clipsym_core.tracking.pose import distance

places = st.tuples(st.floats(-500, 500), st.floats(-500, 500))
shares = st.floats(0, 1)


def axis(place, angle, half):
    ux, uy = direction(angle)
    return ReflectionAxis(((place[0] - ux * half, place[1] - uy * half), (place[0] + ux * half, place[1] + uy * half)))


axes = st.builds(axis, places, st.floats(0, 179.9), st.floats(5, 300))
centers = st.builds(lambda p, n: RotationCenter(*p, n), places, st.sampled_from([0, 2, 3, 5, 8]))
ellipses = st.builds(
    lambda p, rx, ry, a: ReflectionEllipse(*p, rx, ry, a),
    places,
    st.floats(5, 99),
    st.floats(120, 300),
    st.floats(0, 179),
)
alike = st.one_of(st.tuples(axes, axes), st.tuples(centers, centers), st.tuples(ellipses, ellipses))


@given(alike)
def test_the_ends_are_the_key_frames(two):
    first, last = two
    for share, shape in ((0.0, first), (1.0, last)):
        found = between(first, last, share)
        if isinstance(shape, ReflectionAxis):
            assert found == shape
        elif isinstance(shape, RotationCenter):
            assert found.order == shape.order
            assert math.dist(found.point, shape.point) < 1e-9
        else:
            assert math.dist(found.center, shape.center) < 1e-9
            assert (found.rx, found.ry) == pytest.approx((shape.rx, shape.ry))
            assert axis_angle_difference(found.angle, shape.angle) < 1e-6


@given(axes, axes, shares)
def test_an_axis_moves_turns_and_grows_evenly(first, last, share):
    assume(axis_angle_difference(first.angle, last.angle) < 89.9)
    found = between(first, last, share)
    for a, b, c in zip(first.midpoint, last.midpoint, found.midpoint, strict=True):
        assert c == pytest.approx(a + share * (b - a), abs=1e-6)
    assert found.length == pytest.approx(first.length + share * (last.length - first.length), rel=1e-6)
    turn = axis_angle_difference(first.angle, last.angle)
    assert axis_angle_difference(first.angle, found.angle) == pytest.approx(share * turn, abs=1e-5)
    assert axis_angle_difference(found.angle, last.angle) == pytest.approx((1 - share) * turn, abs=1e-5)


@given(alike, shares)
def test_backwards_is_the_same_way(two, share):
    assume(not isinstance(two[0], ReflectionAxis) or axis_angle_difference(two[0].angle, two[1].angle) < 89.9)
    assume(not isinstance(two[0], ReflectionEllipse) or axis_angle_difference(two[0].angle, two[1].angle) < 89.9)
    assume(abs(share - 0.5) > 1e-9)
    there, back = between(*two, share), between(two[1], two[0], 1 - share)
    if isinstance(there, ReflectionEllipse):
        assert math.dist(there.center, back.center) < 1e-6
    else:
        assert distance(there, back) < 1e-5


def test_bent_axes_go_point_by_point():
    first, last = ReflectionAxis(((0, 0), (10, 5), (20, 0))), ReflectionAxis(((10, 0), (20, 15), (30, 0)))
    assert between(first, last, 0.5) == ReflectionAxis(((5, 0), (15, 10), (25, 0)))
    with pytest.raises(ValueError, match="nothing in between"):
        between(first, ReflectionAxis(((0, 0), (1, 1))), 0.5)
    with pytest.raises(ValueError, match="there is nothing"):
        between(first, RotationCenter(0, 0, 3), 0.5)


def test_pairs_by_kind_and_nearness():
    bent = ReflectionAxis(((0, 0), (10, 5), (20, 0)))
    first = [axis((100, 100), 20, 50), RotationCenter(50, 50, 4), axis((300, 100), 90, 50), bent]
    last = [axis((310, 105), 95, 50), bent, RotationCenter(60, 55, 4), axis((105, 100), 25, 50)]
    assert sorted(pairs(first, last, 60.0)) == [(0, 3), (1, 2), (2, 0), (3, 1)]
    assert pairs(first, last, 1e-3) == [(3, 1)]
