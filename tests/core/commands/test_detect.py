"""`clipsym detect` from end to end, with a real model."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from clipsym_core.cli import app
from clipsym_core.data.formats.detections import read_detections
from clipsym_core.errors import ConfigError, InputError, OutputError
from clipsym_core.imaging import read_image
from clipsym_core.resources import resource_path

runner = CliRunner()


@pytest.fixture
def photos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two small samples of different shape, one turned by EXIF, and two broken files."""
    from PIL import Image

    folder = tmp_path / "photos"
    folder.mkdir()
    for name in ("wheel", "windmill"):
        image = Image.open(resource_path("samples", f"{name}.jpg"))
        exif = Image.Exif()
        exif[0x0112] = 6 if name == "windmill" else 1
        image.resize((220, 160)).save(folder / f"{name}.jpg", exif=exif)
    (folder / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nrubbish")
    (folder / "empty.jpg").touch()
    monkeypatch.chdir(tmp_path)
    return folder


def test_pictures_give_json_heatmaps_and_overlays_and_broken_ones_are_listed(photos: Path, checkpoint: Path) -> None:
    result = runner.invoke(
        app, ["detect", "photos", "--out", "out", "--model", str(checkpoint), "--device", "cpu", "--threshold", "0.0"]
    )
    assert result.exit_code == 1
    assert "2 of 4 pictures" in result.stderr
    assert "2 failed:" in result.stderr
    assert "photos/broken.png" in result.stderr
    assert "The file is empty." in result.stderr

    file = read_detections("out/detections.json")
    assert file.model == "random-lite"
    by_name = {image.file: image for image in file.images}
    assert list(by_name) == [f"photos/{n}" for n in ("broken.png", "empty.jpg", "wheel.jpg", "windmill.jpg")]
    assert by_name["photos/empty.jpg"].error is not None
    wheel, windmill = by_name["photos/wheel.jpg"], by_name["photos/windmill.jpg"]
    assert (wheel.width, wheel.height, wheel.error) == (220, 160, None)
    assert (windmill.width, windmill.height) == (160, 220)  # upright
    for image in (wheel, windmill):
        scores = [axis.score for axis in image.axes]
        assert scores == sorted(scores, reverse=True)

    for name, shape in (("wheel", (160, 220)), ("windmill", (220, 160))):
        for kind in ("reflection", "rotation"):
            heat = cv2.imread(f"out/heatmaps/{name}.{kind}.png", cv2.IMREAD_UNCHANGED)
            assert (heat.dtype, heat.shape) == (np.uint16, shape)
            assert heat.max() > 0
        drawn = read_image(f"out/overlay/{name}.png")
        assert drawn.shape == (*shape, 3)
    assert sorted(p.name for p in Path("out/heatmaps").iterdir()) == [
        f"{n}.{k}.png" for n in ("wheel", "windmill") for k in ("reflection", "rotation")
    ]


def test_heatmaps_are_those_of_the_detector_to_a_sixteen_bit_step(photos: Path, checkpoint: Path) -> None:
    from clipsym_core.inference.detector import SymmetryDetector

    runner.invoke(app, ["detect", "photos/wheel.jpg", "--heatmaps", "maps", "--model", str(checkpoint)])
    detector = SymmetryDetector.load(checkpoint, device="cpu")
    heat = detector.heatmaps(read_image("photos/wheel.jpg"))
    for kind in ("reflection", "rotation"):
        written = cv2.imread(f"maps/wheel.{kind}.png", cv2.IMREAD_UNCHANGED) / 65535
        np.testing.assert_allclose(written, heat.restored(kind), atol=1.5e-5)


def test_fused_maps_hold_faint_detections_too(photos: Path, checkpoint: Path) -> None:
    from clipsym_core.inference.detector import SymmetryDetector

    asked = ["detect", "photos/wheel.jpg", "--fused", "maps", "--threshold", "1", "--model", str(checkpoint)]
    assert runner.invoke(app, asked).exit_code == 0
    everything = SymmetryDetector.load(checkpoint, device="cpu").detect(read_image("photos/wheel.jpg"), threshold=0.0)
    assert everything.detections
    for kind in ("reflection", "rotation"):
        written = cv2.imread(f"maps/wheel.{kind}.png", cv2.IMREAD_UNCHANGED) / 65535
        np.testing.assert_allclose(written, everything.fused(kind), atol=1.5e-5)


def test_the_json_can_be_piped_and_is_the_same_each_time(photos: Path, checkpoint: Path) -> None:
    arguments = ["detect", "photos/wheel.jpg", "--json", "-", "--model", str(checkpoint)]
    first, second = (runner.invoke(app, arguments) for _ in range(2))
    assert first.exit_code == 0
    assert first.stdout == second.stdout
    assert json.loads(first.stdout)["format"] == "clipsym-detections/1"


def test_without_an_output_a_table_is_printed(photos: Path, checkpoint: Path) -> None:
    result = runner.invoke(app, ["detect", "photos/wheel.jpg", "--model", str(checkpoint)])
    assert result.exit_code == 0
    assert "photos/wheel.jpg" in result.stderr
    assert "best score" in result.stderr


def test_features_alone_find_the_axes_of_a_sample_whatever_the_network_says(photos: Path, checkpoint: Path) -> None:
    shutil.copy(resource_path("samples", "butterfly.jpg"), "butterfly.jpg")
    options = ["--proposals", "features", "--threshold", "0", "--out", "out", "--model", str(checkpoint)]
    result = runner.invoke(app, ["detect", "butterfly.jpg", *options])
    assert result.exit_code == 0, result.stderr
    (image,) = read_detections("out/detections.json").images
    assert image.axes
    assert not Path("out/heatmaps").exists()


def test_the_threshold_is_a_least_score(photos: Path, checkpoint: Path) -> None:
    def scores(threshold: str) -> list[float]:
        arguments = ["photos/wheel.jpg", "--json", "-", "--model", str(checkpoint), "--threshold", threshold]
        (image,) = json.loads(runner.invoke(app, ["detect", *arguments]).stdout)["images"]
        return sorted(s["score"] for kind in ("axes", "centers", "ellipses") for s in image[kind])

    everything = scores("0")
    assert everything
    middle = everything[len(everything) // 2]
    assert scores(str(middle - 1e-3)) == [s for s in everything if s >= middle - 1e-3]


def test_names_without_pictures_fail_and_the_rest_goes_on(photos: Path, checkpoint: Path) -> None:
    names = ["*.webp", "photos/wheel.jpg", "nowhere.jpg"]
    result = runner.invoke(app, ["detect", *names, "--json", "out.json", "--model", str(checkpoint)])
    assert result.exit_code == 1
    images = read_detections("out.json").images
    assert [image.file for image in images] == names
    assert [image.error is None for image in images] == [False, True, False]


def test_a_wrong_model_or_option_stops_before_any_work(photos: Path, checkpoint: Path) -> None:
    result = runner.invoke(app, ["detect", "photos", "--model", "clipsym-lit", "--json", "out.json"])
    assert isinstance(result.exception, ConfigError)
    assert "clipsym-lite" in str(result.exception)
    result = runner.invoke(app, ["detect", "photos", "--proposals", "features", "--heatmaps", "maps"])
    assert isinstance(result.exception, InputError)
    assert runner.invoke(app, ["detect", "photos", "--threshold", "1.5"]).exit_code == 2
    assert not Path("out.json").exists()


def test_a_folder_that_cannot_be_written_is_said(photos: Path, checkpoint: Path) -> None:
    Path("file").touch()
    result = runner.invoke(app, ["detect", "photos/wheel.jpg", "--overlay", "file/o", "--model", str(checkpoint)])
    assert isinstance(result.exception, OutputError)
    assert "file" in str(result.exception)


def test_a_result_that_cannot_be_written_costs_no_detections(photos: Path, checkpoint: Path) -> None:
    Path("file").touch()
    arguments = ["photos/wheel.jpg", "--overlay", "file/o", "--json", "out.json", "--model", str(checkpoint)]
    result = runner.invoke(app, ["detect", *arguments])
    assert isinstance(result.exception, OutputError)
    assert [image.file for image in read_detections("out.json").images] == ["photos/wheel.jpg"]


@pytest.mark.parametrize("place", ["file/out.json", "folder"])
def test_a_place_that_cannot_hold_the_json_is_refused_before_anything_else(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("file").touch()
    Path("folder").mkdir()
    result = runner.invoke(app, ["detect", "a.jpg", "--json", place, "--model", "no-such-model"])
    assert isinstance(result.exception, OutputError)


def test_pictures_that_failed_are_no_pictures_without_symmetry(photos: Path, checkpoint: Path) -> None:
    result = runner.invoke(app, ["detect", "nowhere.jpg", "--model", str(checkpoint)])
    assert "0 of 1 picture:" in result.output
    assert "best score" not in result.output
    assert "nowhere.jpg" in result.output


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no file names that are not Unicode")
def test_a_file_name_that_is_no_unicode_costs_no_detections(photos: Path, checkpoint: Path) -> None:
    name = os.fsdecode(b"caf\xe9.png")
    Path(name).touch()
    arguments = ["detect", name, "photos/wheel.jpg", "--json", "out.json", "--model", str(checkpoint)]
    assert runner.invoke(app, arguments).exit_code == 1
    empty, wheel = read_detections("out.json").images
    assert empty.file == r"caf\udce9.png"
    assert empty.error is not None
    assert "The file is empty." in empty.error
    assert wheel.error is None


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "clipsym_core.cli", *arguments],
        cwd=Path(__file__).parents[3], capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_an_error_is_a_paragraph_not_a_traceback() -> None:
    done = run("detect", "nowhere.jpg", "--model", "no-such-model")
    assert done.returncode == 2
    assert "There is no model 'no-such-model'." in done.stderr
    assert "Traceback" not in done.stderr


def test_help_names_the_commands_and_needs_no_torch() -> None:
    done = run("--help")
    assert done.returncode == 0
    for command in ("detect", "export", "doctor"):
        assert command in done.stdout
    code = (
        "import sys, clipsym_core.cli as c; c.app(['--help'], standalone_mode=False); sys.exit('torch' in sys.modules)"
    )
    quiet = subprocess.run(
        [sys.executable, "-c", code], cwd=Path(__file__).parents[3], capture_output=True, check=False
    )
    assert quiet.returncode == 0


def test_the_version_is_printed() -> None:
    done = run("--version")
    assert done.returncode == 0
    assert done.stdout.strip()


def test_a_stopped_run_writes_what_it_has(photos: Path, checkpoint: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from clipsym_core.commands import detect as module

    def read(path: Path) -> np.ndarray:
        if path.name == "windmill.jpg":
            raise KeyboardInterrupt
        return read_image(path)

    monkeypatch.setattr(module, "read_image", read)
    names = ("photos/wheel.jpg", "photos/windmill.jpg", "photos/empty.jpg")
    options = module.DetectOptions(names=names, json="out.json", model=str(checkpoint), proposals="network")
    assert module.detect(options) == module.EXIT_INTERRUPTED
    assert [image.file for image in read_detections("out.json").images] == ["photos/wheel.jpg"]
