"""The project file of the application among the formats: what people drew goes into exports and trainings directly.

Read only, beside a window that is writing (docs/project-file.md describes the file). Pictures whose place is outside
the project's folder get a path below "outside".
"""

from __future__ import annotations

import json
import os
import sqlite3
import struct
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path, PurePath
from typing import Any, ClassVar
from urllib.parse import quote

from clipsym_core.data.annotation import AnnotatedPicture, Annotation, safe_path
from clipsym_core.data.formats.base import Format, ReadOptions, WriteOptions, nothing_there
from clipsym_core.data.formats.values import BadValue, extras, mapping, number, shape_from_json, state
from clipsym_core.data.pictures import locate
from clipsym_core.data.report import Report
from clipsym_core.errors import InputError
from clipsym_core.symmetry import Detection
from clipsym_core.video.address import frame_address

FILE = "symviewer.symproj"
_MAGIC, _APPLICATION_ID, _VERSION = b"SQLite format 3\0", 0x53594D56, 2
_BUSY_SECONDS = 5.0
_OUTSIDE = "outside"


class ProjectFormat(Format):
    """A project of SymViewer."""

    name: ClassVar = "project"
    title: ClassVar = "SymViewer project"
    layout: ClassVar = "symviewer.symproj, pictures beside it"
    holds: ClassVar = frozenset(
        {"axis", "polyline", "center", "ellipse", "negative", "unsplit", "state", "size", "extra", "suggestions",
         "path"}
    )  # fmt: skip
    writable: ClassVar = False

    def recognizes(self, source: Path) -> bool:
        file = source / FILE if source.is_dir() else source
        if not file.is_file():
            return False
        with file.open("rb") as stream:
            header = stream.read(72)
        return header.startswith(_MAGIC) and header[68:72] == struct.pack(">I", _APPLICATION_ID)

    def read(self, source: Path, options: ReadOptions, report: Report) -> Iterator[AnnotatedPicture]:
        if not self.recognizes(source):
            raise nothing_there(source, f"{FILE} or another project file")
        file = source / FILE if source.is_dir() else source
        root = (options.images or file.parent).absolute()
        try:
            with closing(_connect(file)) as connection:
                yield from _pictures(connection, root, file, options, report)
        except sqlite3.Error as error:
            raise InputError(
                f"Cannot read the project {file}.", f"{error}.", "Open it in the application, or use a backup."
            ) from error

    def write(self, pictures: Iterable[AnnotatedPicture], target: Path, options: WriteOptions, report: Report) -> None:
        raise InputError(
            "Projects are made by the application.", remedy="Export to another format and import it there."
        )


def _connect(file: Path) -> sqlite3.Connection:
    """A connection that cannot write. In a folder that cannot be written there is no place for the log's index;
    without a log none is needed."""
    text = quote(os.fsencode(file.absolute().as_posix()), safe="/:")
    uri = f"file://{text if text.startswith('/') else '/' + text}?mode=ro"
    connection = sqlite3.connect(uri, uri=True, timeout=_BUSY_SECONDS)
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.OperationalError:
        connection.close()
        if file.with_name(f"{file.name}-wal").is_file():
            raise
        connection = sqlite3.connect(f"{uri}&immutable=1", uri=True)
    return connection


def _pictures(
    connection: sqlite3.Connection, root: Path, file: Path, options: ReadOptions, report: Report
) -> Iterator[AnnotatedPicture]:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > _VERSION:
        raise InputError(f"Cannot read the project {file}.", f"Its version is {version}, known is {_VERSION}.",
                         "Install the newer program.")  # fmt: skip
    for identity, stored, found in connection.execute("SELECT id, path, state FROM pictures ORDER BY id"):
        path = os.fsdecode(stored) if isinstance(stored, bytes) else stored
        try:
            located = _locate(path, root, required=options.require_pictures)
        except ValueError as error:
            report.skipped(path, "", str(error))
            continue
        # Rows are few a picture, and a half-read cursor would hold the project's log back.
        shapes = connection.execute(
            "SELECT id, shape, extra FROM annotations WHERE picture = ? ORDER BY rank, id", (identity,)
        ).fetchall()
        proposed = connection.execute(
            "SELECT id, shape, score, source, evidence FROM suggestions WHERE picture = ? ORDER BY score DESC, id",
            (identity,),
        ).fetchall()
        yield AnnotatedPicture(
            path=located[0],
            size=located[2],
            annotations=tuple(_readable(shapes, _annotation, path, "annotations", report)),
            suggestions=tuple(_readable(proposed, _suggestion, path, "suggestions", report)),
            state=state(found, "none", report, path, "state"),
            file=located[1],
            group=_video_of(located[1], root),
        )


def _locate(path: str, root: Path, *, required: bool) -> tuple[str, Path | None, tuple[int, int] | None]:
    """Path in the data set, file and size."""
    pure = PurePath(path)
    if pure.is_absolute():
        found = locate(pure.name, Path(pure.parent), required=required)
        below = "/".join(part for part in pure.relative_to(pure.anchor).parts)
        return safe_path(f"{_OUTSIDE}/{below}"), found.file, found.size
    found = locate(path, root, required=required)
    return found.path, found.file, found.size


def _video_of(file: Path | None, root: Path) -> str:
    """The video that a frame is of: its frames stay together in a split. Empty for a picture."""
    address = frame_address(str(file)) if file is not None else None
    if address is None:
        return ""
    video = Path(address.video)
    return (video.relative_to(root) if video.is_relative_to(root) else video).as_posix()


def _readable(rows: list[Any], make: Any, path: str, table: str, report: Report) -> Iterator[Any]:
    """What the rows hold; a broken one is reported and left out."""
    for row in rows:
        try:
            yield make(row, report, path)
        except BadValue as error:
            report.skipped(path, f"{table} {row[0]}, {error.place}", error.message)
        except ValueError as error:  # JSON that is none, a score beyond its bounds
            report.skipped(path, f"{table} {row[0]}", f"{error}.")


def _annotation(row: tuple[Any, ...], report: Report, path: str) -> Annotation:
    identity, shape, extra = row
    return Annotation(_shape(shape), extras(json.loads(extra), report, path, f"annotations {identity}, extra"))


def _suggestion(row: tuple[Any, ...], report: Report, path: str) -> Detection:
    _, shape, score, source, evidence = row
    name = os.fsdecode(source) if isinstance(source, bytes) else source
    parts = {str(key): number(value, "evidence") for key, value in mapping(json.loads(evidence), "evidence").items()}
    return Detection(_shape(shape), number(score, "score"), name, parts)


def _shape(text: str) -> Any:
    """The project says `kind` where exchange formats say `type`; everything else is alike."""
    value = mapping(json.loads(text), "shape")
    return shape_from_json({**value, "type": value.get("kind")}, "shape")
