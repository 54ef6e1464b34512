"""`clipsym models`: every model that a command takes, and what is the matter with those that it does not."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from clipsym_core.cli import app
from clipsym_core.model.weights import models_folder
from clipsym_core.model.zoo import DEFAULT_MODEL, bundled_checkpoints, list_models


@pytest.fixture
def mine(checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkpoint of the user's own, with a broken one beside it."""
    monkeypatch.setenv("SYMVIEWER_HOME", str(tmp_path))
    folder = models_folder()
    folder.mkdir(parents=True)
    (folder / "broken.safetensors").write_bytes(b"nonsense")
    return Path(shutil.copy(checkpoint, folder / "mine [new].safetensors"))


def printed(*arguments: str) -> str:
    done = CliRunner().invoke(app, ["models", *arguments])
    assert done.exit_code == 0, done.output
    return done.output


def test_json_has_every_model_with_what_a_script_needs(mine: Path) -> None:
    value: dict[str, Any] = json.loads(printed("--json"))
    by_name = {entry["name"]: entry for entry in value["models"]}
    assert list(by_name) == [entry.name for entry in list_models()]
    assert value["default"] == DEFAULT_MODEL
    assert value["folder"] == str(mine.parent)

    bundled = by_name[DEFAULT_MODEL]
    assert (bundled["kind"], bundled["trained"], bundled["available"]) == ("bundled", True, True)
    assert Path(bundled["path"]) in bundled_checkpoints()
    own = by_name[mine.stem]
    assert (own["kind"], own["path"], own["size_bytes"]) == ("own", str(mine), mine.stat().st_size)
    assert own["outputs"] == ["reflection", "rotation"]
    assert own["problem"] is None
    broken = by_name["broken"]
    assert (broken["available"], broken["outputs"]) == (False, [])
    assert "no safetensors file" in broken["problem"]
    preset = by_name["clipsym-b16"]
    assert (preset["kind"], preset["path"], preset["trained"]) == ("preset", None, False)


def test_the_list_for_people_says_where_models_are_and_what_is_the_matter(mine: Path) -> None:
    blocks: dict[str, list[str]] = {}
    name = ""
    for line in printed().splitlines():
        if line.startswith("    "):
            blocks[name].append(line.strip())
        else:
            name = line.split("  ")[0]
            blocks[name] = [line]
    assert "bundled, reflection and rotation" in blocks[DEFAULT_MODEL][0]
    assert "taken where none is named" in blocks[DEFAULT_MODEL][0]
    assert f"your own, reflection and rotation, {mine.stat().st_size / 1e6:.1f} MB" in blocks[mine.stem][0]
    assert str(mine) in blocks[mine.stem]
    assert any("no safetensors file" in line for line in blocks["broken"])
    assert "CLIP weights not here" in blocks["clipsym-b16"][0]
    assert "CLIP weights" not in blocks["clipsym-b16-scratch"][0]
    assert any(str(mine.parent) in line for line in blocks)


def test_every_name_in_the_list_of_usable_models_is_taken_by_a_command(mine: Path) -> None:
    """A name with brackets, too."""
    from clipsym_core.model.zoo import load_model

    usable = [e["name"] for e in json.loads(printed("--json"))["models"] if e["available"]]
    assert mine.stem in usable
    for name in usable:
        assert load_model(name).config.outputs
