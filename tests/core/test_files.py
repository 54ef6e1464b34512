"""Atomic writing."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

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
