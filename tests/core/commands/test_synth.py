"""`clipsym synth` as people type it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from clipsym_core.cli import app
from clipsym_core.commands.synth import SynthOptions, contact_sheet, run
from clipsym_core.data.convert import read_dataset
from clipsym_core.data.formats.base import ReadOptions
from clipsym_core.data.report import Report
from clipsym_core.data.synthesis import make_scene, procedural_pack
from clipsym_core.errors import InputError
from clipsym_core.imaging import read_image


def records(folder: Path) -> list:
    return sorted(read_dataset(folder, "native", ReadOptions(), Report()), key=lambda r: r.path)


def test_scenes_come_back_as_a_dataset_with_their_exact_labels(tmp_path):
    result = CliRunner().invoke(
        app, ["synth", str(tmp_path / "set"), "--count", "5", "--size", "96x80", "--seed", "3", "--sheet",
              str(tmp_path / "sheet.png")],
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    found = records(tmp_path / "set")
    assert len(found) == 5
    pack = procedural_pack()
    for index, record in enumerate(found):
        scene = make_scene(pack, (96, 80), np.random.default_rng((3, index)))
        assert record.size == (96, 80)
        assert len(record.shapes) == len(scene.shapes)
        for ours, theirs in zip(record.shapes, scene.shapes, strict=True):
            assert type(ours) is type(theirs)
        np.testing.assert_array_equal(read_image(record.file), scene.image)
    assert read_image(tmp_path / "sheet.png").shape == (80, 5 * 96, 3)


def test_scenes_for_validation_are_made_from_other_sources(tmp_path):
    for split in ("train", "val"):
        assert run(SynthOptions(tmp_path / split, 1, (64, 64), split=split)) == 0
    train, val = (read_image(records(tmp_path / split)[0].file) for split in ("train", "val"))
    assert (train != val).any()


def test_a_place_that_is_taken_is_refused(tmp_path):
    options = SynthOptions(tmp_path / "set", 1, (64, 64))
    assert run(options) == 0
    with pytest.raises(InputError):
        run(options)
    assert run(SynthOptions(tmp_path / "set", 2, (64, 64), overwrite=True)) == 0
    assert len(records(tmp_path / "set")) == 2


def test_what_cannot_be_made_is_refused(tmp_path):
    with pytest.raises(InputError, match="cannot be made"):
        run(SynthOptions(tmp_path / "set", 1, (8, 64)))
    with pytest.raises(InputError, match=r"training_sources\.py"):
        run(SynthOptions(tmp_path / "set", 1, (64, 64), sources=tmp_path))
    with pytest.raises(InputError):
        contact_sheet([])
    assert not (tmp_path / "set").exists()
