"""Rows gathered on disk by key, for formats whose rows of one picture may lie anywhere in a big file."""

from __future__ import annotations

import json
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any


class Scratch:
    """Rows of JSON under a key, given back by key in the order in which keys came first."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection
        self._db.execute("PRAGMA journal_mode = OFF")
        self._db.execute("PRAGMA synchronous = OFF")
        self._db.execute("CREATE TABLE rows (key TEXT, value TEXT)")
        self._db.execute("CREATE TABLE keys (number INTEGER PRIMARY KEY, key TEXT UNIQUE)")
        self._db.execute("BEGIN")

    def declare(self, key: str) -> bool:
        """Give a key its place in the order; false where it had one."""
        return self._db.execute("INSERT OR IGNORE INTO keys (key) VALUES (?)", (key,)).rowcount > 0

    def add(self, key: str, value: Any) -> None:
        self._db.execute("INSERT INTO rows VALUES (?, ?)", (key, json.dumps(value)))

    def finish(self) -> None:
        """Call once between adding and asking: builds the index."""
        self._db.execute("CREATE INDEX by_key ON rows (key)")

    def keys(self) -> Iterator[str]:
        for (key,) in self._db.execute("SELECT key FROM keys ORDER BY number"):
            yield str(key)

    def rows(self, key: str) -> list[Any]:
        found = self._db.execute("SELECT value FROM rows WHERE key = ? ORDER BY rowid", (key,))
        return [json.loads(value) for (value,) in found]

    def strays(self) -> Iterator[tuple[str, Any]]:
        """Rows whose key was never declared."""
        sql = "SELECT key, value FROM rows WHERE key NOT IN (SELECT key FROM keys) ORDER BY rowid"
        for key, value in self._db.execute(sql):
            yield str(key), json.loads(value)


@contextmanager
def scratch() -> Iterator[Scratch]:
    """A `Scratch` in a temporary file, which is removed at the end."""
    with (
        tempfile.TemporaryDirectory(prefix="clipsym-") as folder,
        closing(sqlite3.connect(Path(folder) / "rows.sqlite", isolation_level=None)) as connection,
    ):
        yield Scratch(connection)
