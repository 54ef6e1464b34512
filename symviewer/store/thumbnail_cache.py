"""Thumbnails kept on disk between two starts: one SQLite file, bounded, what was looked at longest ago goes first.

Nothing depends on it: a file that cannot be read is made anew, and where nothing can be written nothing is kept.
"""

from __future__ import annotations

import logging
import sqlite3
import time
from pathlib import Path
from typing import Final

log = logging.getLogger(__name__)

LIMIT: Final = 256 * 2**20
"""Bytes of pictures: about 60,000 of them."""
_SPARE: Final = 0.9
"""Trimming goes down to this part of the limit, so that it is seldom."""
_EVERY: Final = 500
"""The size is looked at after so many new thumbnails."""


class ThumbnailCache:
    """Encoded pictures by key. For one thread; several programs may share the file."""

    def __init__(self, path: Path, limit: int = LIMIT) -> None:
        self._path = path
        self._limit = limit
        self._seen: set[str] = set()
        self._new = 0
        self._connection = self._open()

    def get(self, key: str) -> bytes | None:
        """What was kept under a key."""
        if self._connection is None:
            return None
        try:
            row = self._connection.execute("SELECT data FROM thumbnails WHERE key = ?", (key,)).fetchone()
        except sqlite3.Error as error:
            self._give_up(error)
            return None
        if row is None:
            return None
        self._seen.add(key)
        return bytes(row[0])

    def put(self, key: str, data: bytes) -> None:
        """Keep this."""
        if self._connection is None:
            return
        try:
            row = (key, time.time(), data)
            self._connection.execute("INSERT OR REPLACE INTO thumbnails (key, used, data) VALUES (?, ?, ?)", row)
            self._new += 1
            if self._new >= _EVERY:
                self._trim(self._connection)
        except sqlite3.Error as error:
            self._give_up(error)

    def close(self) -> None:
        """Note what was looked at, and let go of the file."""
        if self._connection is None:
            return
        try:
            self._trim(self._connection)
        except sqlite3.Error as error:
            self._give_up(error)
            return
        self._connection.close()
        self._connection = None

    @property
    def size(self) -> int:
        """Bytes of all pictures."""
        if self._connection is None:
            return 0
        return int(self._connection.execute("SELECT coalesce(sum(length(data)), 0) FROM thumbnails").fetchone()[0])

    # -----------------------------------------------------------------------------------------------------------------

    def _open(self) -> sqlite3.Connection | None:
        for attempt in ("as it is", "anew"):
            try:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                return _connect(self._path)
            except (sqlite3.Error, OSError) as error:
                log.info("The thumbnails in %s cannot be used (%s): %s", self._path, attempt, error)
            if attempt == "as it is":
                try:
                    self._path.unlink(missing_ok=True)
                except OSError:
                    return None
        return None

    def _trim(self, connection: sqlite3.Connection) -> None:
        now = time.time()
        connection.executemany("UPDATE thumbnails SET used = ? WHERE key = ?", [(now, key) for key in self._seen])
        self._seen.clear()
        self._new = 0
        surplus = self.size - self._limit
        if surplus <= 0:
            return
        surplus += round((1.0 - _SPARE) * self._limit)
        gone = []
        for key, size in connection.execute("SELECT key, length(data) FROM thumbnails ORDER BY used, rowid"):
            if surplus <= 0:
                break
            gone.append((key,))
            surplus -= size
        connection.executemany("DELETE FROM thumbnails WHERE key = ?", gone)
        connection.execute("PRAGMA incremental_vacuum")

    def _give_up(self, error: sqlite3.Error) -> None:
        log.info("The thumbnails in %s are not kept: %s", self._path, error)
        if self._connection is not None:
            self._connection.close()
        self._connection = None


def _connect(path: Path) -> sqlite3.Connection:
    # Made by the window's thread, used and closed by that of the thumbnails.
    connection = sqlite3.connect(path, isolation_level=None, timeout=1.0, check_same_thread=False)
    try:
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = OFF")  # all of it can be made again
        connection.execute(
            "CREATE TABLE IF NOT EXISTS thumbnails (key TEXT PRIMARY KEY, used REAL NOT NULL, data BLOB NOT NULL)"
        )
    except sqlite3.Error:
        connection.close()
        raise
    return connection
