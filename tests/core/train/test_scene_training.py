from __future__ import annotations

import copy
import functools
import itertools
import json
import math
from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from clipsym_core.data.scene_dataset import SceneDataset, SceneRecipe, scene_sample
from clipsym_core.data.synthesis import SceneOptions, procedural_pack
from clipsym_core.errors import CheckpointError
from clipsym_core.evaluate.scenes import held_out_scores
from clipsym_core.model.checkpoint import load_checkpoint
from clipsym_core.model.clipsym import CLIPSym
from clipsym_core.model.config import preset
from clipsym_core.train.ema import ExponentialAverage
from clipsym_core.train.run_state import seed_everything
from clipsym_core.train.scene_training import SceneTrainer, Stage, TrainingOptions, parameter_groups
from clipsym_core.train.schedule import cosine_with_warmup

PACK = procedural_pack(1, photos=4, cutouts=6)
RECIPE = SceneRecipe(seed=5)
OPTIONS = TrainingOptions(
    steps=4, stages=(Stage(0.5, 64, 2), Stage(0.5, 96, 1)), workers=0, save_every=2, validate_every=100, log_every=1
)


@functools.cache
def _built() -> CLIPSym:
    seed_everything(3)
    config = preset("clipsym-lite").replaced(
        encoder={"taps": (16, 32), "weights": None},
        prompts={"count": 2, "words": 1},
        decoder={"width": 16, "heads": 2, "feedforward": 16},
        upsampler={"fields": (2, 2, 2)},
        text={"training": "embeddings"},
        preprocessing={"size": (64, 64)},
    )
    model = CLIPSym.from_config(config)
    model.set_text_embeddings(torch.randn(2, 384), ("sign", "door"))
    return model


def small_model() -> CLIPSym:
    """The same start every time."""
    seed_everything(3)
    return copy.deepcopy(_built())


def trainer(folder, **changes) -> SceneTrainer:
    return SceneTrainer(small_model(), PACK, folder, OPTIONS, recipe=RECIPE, **changes)


def weights_of(model: CLIPSym) -> torch.Tensor:
    return torch.cat([p.detach().flatten() for p in model.state_dict().values() if p.is_floating_point()])


def test_a_resumed_run_equals_an_unbroken_one(tmp_path):
    whole = trainer(tmp_path / "whole")
    whole.run()
    first = trainer(tmp_path / "broken")
    first.run(stop_after=3)  # across the change of the canvas size
    second = trainer(tmp_path / "broken")
    assert (second.step, second.scenes) == (3, 5)
    second.run()
    assert second.progress == 1.0
    torch.testing.assert_close(weights_of(second.model), weights_of(whole.model), rtol=0, atol=0)
    torch.testing.assert_close(weights_of(second.average.model), weights_of(whole.average.model), rtol=0, atol=0)


def test_scene_makers_beside_the_trainer_change_nothing(tmp_path):
    """Also across a change of stage, after OpenCV has run threads of its own."""
    cv2.setNumThreads(4)
    cv2.resize(np.zeros((2000, 2000, 3), np.uint8), (1500, 1500))
    alone = trainer(tmp_path / "alone")
    alone.run()
    cv2.setNumThreads(4)
    cv2.resize(np.zeros((2000, 2000, 3), np.uint8), (1500, 1500))
    helped = SceneTrainer(small_model(), PACK, tmp_path / "helped", replace(OPTIONS, workers=1), recipe=RECIPE)
    helped.run()
    torch.testing.assert_close(weights_of(helped.model), weights_of(alone.model), rtol=0, atol=0)


def test_a_scene_maker_that_never_answers_is_replaced(tmp_path, monkeypatch):
    whole = trainer(tmp_path / "whole")
    whole.run()
    run = trainer(tmp_path / "hung")
    make, calls = run._batches, []

    def hung_at_first(stage):
        calls.append(stage)

        def silent():
            raise RuntimeError("DataLoader timed out after 120 seconds")
            yield

        return silent() if len(calls) == 1 else make(stage)

    monkeypatch.setattr(run, "_batches", hung_at_first)
    run.run()
    torch.testing.assert_close(weights_of(run.model), weights_of(whole.model), rtol=0, atol=0)
    assert "scene makers restarted" in (tmp_path / "hung" / "log.jsonl").read_text()


