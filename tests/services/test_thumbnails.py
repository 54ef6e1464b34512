"""Thumbnails are made once: the next start takes them from the disk, a changed file is looked at anew."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from symviewer.services import thumbnails
from symviewer.services.thumbnails import Thumbnails, make_thumbnail
from symviewer.store.paths import HOME_VARIABLE


@pytest.fixture
def picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "home"))
    path = tmp_path / "a.png"
    Image.fromarray(np.full((300, 400, 3), (200, 100, 50), dtype=np.uint8)).save(path)
    return path


def ask(path: Path):
    """A start of the program that wants one thumbnail; its work is done here instead of in its thread."""
    service = Thumbnails()
    made = []
    service.ready.connect(lambda _path, pixels: made.append(pixels))
    service._handle(str(path))
    assert service.stop()
    return made[0]


def test_a_thumbnail_is_kept_until_the_file_changes(picture, monkeypatch):
    made = []

    def make(path: str):
        made.append(path)
        return make_thumbnail(path)

    monkeypatch.setattr(thumbnails, "make_thumbnail", make)
    first = ask(picture)
    again = ask(picture)
    assert made == [str(picture)]
    assert first.shape == again.shape == (84, 112, 3)
    assert np.abs(first.astype(int) - again.astype(int)).max() <= 4  # through JPEG
    Image.fromarray(np.zeros((400, 300, 3), dtype=np.uint8)).save(picture)
    assert ask(picture).shape == (112, 84, 3)
    assert len(made) == 2
