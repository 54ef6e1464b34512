"""`clipsym evaluate` from end to end, and the child process that the window starts."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from clipsym_core.cli import app
from clipsym_core.errors import InputError, OutputError
from clipsym_core.evaluate.report import EvaluationOptions, read_report
from clipsym_core.evaluate.request import EvaluationRequest, main, perform
from clipsym_core.model.zoo import load_model
from tests.core.evaluate.oracles import make_dataset

runner = CliRunner()


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    return make_dataset(tmp_path / "data")


def test_models_are_compared_and_what_was_left_out_is_said(dataset: Path, checkpoint: Path, tmp_path: Path) -> None:
    (dataset / "2.png").write_bytes(b"rubbish")
    out = tmp_path / "out"
    result = runner.invoke(
        app,
        ["evaluate", str(checkpoint), "--data", str(dataset), "--compare", f"features,{tmp_path}/none.safetensors",
         "--out", str(out), "--robustness", "--device", "cpu", "--limit", "2", "--split", "val"],
    )  # fmt: skip
    assert result.exit_code == 1, result.output
    for text in ("random-lite", "features", "Reflection F1", "Turned by ±45°", "Multiply-adds", "val"):
        assert text in result.stdout
    assert "Not evaluated (1)" in result.stderr
    assert "Left out (1)" in result.stderr
    report = read_report(out / "report.json")
    assert [m.name for m in report.models] == ["random-lite", "features"]
    cost = report.models[0].cost
    assert cost.parameters == sum(p.numel() for p in load_model(checkpoint).model.parameters())
    assert cost.multiply_adds is not None
    # One multiply-add a weight and pixel: the patch-wise stem alone takes more.
    assert cost.multiply_adds > 256 * 256 * 100
    assert "data:image/jpeg" in (out / "report.html").read_text("utf-8")


def test_a_run_without_loss_ends_well(dataset: Path, tmp_path: Path) -> None:
    arguments = ["evaluate", "--compare", "features", "--data", str(dataset), "--out", str(tmp_path / "out")]
    result = runner.invoke(app, [*arguments, "--limit", "1", "--from", "native"])
    assert result.exit_code == 0, result.output
    assert "Report:" in result.stderr
    assert runner.invoke(app, ["evaluate", "--data", str(dataset), "--out", "x"]).exit_code == 2


def test_nothing_to_compare_with_is_an_error_before_any_work(tmp_path: Path, dataset: Path) -> None:
    for file in dataset.glob("*.sym.json"):
        record = json.loads(file.read_text())
        record["shapes"], record["state"] = [], "none"
        file.write_text(json.dumps(record))
    request = EvaluationRequest(models=("features",), data=dataset, out=tmp_path / "out")
    with pytest.raises(InputError, match=r"There is no truth .*5 pictures are neither verified nor annotated"):
        perform(request)
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="Cannot write"):
        perform(request.model_copy(update={"out": tmp_path / "file" / "out"}))


def events(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


def test_the_child_process_says_how_far_it_is(dataset: Path, tmp_path: Path) -> None:
    request = EvaluationRequest(
        models=("features",), data=dataset, out=tmp_path / "out", options=EvaluationOptions(limit=1)
    )
    file = tmp_path / "request.json"
    file.write_text(request.model_dump_json())
    # In a process of its own, as the window does it: nothing else may land on its standard output.
    done = subprocess.run(
        [sys.executable, "-m", "clipsym_core.evaluate", str(file)],
        capture_output=True, text=True, timeout=200, check=False, env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    first, *_, last = events(done.stdout)
    assert first == {"event": "progress", "model": "features", "index": 0, "models": 1, "done": 0, "total": 1}
    assert last["event"] == "done"
    assert read_report(Path(str(last["report"]))).models[0].name == "features"
    assert Path(str(last["page"])).is_file()


def test_the_child_process_says_what_is_wrong(tmp_path: Path) -> None:
    out = io.StringIO()
    file = tmp_path / "request.json"
    request = EvaluationRequest(models=("features",), data=tmp_path / "nowhere", out=tmp_path / "out")
    file.write_text(request.model_dump_json())
    assert main([str(file)], out) == 1
    (event,) = events(out.getvalue())
    assert event["event"] == "error"
    assert "does not exist" in str(event["what"])
    file.write_text('{"models": []}')
    assert main([str(file)], out) == 1
    assert "Cannot read the request" in str(events(out.getvalue())[-1]["what"])
