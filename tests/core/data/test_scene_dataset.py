"""Synthetic scenes as network input."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from clipsym_core.data.scene_dataset import SceneDataset, SceneRecipe, scene_sample
from clipsym_core.data.synthesis import SceneOptions, procedural_pack

PACK = procedural_pack(1, photos=4, cutouts=6)


@given(st.integers(0, 10_000))
def test_sample_i_is_the_same_every_time(index):
    a, b = (scene_sample(PACK, SceneRecipe(side=64, seed=2), index) for _ in range(2))
    for left, right in zip(a, b, strict=True):
        np.testing.assert_array_equal(left, right)


def test_samples_are_letterboxed_and_masked():
    recipe = SceneRecipe(side=96, oblong=1.0)
    for index in range(12):
        image, targets, valid = scene_sample(PACK, recipe, index)
        assert image.shape == (96, 96, 3)
        assert targets.shape == (2, 96, 96)
        assert 0.5 < valid.mean() < 1
        assert image[valid[0] == 0].max() == 0


def test_turns_move_targets_with_pixels():
    """A scene turned by the dataset has the targets of the unturned one, turned."""
    plain = SceneRecipe(side=64, seed=1, oblong=0.0, turns=False, options=SceneOptions(empty=0, photometric=0))
    turned = SceneRecipe(side=64, seed=1, oblong=0.0, turns=True, options=SceneOptions(empty=0, photometric=0))
    seen = set()
    for index in range(24):
        image, targets, _ = scene_sample(PACK, plain, index)
        other, moved, _ = scene_sample(PACK, turned, index)
        matches = [
            (k, flip)
            for k in range(4)
            for flip in (False, True)
            if np.array_equal(np.rot90(image, k)[:, ::-1] if flip else np.rot90(image, k), other)
        ]
        assert matches
        seen.add(matches[0])
        fits = [
            np.rot90(targets, k, axes=(1, 2))[..., ::-1] if flip else np.rot90(targets, k, axes=(1, 2))
            for k, flip in matches
        ]
        assert min(float(np.abs(fit - moved).max()) for fit in fits) < 1e-4
    assert len(seen) >= 6


def test_the_dataset_continues_where_it_is_told():
    whole = SceneDataset(PACK, SceneRecipe(side=64), start=0, count=4)
    rest = SceneDataset(PACK, SceneRecipe(side=64), start=2, count=2)
    torch.testing.assert_close(whole[3][0], rest[1][0])
    assert whole[0][0].shape == (3, 64, 64)
    assert float(whole[0][0].max()) <= 1.0
    with pytest.raises(IndexError):
        rest[2]
