"""The bench suite is the same every time it is made, and its splits share no source."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from clipsym_core.cli import app
from clipsym_core.commands import synth_suite
from clipsym_core.commands.synth_suite import run_suite
from clipsym_core.data.convert import read_dataset
from clipsym_core.data.formats.values import shape_to_json
from clipsym_core.data.synthesis import procedural_pack
from clipsym_core.data.synthesis.sources import FORMAT
from clipsym_core.data.synthesis.suite import SUITES, checksum, held_out_split, load_sources, suite_scene
from clipsym_core.errors import ConfigError, InputError
from clipsym_core.imaging import read_image


def own_pack(folder: Path) -> Path:
    """Five photos and five things for each of training and holding out, made by formula."""
    pack = procedural_pack(7, photos=10, cutouts=10)
    none = {"center": [0.5, 0.5], "axes": [], "order": 1, "score": 1.0}
    folder.mkdir()
    entries, blob = [], b""
    for number, (photo, cutout) in enumerate(zip(pack.photos, pack.cutouts, strict=True)):
        split = "train" if number < 5 else "val"
        for kind, pixels in (("photo", photo.pixels[..., ::-1]), ("cutout", cutout.rgba[..., [2, 1, 0, 3]])):
            data = cv2.imencode(".png", np.ascontiguousarray(pixels))[1].tobytes()
            more = {"symmetry": none} if kind == "cutout" else {}
            name = f"{kind}{number}"
            entries.append(
                {"name": name, "kind": kind, "split": split, "offset": len(blob), "length": len(data), **more}
            )
            blob += data
    (folder / "blobs.bin").write_bytes(blob)
    (folder / "manifest.json").write_text(json.dumps({"format": FORMAT, "sources": entries}))
    return folder


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bench suite with a few small scenes."""
    suite = dataclasses.replace(SUITES["bench"], counts={"train": 4, "val": 2, "test": 3}, sizes=((96, 96), (112, 80)))
    monkeypatch.setitem(SUITES, "bench", suite)


def test_the_command_writes_the_suite_with_its_splits(tmp_path: Path, small: None) -> None:
    pack = own_pack(tmp_path / "pack")
    arguments = ["synth", str(tmp_path / "bench"), "--suite", "bench", "--sources", str(pack)]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    records = sorted(read_dataset(tmp_path / "bench", "native"), key=lambda r: r.path)
    assert [(r.path, r.split, r.size, r.state) for r in records[:3]] == [
        ("test/00000.png", "test", (96, 96), "verified"),
        ("test/00001.png", "test", (112, 80), "verified"),
        ("test/00002.png", "test", (96, 96), "verified"),
    ]
    assert [r.split for r in records] == ["test"] * 3 + ["train"] * 4 + ["val"] * 2
    manifest = json.loads((tmp_path / "bench" / "suite.json").read_text())
    assert (manifest["suite"], manifest["version"]) == ("bench", SUITES["bench"].version)
    assert manifest["scenes"] == {"train": 4, "val": 2, "test": 3}
    assert manifest["checksum"] == checksum(records)
    assert manifest["checksum"] in result.output
    held = load_sources(pack, "test")
    scene = suite_scene(SUITES["bench"], held, "test", 1)
    np.testing.assert_array_equal(read_image(records[1].file), scene.image)
    assert run_suite("bench", tmp_path / "again", sources=pack) == 0
    assert json.loads((tmp_path / "again" / "suite.json").read_text()) == manifest


def test_the_checksum_sees_pixels_and_labels(tmp_path: Path, small: None) -> None:
    run_suite("bench", tmp_path / "bench", sources=own_pack(tmp_path / "pack"))
    records = list(read_dataset(tmp_path / "bench", "native"))
    before = checksum(records)
    labelled = next(r for r in records if r.annotations)
    fewer = dataclasses.replace(labelled, annotations=labelled.annotations[1:])
    assert checksum([fewer if r is labelled else r for r in records]) != before
    pixels = read_image(records[0].file).copy()
    pixels[0, 0, 0] ^= 1
    cv2.imwrite(str(records[0].file), pixels[..., ::-1])
    assert checksum(records) != before
    records[0].file.unlink()
    with pytest.raises(InputError):
        checksum([dataclasses.replace(records[0], file=None)])


def test_no_source_is_in_two_splits(tmp_path: Path) -> None:
    pack = own_pack(tmp_path / "pack")
    names = {split: set(load_sources(pack, split).names) for split in ("train", "val", "test")}
    assert all(names.values())
    assert not names["train"] & names["val"]
    assert not names["val"] & names["test"]
    assert not names["train"] & names["test"]
    assert len(set.union(*names.values())) == 20
    halves = [held_out_split(f"source {i}") for i in range(400)]
    assert 160 < halves.count("test") < 240


def test_version_1_of_bench_has_these_labels() -> None:
    """Where this fails, synthesis has changed: raise the version of the suite, and put the new digest here."""
    pack = procedural_pack()
    labels = [
        [index, re.sub(r"-?\d+\.\d+", lambda number: f"{float(number[0]):.0f}", json.dumps(shape_to_json(shape)))]
        for index in range(40)
        for shape in suite_scene(SUITES["bench"], pack, "test", index).shapes
    ]
    digest = hashlib.sha256(json.dumps(labels).encode()).hexdigest()[:16]
    assert (SUITES["bench"].version, digest) == (1, "8c52758bae012f4f")


def test_what_is_missing_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(synth_suite, "__file__", str(tmp_path / "a" / "b" / "c.py"))
    with pytest.raises(InputError, match=r"python scripts/training_sources\.py"):
        run_suite("bench", tmp_path / "bench")
    with pytest.raises(InputError, match=r"--sources"):
        run_suite("bench", tmp_path / "bench", sources=tmp_path / "nowhere")
    with pytest.raises(ConfigError, match=r"no suite 'banch'.*bench"):
        run_suite("banch", tmp_path / "bench", sources=tmp_path)
    result = CliRunner().invoke(app, ["synth", str(tmp_path / "x"), "--suite", "bench", "--count", "3"])
    assert result.exit_code == 2
    assert "cannot be given" in result.output
    assert not (tmp_path / "bench").exists()


def test_the_pack_of_the_current_folder_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small: None) -> None:
    own_pack(tmp_path / "training_sources")
    monkeypatch.chdir(tmp_path)
    assert run_suite("bench", tmp_path / "bench") == 0
