"""Older project files are brought forward: one transaction a version, a backup beside the file before each."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Final, TypeAlias

from symviewer.store.problems import ProjectError
from symviewer.store.schema import SCHEMA_VERSION

Migration: TypeAlias = Callable[[sqlite3.Connection], None]


def _add_review_columns(connection: sqlite3.Connection) -> None:
    """1 -> 2: kinds of shapes and the model's disagreement, for filters and order of the file list."""
    connection.execute("ALTER TABLE pictures ADD COLUMN kinds INTEGER NOT NULL DEFAULT 0")
    connection.execute("ALTER TABLE pictures ADD COLUMN disagreement REAL CHECK (disagreement BETWEEN 0 AND 1)")
    connection.execute("ALTER TABLE pictures ADD COLUMN measured_by TEXT NOT NULL DEFAULT ''")
    for bit, kind in ((1, "axis"), (2, "center"), (4, "ellipse")):
        for table in ("annotations", "suggestions"):
            connection.execute(
                f"UPDATE pictures SET kinds = kinds | {bit}"
                f" WHERE id IN (SELECT picture FROM {table} WHERE json_extract(shape, '$.kind') = ?)",
                (kind,),
            )


MIGRATIONS: Final[Mapping[int, Migration]] = {1: _add_review_columns}
"""Version -> what leads from it to the next."""


def version_of(connection: sqlite3.Connection) -> int:
    """The schema version of a database."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def migrate(
    connection: sqlite3.Connection,
    path: Path,
    *,
    migrations: Mapping[int, Migration] = MIGRATIONS,
    target: int = SCHEMA_VERSION,
) -> list[Path]:
    """Bring the database at `path` to the `target` version; gives the backups that were made.

    Raises:
        ProjectError: a step failed (the file is as before that step), or no step leads on from the file's version.
    """
    backups = []
    connection.execute("PRAGMA foreign_keys = OFF")  # tables may be rebuilt; checked before each commit instead
    try:
        for version in range(version_of(connection), target):
            step = migrations.get(version)
            if step is None:
                raise ProjectError(
                    f"The project {path} cannot be opened.",
                    f"It has version {version}, and this program knows no way from there.",
                    "Open it with the version of the program that made it, and save it there.",
                )
            backups.append(_backup(connection, path, version))
            _run(connection, path, step, version, backups[-1])
    finally:
        connection.execute("PRAGMA foreign_keys = ON")
    return backups


def _run(connection: sqlite3.Connection, path: Path, step: Migration, version: int, backup: Path) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        step(connection)
        broken = connection.execute("PRAGMA foreign_key_check").fetchone()
        if broken is not None:
            raise sqlite3.IntegrityError(f"a row of {broken[0]} points to nothing")
        connection.execute(f"PRAGMA user_version = {version + 1}")
        connection.execute("COMMIT")
    except (sqlite3.Error, ValueError, KeyError, TypeError) as error:
        connection.execute("ROLLBACK")
        raise ProjectError(
            f"The project {path} could not be brought from version {version} to {version + 1}.",
            f"{error}.",
            f"The project is unchanged; a copy is in {backup.name}. Please report this.",
        ) from error


def _backup(connection: sqlite3.Connection, path: Path, version: int) -> Path:
    """A complete copy beside the file; an earlier backup is never overwritten."""
    count = 0
    while True:
        final = path.with_name(f"{path.name}.v{version}{f'-{count}' if count else ''}.bak")
        if not final.exists():
            break
        count += 1
    temporary = final.with_name(f".{final.name}.tmp")
    try:
        temporary.unlink(missing_ok=True)
        with closing(sqlite3.connect(temporary)) as copy:
            connection.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")
        os.replace(temporary, final)
    except (sqlite3.Error, OSError) as error:
        raise ProjectError(
            f"The project {path} was not opened.",
            f"It is of an older version, and no backup could be made before changing it: {error}.",
            "Make room or allow writing in its folder, and open it again.",
        ) from error
    return final
