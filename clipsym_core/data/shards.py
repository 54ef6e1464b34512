"""Shards for large data sets: tar files in the webdataset convention, a picture and its record under one key.

    train-000000.tar:  000000000.jpg  000000000.json  000000001.jpg  000000001.json ...

`<key>.json` is a `clipsym-annotation/1` record (docs/formats.md, native). `stream_shards` reads from beginning to end,
also from a pipe; `ShardSet` finds any picture by its place in its file, which the training needs to resume.
"""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from clipsym_core.data.annotation import AnnotatedPicture
from clipsym_core.data.formats.base import ReadOptions
from clipsym_core.data.formats.native import record_from_json, record_to_json
from clipsym_core.data.formats.values import BadValue
from clipsym_core.data.report import Report
from clipsym_core.errors import InputError, reason_of
from clipsym_core.imaging import IMAGE_SUFFIXES, Pixels, decode_image

SUFFIX = ".tar"
_RECORD = ".json"


def is_sharded(path: Path) -> bool:
    """Whether a folder holds shards, or a file is one."""
    if path.is_dir():
        return next(path.glob(f"*{SUFFIX}"), None) is not None
    return path.suffix.lower() == SUFFIX and path.is_file()


class ShardWriter:
    """Writes pictures one after the other into files of about `bytes_each`. A context manager."""

    def __init__(self, folder: Path, *, bytes_each: int = 256 << 20) -> None:
        self.folder, self.bytes_each = folder, bytes_each
        self.shards: list[Path] = []
        self._tar: tarfile.TarFile | None = None
        self._written = 0
        self._count = 0

    def __enter__(self) -> ShardWriter:
        return self

    def __exit__(self, *exc: object) -> None:
        self._close()

    def add(self, record: AnnotatedPicture, data: bytes) -> None:
        """A picture by the bytes of its file, with its record.

        Raises:
            OSError: the disk is full.
        """
        if self._tar is None or self._written >= self.bytes_each:
            self._close()
            self.shards.append(self.folder / f"{len(self.shards):06d}{SUFFIX}")
            self._tar = tarfile.open(self.shards[-1], "w")  # noqa: SIM115 - closed when it is full
            self._written = 0
        key = f"{self._count:09d}"
        text = json.dumps(record_to_json(record)).encode()
        for name, content in ((f"{key}{PurePosixPath(record.path).suffix.lower()}", data), (f"{key}{_RECORD}", text)):
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            self._tar.addfile(entry, io.BytesIO(content))
            self._written += len(content)
        self._count += 1

    def _close(self) -> None:
        if self._tar is not None:
            self._tar.close()
            self._tar = None


def stream_shards(files: Iterable[Path | IO[bytes]], report: Report) -> Iterator[tuple[AnnotatedPicture, bytes]]:
    """Records with the bytes of their pictures, in one pass without seeking. What is broken is reported and left out.

    Raises:
        InputError: a file is no tar, or ends early.
    """
    for file in files:
        name = str(file)
        try:
            with _opened(file) as tar:
                yield from _pairs(tar, name, report)
        except (tarfile.TarError, OSError, EOFError) as error:
            raise InputError(
                f"Cannot read the shard {name}.", f"{reason_of(error)}.", "Copy it again from its source."
            ) from error


@dataclass(frozen=True, slots=True)
class _Place:
    file: int
    offset: int
    size: int


class ShardSet:
    """The records of all shards of a folder in memory, the pictures on disk.

    Attributes:
        records: in the order of the files.
        blocks: the number of the file that each lies in.
    """

    def __init__(self, source: Path) -> None:
        """Reads the headers and records of all files; pictures are skipped over.

        Raises:
            InputError: no shard is there, or one cannot be read.
        """
        self.files = [source] if source.is_file() else sorted(source.glob(f"*{SUFFIX}"))
        if not self.files:
            raise InputError(f"There is no shard in {source}.", f"Expected files NAME{SUFFIX}.", "Check the path.")
        self.records: list[AnnotatedPicture] = []
        self.blocks: list[int] = []
        self._places: dict[str, _Place] = {}
        self.report = Report()
        for number, file in enumerate(self.files):
            self._index(number, file)

    def read(self, record: AnnotatedPicture) -> Pixels:
        """The pixels of a record.

        Raises:
            InputError: its file has changed or gone.
            ImageReadError: the picture is damaged.
        """
        place = self._places[record.path]
        try:
            with self.files[place.file].open("rb") as file:
                file.seek(place.offset)
                data = file.read(place.size)
        except OSError as error:
            raise InputError(
                f"Cannot read the shard {self.files[place.file]}.", f"{reason_of(error)}.", "Put it back."
            ) from error
        return decode_image(data, what=f"Cannot read the picture {record.path}.")

    def _index(self, number: int, file: Path) -> None:
        pictures: dict[str, tarfile.TarInfo] = {}
        try:
            with tarfile.open(file, "r:") as tar:
                for entry in tar:
                    key, suffix = _key(entry.name)
                    if suffix in IMAGE_SUFFIXES:
                        pictures[key] = entry
                    elif suffix == _RECORD and key in pictures:
                        stream = tar.extractfile(entry)
                        record = (
                            None if stream is None else _record(stream.read(), f"{file.name}/{entry.name}", self.report)
                        )
                        if record is not None and record.path not in self._places:
                            found = pictures.pop(key)
                            self.records.append(record)
                            self.blocks.append(number)
                            self._places[record.path] = _Place(number, found.offset_data, found.size)
        except (tarfile.TarError, OSError, EOFError) as error:
            raise InputError(
                f"Cannot read the shard {file}.", f"{reason_of(error)}.", "Copy it again from its source."
            ) from error


def _opened(file: Path | IO[bytes]) -> tarfile.TarFile:
    return tarfile.open(file, "r|*") if isinstance(file, Path) else tarfile.open(fileobj=file, mode="r|*")


def _pairs(tar: tarfile.TarFile, name: str, report: Report) -> Iterator[tuple[AnnotatedPicture, bytes]]:
    picture: tuple[str, bytes] | None = None
    for entry in tar:
        stream = tar.extractfile(entry)
        if stream is None:
            continue
        key, suffix = _key(entry.name)
        if suffix in IMAGE_SUFFIXES:
            picture = (key, stream.read())
        elif suffix == _RECORD:
            record = _record(stream.read(), f"{name}/{entry.name}", report)
            if record is not None and picture is not None and picture[0] == key:
                yield record, picture[1]


def _key(name: str) -> tuple[str, str]:
    """The name without its suffix, and the suffix in lower case."""
    path = PurePosixPath(name)
    return str(path.with_suffix("")), path.suffix.lower()


def _record(data: bytes, place: str, report: Report) -> AnnotatedPicture | None:
    try:
        value = json.loads(data)
        return record_from_json(value, None, place, ReadOptions(require_pictures=False), report)
    except BadValue as error:
        report.skipped(place, error.place, error.message)
    except ValueError as error:
        report.skipped(place, "", f"{error}.")
    return None
