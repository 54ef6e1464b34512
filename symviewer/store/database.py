"""Opening project files with SQLite: what is refused, and how connections are set up."""

from __future__ import annotations

import os
import sqlite3
import struct
from contextlib import closing
from pathlib import Path
from typing import Final
from urllib.parse import quote

from symviewer.store.migrations import version_of
from symviewer.store.problems import DamagedProjectError, ForeignFileError, NewerProjectError, ProjectError
from symviewer.store.schema import APPLICATION_ID, SCHEMA_VERSION, create_schema

_MAGIC: Final = b"SQLite format 3\0"
_HEADER_SIZE: Final = 100
_ALWAYS_CHECKED: Final = 16 * 2**20
"""Files up to this size, bytes, are checked on every opening; larger ones after a crash."""
_BUSY_SECONDS: Final = 5.0
_CHECKPOINT_PAGES: Final = 4000
"""About 16 MB of log: checkpoints, which wait for the disk, are rare while a person draws."""


def is_project(path: Path) -> bool:
    """Whether a file looks like a project, by its first bytes alone."""
    try:
        check_header(path)
    except ProjectError:
        return False
    return True


def check_file(path: Path, *, alone: bool) -> None:
    """Look whether a file can be opened as a project. Nothing is written; `alone`: we hold the lock.

    Raises:
        ForeignFileError: some other file.
        DamagedProjectError: broken.
        NewerProjectError: made by a newer program.
        ProjectError: cannot be read.
    """
    check_header(path)
    try:
        with closing(_connect_immutable(path) if alone and not _log_size(path) else connect_reader(path)) as connection:
            version = version_of(connection)
            if version > SCHEMA_VERSION:
                raise NewerProjectError(
                    f"The project {path} cannot be opened.",
                    f"It was made by a newer version of the program (file version {version}, this program knows"
                    f" {SCHEMA_VERSION}).",
                    "Install the newer version.",
                )
            if _needs_check(path):
                findings = [row[0] for row in connection.execute("PRAGMA quick_check(3)")]
                if findings != ["ok"]:
                    raise damaged(path, "; ".join(findings))
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.OperationalError as error:
        raise unreadable(path, str(error)) from error
    except sqlite3.DatabaseError as error:
        raise damaged(path, str(error)) from error


def unreadable(path: Path, reason: str) -> ProjectError:
    """The error for a file that the system does not let us open."""
    return ProjectError(f"The project {path} cannot be opened.", f"{reason}.", "Check the file and its folder.")


def damaged(path: Path, reason: str) -> DamagedProjectError:
    """The error for a broken file."""
    return DamagedProjectError(
        f"The project {path} cannot be opened.",
        f"The file is damaged: {reason}.",
        "It was left as it is. Put a backup in its place, or move it away to start anew.",
    )


def create_database(path: Path) -> None:
    """Make an empty project file; it appears complete or not at all.

    Raises:
        OSError, sqlite3.Error: the folder cannot be written, the disk is full.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    temporary.unlink(missing_ok=True)
    try:
        with closing(sqlite3.connect(temporary, isolation_level=None)) as connection:
            create_schema(connection)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def connect_writer(path: Path) -> sqlite3.Connection:
    """A connection for the one writer.

    With the write-ahead log and synchronous = NORMAL a killed process loses nothing that was committed; a power cut may
    lose the last moments, never the file.
    """
    # Opened in a worker, then used by the window's thread alone.
    connection = sqlite3.connect(path, isolation_level=None, timeout=_BUSY_SECONDS, check_same_thread=False)
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA journal_mode = WAL")  # stays with the old journal where the file system has no mmap
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}")
    return connection


def connect_reader(path: Path) -> sqlite3.Connection:
    """A connection that cannot write, beside the writer or without one."""
    connection = sqlite3.connect(
        _uri(path, "mode=ro"), uri=True, isolation_level=None, timeout=_BUSY_SECONDS, check_same_thread=False
    )
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.OperationalError:
        # In a folder that cannot be written there is no place for the log's index. Without a log none is needed.
        connection.close()
        if _log_size(path) > 0:
            raise
        connection = _connect_immutable(path)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _connect_immutable(path: Path) -> sqlite3.Connection:
    """A connection that makes no files beside the database, and trusts that nobody writes."""
    return sqlite3.connect(_uri(path, "mode=ro&immutable=1"), uri=True, isolation_level=None, check_same_thread=False)


def check_header(path: Path) -> None:
    """The first bytes alone.

    Raises:
        ForeignFileError: some other file.
        ProjectError: cannot be read.
    """
    try:
        with path.open("rb") as file:
            header = file.read(_HEADER_SIZE)
    except OSError as error:
        raise unreadable(path, error.strerror or str(error)) from error
    if len(header) < _HEADER_SIZE or not header.startswith(_MAGIC):
        raise _foreign(path, "it is no SQLite database")
    (application,) = struct.unpack(">I", header[68:72])
    if application != APPLICATION_ID:
        raise _foreign(path, "it is the database of another program")


def _foreign(path: Path, reason: str) -> ForeignFileError:
    return ForeignFileError(
        f"The file {path} is not a project of this program.",
        f"It has the name of one, but {reason}.",
        "It was left as it is. Move or rename it, then open the folder again.",
    )


def _needs_check(path: Path) -> bool:
    # A log that was left behind says that the last writer did not close the file.
    return _log_size(path) > 0 or path.stat().st_size <= _ALWAYS_CHECKED


def _log_size(path: Path) -> int:
    try:
        return path.with_name(path.name + "-wal").stat().st_size
    except OSError:
        return 0


def _uri(path: Path, query: str) -> str:
    # Drive letters and network shares need the slashes that POSIX paths have already.
    text = quote(os.fsencode(path.absolute().as_posix()), safe="/:")
    return f"file://{text if text.startswith('/') else '/' + text}?{query}"
