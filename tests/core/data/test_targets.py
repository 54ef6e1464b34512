from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipsym_core.data.targets import TargetStyle, ellipse_distance, field_targets, render_targets
from clipsym_core.errors import InputError
from clipsym_core.symmetry import ReflectionAxis, ReflectionEllipse, RotationCenter, mirror_left_right, quarter_turns

SIZE = (96, 64)
coordinate = st.floats(-20, 110, allow_nan=False)
points = st.tuples(coordinate, coordinate)
axes = st.tuples(points, points).filter(lambda ab: math.dist(*ab) > 1).map(ReflectionAxis)
centers = st.tuples(coordinate, coordinate, st.integers(2, 8)).map(lambda t: RotationCenter(*t))
ellipses = st.tuples(coordinate, coordinate, st.floats(3, 30), st.floats(3, 30), st.floats(0, 179)).map(
    lambda t: ReflectionEllipse(*t)
)
styles = st.builds(
    TargetStyle, profile=st.sampled_from(["gaussian", "band"]), ellipses=st.sampled_from(["skip", "fill", "ring"])
)


@given(st.lists(st.one_of(axes, centers, ellipses), max_size=4), styles, st.integers(0, 3))
def test_targets_turn_with_the_canvas(shapes, style, k):
    turned = [shape.transformed(quarter_turns(SIZE, k)) for shape in shapes]
    size = SIZE if k % 2 == 0 else SIZE[::-1]
    expected = np.rot90(render_targets(shapes, SIZE, style), k, axes=(1, 2))
    np.testing.assert_allclose(render_targets(turned, size, style), expected, atol=2e-5)


@given(st.lists(st.one_of(axes, centers, ellipses), max_size=4), styles)
def test_targets_mirror_with_the_canvas(shapes, style):
    mirrored = [shape.transformed(mirror_left_right(SIZE)) for shape in shapes]
    expected = render_targets(shapes, SIZE, style)[:, :, ::-1]
    np.testing.assert_allclose(render_targets(mirrored, SIZE, style), expected, atol=2e-5)


def test_an_axis_is_a_ridge_of_the_stated_width():
    style = TargetStyle(axis=2 / 64)
    target = render_targets([ReflectionAxis(((48.0, 10.0), (48.0, 50.0)))], SIZE, style)
    row = target[0, 30]
    distance = np.abs(np.arange(96) + 0.5 - 48.0)
    np.testing.assert_allclose(row[distance <= 7], np.exp(-0.5 * (distance[distance <= 7] / 2) ** 2), atol=1e-6)
    assert row[distance > 7.5].max() == 0
    assert target[1].max() == 0
    assert target[0, 60, 48] == pytest.approx(0, abs=1e-3), "it ends where the axis ends"


def test_a_band_covers_its_width_exactly():
    target = render_targets([ReflectionAxis(((0.0, 20.0), (96.0, 20.0)))], SIZE, TargetStyle("band", axis=3 / 64))
    assert target[0, :, 40].sum() == pytest.approx(6.0)  # 3 px to each side


def test_a_center_is_a_spot_in_the_rotation_map_alone():
    target = render_targets([RotationCenter(30.5, 20.5, 5)], SIZE)
    assert target[1, 20, 30] == 1.0
    assert np.unravel_index(target[1].argmax(), target[1].shape) == (20, 30)
    assert target[0].max() == 0


def test_ellipses_are_skipped_filled_or_outlined():
    disc = ReflectionEllipse(48, 32, 20, 12, 30)
    assert render_targets([disc], SIZE)[0].max() == 0
    filled = render_targets([disc], SIZE, TargetStyle(ellipses="fill"))[0]
    assert filled.sum() == pytest.approx(math.pi * 20 * 12, rel=0.01)
    ring = render_targets([disc], SIZE, TargetStyle(ellipses="ring"))[0]
    assert ring[32, 48] == 0
    assert ring.max() > 0.9


def test_the_distance_to_a_circle_is_exact():
    xs, ys = np.meshgrid(np.linspace(0, 60, 13), np.linspace(0, 60, 13))
    distance = ellipse_distance(xs, ys, ReflectionEllipse(31, 29, 17, 17, 45))
    np.testing.assert_allclose(distance, np.hypot(xs - 31, ys - 29) - 17, atol=1e-6)


def test_overlapping_shapes_combine_by_their_maximum():
    a, b = ReflectionAxis(((10, 10), (80, 50))), ReflectionAxis(((10, 50), (80, 10)))
    both = render_targets([a, b], SIZE)
    np.testing.assert_array_equal(both, np.maximum(render_targets([a], SIZE), render_targets([b], SIZE)))


def test_shapes_outside_leave_the_map_empty():
    assert render_targets([RotationCenter(-50, 10, 3), ReflectionAxis(((200, 0), (200, 60)))], SIZE).max() == 0


def test_an_empty_canvas_is_refused():
    with pytest.raises(InputError, match="at least 1 px"):
        render_targets([], (0, 5))
    with pytest.raises(InputError, match="at least 1 px"):
        field_targets([], (5, 0))


def test_field_targets_have_the_published_profile():
    lines, spots = field_targets([ReflectionAxis(((48.5, 0.5), (48.5, 63.5))), RotationCenter(20.5, 30.5, 4)], SIZE)
    # recipe 1.2: 5 x 5 with sigma 4 gives a band of .88 .97 1 .97 .88
    np.testing.assert_allclose(lines[32, 45:52], [0, 0.88, 0.97, 1, 0.97, 0.88, 0], atol=0.006)
    disc = spots[25:36, 15:26]
    assert int((disc >= 1.0 - 1e-6).sum()) == 37  # recipe 1.2: 37 of 121 px at 1.0, corner .30
    assert disc[0, 0] == pytest.approx(0.30, abs=0.01)
    assert spots.sum() == pytest.approx(disc.sum())


def test_field_targets_fill_ellipses_and_drop_centers_outside():
    lines, spots = field_targets([ReflectionEllipse(48, 32, 20, 12, 0), RotationCenter(-3, 4, 2)], SIZE)
    assert lines[32, 48] == 1.0
    assert spots.max() == 0
