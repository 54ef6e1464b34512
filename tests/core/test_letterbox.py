"""The letterbox: an exact inverse, and the same under quarter turns and mirrors."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from clipsym_core.errors import InputError
from clipsym_core.imaging import Letterbox
from clipsym_core.symmetry import as_affine, mirror_left_right, quarter_turns, transform_points

side = st.integers(1, 9000)
canvas_side = st.integers(1, 1100)
size = st.tuples(side, side)
canvas = st.tuples(canvas_side, canvas_side)
square = canvas_side.map(lambda s: (s, s))
small = st.tuples(st.integers(1, 90), st.integers(1, 90))
small_square = st.integers(1, 64).map(lambda s: (s, s))


@given(size, canvas, st.lists(st.tuples(st.floats(-1, 2), st.floats(-1, 2)), min_size=1, max_size=10))
@example((768, 512), (416, 416), [(0.0, 0.0), (1.0, 1.0), (0.5, 0.5)])
def test_points_come_back_to_within_a_ten_thousandth_of_a_pixel(
    source: tuple[int, int], target: tuple[int, int], relative: list[tuple[float, float]]
) -> None:
    box = Letterbox(source, target)
    points = np.array(relative) * source
    np.testing.assert_allclose(box.to_source(box.to_target(points)), points, atol=1e-4)
    on_canvas = np.array(relative) * target
    np.testing.assert_allclose(box.to_target(box.to_source(on_canvas)), on_canvas, atol=1e-4)


@given(size, canvas)
def test_the_corners_of_the_picture_are_the_corners_of_its_place_on_the_canvas(
    source: tuple[int, int], target: tuple[int, int]
) -> None:
    box = Letterbox(source, target)
    (w, h), (x, y) = box.scaled, box.offset
    np.testing.assert_allclose(box.to_target([(0, 0), source]), [(x, y), (x + w, y + h)], atol=1e-9)


@given(size, canvas)
def test_the_picture_fits_touches_two_borders_and_lies_in_the_middle(
    source: tuple[int, int], target: tuple[int, int]
) -> None:
    box = Letterbox(source, target)
    (w, h), (x, y) = box.scaled, box.offset
    assert (w, h) <= target
    assert min(x, y) == 0
    assert min(w, h) >= 1
    assert (2 * x + w, 2 * y + h) == target  # equal padding on both sides
    scale = min(target[0] / source[0], target[1] / source[1])
    assert abs(w - max(source[0] * scale, 1)) <= 1 + 1e-9
    assert abs(h - max(source[1] * scale, 1)) <= 1 + 1e-9


@given(size, canvas, st.integers(0, 3))
def test_letterboxing_points_commutes_with_quarter_turns(
    source: tuple[int, int], target: tuple[int, int], k: int
) -> None:
    turned_source = source[:: -1 if k % 2 else 1]
    turned_target = target[:: -1 if k % 2 else 1]
    first = quarter_turns(target, k) @ Letterbox(source, target).matrix
    then = Letterbox(turned_source, turned_target).matrix @ quarter_turns(source, k)
    np.testing.assert_allclose(first, then, atol=1e-6)


@given(size, canvas)
def test_letterboxing_points_commutes_with_the_mirror(source: tuple[int, int], target: tuple[int, int]) -> None:
    matrix = Letterbox(source, target).matrix
    np.testing.assert_allclose(mirror_left_right(target) @ matrix, matrix @ mirror_left_right(source), atol=1e-6)


@given(small, small_square, st.integers(0, 3), st.booleans(), st.integers(0, 2**32 - 1))
def test_letterboxing_pixels_commutes_with_quarter_turns_and_mirrors(
    source: tuple[int, int], target: tuple[int, int], k: int, mirrored: bool, seed: int
) -> None:
    image = np.random.default_rng(seed).integers(0, 256, (source[1], source[0], 3), dtype=np.uint8)

    def moved(a: np.ndarray) -> np.ndarray:
        return np.ascontiguousarray(np.rot90(a[:, ::-1] if mirrored else a, k))

    turned = moved(image)
    first = moved(Letterbox(source, target).apply(image, fill=9))
    then = Letterbox((turned.shape[1], turned.shape[0]), target).apply(turned, fill=9)
    # Not bit for bit: OpenCV rounds sums that it adds up in another order.
    assert np.abs(first.astype(int) - then).max() <= 1


@given(small, small)
def test_the_mask_is_where_the_picture_lies(source: tuple[int, int], target: tuple[int, int]) -> None:
    box = Letterbox(source, target)
    image = np.full((source[1], source[0]), 200, np.uint8)
    np.testing.assert_array_equal(box.apply(image, fill=3) == 200, box.valid())
    assert box.crop(box.apply(image)).shape == box.scaled[::-1]


def test_pixels_land_where_points_land() -> None:
    """A bright dot is found, after letterboxing, where the map says that it goes."""
    image = np.zeros((300, 500), np.float32)
    image[120:132, 200:212] = 1
    box = Letterbox((500, 300), (128, 128))
    canvas = box.apply(image)
    y, x = np.mgrid[:128, :128] + 0.5
    found = (np.sum(x * canvas) / canvas.sum(), np.sum(y * canvas) / canvas.sum())
    np.testing.assert_allclose(found, box.to_target([(206, 126)])[0], atol=0.02)


def test_restore_brings_a_map_back_to_the_place_in_the_picture() -> None:
    box = Letterbox((501, 300), (128, 128))
    x = (np.mgrid[:128, :128][1] + 0.5).astype(np.float32)
    restored = box.restore(x)
    assert restored.shape == (300, 501)
    at = np.array([(100.5, 150.5), (400.5, 20.5)])
    expected = transform_points(at, box.matrix)[:, 0]
    np.testing.assert_allclose(restored[[150, 20], [100, 400]], expected, atol=1e-3)


def test_the_letterbox_of_a_picture_of_canvas_size_changes_nothing() -> None:
    image = np.random.default_rng(0).integers(0, 256, (17, 31, 3), dtype=np.uint8)
    box = Letterbox((31, 17), (31, 17))
    np.testing.assert_array_equal(box.apply(image), image)
    np.testing.assert_allclose(box.matrix, as_affine(np.eye(3)))


def test_sides_below_one_and_pictures_of_another_size_are_refused() -> None:
    with pytest.raises(InputError, match="at least 1 px"):
        Letterbox((0, 4), (8, 8))
    with pytest.raises(InputError, match="Expected 5 x 4 px, got 4 x 5"):
        Letterbox((5, 4), (8, 8)).apply(np.zeros((5, 4), np.uint8))
