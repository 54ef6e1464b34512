"""Shapes move with the pixels: what is drawn after a map is the map of what was drawn."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clipsym_core.data.augment import map_ellipse, map_shapes, project, random_map, warp
from clipsym_core.data.augment_color import jitter, recolor
from clipsym_core.data.augment_options import AUTHORS, FULL, NO_CHANGE, AugmentOptions
from clipsym_core.data.targets import TargetStyle, render_targets
from clipsym_core.imaging import Letterbox
from clipsym_core.symmetry import ReflectionAxis, ReflectionEllipse, RotationCenter

CANVAS = (96, 96)
FINE = 4
STYLE = TargetStyle(axis=4 / 96, center=5 / 96, ellipses="ring")
seeds = st.integers(0, 2**31)
sizes = st.tuples(st.integers(40, 160), st.integers(40, 160))
inside = st.floats(0.1, 0.9)
WILD = AugmentOptions(
    quarter_turns=1, mirror=0.5, turn=1, scale=1, shift=1, perspective=1, tilt=0.2, color=1, blur=1, jpeg=1
)
RIGID = AugmentOptions(quarter_turns=1, mirror=0.5, turn=1, shift=1)


@st.composite
def axes(draw, size):
    w, h = size
    points = [(draw(inside) * w, draw(inside) * h) for _ in range(draw(st.integers(2, 3)))]
    if math.dist(points[0], points[-1]) < 10:
        points[-1] = (w - points[0][0] + 12.0, points[-1][1])
    return ReflectionAxis(tuple(points))


@st.composite
def pictures(draw, of=sizes):
    """A size, and shapes on a picture of it."""
    size = draw(of)
    w, h = size
    center = RotationCenter(draw(inside) * w, draw(inside) * h, draw(st.sampled_from([0, 2, 5])))
    ellipse = ReflectionEllipse(
        w / 2, h / 2, draw(st.floats(0.1, 0.35)) * w, draw(st.floats(0.1, 0.35)) * h, draw(st.floats(0, 179))
    )
    return size, [draw(axes(size)), center, ellipse]


def pull_back(maps: np.ndarray, matrix: np.ndarray, canvas: tuple[int, int]) -> np.ndarray:
    """Maps [2, h, w] of a picture, seen on the canvas: an independent bilinear lookup at the inverse of each pixel."""
    h, w = maps.shape[1:]
    xs, ys = np.meshgrid(np.arange(canvas[0]) + 0.5, np.arange(canvas[1]) + 0.5)
    q = np.linalg.inv(matrix) @ np.stack([xs.ravel(), ys.ravel(), np.ones(xs.size)])
    x, y = q[0] / q[2] - 0.5, q[1] / q[2] - 0.5
    known = (x >= 0) & (x <= w - 1) & (y >= 0) & (y <= h - 1) & (q[2] > 0)
    x0, y0 = np.clip(np.floor(x), 0, w - 2).astype(int), np.clip(np.floor(y), 0, h - 2).astype(int)
    fx, fy = np.clip(x - x0, 0, 1), np.clip(y - y0, 0, 1)
    found = (
        maps[:, y0, x0] * (1 - fx) * (1 - fy) + maps[:, y0, x0 + 1] * fx * (1 - fy)
        + maps[:, y0 + 1, x0] * (1 - fx) * fy + maps[:, y0 + 1, x0 + 1] * fx * fy
    )  # fmt: skip
    return np.where(known, found, np.nan).reshape(2, canvas[1], canvas[0])


@settings(max_examples=60, deadline=None)
@given(pictures(st.just(CANVAS)), seeds)
def test_targets_of_moved_shapes_are_moved_targets(picture, seed):
    """Turns, mirrors and shifts: what is drawn after is what was drawn before, resampled."""
    size, shapes = picture
    matrix = random_map(size, CANVAS, RIGID, np.random.default_rng(seed))
    # Drawn finely, so that looking between its pixels costs nothing.
    fine = np.diag([FINE, FINE, 1.0])
    before = render_targets(map_shapes(shapes, fine, size), (size[0] * FINE, size[1] * FINE), STYLE)
    expected = pull_back(before, matrix @ np.linalg.inv(fine), CANVAS)
    after = render_targets(map_shapes(shapes, matrix, size), CANVAS, STYLE)
    # Where one shape gives way to another the maximum has a kink; looking it up between pixels 1/4 px apart errs there
    # by at most 1/4 of the jump in slope (2 x 0.61 / sigma) times 1/4 px, for each direction: 0.04.
    assert np.abs(after - expected)[np.isfinite(expected)].max(initial=0) < 0.04


@settings(max_examples=60, deadline=None)
@given(pictures(), seeds)
def test_every_map_takes_shapes_where_it_takes_their_pixels(picture, seed):
    size, (axis, center, ellipse) = picture
    matrix = random_map(size, CANVAS, WILD, np.random.default_rng(seed))
    moved = map_shapes([axis, center, ellipse], matrix, size)
    assert len(moved) == 3  # nothing in a picture is ever behind the camera
    straight, spot, oval = moved
    np.testing.assert_allclose(straight.points, project(axis.points, matrix), atol=1e-6)
    np.testing.assert_allclose([spot.point], project([center.point], matrix), atol=1e-6)
    assert spot.order == center.order
    c, s = math.cos(math.radians(ellipse.angle)), math.sin(math.radians(ellipse.angle))
    turns = np.linspace(0, 2 * np.pi, 24)
    u, v = ellipse.rx * np.cos(turns), ellipse.ry * np.sin(turns)
    rim = project(np.stack([ellipse.cx + u * c + v * s, ellipse.cy - u * s + v * c], axis=1), matrix)
    c, s = math.cos(math.radians(oval.angle)), math.sin(math.radians(oval.angle))
    x, y = rim[:, 0] - oval.cx, rim[:, 1] - oval.cy
    np.testing.assert_allclose(np.hypot((x * c - y * s) / oval.rx, (x * s + y * c) / oval.ry), 1, atol=1e-6)


@settings(max_examples=40, deadline=None)
@given(sizes, seeds)
def test_pixels_go_where_the_map_says(size, seed):
    """A picture of its own coordinates, warped: each pixel tells where it came from."""
    w, h = size
    xs, ys = np.meshgrid((np.arange(w) + 0.5) / w, (np.arange(h) + 0.5) / h)
    image = np.stack([xs, ys, np.ones_like(xs)], axis=-1) * 255
    matrix = random_map(size, CANVAS, WILD, np.random.default_rng(seed))
    pixels, valid = warp(np.rint(image).astype(np.uint8), matrix, CANVAS)
    spots = np.argwhere(valid > 0)[::37]
    for row, column in spots:
        ((x, y),) = project([(column + 0.5, row + 0.5)], np.linalg.inv(matrix))
        if 2 < x < w - 2 and 2 < y < h - 2 and pixels[row, column, 2] > 250:
            assert abs(pixels[row, column, 0] / 255 - x / w) < 0.03
            assert abs(pixels[row, column, 1] / 255 - y / h) < 0.03
    assert pixels[valid == 0].max(initial=0) <= 255
    corners = project([(0, 0), (w, 0), (w, h), (0, h)], matrix)
    covered = ((corners >= 0) & (corners <= 96)).all()
    if covered:
        area = 0.5 * abs(sum(a[0] * b[1] - a[1] * b[0] for a, b in zip(corners, np.roll(corners, -1, 0), strict=True)))
        assert valid.sum() == pytest.approx(area, rel=0.05, abs=60)


@given(sizes, seeds)
def test_without_augmentation_training_sees_what_inference_sees(size, seed):
    matrix = random_map(size, CANVAS, NO_CHANGE, np.random.default_rng(seed))
    letterbox = Letterbox(size, CANVAS)
    np.testing.assert_allclose(matrix, letterbox.matrix, atol=1e-12)
    image = np.random.default_rng(seed).integers(0, 255, (size[1], size[0], 3), dtype=np.uint8)
    pixels, valid = warp(image, matrix, CANVAS)
    np.testing.assert_array_equal(pixels, letterbox.apply(image))
    np.testing.assert_array_equal(valid > 0, letterbox.valid())


def test_an_axis_that_reaches_behind_the_camera_is_cut():
    matrix = np.array([[1.0, 0, 0], [0, 1, 0], [-0.01, 0, 1]])  # the horizon lies at x = 100
    (cut,) = map_shapes([ReflectionAxis(((10.0, 20.0), (500.0, 20.0)))], matrix, (40, 40))
    assert cut.start == pytest.approx((10 / 0.9, 20 / 0.9))
    assert cut.end[0] > cut.start[0]
    assert map_shapes([RotationCenter(300.0, 5.0, 3)], matrix, (40, 40)) == []
    assert map_ellipse(ReflectionEllipse(100.0, 5.0, 8.0, 8.0), matrix) is None


@given(seeds)
def test_the_authors_turns_are_small_and_never_mirror(seed):
    matrix = random_map((96, 96), CANVAS, AUTHORS, np.random.default_rng(seed))
    assert np.linalg.det(matrix[:2, :2]) == pytest.approx(1.0)
    turn = math.degrees(math.atan2(matrix[0, 1], matrix[0, 0])) % 90
    assert min(turn, 90 - turn) <= 15.0 + 1e-6


@given(seeds)
def test_colors_change_and_shapes_of_arrays_do_not(seed):
    image = np.random.default_rng(1).integers(0, 255, (24, 32, 3), dtype=np.uint8)
    once, again = (recolor(image, WILD, np.random.default_rng(seed)) for _ in range(2))
    np.testing.assert_array_equal(once, again)
    assert once.shape == image.shape
    assert once.dtype == np.uint8
    assert not np.array_equal(once, image)
    np.testing.assert_array_equal(recolor(image, NO_CHANGE, np.random.default_rng(seed)), image)


def test_jitter_does_what_it_says():
    image = np.full((4, 4, 3), (100, 50, 50), np.uint8)
    assert jitter(image, 1.5, 1, 1, 0).mean() == pytest.approx(100, abs=1)
    assert np.ptp(jitter(image, 1, 1, 0.0, 0)[0, 0]) <= 1  # grey
    assert jitter(image, 1, 1, 1, 1 / 3)[0, 0].argmax() == 1  # red turns green
    half = np.concatenate([np.full((2, 4, 3), 80, np.uint8), np.full((2, 4, 3), 120, np.uint8)])
    assert np.ptp(jitter(half, 1, 2.0, 1, 0)) == pytest.approx(80, abs=2)


def test_one_share_does_not_change_the_numbers_of_another():
    plain = AugmentOptions(turn=1.0)
    more = AugmentOptions(turn=1.0, color=1.0, blur=1.0)
    left, right = (random_map((50, 60), CANVAS, o, np.random.default_rng(8)) for o in (plain, more))
    np.testing.assert_array_equal(left, right)
    assert FULL.mirror == 0.5
