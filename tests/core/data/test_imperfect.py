"""Nearly symmetric things: near enough for their label, far enough from an exact copy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clipsym_core.data.synthesis import SceneOptions, make_scene, procedural_pack
from clipsym_core.data.synthesis.imperfect import LARGEST_SHIFT, _moved_about, imperfect, imperfect_picture
from clipsym_core.data.synthesis.mirrors import mirror_patch
from clipsym_core.data.synthesis.things import Thing

PACK = procedural_pack(3)
SIDE = 96
seeds = st.integers(0, 2**32 - 1)
few = settings(max_examples=20)


@few
@given(seeds)
def test_labels_and_size_stay(seed: int) -> None:
    thing = mirror_patch(PACK, np.random.default_rng(seed), SIDE)
    worn = imperfect(thing, PACK, np.random.default_rng(seed))
    assert worn.shapes == thing.shapes
    assert worn.rgba.shape == thing.rgba.shape
    assert worn.rgba.dtype == np.uint8


def test_most_things_are_no_exact_copies_any_more_and_still_alike() -> None:
    exact, likeness = 0, []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        worn = imperfect(mirror_patch(PACK, rng, SIDE), PACK, rng).rgba
        exact += bool((worn == worn[:, ::-1]).all())
        seen = (worn[..., 3] > 127) & (worn[:, ::-1, 3] > 127)
        grey = worn[..., :3].mean(axis=2)
        if grey[seen].std() > 10:
            likeness.append(np.corrcoef(grey[seen], grey[:, ::-1][seen])[0, 1])
    assert exact < 12
    assert np.median(likeness) > 0.6


@few
@given(seeds)
def test_pixels_move_by_no_more_than_a_label_tolerates(seed: int) -> None:
    ramp = np.zeros((SIDE, SIDE, 4), np.uint8)
    ramp[..., 0] = np.arange(SIDE)[None] * 2
    ramp[..., 1] = np.arange(SIDE)[:, None] * 2
    moved = _moved_about(ramp, np.random.default_rng(seed)).astype(float)
    inside = slice(12, -12)  # cubic interpolation of the grid may overshoot a little
    shift = np.abs(moved - ramp)[inside, inside, :2].max() / 2
    assert shift <= 1.6 * LARGEST_SHIFT * SIDE


def test_a_whole_picture_keeps_its_size_and_has_no_hole() -> None:
    image = np.full((60, 90, 3), 200, np.uint8)
    for seed in range(10):
        worn = imperfect_picture(image, PACK, np.random.default_rng(seed))
        assert worn.shape == image.shape
        assert (worn.sum(axis=2) > 0).mean() > 0.9


def test_scenes_have_the_share_that_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    from clipsym_core.data.synthesis import scene as module

    calls: list[Thing] = []
    monkeypatch.setattr(module, "imperfect", lambda thing, pack, rng: calls.append(thing) or thing)
    for share, least, most in ((0.0, 0, 0), (1.0, 20, 200)):
        calls.clear()
        options = SceneOptions(empty=0, whole=0, marked=0, imperfect=share)
        for seed in range(20):
            make_scene(PACK, (64, 64), np.random.default_rng(seed), options)
        assert least <= len(calls) <= most
