"""Atomic writing."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from clipsym_core import files
from clipsym_core.files import replacing, write_atomic


def test_a_file_is_replaced_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "results.json"
    write_atomic(path, b"one")
    write_atomic(path, b"two")
    assert path.read_bytes() == b"two"
    assert os.listdir(path.parent) == ["results.json"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no permission bits")
@pytest.mark.parametrize("private", [False, True])
def test_results_are_as_readable_as_any_new_file(tmp_path: Path, private: bool) -> None:
    """Also where a library makes the file in its own way, as that of safetensors does."""
    with replacing(tmp_path / "a") as temporary:
        temporary.unlink()
        temporary.touch(0o600 if private else 0o666)
    (tmp_path / "b").touch()
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == stat.S_IMODE((tmp_path / "b").stat().st_mode)


def test_where_writing_fails_the_old_file_stays_and_no_part_is_left(tmp_path: Path) -> None:
    path = tmp_path / "folder"
    path.mkdir()
    (path / "inside").touch()
    with pytest.raises(OSError, match="folder"):
        write_atomic(path, b"new")  # a folder cannot be replaced by a file
    assert os.listdir(tmp_path) == ["folder"]


def test_a_name_as_long_as_names_can_be_is_written(tmp_path: Path) -> None:
    path = tmp_path / ("n" * 255)
    write_atomic(path, b"one")
    assert path.read_bytes() == b"one"


@pytest.mark.parametrize(("held", "arrives"), [(2, True), (3, False)])
def test_a_file_that_somebody_holds_for_a_moment_is_waited_for(
    held: int, arrives: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on Windows, which refuses to replace a file that is open."""
    replace, tries = os.replace, []

    def refused_at_first(source: Path, target: Path) -> None:
        tries.append(target)
        if len(tries) <= held:
            raise PermissionError(13, "in use", str(source))
        replace(source, target)

    monkeypatch.setattr(files, "_PAUSES", (0.0, 0.0))
    monkeypatch.setattr(os, "replace", refused_at_first)
    path = tmp_path / "results.json"
    if arrives:
        write_atomic(path, b"one")
    else:
        with pytest.raises(PermissionError):
            write_atomic(path, b"one")
    assert os.listdir(tmp_path) == ["results.json"] * arrives
    assert len(tries) == 3
