"""However a picture is turned or mirrored, it is laid down in one way."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from clipsym_core.inference.pixels.canonical import canonical_lay
from clipsym_core.symmetry import transform_points
from tests.core.inference.known import eight_ways


@given(
    shape=st.tuples(st.integers(1, 12), st.integers(1, 12)),
    seed=st.integers(0, 2**31 - 1),
)
def test_every_way_of_a_picture_is_laid_down_as_one(shape: tuple[int, int], seed: int) -> None:
    image = np.random.default_rng(seed).integers(0, 256, (*shape, 3), np.uint8)
    laid = canonical_lay(image).apply(image)
    for turned, _ in eight_ways(image):
        lay = canonical_lay(turned)
        assert np.array_equal(lay.apply(turned), laid)
        point = np.array([[1.25, 0.5]])
        np.testing.assert_array_equal(transform_points(transform_points(point, lay.matrix), lay.inverse), point)
    # The map is that of the pixels.
    marked = np.zeros((*shape, 3), np.uint8)
    marked[0, -1] = 255
    lay = canonical_lay(image)
    (y,), (x,) = np.nonzero(lay.apply(marked)[..., 0])
    np.testing.assert_allclose(transform_points([(shape[1] - 0.5, 0.5)], lay.matrix), [(x + 0.5, y + 0.5)])
