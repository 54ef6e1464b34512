"""Ends of an axis from heat along its line, where the warm part of the line is known."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clipsym_core.imaging import Letterbox
from clipsym_core.inference.axis_evidence.extent import Heat, Profile, profile, warm_extent
from clipsym_core.symmetry import ReflectionAxis, mirror_left_right, quarter_turns

SIZE = (320, 240)
BOX = Letterbox(SIZE, (128, 128))
TRUE = ReflectionAxis(((140.0, 40.0), (180.0, 200.0)))


def warm(axis: ReflectionAxis, level: float = 0.8, matrix: npt.NDArray[np.float64] | None = None) -> Heat:
    """A map that is `level` warm within 6 px of an axis and cold elsewhere, asked about points under `matrix`."""
    ys, xs = np.mgrid[0:128, 0:128] + 0.5
    points = BOX.to_source(np.stack([xs.ravel(), ys.ravel()], axis=1)) - np.array(axis.midpoint)
    along = (np.array(axis.end) - np.array(axis.start)) / axis.length
    t, d = points @ along, points @ np.array([-along[1], along[0]])
    heat = level * ((np.abs(d) < 6) & (np.abs(t) < axis.length / 2))
    return Heat(heat.reshape(128, 128).astype(np.float32), BOX, matrix)


def piece(first: float, last: float) -> ReflectionAxis:
    """The line of TRUE from one share of its length to another."""
    (ax, ay), (bx, by) = TRUE.start, TRUE.end
    at = [(ax + s * (bx - ax), ay + s * (by - ay)) for s in (first, last)]
    return ReflectionAxis((at[0], at[1]))


def apart(a: ReflectionAxis, b: ReflectionAxis) -> float:
    """The larger distance of the ends of two axes, px."""
    (p, q), (r, s) = (a.start, a.end), (b.start, b.end)
    return min(max(math.dist(p, r), math.dist(q, s)), max(math.dist(p, s), math.dist(q, r)))


@settings(max_examples=40, deadline=None)
@given(st.floats(-0.2, 0.3), st.floats(0.7, 1.2), st.floats(0.3, 1.0))
def test_ends_come_to_those_of_what_is_warm(first: float, last: float, level: float) -> None:
    looks = [warm(TRUE, level), warm(TRUE, level / 2)]
    assert apart(warm_extent(piece(first, last), looks, SIZE), TRUE) < 0.05 * TRUE.length


def test_an_axis_that_is_warm_nowhere_stays() -> None:
    cold = Heat(np.zeros((128, 128), np.float32), BOX)
    assert warm_extent(TRUE, [cold], SIZE) == TRUE
    beside = ReflectionAxis(((40.0, 40.0), (60.0, 200.0)))
    assert warm_extent(beside, [warm(TRUE)], SIZE) == beside


def test_a_line_that_is_warm_everywhere_ends_at_the_frame() -> None:
    upright = ReflectionAxis(((160.0, 60.0), (160.0, 190.0)))
    found = warm_extent(upright, [warm(ReflectionAxis(((160.0, 0.0), (160.0, 240.0))))], SIZE)
    assert apart(found, ReflectionAxis(((160.0, 0.0), (160.0, 240.0)))) < 6


@pytest.mark.parametrize("way", range(8))
def test_ends_turn_with_the_picture_and_do_not_depend_on_the_direction(way: int) -> None:
    candidate = piece(0.2, 1.4)
    here = warm_extent(candidate, [warm(TRUE)], SIZE)
    matrix = quarter_turns(SIZE, way % 4)
    size = SIZE if way % 2 == 0 else (SIZE[1], SIZE[0])
    if way >= 4:
        matrix = mirror_left_right(size) @ matrix
    inverse = np.linalg.inv(np.vstack([matrix, [0, 0, 1]]) if len(matrix) == 2 else matrix)[:2]
    moved = candidate.transformed(matrix)
    for axis in (moved, ReflectionAxis((moved.end, moved.start))):
        found = warm_extent(axis, [warm(TRUE, matrix=inverse)], size)
        assert apart(found, here.transformed(matrix)) < 1e-6


def test_heat_is_read_between_pixels_and_beyond_the_map() -> None:
    ramp = np.tile(np.arange(128, dtype=np.float32) / 128, (128, 1))
    heat = Heat(ramp, Letterbox((128, 128), (128, 128)))
    assert heat.at(np.array([[40.0, 64.0]]))[0] == pytest.approx(39.5 / 128)
    assert heat.at(np.array([[-50.0, 64.0]]))[0] == 0
    assert heat.along(ReflectionAxis(((20.0, 30.0), (60.0, 30.0)))) == pytest.approx(39.5 / 128)
    assert heat.beside(np.array([[40.0, 64.0]]), (1.0, 0.0))[0] == pytest.approx(40.5 / 128)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 95), st.floats(0.01, 0.5), st.floats(0.0, 1.0))
def test_warmer_and_deeper_inside_is_likelier(place: int, more: float, level: float) -> None:
    start = profile(TRUE, [warm(TRUE, level)], SIZE)
    heat = start.heat.copy()
    heat[place] += more
    warmer = Profile(start.places, heat, start.half, start.first, start.last)
    assert warmer.log_odds[place] > start.log_odds[place]
    even = Profile(start.places, np.full(96, level), start.half, start.first, start.last)
    right = even.log_odds[start.places > 0]
    assert (np.diff(right) <= 1e-12).all()
    assert right[0] > right[-1]
