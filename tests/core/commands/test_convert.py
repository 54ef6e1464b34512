"""`clipsym convert` and `clipsym stats` as people type them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from clipsym_core.cli import app
from clipsym_core.commands.convert import parse_plan, parse_size, parse_states
from clipsym_core.data.annotation import AnnotatedPicture, Annotation
from clipsym_core.data.convert import export, read_dataset
from clipsym_core.errors import InputError
from clipsym_core.symmetry import ReflectionAxis, RotationCenter

SHAPES = (Annotation(ReflectionAxis(((5.0, 2.0), (20.0, 22.0)))), Annotation(RotationCenter(12.0, 9.0, 13)))


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "pictures"
    folder.mkdir()
    records = []
    for i in range(4):
        file = folder / f"{i}.png"
        Image.fromarray(np.full((24, 32, 3), 40 * i, np.uint8)).save(file)
        records.append(AnnotatedPicture(file.name, (32, 24), SHAPES[: 1 + i % 2], state="verified", file=file))
    export(records, tmp_path / "source", "labelme")
    return tmp_path / "source"


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, [str(a) for a in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, " ".join(result.output.split())


@pytest.mark.parametrize("option", [["--balanced"], ["--resplit"], ["--seed", "3"], ["--split-by", "folder"]])
def test_an_option_of_splits_alone_is_refused(option: list[str], tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["convert", str(tmp_path), str(tmp_path / "out"), "--to", "csv", *option])
    assert result.exit_code == 2
    assert "--split" in result.output


def test_convert(tmp_path: Path, source: Path) -> None:
    code, text = run("convert", source, tmp_path / "out", "--from", "labelme", "--to", "dendi", "--split", "50/25/25")
    assert code == 0
    assert "4 pictures read, 4 written (4 axes, 2 centers); 2 changed" in text
    assert "2 x The public loaders read the order 13 as 2." in text
    assert len(list(read_dataset(tmp_path / "out", "dendi"))) == 4


def test_what_is_skipped_is_named_and_gives_exit_code_1(tmp_path: Path, source: Path) -> None:
    (source / "2.json").write_text('{"shapes": [')
    (source / "3.png").unlink()
    report = tmp_path / "report.jsonl"
    code, text = run("convert", source, tmp_path / "out", "--to", "csv", "--report", report)
    assert code == 1
    assert "Skipped (2):" in text
    assert "2.json, line 1, column 13: Not JSON" in text
    assert "3.json, imagePath: The picture 3.png is missing." in text
    entries = [json.loads(line) for line in report.read_text().splitlines()]
    assert [(e["kind"], e["file"]) for e in entries] == [("skipped", "2.json"), ("skipped", "3.json")]


def test_what_the_format_cannot_hold_is_named(tmp_path: Path, source: Path) -> None:
    code, text = run("convert", source, tmp_path / "out", "--to", "sdrw")
    assert code == 0
    assert "2 x sdrw cannot hold a rotation center." in text
    assert "4 x The format cannot hold its path; it has a new name." in text


def test_annotations_alone_and_one_file(tmp_path: Path, source: Path) -> None:
    (source / "0.png").unlink()
    assert run("convert", source, tmp_path / "all.json", "--to", "coco", "--pictures", "none")[0] == 0
    assert len(json.loads((tmp_path / "all.json").read_text())["images"]) == 4


def test_errors_leave_nothing(tmp_path: Path, source: Path) -> None:
    for arguments, message in (
        (("--to", "cocos"), "There is no format"),
        (("--to", "csv", "--split", "many"), "shares"),
        (("--to", "csv", "--state", "done"), "states"),
        (("--to", "csv", "--state", "suggested"), "Nothing was exported"),
        (("--to", "csv", "--from", "coco"), "Nothing to import"),
        (("--to", "csv", "--report", tmp_path / "out/report"), "report"),
        (("--to", "targets", "--field-targets", "--size", "64"), "size of the picture"),
    ):
        with pytest.raises(InputError, match=message):
            run("convert", source, tmp_path / "out", *arguments)
        assert not (tmp_path / "out").exists()


def test_stats(source: Path) -> None:
    code, text = run("stats", source)
    assert code == 0
    assert "labelme JSON" in text
    assert "centers of order 13 2" in text
    code, text = run("stats", source, "--json")
    value = json.loads(text)
    assert (value["pictures"], value["shapes"], value["format"]) == (4, {"axis": 4, "center": 2}, "labelme")


def test_stats_of_a_dataset_with_faults(source: Path) -> None:
    (source / "2.json").write_text("{")
    (source / "1.png").unlink()
    code, text = run("stats", source)
    assert code == 1
    assert "pictures missing 1" in text
    assert "2.json" in text


def test_formats_need_no_torch() -> None:
    """Only DENDI's split files do; `clipsym convert` to anything else starts at once."""
    program = (
        "import sys, clipsym_core.commands.convert, clipsym_core.commands.stats; "
        "sys.exit(int('torch' in sys.modules or 'scipy' in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_parsing() -> None:
    assert parse_plan("80/10/10", 3, "folder").shares == pytest.approx((0.8, 0.1, 0.1))
    assert parse_plan("3,1", 0, "group").shares == pytest.approx((0.75, 0.25, 0.0))
    assert parse_size("192x96") == (192, 96)
    assert parse_size("64") == (64, 64)
    assert parse_states("verified, none") == {"verified", "none"}
    for wrong in ("", "1", "a/b", "1/2/3/4"):
        with pytest.raises(InputError):
            parse_plan(wrong, 0, "group")
    for wrong in ("", "0", "12x", "axb", "0x5"):
        with pytest.raises(InputError):
            parse_size(wrong)
