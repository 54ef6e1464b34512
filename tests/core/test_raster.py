"""Shapes as maps: what heatmap and scored shapes say together."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipsym_core.raster import fused_map
from clipsym_core.symmetry import Detection, ReflectionAxis, ReflectionEllipse, RotationCenter

SIZE = (240, 160)


def axis(score: float, x: float = 120.0) -> Detection:
    return Detection(ReflectionAxis(((x, 20.0), (x, 140.0))), score, "test")


@given(score=st.floats(0.05, 1.0), x=st.floats(40.0, 200.0))
def test_a_line_is_a_ridge_as_high_as_its_score(score: float, x: float) -> None:
    drawn = fused_map(None, [axis(score, x)], SIZE, "reflection")
    assert drawn.shape == (160, 240)
    ridge = drawn[40:120].max(axis=1)
    np.testing.assert_allclose(ridge, score, rtol=0.12)
    assert (np.abs(drawn[40:120].argmax(axis=1) + 0.5 - x) <= 1.0).all()
    assert drawn[:, : int(x) - 12].max(initial=0) < 0.01 * score


def test_a_center_is_a_peak_in_its_own_map_and_an_ellipse_stays_flat() -> None:
    found = [
        Detection(RotationCenter(60.5, 80.5, 4), 0.8, "test"),
        Detection(ReflectionEllipse(170, 80, 30, 20, 0), 0.6, "test"),
    ]
    centers, lines = (fused_map(None, found, SIZE, kind) for kind in ("rotation", "reflection"))
    assert centers[80, 60] == pytest.approx(0.8, rel=0.05)
    assert centers[80, 170] == 0
    assert lines[80, 170] == pytest.approx(0.6)
    assert lines[80, 60] == 0


@given(seed=st.integers(0, 2**31), scores=st.lists(st.floats(0.0, 1.0), max_size=4))
def test_the_map_is_the_mean_of_both_and_mirrors_with_them(seed: int, scores: list[float]) -> None:
    heat = np.random.default_rng(seed).random((160, 240)).astype(np.float32)
    found = [axis(score, 30.5 + 40 * i) for i, score in enumerate(scores)]
    both = fused_map(heat, found, SIZE, "reflection")
    assert 0 <= both.min() <= both.max() <= 1
    np.testing.assert_allclose(both, (heat + fused_map(None, found, SIZE, "reflection")) / 2, atol=1e-6)
    across = [axis(d.score, 240 - d.shape.midpoint[0]) for d in found if isinstance(d.shape, ReflectionAxis)]
    mirrored = fused_map(np.ascontiguousarray(heat[:, ::-1]), across, SIZE, "reflection")
    np.testing.assert_allclose(mirrored[:, ::-1], both, atol=1e-5)


def test_heat_alone_counts_half_and_nothing_is_nothing() -> None:
    heat = np.full((160, 240), 0.5, np.float32)
    np.testing.assert_allclose(fused_map(heat, [], SIZE, "reflection"), 0.25)
    assert fused_map(None, [], SIZE, "rotation").max() == 0
