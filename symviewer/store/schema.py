"""Tables of the project file, version 2. Once released, a version is never edited: `migrations.py` leads to the next.

The file is a plain SQLite database, readable with any SQLite tool. Coordinates: see `clipsym_core.symmetry`. Shapes are
JSON (`symviewer.model.shape_text`), exact to the last bit. `history` is a journal of what people did; the tables beside
it hold the state after its last line.
"""

from __future__ import annotations

import sqlite3
from typing import Final

APPLICATION_ID: Final = 0x53594D56
"""Bytes 68 to 71 of the file, "SYMV": how a project is told from any other SQLite database."""
SCHEMA_VERSION: Final = 2

_TABLES: Final = (
    # size and hash: identity of the file's content, by which it is found again under another path; NULL until read.
    # kinds: which kinds of shapes there are, bits as in `Kinds`. disagreement: of the model measured_by with itself.
    """
    CREATE TABLE pictures (
        id INTEGER PRIMARY KEY,
        path TEXT NOT NULL UNIQUE,
        size INTEGER,
        hash TEXT,
        state TEXT NOT NULL CHECK (state IN ('none', 'suggested', 'verified')),
        kinds INTEGER NOT NULL DEFAULT 0,
        disagreement REAL CHECK (disagreement BETWEEN 0 AND 1),
        measured_by TEXT NOT NULL DEFAULT ''
    )
    """,
    """
    CREATE TABLE annotations (
        picture INTEGER NOT NULL REFERENCES pictures (id) ON DELETE CASCADE,
        id TEXT NOT NULL,
        shape TEXT NOT NULL,
        rank REAL NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('drawn', 'accepted', 'corrected', 'imported')),
        locked INTEGER NOT NULL CHECK (locked IN (0, 1)),
        hidden INTEGER NOT NULL CHECK (hidden IN (0, 1)),
        source TEXT NOT NULL,
        score REAL CHECK (score BETWEEN 0 AND 1),
        extra TEXT NOT NULL,
        PRIMARY KEY (picture, id)
    )
    """,
    """
    CREATE TABLE suggestions (
        picture INTEGER NOT NULL REFERENCES pictures (id) ON DELETE CASCADE,
        id TEXT NOT NULL,
        shape TEXT NOT NULL,
        score REAL NOT NULL CHECK (score BETWEEN 0 AND 1),
        source TEXT NOT NULL,
        evidence TEXT NOT NULL,
        PRIMARY KEY (picture, id)
    )
    """,
    # picture is NULL where a step touched several; deltas hold annotations and states, detections can be made again.
    """
    CREATE TABLE history (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        at TEXT NOT NULL,
        action TEXT NOT NULL CHECK (action IN ('do', 'undo', 'redo')),
        text TEXT NOT NULL,
        picture INTEGER,
        deltas TEXT NOT NULL
    )
    """,
)


def create_schema(connection: sqlite3.Connection) -> None:
    """Make the tables in an empty database, in one transaction."""
    connection.execute("BEGIN IMMEDIATE")
    for statement in _TABLES:
        connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    connection.execute("COMMIT")
