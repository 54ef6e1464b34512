"""The loop: the same numbers however it is cut up, early stop, rehearsal, what is told and kept."""

from __future__ import annotations

import math
from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch

from clipsym_core.data.convert import read_dataset
from clipsym_core.data.scene_dataset import SceneRecipe
from clipsym_core.errors import CheckpointError, InputError, TrainingError
from clipsym_core.evaluate.scenes import held_out_scores
from clipsym_core.model.checkpoint import load_checkpoint
from clipsym_core.train.events import Scores
from clipsym_core.train.guard import forgotten
from clipsym_core.train.learner import make_accelerator
from clipsym_core.train.run_file import resolve
from clipsym_core.train.sources import build_data, scene_pack
from clipsym_core.train.validation import measure
from tests.core.train.tiny import losses, run_file, scenes, tiny_model, trainer, values, weights_of

STAGES = [{"share": 0.5, "side": 64, "batch": 2}, {"share": 0.5, "side": 96, "batch": 1}]


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return scenes(tmp_path_factory.mktemp("data") / "set", 10)


def scene_run(folder, **changes):
    own = values(folder, {"scenes": 6}, epochs=None, steps=4, stages=STAGES, batch=2, **changes)
    own["validation"] = {"every": 100, "pictures": 2}
    return resolve(own)


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_a_resumed_run_equals_an_unbroken_one(tmp_path, data, precision):
    earlier = {"share": 0.3, "data": [{"path": str(scenes(tmp_path / "earlier", 3, seed=9))}]}
    same = {"log_every": 2, "rehearsal": earlier, "precision": precision}
    whole, told = trainer(run_file(tmp_path / "whole", data, **same))
    whole.fit()
    broken = run_file(tmp_path / "broken", data, **same)
    first, _ = trainer(broken)
    first.fit(stop_after=7)  # in the middle of an epoch, and of a pair of logged steps
    second, _ = trainer(broken, resume=True)
    assert second.position.step == 7
    second.fit()
    assert second.position.step == whole.position.step
    torch.testing.assert_close(weights_of(second.learner.model), weights_of(whole.learner.model), rtol=0, atol=1e-6)
    torch.testing.assert_close(
        weights_of(second.learner.best_model), weights_of(whole.learner.best_model), rtol=0, atol=1e-6
    )
    assert len(losses(told)) == math.ceil(whole.position.step / 2)


@pytest.mark.parametrize(("able", "chosen"), [(True, "bf16"), (False, "fp32")])
def test_a_cpu_trains_in_what_it_computes_in(tmp_path, monkeypatch, able, chosen):
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: able, raising=False)
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: False, raising=False)
    assert trainer(scene_run(tmp_path / "auto", precision="auto"))[0].precision == chosen
    assert trainer(scene_run(tmp_path / "fixed", precision="fp32"))[0].precision == "fp32"


def test_stages_change_the_canvas_and_resume_across_it(tmp_path):
    whole, _ = trainer(scene_run(tmp_path / "whole"))
    ended = whole.fit()
    assert (ended.reason, ended.step, whole.position.samples) == ("finished", 4, 6)
    first, _ = trainer(scene_run(tmp_path / "broken"))
    first.fit(stop_after=3)
    second, _ = trainer(scene_run(tmp_path / "broken"), resume=True)
    assert (second.position.step, second.position.samples) == (3, 5)
    second.fit()
    torch.testing.assert_close(weights_of(second.learner.model), weights_of(whole.learner.model), rtol=0, atol=0)


def test_workers_change_nothing(tmp_path):
    """Also across a change of stage, after OpenCV has run threads of its own."""
    alone, _ = trainer(scene_run(tmp_path / "alone"))
    alone.fit()
    cv2.setNumThreads(4)
    cv2.resize(np.zeros((2000, 2000, 3), np.uint8), (1500, 1500))
    helped, _ = trainer(scene_run(tmp_path / "helped", workers=1))
    helped.fit()
    torch.testing.assert_close(weights_of(helped.learner.model), weights_of(alone.learner.model), rtol=0, atol=0)


