"""Proposals without a network."""

from __future__ import annotations

import math

import numpy as np
import pytest

from clipsym_core.errors import InputError
from clipsym_core.evaluate.known_symmetry import generated_texture, turned_picture
from clipsym_core.imaging import read_image
from clipsym_core.inference.calibrating.samples import is_right
from clipsym_core.inference.features import propose
from clipsym_core.resources import resource_path
from clipsym_core.symmetry import Detection, ReflectionAxis, RotationCenter, transform_points
from tests.core.inference.known import SIZE, eight_ways, mirrored


def first_axis(detections: list[Detection]) -> ReflectionAxis:
    return next(d.shape for d in detections if isinstance(d.shape, ReflectionAxis))


def test_the_dominant_axis_is_found_first() -> None:
    right = 0
    for seed in range(10):
        image, axis = mirrored(seed)
        right += is_right(first_axis(propose(image, centers=False)), [axis])
    assert right >= 9


def test_a_center_is_found_without_a_click() -> None:
    right = 0
    for seed in range(6):
        rng = np.random.default_rng(seed)
        known = turned_picture(rng, generated_texture(rng, SIZE), generated_texture(rng, SIZE), 5, dihedral=False)
        centers = [d.shape for d in propose(known.image) if isinstance(d.shape, RotationCenter)]
        right += any(math.dist(c.point, known.center.point) < 3 and c.order == 5 for c in centers)
    assert right >= 4


def assert_same(found: list[Detection], expected: list[Detection]) -> None:
    """The same shapes in the same order, to a millionth of a pixel."""
    assert len(found) == len(expected) > 0
    for a, b in zip(found, expected, strict=True):
        assert type(a.shape) is type(b.shape)
        assert a.score == pytest.approx(b.score, abs=1e-9)
        if isinstance(a.shape, ReflectionAxis) and isinstance(b.shape, ReflectionAxis):
            np.testing.assert_allclose(a.shape.points, b.shape.points, atol=1e-6)
        elif isinstance(a.shape, RotationCenter) and isinstance(b.shape, RotationCenter):
            np.testing.assert_allclose(a.shape.point, b.shape.point, atol=1e-6)
            assert a.shape.order == b.shape.order


def test_proposals_commute_with_quarter_turns_and_mirrors() -> None:
    """All eight ways, with and without a box, axes and centers: the same but for rounding."""
    image, _ = mirrored(4)
    here = propose(image)
    box = (20.0, 30.0, 260.0, 200.0)
    inside = propose(image, box=box, centers=False)
    for turned, matrix in eight_ways(image)[1:]:
        assert_same(propose(turned), [d.transformed(matrix) for d in here])
        corners = transform_points([box[:2], box[2:]], matrix)
        there = (*corners.min(axis=0).tolist(), *corners.max(axis=0).tolist())
        assert_same(propose(turned, box=there, centers=False), [d.transformed(matrix) for d in inside])


def test_a_box_keeps_the_search_inside_it() -> None:
    image, axis = mirrored(2)
    wide = np.concatenate([generated_texture(np.random.default_rng(9), SIZE), image], axis=1)
    box = (float(SIZE[0]), 0.0, 2.0 * SIZE[0], float(SIZE[1]))
    found = first_axis(propose(wide, box=box, centers=False))
    moved = ReflectionAxis(tuple((x + SIZE[0], y) for x, y in axis.points))
    assert is_right(found, [moved])
    with pytest.raises(InputError, match="does not touch"):
        propose(wide, box=(900.0, 0.0, 950.0, 40.0))


@pytest.mark.parametrize("shape", [(1, 1), (2, 40), (9, 5), (64, 64)])
def test_tiny_and_flat_pictures_give_no_confident_proposal(shape: tuple[int, int]) -> None:
    assert all(d.score < 0.5 for d in propose(np.full((*shape, 3), 77, np.uint8)))


def test_proposals_are_the_same_every_time() -> None:
    image, _ = mirrored(6)
    assert [d.shape for d in propose(image)] == [d.shape for d in propose(image)]


@pytest.mark.parametrize("name", ["rosette.jpg", "tiles.jpg"])
def test_axes_end_where_the_picture_ends(name):
    image = read_image(resource_path("samples", name))
    h, w = image.shape[:2]
    axes = [d.shape for d in propose(image) if isinstance(d.shape, ReflectionAxis)]
    assert axes
    beyond = [p for axis in axes for p in axis.points if not (-5 <= p[0] <= w + 5 and -5 <= p[1] <= h + 5)]
    assert beyond == []
