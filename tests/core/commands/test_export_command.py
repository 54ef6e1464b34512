"""`clipsym export` on the command line; what it writes is tested with the exporters."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from clipsym_core.cli import app
from clipsym_core.errors import InputError


@pytest.mark.parametrize("size", ["64x", "0x64", "large"])
def test_a_size_that_is_none_is_said_before_any_work(size: str) -> None:
    result = CliRunner().invoke(app, ["export", "--to", "torch", "--model", "no-such-model", "--size", size])
    assert isinstance(result.exception, InputError)
    assert size in str(result.exception)


def test_a_model_is_exported_and_the_difference_is_told(checkpoint: Path, tmp_path: Path) -> None:
    out = tmp_path / "model.pt2"
    result = CliRunner().invoke(
        app, ["export", "--to", "torch", "--model", str(checkpoint), "--out", str(out), "--size", "64x96"]
    )
    assert result.exit_code == 0, result.output
    assert "input 64 x 96" in result.stdout
    assert out.stat().st_size > 1_000_000