def test_a_worker_that_never_answers_is_replaced(tmp_path, monkeypatch):
    whole, _ = trainer(scene_run(tmp_path / "whole"))
    whole.fit()
    run, told = trainer(scene_run(tmp_path / "hung"))
    make, calls = run._batches, []

    def hung_at_first(stage):
        calls.append(stage)

        def silent():
            raise RuntimeError("DataLoader timed out after 120 seconds")
            yield

        return silent() if len(calls) == 1 else make(stage)

    monkeypatch.setattr(run, "_batches", hung_at_first)
    run.fit()
    torch.testing.assert_close(weights_of(run.learner.model), weights_of(whole.learner.model), rtol=0, atol=0)
    assert [e.what for e in told if e.event == "warning"] == ["The processes that prepare pictures were started again."]


def test_minutes_end_a_run(tmp_path):
    run, told = trainer(scene_run(tmp_path).model_copy(update={"steps": None, "minutes": 1e-3}))
    ended = run.fit()
    assert ended.reason == "finished"
    assert run.position.seconds >= 0.06
    assert told[0].total_steps is None


def test_what_a_run_tells_and_leaves(tmp_path, data):
    run, told = trainer(run_file(tmp_path, data, previews=2), trained=True)
    ended = run.fit()
    kinds = [e.event for e in told]
    assert (kinds[0], kinds[-1], told[-1]) == ("started", "ended", ended)
    started = told[0]
    assert (started.train, started.val, started.total_steps, started.steps_per_epoch) == (8, 2, 8, 4)
    assert [e.step for e in told if e.event == "step"] == list(range(1, 9))
    measured = [e for e in told if e.event == "validation"]
    assert [e.step for e in measured] == [0, 4, 8]
    assert ended.before.f1 == measured[0].f1
    assert ended.after.f1 == max(e.f1 for e in measured)
    assert all((tmp_path / e.path).is_file() for e in told if e.event in ("preview", "checkpoint"))
    assert len([e for e in told if e.event == "preview"]) == 2 * 3
    best = load_checkpoint(tmp_path / ended.best)
    assert best.metadata.metrics["f1"] == ended.after.f1
    assert best.metadata.provenance["preset"] == "fine-tune"
    again = measure(best.model, [run.data.val], run.canvas, run.accelerator, batch=2)
    assert again.f1 == pytest.approx(ended.after.f1, abs=1e-6)


def test_it_stops_where_validation_gets_no_better(tmp_path, data):
    hopeless = {"rate": 1e-9, "tower_rate": 1e-9}
    run, _ = trainer(run_file(tmp_path, data, epochs=50, validation={"every": 0.25, "patience": 2}, optimizer=hopeless))
    ended = run.fit()
    assert ended.reason == "early_stop"
    assert ended.step == 3  # measured after each; the first stays the best
    assert ended.best is not None


def test_a_wish_to_stop_keeps_everything(tmp_path, data):
    wishes = iter([None, None, "stopped"])
    run, _ = trainer(run_file(tmp_path, data), stop_wanted=lambda: next(wishes))
    ended = run.fit()
    assert (ended.reason, ended.step) == ("stopped", 3)
    assert (tmp_path / ended.best).is_file()
    second, _ = trainer(run_file(tmp_path, data), resume=True)
    assert second.fit().reason == "finished"


def test_pictures_that_come_later_wait_for_the_next_run(tmp_path, data):
    own = scenes(tmp_path / "set", 6)
    first, _ = trainer(run_file(tmp_path / "run", own))
    first.fit(stop_after=1)
    more = scenes(tmp_path / "more", 8)
    for file in more.iterdir():
        (own / file.name).write_bytes(file.read_bytes())
    second, _ = trainer(run_file(tmp_path / "run", own), resume=True)
    assert second.data.train_paths == first.data.train_paths
    assert second.data.val_paths == first.data.val_paths
    (own / f"{first.data.train_paths[0]}.sym.json").unlink()
    with pytest.raises(InputError, match="1 pictures of the interrupted run are gone"):
        trainer(run_file(tmp_path / "run", own), resume=True)


