"""`clipsym export` on the command line; what it writes is tested with the exporters."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from clipsym_core.cli import app


@pytest.mark.parametrize("size", ["64", "64x", "0x64", "64 x 64"])
def test_a_size_that_is_none_is_a_wrong_option(size: str) -> None:
    result = CliRunner().invoke(app, ["export", "torch", "--size", size])
    assert result.exit_code == 2
    assert "416x416" in result.stderr


def test_a_model_is_exported_and_the_difference_is_told(checkpoint: Path, tmp_path: Path) -> None:
    out = tmp_path / "model.pt2"
    result = CliRunner().invoke(
        app, ["export", "torch", "--model", str(checkpoint), "--out", str(out), "--size", "64x96"]
    )
    assert result.exit_code == 0, result.output
    assert "input 64 x 96" in result.stdout
    assert out.stat().st_size > 1_000_000
