"""Kept between two starts, bounded, and never in the way."""

from __future__ import annotations

from pathlib import Path

import pytest

from symviewer.store import thumbnail_cache
from symviewer.store.thumbnail_cache import ThumbnailCache


def test_what_was_put_is_there_after_a_start(tmp_path: Path) -> None:
    cache = ThumbnailCache(tmp_path / "new" / "t.sqlite")
    cache.put("a", b"123")
    cache.put("a", b"1234")
    cache.close()
    cache.put("b", b"after the end nothing is kept")
    again = ThumbnailCache(tmp_path / "new" / "t.sqlite")
    assert (again.get("a"), again.get("b"), again.size) == (b"1234", None, 4)
    again.close()


def test_the_size_is_bounded_and_what_is_looked_at_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(10_000))
    monkeypatch.setattr(thumbnail_cache.time, "time", lambda: float(next(clock)))
    cache = ThumbnailCache(tmp_path / "t.sqlite", limit=10_000)
    for number in range(1200):
        cache.put(str(number), bytes(100))
        cache.get("7")
    assert cache.size <= (thumbnail_cache._EVERY * 100 + 10_000)
    cache.close()
    again = ThumbnailCache(tmp_path / "t.sqlite", limit=10_000)
    assert 8_000 < again.size <= 10_000
    assert again.get("7") is not None
    assert again.get("1199") is not None
    assert again.get("8") is None
    again.close()


def test_a_broken_file_is_made_anew_and_an_impossible_one_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "t.sqlite").write_bytes(b"no database" * 100)
    cache = ThumbnailCache(tmp_path / "t.sqlite")
    cache.put("a", b"1")
    assert cache.get("a") == b"1"
    cache.close()
    (tmp_path / "file").write_bytes(b"")
    nowhere = ThumbnailCache(tmp_path / "file" / "t.sqlite")
    nowhere.put("a", b"1")
    assert nowhere.get("a") is None
    nowhere.close()