def test_training_changes_the_weights_and_leaves_a_checkpoint(tmp_path):
    run = trainer(tmp_path, provenance={"data": "a test"})
    before = weights_of(run.model).clone()
    averaged = run.run()
    assert not torch.equal(before, weights_of(run.model))
    loaded = load_checkpoint(tmp_path / "model.safetensors")
    assert loaded.metadata.provenance["data"] == "a test"
    assert loaded.metadata.provenance["scenes"] == 6
    images = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        torch.testing.assert_close(
            loaded.model(images), averaged.eval()(images), rtol=0.05, atol=0.05
        )  # half precision
    entries = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert [e["step"] for e in entries if "loss" in e] == [1, 2, 3, 4]
    assert all(math.isfinite(e["loss"]) for e in entries if "loss" in e)
    assert entries[-1]["event"] == "ended"


def test_validation_is_logged_and_kept(tmp_path):
    options = TrainingOptions(steps=2, stages=(Stage(1.0, 64, 1),), workers=0, validate_every=2, log_every=5)
    seen = []

    def validate(model, step):
        seen.append(step)
        return held_out_scores(model, PACK, scenes=2, side=64, batch=2)

    run = SceneTrainer(small_model(), PACK, tmp_path, options, recipe=RECIPE, validate=validate)
    run.run()
    assert seen == [2]
    assert set(run.metrics) == {"reflection_f1", "rotation_f1", "reflection_threshold", "rotation_threshold"}
    assert load_checkpoint(tmp_path / "model.safetensors").metadata.metrics == run.metrics


def test_a_state_of_another_model_is_refused(tmp_path):
    trainer(tmp_path).run(stop_after=1)
    model = CLIPSym.from_config(small_model().config.replaced(decoder={"width": 8}))
    with pytest.raises(CheckpointError, match="Cannot resume"):
        SceneTrainer(model, PACK, tmp_path, OPTIONS)
    (tmp_path / "state.pt").write_bytes(b"broken")
    with pytest.raises(CheckpointError, match="Cannot resume"):
        trainer(tmp_path)


def test_batch_norm_statistics_stay_frozen(tmp_path):
    run = trainer(tmp_path)
    before = {n: b.clone() for n, b in run.model.encoder.named_buffers() if n.endswith(("running_mean", "running_var"))}
    run.run(stop_after=1)
    assert before
    after = dict(run.model.encoder.named_buffers())
    assert all(torch.equal(value, after[name]) for name, value in before.items())


def test_the_tower_has_its_own_rate_and_vectors_no_decay():
    model = small_model()
    groups = parameter_groups(model, OPTIONS)
    assert sum(len(g["params"]) for g in groups) == sum(1 for p in model.parameters() if p.requires_grad)
    tower = {id(p) for p in model.encoder.parameters()}
    for group in groups:
        rate = OPTIONS.tower_rate if id(group["params"][0]) in tower else OPTIONS.rate
        assert group["peak"] == rate
        assert all((id(p) in tower) == (rate == OPTIONS.tower_rate) for p in group["params"])
        if group["weight_decay"]:
            assert all(p.ndim > 1 for p in group["params"])


def test_the_schedule_warms_up_and_comes_down():
    values = [cosine_with_warmup(x, warmup=0.1, floor=0.01) for x in np.linspace(0, 1, 101)]
    assert values[0] < 0.01
    assert max(values) == pytest.approx(1.0)
    assert int(np.argmax(values)) == 10
    assert values[-1] == pytest.approx(0.01)
    assert all(a > b for a, b in itertools.pairwise(values[10:]))
    assert cosine_with_warmup(3.0) == pytest.approx(0.01)


def test_the_average_follows_the_weights():
    model = torch.nn.Linear(1, 1, bias=False)
    torch.nn.init.zeros_(model.weight)
    average = ExponentialAverage(model, decay=0.5)
    torch.nn.init.ones_(model.weight)
    average.update(model)
    assert average.model.weight.item() == pytest.approx(0.9)  # the first step keeps 1 / 10
    for _ in range(40):
        average.update(model)
    assert average.model.weight.item() == pytest.approx(1.0, abs=1e-6)
    assert model.weight.item() == 1.0


# -- the samples ------------------------------------------------------------------------------------------------------


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
