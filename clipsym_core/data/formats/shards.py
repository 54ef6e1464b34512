"""Training shards among the formats: tar files that a training streams, for data sets too large for single files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import ClassVar

from clipsym_core.data.annotation import AnnotatedPicture
from clipsym_core.data.formats.base import EVERYTHING, Format, ReadOptions, WriteOptions
from clipsym_core.data.report import Report
from clipsym_core.data.shards import ShardWriter
from clipsym_core.errors import InputError


class ShardsFormat(Format):
    """Tar files in the webdataset convention; written here, read by the training (`data.path` of a run file)."""

    name: ClassVar = "shards"
    title: ClassVar = "training shards (tar)"
    layout: ClassVar = "000000.tar ... with 000000000.jpg, 000000000.json"
    holds: ClassVar = EVERYTHING
    readable: ClassVar = False
    needs_pictures: ClassVar = True

    def read(self, source: Path, options: ReadOptions, report: Report) -> Iterator[AnnotatedPicture]:
        raise InputError(
            "Shards are read by the training only; they cannot be imported.", remedy="Import the original."
        )

    def write(self, pictures: Iterable[AnnotatedPicture], target: Path, options: WriteOptions, report: Report) -> None:
        with ShardWriter(target) as writer:
            for picture in pictures:
                assert picture.file is not None, "What needs pictures gets none without."
                try:
                    writer.add(picture, picture.file.read_bytes())
                except OSError as error:
                    raise InputError(f"Cannot write the picture {picture.path}.", f"{error}.") from error