def test_a_state_of_another_model_is_refused(tmp_path, data):
    run, _ = trainer(run_file(tmp_path, data))
    run.fit(stop_after=1)
    state = torch.load(tmp_path / "last.pt", weights_only=True)
    state["model"].popitem()
    torch.save(state, tmp_path / "last.pt")
    with pytest.raises(CheckpointError, match="Cannot resume"):
        trainer(run_file(tmp_path, data), resume=True)
    (tmp_path / "last.pt").write_bytes(b"broken")
    with pytest.raises(CheckpointError, match="Cannot resume"):
        trainer(run_file(tmp_path, data), resume=True)


def test_memory_that_does_not_suffice_becomes_advice(tmp_path, data, monkeypatch):
    run, _ = trainer(run_file(tmp_path, data))

    def too_much(parts, factor):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20 GiB.")

    monkeypatch.setattr(run.learner, "step", too_much)
    with pytest.raises(TrainingError, match="does not suffice for a batch of 2 pictures of 64 x 64 px"):
        run.fit()


def test_the_guard_speaks_when_the_new_model_has_forgotten():
    before = Scores(f1=0.6, rehearsal_f1=0.5)
    told = forgotten(before, Scores(f1=0.7, rehearsal_f1=0.4))
    assert told is not None
    assert "0.500 before, 0.400 after" in told.why
    assert forgotten(before, Scores(f1=0.7, rehearsal_f1=0.49)) is None  # noise of few pictures
    assert forgotten(before, Scores(f1=0.7)) is None


def test_a_run_that_makes_nothing_better_ends_with_its_start(tmp_path, data, monkeypatch):
    run, told = trainer(run_file(tmp_path, data), trained=True)
    measured = iter([0.5, 0.4, 0.5])
    monkeypatch.setattr(run, "_measure", lambda _model: Scores(f1=next(measured)))
    first = {name: x.clone() for name, x in run.learner.model.state_dict().items()}
    ended = run.fit()
    assert ended.unchanged
    assert ended.after == ended.before
    few, warning = [e for e in told if e.event == "warning"]
    assert "2 of 10 pictures, which says little" in few.what
    assert "no better" in warning.what
    assert "0.500 before, 0.500 after the last step" in warning.why
    kept = load_checkpoint(tmp_path / ended.best).model.state_dict()
    assert all(torch.equal(kept[name], x) for name, x in first.items())


def test_rehearsal_mixes_in_old_things_and_is_measured(tmp_path, data):
    earlier = scenes(tmp_path / "earlier", 5, seed=9)
    own = run_file(tmp_path / "run", data, rehearsal={"share": 0.5, "pictures": 2}, previews=0)
    run, told = trainer(own, trained=True)
    assert [type(s).__name__ for s in run.data.train] == ["PictureSource", "SceneSource", "PictureSource"]
    assert run.sequence.rehearsal == run.sequence.main == 8
    run.fit(stop_after=1)
    assert all(e.rehearsal_f1 is not None for e in told if e.event == "validation")
    named = run_file(tmp_path / "other", data, rehearsal={"share": 0.2, "data": [{"path": str(earlier)}]})
    built = build_data(named, tiny_model().config.preprocessing)
    assert [len(s) for s in built.train] == [8, 4]
    assert [len(s) for s in built.rehearsal_val] == [1]


