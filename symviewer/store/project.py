"""The project file: a document read from SQLite, and changes written to it, one transaction a step.

Pictures get a row when something happens to them for the first time; a folder of 50,000 untouched files costs nothing.
Use from one thread at a time: a worker may open and close it. `symviewer.store.opening` finds the file for a folder and
wires document, undo stack and autosave.
"""

from __future__ import annotations

import datetime
import functools
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from symviewer.model.annotation import PictureId, ReviewState
from symviewer.model.deltas import AnnotationDelta, StateDelta, SuggestionDelta, compose
from symviewer.model.document import Document
from symviewer.model.picture_content import Kinds, PictureContent, PictureEntry
from symviewer.model.translating import tr
from symviewer.model.undo import Change
from symviewer.store import rows
from symviewer.store.database import (
    check_file,
    check_header,
    connect_reader,
    connect_writer,
    create_database,
    damaged,
    unreadable,
)
from symviewer.store.identity import Identity, IdentityReader, KnownPicture, Move
from symviewer.store.lock import WriterLock
from symviewer.store.migrations import migrate, version_of
from symviewer.store.problems import ProjectError
from symviewer.store.schema import SCHEMA_VERSION

_CLOSING_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One line of the journal. `picture` is None where a step touched several; `deltas` is JSON."""

    at: str
    action: str
    text: str
    picture: PictureId | None
    deltas: str


class Project:
    """An open project file.

    Attributes:
        path: of the file.
        folder: that the paths of its pictures are relative to.
        document: what it holds.
        read_only: why nothing can be written; empty = it can.
        backups: made because the file was of an older version.
    """

    def __init__(self, path: Path, folder: Path, *, read_only: str = "") -> None:
        """Open, or create, the file at `path`; with a reason in `read_only`, for reading only.

        Raises:
            ProjectError: refused, with the reason; the file is left as it was.
        """
        self.path = path
        self.folder = folder
        self._root = os.path.join(os.path.abspath(folder), "")
        self.read_only = read_only
        self.backups: tuple[Path, ...] = ()
        self._lock = WriterLock(path.with_name(f".{path.name}.lock"))
        self._identities = IdentityReader()
        try:
            self._connection = self._open()
            try:
                self.document = Document(self._entries(), loader=self._load)
                self._stored = set(self.document)
                if not self.read_only:
                    self._request_identities()
            except BaseException:
                self._connection.close()
                raise
        except (sqlite3.OperationalError, OSError) as error:
            self._lock.release()
            raise unreadable(path, str(error)) from error
        except (sqlite3.Error, ValueError, KeyError) as error:
            self._lock.release()
            raise damaged(path, str(error)) from error
        except ProjectError:
            self._lock.release()
            raise

    # -- paths --------------------------------------------------------------------------------------------------------

    def key_of(self, path: str) -> str:
        """The path of a file as the document has it: relative with `/` below the folder, else absolute."""
        # Called for each file of a folder that may have 50,000: a path that a scan found is absolute already.
        absolute = os.path.normpath(path) if os.path.isabs(path) else os.path.abspath(path)
        if absolute.startswith(self._root):
            absolute = absolute[len(self._root) :]
        return absolute.replace(os.sep, "/") if os.sep != "/" else absolute

    def path_of(self, picture: PictureId) -> str:
        """The file of a picture on this computer.

        Raises:
            KeyError: no such picture.
        """
        return self._file(self.document.entry(picture).path)

    def add_files(self, paths: Iterable[str]) -> tuple[PictureId, ...]:
        """Make files known to the document; gives their ids in order."""
        return self.document.add_pictures(self.key_of(path) for path in paths)

    # -- writing ------------------------------------------------------------------------------------------------------

    def write(self, changes: Sequence[Change]) -> None:
        """Write what happened to the document, in one transaction, with its lines of history.

        Raises:
            ProjectError: nothing of it was written.
        """
        deltas = compose(delta for change in changes for delta in change.deltas)
        new = [p for p in dict.fromkeys(delta.picture for delta in deltas) if p not in self._stored]
        with self._transaction() as connection:
            self._insert_pictures(new)
            self._write_identities()
            _write_states(connection, [d for d in deltas if isinstance(d, StateDelta)])
            _write_annotations(connection, [d for d in deltas if isinstance(d, AnnotationDelta)])
            _write_suggestions(connection, [d for d in deltas if isinstance(d, SuggestionDelta)])
            self._write_kinds({delta.picture for delta in deltas if not isinstance(delta, StateDelta)})
            connection.executemany(
                "INSERT INTO history (at, action, text, picture, deltas) VALUES (?, ?, ?, ?, ?)",
                [_history_row(change) for change in changes],
            )
        self._remember(new)

    def save_disagreement(self, found: Mapping[PictureId, float], model: str) -> None:
        """Write how much a model contradicts itself about these pictures, and tell the document.

        Raises:
            KeyError: no such picture.
            ProjectError: nothing of it was written.
        """
        new = [picture for picture in found if picture not in self._stored]
        with self._transaction() as connection:
            self._insert_pictures(new)
            connection.executemany(
                "UPDATE pictures SET disagreement = ?, measured_by = ? WHERE id = ?",
                [(value, rows.text_to_column(model), picture) for picture, value in found.items()],
            )
        self._remember(new)
        for picture, value in found.items():
            self.document.measure(picture, value, model)

    def move_pictures(self, moves: Iterable[Move]) -> tuple[PictureId, ...]:
        """Give pictures the places where `plan_moves` found them; those that were moved.

        Raises:
            ProjectError: nothing of it was written.
        """
        wanted = {move.picture: self.key_of(move.path) for move in moves}
        plan = self.document.plan_relocation(wanted)
        with self._transaction() as connection:
            connection.executemany("DELETE FROM pictures WHERE id = ?", [(p,) for p in plan.forgotten])
            # Through names that no file has, since two pictures may have changed places.
            connection.executemany("UPDATE pictures SET path = ? WHERE id = ?", [(f"\n{p}", p) for p in plan.paths])
            paths = [(rows.text_to_column(path), p) for p, path in plan.paths.items()]
            connection.executemany("UPDATE pictures SET path = ? WHERE id = ?", paths)
        self._stored.difference_update(plan.forgotten)
        return self.document.relocate(wanted)

    def save_identities(self) -> None:
        """Write the identities that were read meanwhile; every `write` does so, too.

        Raises:
            ProjectError: nothing was written.
        """
        with self._transaction():
            self._write_identities()

    # -- reading ------------------------------------------------------------------------------------------------------

    def known_pictures(self) -> list[KnownPicture]:
        """The pictures that have an identity, for `plan_moves`. From any thread: it reads on a connection of its own.

        Raises:
            ProjectError: the file cannot be read.
        """
        with self._reading(), closing(connect_reader(self.path)) as connection:
            query = "SELECT id, path, size, hash FROM pictures WHERE hash IS NOT NULL"
            found = connection.execute(query).fetchall()
        file, text = self._file, rows.text_from_column
        return [KnownPicture(p, file(text(path)), Identity(size, hash)) for p, path, size, hash in found]

    def contents(self, pictures: Iterable[PictureId | None]) -> Iterator[PictureContent]:
        """The shapes of pictures as they were saved, one picture after the other; none for None. From any thread: they
        are read on a connection of its own.

        Raises:
            ProjectError: the file cannot be read.
        """
        with self._reading(), closing(connect_reader(self.path)) as connection:
            for picture in pictures:
                yield PictureContent() if picture is None else self._content(connection, picture)

    def history(self, limit: int = 100) -> list[HistoryLine]:
        """The last lines of the journal, newest first.

        Raises:
            ProjectError: the file cannot be read.
        """
        with self._reading():
            found = self._connection.execute(
                "SELECT at, action, text, picture, deltas FROM history ORDER BY id DESC LIMIT ?", (limit,)
            ).fetchall()
        return [HistoryLine(*row) for row in found]

    def close(self) -> None:
        """Finish and let go of the file; it can be opened again, here or elsewhere. Harmless when closed already."""
        if not self.read_only and self._lock.is_held:
            self._identities.stop(seconds=_CLOSING_SECONDS)
            try:
                self.save_identities()
                self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            except (ProjectError, sqlite3.Error):
                pass  # all that people did is committed already; identities are read again, the log is kept
        self._connection.close()
        self._lock.release()

    # -----------------------------------------------------------------------------------------------------------------

    def _file(self, path: str) -> str:
        return os.path.normpath(path if os.path.isabs(path) else self._root + path)

    def _open(self) -> sqlite3.Connection:
        if not self.read_only and not self._acquire():
            self.read_only = f"Another window ({self._lock.holder() or 'of this program'}) has it open for writing."
        if self.read_only:
            check_file(self.path, alone=False)
            connection = connect_reader(self.path)
            if version_of(connection) != SCHEMA_VERSION:
                connection.close()
                raise ProjectError(
                    tr("The project {path} cannot be opened.").format(path=self.path),
                    tr("It is of an older version, and cannot be brought forward: {read_only}").format(
                        read_only=self.read_only
                    ),
                    tr("Close the other window, or open it where it can be written."),
                )
            return connection
        if not self.path.exists() or self.path.stat().st_size == 0:
            create_database(self.path)
        else:
            check_file(self.path, alone=True)
        connection = connect_writer(self.path)
        try:
            self.backups = tuple(migrate(connection, self.path))
        except BaseException:
            connection.close()
            raise
        return connection

    def _acquire(self) -> bool:
        # A foreign file is refused before anything is put beside it.
        if self.path.exists() and self.path.stat().st_size:
            check_header(self.path)
        return self._lock.acquire()

    def _entries(self) -> Iterator[PictureEntry]:
        count = {
            table: dict(self._connection.execute(f"SELECT picture, count(*) FROM {table} GROUP BY picture"))
            for table in ("annotations", "suggestions")
        }
        annotations, suggestions = count["annotations"], count["suggestions"]
        states = {state.value: state for state in ReviewState}
        kinds_of = functools.cache(Kinds)  # quicker than to make 50,000
        text = rows.text_from_column
        query = "SELECT id, path, state, kinds, disagreement, measured_by FROM pictures ORDER BY id"
        for picture, path, state, kinds, disagreement, model in self._connection.execute(query):
            yield PictureEntry(
                picture,
                text(path),
                states[state],
                annotations.get(picture, 0),
                suggestions.get(picture, 0),
                kinds_of(kinds),
                disagreement,
                text(model),
            )

    def _load(self, picture: PictureId) -> PictureContent:
        """The shapes of a picture; what the document calls when they are looked at first."""
        if picture not in self._stored:
            return PictureContent()
        with self._reading():
            return self._content(self._connection, picture)

    def _content(self, connection: sqlite3.Connection, picture: PictureId) -> PictureContent:
        annotations = connection.execute(
            f"SELECT {rows.ANNOTATION_COLUMNS} FROM annotations WHERE picture = ?", (picture,)
        ).fetchall()
        suggestions = connection.execute(
            f"SELECT {rows.SUGGESTION_COLUMNS} FROM suggestions WHERE picture = ?", (picture,)
        ).fetchall()
        try:
            return PictureContent(map(rows.annotation_of, annotations), map(rows.suggestion_of, suggestions))
        except (ValueError, TypeError, KeyError) as error:
            raise damaged(
                self.path,
                tr("a shape of {path} cannot be read ({error})").format(
                    path=self.document.entry(picture).path, error=error
                ),
            ) from error

    def _remember(self, new: Iterable[PictureId]) -> None:
        """These pictures have their row now."""
        self._stored.update(new)
        for picture in new:
            self._identities.request(picture, self.path_of(picture))

    def _write_kinds(self, pictures: Iterable[PictureId]) -> None:
        self._connection.executemany(
            "UPDATE pictures SET kinds = ? WHERE id = ?",
            [(int(self.document.entry(picture).kinds), picture) for picture in pictures],
        )

    def _insert_pictures(self, pictures: Iterable[PictureId]) -> None:
        entries = [self.document.entry(picture) for picture in pictures]
        self._connection.executemany(
            "INSERT INTO pictures (id, path, state) VALUES (?, ?, ?)",
            [(entry.id, rows.text_to_column(entry.path), entry.state.value) for entry in entries],
        )

    def _request_identities(self) -> None:
        for (picture,) in self._connection.execute("SELECT id FROM pictures WHERE hash IS NULL ORDER BY id"):
            self._identities.request(picture, self.path_of(picture))

    def _write_identities(self) -> None:
        self._connection.executemany(
            "UPDATE pictures SET size = ?, hash = ? WHERE id = ?",
            [(identity.size, identity.hash, picture) for picture, identity in self._identities.results()],
        )

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        if self.read_only:
            raise ProjectError(
                tr("This could not be saved."), self.read_only, tr("Close the other window and open it again.")
            )
        connection = self._connection
        try:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
        except sqlite3.Error as error:
            raise ProjectError(
                tr("A change could not be saved in {path}.").format(path=self.path),
                f"{error}.",
                tr("Make room on the disk and check that the file may be written; the program tries again."),
            ) from error

    @contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise ProjectError(
                tr("The project {path} cannot be read any more.").format(path=self.path),
                f"{error}.",
                tr("Check the disk, and open it again."),
            ) from error


def _write_states(connection: sqlite3.Connection, deltas: Sequence[StateDelta]) -> None:
    connection.executemany(
        "UPDATE pictures SET state = ? WHERE id = ?", [(delta.after.value, delta.picture) for delta in deltas]
    )


def _write_annotations(connection: sqlite3.Connection, deltas: Sequence[AnnotationDelta]) -> None:
    connection.executemany("DELETE FROM annotations WHERE picture = ? AND id = ?", _gone(deltas))
    connection.executemany(
        f"INSERT OR REPLACE INTO annotations ({rows.ANNOTATION_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [rows.annotation_row(delta.picture, delta.after) for delta in deltas if delta.after],
    )


def _write_suggestions(connection: sqlite3.Connection, deltas: Sequence[SuggestionDelta]) -> None:
    connection.executemany("DELETE FROM suggestions WHERE picture = ? AND id = ?", _gone(deltas))
    connection.executemany(
        f"INSERT OR REPLACE INTO suggestions ({rows.SUGGESTION_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)",
        [rows.suggestion_row(delta.picture, delta.after) for delta in deltas if delta.after],
    )


def _gone(deltas: Sequence[AnnotationDelta] | Sequence[SuggestionDelta]) -> list[tuple[PictureId, str]]:
    return [(delta.picture, delta.key[2]) for delta in deltas if delta.after is None]


def _history_row(change: Change) -> tuple[str, str, str, PictureId | None, str]:
    pictures = {delta.picture for delta in change.deltas}
    at = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds")
    picture = pictures.pop() if len(pictures) == 1 else None
    return (at, change.action, change.text, picture, rows.history_deltas(change.deltas))
