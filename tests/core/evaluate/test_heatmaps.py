from __future__ import annotations

import numpy as np
import pytest

from clipsym_core.evaluate.heatmaps import FAMILIES, Family, make_heatmap
from clipsym_core.symmetry import axis_angle_difference


@pytest.mark.parametrize("family", FAMILIES)
def test_scenes_are_heatmaps_of_their_axes(family: Family) -> None:
    for seed in range(4):
        scene = make_heatmap(family, np.random.default_rng(seed), size=300)
        assert scene.heatmap.shape == (300, 300)
        assert scene.heatmap.dtype == np.float32
        assert 0.0 <= scene.heatmap.min() <= scene.heatmap.max() <= 1.0
        ends = np.array([axis.points for axis in scene.axes]).reshape(-1, 2)
        assert (ends > 0).all()
        assert (ends < 300).all()
        for axis in scene.axes:
            t = np.linspace(0.1, 0.9, 40)[:, None]
            points = np.array(axis.start) + t * np.subtract(axis.end, axis.start)
            columns, rows = np.floor(points).astype(int).T
            assert np.median(scene.heatmap[rows, columns]) > np.median(scene.heatmap) + 0.15


def test_the_same_seed_gives_the_same_scene() -> None:
    first, second = (make_heatmap("star", np.random.default_rng(9)) for _ in range(2))
    assert np.array_equal(first.heatmap, second.heatmap)
    assert first.axes == second.axes


def test_families_are_what_they_are_called() -> None:
    rng = np.random.default_rng(2)
    star = make_heatmap("star", rng).axes
    assert len({(round(a.midpoint[0], 6), round(a.midpoint[1], 6)) for a in star}) == 1
    for family in ("parallel", "collinear"):
        axes = make_heatmap(family, rng).axes
        assert len(axes) >= 2
        assert all(axis_angle_difference(a.angle, axes[0].angle) < 1e-6 for a in axes)
