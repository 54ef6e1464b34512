"""Run files: strict, with presets, and readable without torch."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from clipsym_core.errors import ConfigError
from clipsym_core.train.presets import PRESETS
from clipsym_core.train.run_file import RunFile, load_run_file, resolve


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"epoch": 3}, "no key 'epoch'. Did you mean 'epochs'"),
        ({"optimizer": {"rte": 1}}, "no key 'rte'. Did you mean 'rate'"),
        ({"data": {"paht": "x"}}, "Did you mean 'path'"),
        ({"augment": {"miror": 1}}, "Did you mean 'mirror'"),
        ({"preset": "finetune"}, "no training preset 'finetune'. Did you mean 'fine-tune'"),
        ({"epochs": 2, "steps": 3}, "given by epochs and steps"),
        ({"batch": 0}, "batch does not fit"),
        ({"batch": 2, "accumulate": 3}, "no 3 parts"),
        ({"loss": {"alpha": "much"}}, "alpha does not fit"),
        ({"schedule": {"kind": "linear"}}, "kind does not fit"),
        ({"stages": [{"share": 0.5, "side": 64, "batch": 2}]}, "do not add up to 1"),
        ({"data": {"path": "x", "scenes": 3}}, "not both"),
        ({"outputs": ["mirror"]}, "outputs"),
    ],
)
def test_what_does_not_fit_is_named(values, message):
    with pytest.raises(ConfigError, match=message):
        resolve(values)


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_is_a_run(name):
    run = resolve({"preset": name})
    assert run.preset == name
    assert PRESETS[name].description
    # What was resolved, written and read again is the same run.
    assert RunFile(**json.loads(run.model_dump_json())) == run


def test_the_authors_settings_to_the_letter():
    """Recipe 1.2, row by row."""
    run = resolve({"preset": "authors"})
    assert (run.epochs, run.batch, run.drop_last, run.precision) == (100, 16, True, "fp32")
    assert run.optimizer.model_dump() == {
        "kind": "adam", "rate": 1e-5, "tower_rate": None, "text_rate": None, "layer_decay": 1.0, "weight_decay": 0.0,
        "betas": (0.9, 0.999), "clip_norm": None,
    }  # fmt: skip
    assert run.average is None
    assert (run.schedule.kind, run.schedule.floor, run.schedule.by_epoch) == ("exponential", 0.1, True)
    assert (run.loss.alpha, run.loss.gamma, run.loss.ignore_padding, run.loss.hard) == (0.95, 2.0, False, None)
    assert run.targets.kind == "field"
    augment = run.augment
    assert (augment.quarter_turns, augment.turn, augment.degrees, augment.color) == (0.5, 0.5, 15.0, 0.5)
    assert augment.mirror == augment.scale == augment.shift == augment.perspective == 0
    assert run.outputs == ("reflection",)
    assert run.validation.every == 2
    assert resolve({"preset": "paper"}).epochs == 500


def test_a_section_changes_only_what_it_names():
    run = resolve({"preset": "fine-tune", "optimizer": {"rate": 1.0}})
    preset = resolve({"preset": "fine-tune"})
    assert run.optimizer.rate == 1.0
    assert run.optimizer.tower_rate == preset.optimizer.tower_rate
    assert resolve({"preset": "lite-from-scratch", "steps": 5}).minutes is None


def test_paths_are_relative_to_the_file(tmp_path):
    (tmp_path / "old.safetensors").write_bytes(b"x")
    file = tmp_path / "mine.json"
    file.write_text(json.dumps({"data": {"path": "set"}, "start": "old.safetensors"}))
    run = load_run_file(file)
    assert run.data.path == str(tmp_path / "set")
    assert run.start == str(tmp_path / "old.safetensors")
    assert run.folder == str(tmp_path / "mine")
    file.rename(tmp_path / "run.json")
    assert load_run_file(tmp_path / "run.json").folder == str(tmp_path)
    (tmp_path / "run.json").write_text(json.dumps({"folder": "there"}))
    run = load_run_file(tmp_path / "run.json")
    assert run.folder == str(tmp_path / "there")
    assert run.start == "clipsym-lite"


@pytest.mark.parametrize("text", ["{", "[1]", '"x"'])
def test_a_file_that_is_no_run_file(tmp_path, text):
    (tmp_path / "run.json").write_text(text)
    with pytest.raises(ConfigError, match="run file"):
        load_run_file(tmp_path / "run.json")
    with pytest.raises(ConfigError, match="Cannot read"):
        load_run_file(tmp_path / "none.json")


def test_the_panel_reads_run_files_without_torch():
    code = (
        "import sys; from clipsym_core.train import events, presets, run_file, run_folder;"
        "run_file.resolve({'preset': 'authors'});"
        "assert not {'torch', 'cv2', 'accelerate', 'numpy'} & set(sys.modules), sorted(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