def test_held_out_scenes_are_those_that_the_lite_model_is_measured_on(tmp_path):
    own = resolve({"data": {"scenes": 5}, "validation": {"pictures": 4}, "folder": str(tmp_path), "epochs": 1})
    model = tiny_model().eval()
    built = build_data(own, model.config.preprocessing)
    scores = measure(model, [built.val], (64, 64), make_accelerator(torch.device("cpu"), "fp32"), batch=3)
    expected = held_out_scores(model, scene_pack(own.data, "val"), scenes=4, side=64)
    assert scores.reflection_f1 == pytest.approx(expected["reflection_f1"], abs=1e-4)
    assert scores.rotation_f1 == pytest.approx(expected["rotation_f1"], abs=1e-4)


def test_a_recipe_of_scenes_can_be_given(tmp_path):
    run, _ = trainer(scene_run(tmp_path), recipe=SceneRecipe(seed=77))
    assert run.data.train[0].recipe.seed == 77


# -- data -------------------------------------------------------------------------------------------------------------


def test_only_verified_pictures_count(tmp_path, data):
    records = list(read_dataset(data))
    unverified = replace(records[0], state="none")
    from clipsym_core.data.convert import export

    export([unverified], tmp_path / "unverified", "native")
    with pytest.raises(InputError, match="no verified picture") as caught:
        build_data(run_file(tmp_path, tmp_path / "unverified"), tiny_model().config.preprocessing)
    assert "1 pictures in other states" in caught.value.why
    own = run_file(tmp_path, {"path": str(tmp_path / "unverified"), "states": ["none"]})
    built = build_data(own, tiny_model().config.preprocessing)
    assert len(built.train[0]) == len(built.val) == 1
    assert "no validation pictures" in built.warnings[0].what


def test_scenes_need_a_square_canvas(tmp_path, data):
    with pytest.raises(InputError, match="the canvas is 96 x 64"):
        build_data(
            run_file(tmp_path, data, canvas=[96, 64], rehearsal={"share": 0.3}), tiny_model().config.preprocessing
        )
    with pytest.raises(InputError, match="the canvas is 96 x 64"):
        build_data(run_file(tmp_path, {"scenes": 4}, canvas=[96, 64]), tiny_model().config.preprocessing)


def test_a_run_without_data(tmp_path):
    with pytest.raises(InputError, match="names no data"):
        build_data(resolve({"epochs": 1}), tiny_model().config.preprocessing)


def test_shards_train_like_the_pictures_that_they_hold(tmp_path, data):
    from clipsym_core.data.convert import convert

    convert(data, tmp_path / "shards", source_format=None, target_format="shards")
    plain, _ = trainer(run_file(tmp_path / "plain", data, augment={"mirror": 1.0}))
    sharded, _ = trainer(run_file(tmp_path / "sharded", tmp_path / "shards", augment={"mirror": 1.0}))
    assert sharded.data.train_paths == plain.data.train_paths
    for index in range(len(plain.data.train[0])):
        left, right = (t.data.train[0].sample(0, index, (64, 64)) for t in (plain, sharded))
        torch.testing.assert_close(left.image, right.image, rtol=0, atol=0)
        torch.testing.assert_close(left.targets, right.targets)
    assert sharded.fit(stop_after=1).step == 1


def test_the_authors_settings_train(tmp_path, data):
    """Targets of the field, no average, dropped rest of an epoch, a rate that changes from epoch to epoch."""
    own = run_file(
        tmp_path, data, preset="authors", batch=3, epochs=2, seed=0, log_every=1,
        optimizer={"rate": 1e-3, "tower_rate": None},
    )  # fmt: skip
    run, told = trainer(own)
    ended = run.fit()
    assert (ended.reason, ended.step) == ("finished", 4)  # 8 pictures: 2 batches of 3 in an epoch
    assert [e.rate for e in told if e.event == "step"] == pytest.approx([1e-3, 1e-3, 1e-3 * 0.1**0.5, 1e-3 * 0.1**0.5])
    assert run.learner.average is None
    assert run.learner.outputs == ("reflection",)
    assert own.targets.kind == "field"
