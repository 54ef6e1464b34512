"""A folder of pictures, and a home of its own for every test."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Projects of read-only folders go here, never to the home of who runs the tests."""
    path = tmp_path / "home"
    monkeypatch.setenv("SYMVIEWER_HOME", str(path))
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three files with different content; the store reads bytes, not pixels."""
    path = tmp_path / "pictures"
    (path / "sub").mkdir(parents=True)
    (path / "a.png").write_bytes(b"first picture")
    (path / "b.png").write_bytes(b"second")
    (path / "sub" / "c.png").write_bytes(b"the third one")
    return path
