"""One step: the loss that the run file names, shared over parts and processes; rates; what is frozen."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from clipsym_core.data.training_dataset import Batch
from clipsym_core.errors import ConfigError, TrainingError
from clipsym_core.train.ema import ExponentialAverage
from clipsym_core.train.learner import Learner, batch_loss, make_accelerator
from clipsym_core.train.losses import dice_loss, focal_loss, masked_focal_loss
from clipsym_core.train.memory import describe_memory_error, is_memory_error
from clipsym_core.train.options import LossOptions, ScheduleOptions
from clipsym_core.train.parameters import parameter_groups
from clipsym_core.train.run_file import resolve
from clipsym_core.train.schedule import rate_factor
from tests.core.train.tiny import SIDE, tiny_model, weights_of

CPU = torch.device("cpu")


def batch(count=4, seed=0):
    rng = torch.Generator().manual_seed(seed)
    images = torch.rand(count, 3, SIDE, SIDE, generator=rng)
    targets = (torch.rand(count, 2, SIDE, SIDE, generator=rng) > 0.95).float()
    valid = torch.ones(count, 1, SIDE, SIDE)
    valid[0, :, :20] = 0
    return Batch(images, targets, valid, tuple(f"picture {i}" for i in range(count)))


def split(whole, sizes):
    parts, at = [], 0
    for size in sizes:
        parts.append(Batch(*(x[at : at + size] for x in whole)))
        at += size
    return parts


def learner(**values):
    run = resolve({"epochs": 1, "optimizer": {"rate": 1e-2, "tower_rate": 1e-3}, "device": "cpu", **values})
    return Learner(tiny_model(), run, make_accelerator(CPU, "fp32"))


def test_one_batch_is_learned_by_heart():
    own = learner(freeze=[], average=None)
    images, targets, valid, names, _ = batch(2)
    targets = torch.zeros_like(targets)
    targets[:, 0, :, 30:34] = 1.0
    targets[:, 1, 28:36, 28:36] = 1.0
    losses = [own.step([Batch(images, targets, valid, names)], 1.0).loss for _ in range(40)]
    assert losses[-1] < 0.2 * losses[0]


@settings(deadline=None, max_examples=8)
@given(st.sampled_from([(4,), (2, 2), (1, 3), (1, 1, 1, 1)]), st.booleans(), st.floats(0, 1))
def test_a_batch_in_parts_is_the_same_batch(sizes, padding, dice):
    """Also where the parts are of different sizes, and padding lies in one of them only."""
    loss = {"ignore_padding": padding, "dice": dice}
    whole, parted = (learner(loss=loss, batch=4, accumulate=n) for n in (1, len(sizes)))
    first, second = whole.step([batch()], 1.0), parted.step(split(batch(), sizes), 1.0)
    assert first.loss == pytest.approx(second.loss, rel=1e-5)
    torch.testing.assert_close(weights_of(whole.model), weights_of(parted.model), rtol=0, atol=2e-3)


def test_a_loss_that_is_not_finite_names_its_pictures_and_changes_nothing():
    own = learner()
    before = weights_of(own.model).clone()
    images, targets, valid, names, _ = batch()
    targets[2, 0, 5, 5] = math.nan
    with pytest.raises(TrainingError, match=r"The loss is nan in the batch of picture 0, .*picture 3\.") as caught:
        own.step([Batch(images, targets, valid, names)], 1.0)
    assert "optimizer.rate" in caught.value.remedy
    assert torch.equal(before, weights_of(own.model))
    own.step([batch()], 1.0)  # gradients of the bad batch are gone
    assert weights_of(own.model).isfinite().all()


def test_the_loss_is_the_papers_where_nothing_else_is_asked_for():
    logits, (_, targets, valid, *_) = torch.randn(4, 2, SIDE, SIDE), batch()
    outputs = ("reflection", "rotation")
    options = LossOptions(ignore_padding=False)
    loss = batch_loss(logits, targets, valid, outputs, outputs, options, pixels=4 * SIDE**2, pictures=4)
    torch.testing.assert_close(loss, focal_loss(logits, targets).mean(dim=(0, 2, 3)).sum())
    one = batch_loss(logits, targets, valid, outputs, ("rotation",), options, pixels=4 * SIDE**2, pictures=4)
    torch.testing.assert_close(one, focal_loss(logits[:, 1], targets[:, 1]).mean())
    masked = batch_loss(logits, targets, valid, outputs, outputs, LossOptions(), pixels=float(valid.sum()), pictures=4)
    torch.testing.assert_close(masked, masked_focal_loss(logits, targets, valid))


def test_switches_of_the_loss():
    logits, target = torch.zeros(1, 1, 8, 8), torch.full((1, 1, 8, 8), 0.4)
    valid, name = torch.ones(1, 1, 8, 8), ("reflection",)

    def loss(**options):
        return float(batch_loss(
            logits, target.expand(-1, 2, -1, -1), valid, name, name, LossOptions(**options), pixels=64, pictures=1
        ))  # fmt: skip

    assert loss(hard=0.5) == pytest.approx(float(focal_loss(logits, torch.zeros_like(logits)).mean()))
    assert loss(hard=0.3) == pytest.approx(float(focal_loss(logits, torch.ones_like(logits)).mean()))
    assert loss(reflection=3.0) == pytest.approx(3 * loss())
    assert loss(dice=2.0) == pytest.approx(loss() + 2 * float(dice_loss(logits, target, valid)), rel=1e-5)


def test_dice_is_0_where_all_is_right_and_near_1_where_nothing_is():
    target = torch.zeros(1, 1, 10, 10)
    target[..., :5] = 1
    right = torch.where(target > 0, 40.0, -40.0)
    assert float(dice_loss(right, target)) == pytest.approx(0, abs=1e-6)
    assert float(dice_loss(-right, target)) > 0.98
    assert float(dice_loss(torch.full_like(target, -40.0), torch.zeros_like(target))) == pytest.approx(0, abs=1e-6)


def test_the_tower_has_its_own_rate_and_vectors_do_not_decay():
    model, run = tiny_model(), resolve({"epochs": 1})
    groups = parameter_groups(model, run.optimizer)
    assert sum(len(g["params"]) for g in groups) == sum(1 for p in model.parameters() if p.requires_grad)
    tower = {id(p) for p in model.encoder.parameters()}
    assert groups[0]["peak"] == run.optimizer.rate
    for group in groups:
        rate = run.optimizer.tower_rate if id(group["params"][0]) in tower else run.optimizer.rate
        assert group["peak"] == rate
        assert all((id(p) in tower) == (rate == run.optimizer.tower_rate) for p in group["params"])
        if group["weight_decay"]:
            assert all(p.ndim > 1 for p in group["params"])


def test_earlier_blocks_learn_slower():
    options = resolve({"epochs": 1, "optimizer": {"tower_rate": 1.0, "layer_decay": 0.5}}).optimizer
    model = tiny_model()
    rates = {id(p): g["peak"] for g in parameter_groups(model, options) for p in g["params"]}
    named = {n: rates[id(p)] for n, p in model.named_parameters()}
    blocks = sorted({int(n.split("blocks.")[1].split(".")[0]) for n in named if "blocks." in n})
    of_block = [next(v for n, v in named.items() if f"blocks.{b}." in n) for b in blocks]
    assert of_block[-1] == 1.0
    assert of_block == sorted(of_block)
    assert named["encoder.tower.conv_stem.weight"] == pytest.approx(0.5 ** (len(blocks)))


@pytest.mark.parametrize("part", ["encoder", "text"])
def test_what_is_frozen_stays(part):
    own = learner(freeze=[part])
    before = {n: p.detach().clone() for n, p in own.model.state_dict().items()}
    own.step([batch()], 1.0)
    after = own.model.state_dict()
    same = {n.split(".")[0] for n in before if torch.equal(before[n], after[n])}
    changed = {n.split(".")[0] for n in before if not torch.equal(before[n], after[n])}
    assert part not in changed
    assert changed
    assert part in same


def test_batch_norm_statistics_stay_where_norms_are_frozen():
    for freeze, expected in ((["norms"], True), ([], False)):
        own = learner(freeze=freeze)
        before = {n: b.clone() for n, b in own.model.encoder.named_buffers() if n.endswith("running_mean")}
        own.step([batch()], 1.0)
        after = dict(own.model.encoder.named_buffers())
        assert all(torch.equal(value, after[name]) for name, value in before.items()) == expected


def test_an_output_that_the_model_has_not():
    model = tiny_model()
    model.config = model.config.replaced(outputs=("reflection",))
    run = resolve({"epochs": 1, "outputs": ["rotation"]})
    with pytest.raises(ConfigError, match="no output 'rotation'"):
        Learner(model, run, make_accelerator(CPU, "fp32"))


@given(st.floats(0, 1), st.sampled_from(["cosine", "exponential", "constant"]), st.floats(0, 0.5))
def test_schedules_rise_and_come_down(progress, kind, warmup):
    options = ScheduleOptions(kind=kind, warmup=warmup, floor=0.05)
    factor = rate_factor(progress, options)
    assert 0 < factor <= 1
    if progress < warmup:
        assert factor == pytest.approx(max(progress / warmup, 1e-3))
    elif kind != "constant":
        assert factor >= 0.05 - 1e-9
        assert rate_factor(min(1.0, progress + 0.1), options) <= factor
    assert rate_factor(1.0, options) == pytest.approx(1.0 if kind == "constant" else 0.05)


def test_the_authors_schedule():
    options = resolve({"preset": "authors"}).schedule
    assert [rate_factor(e / 100, options) for e in (0, 50, 100)] == pytest.approx([1, 0.1**0.5, 0.1])


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


def test_memory_errors_are_known_and_advise():
    run = resolve({"epochs": 1, "batch": 16})
    for error in (
        MemoryError(), torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"),
    ):  # fmt: skip
        assert is_memory_error(error)
        told = describe_memory_error(error, run, (416, 416), 16, "fp32")
        assert "batch of 16 pictures of 416 x 416" in told.what
        assert "Set accumulate to 2" in told.remedy
    assert not is_memory_error(RuntimeError("shapes differ"))
