"""What a file format is: a name, what it can hold, a reader and a writer, both streaming, both with a report."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal, TypeAlias

from clipsym_core.data.annotation import AnnotatedPicture, State
from clipsym_core.data.pictures import PictureMode
from clipsym_core.data.report import Report
from clipsym_core.errors import InputError

Feature: TypeAlias = Literal[
    "axis", "polyline", "center", "ellipse", "unsplit", "negative", "state", "group", "split", "size", "extra",
    "suggestions", "path",
]  # fmt: skip
"""What a format may be able to hold.

axis, center, ellipse: shapes of that kind. polyline: axes of more than two points. negative: pictures without shapes.
unsplit: pictures without a split. path: the path of a picture as it was. The others: the fields of a record.
"""

EVERYTHING: frozenset[Feature] = frozenset(
    {"axis", "polyline", "center", "ellipse", "unsplit", "negative", "state", "group", "split", "size", "extra",
     "suggestions", "path"}
)  # fmt: skip

RENAMED = "The format cannot hold its path; it has a new name."
"""What the report says of a picture that is stored under another name; the place of the entry is that name."""

EllipseForm: TypeAlias = Literal["oriented_rectangle", "polygon"]
TargetFile: TypeAlias = Literal["png", "npz"]


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How to read.

    Attributes:
        images: folder that the picture paths are relative to, where it is not the dataset's own.
        require_pictures: skip (and report) records whose picture is missing.
        state: state of pictures in formats that do not say; published datasets are checked, so "verified".
    """

    images: Path | None = None
    require_pictures: bool = True
    state: State = "verified"


@dataclass(frozen=True, slots=True)
class WriteOptions:
    """How to write.

    Attributes:
        pictures: what to do with the pictures themselves.
        ellipses: how labelme gets ellipses.
        size: (width, height) of rendered targets; None keeps the size of each picture.
        target_file: kind of file of rendered targets.
        field_targets: render targets as the field's loaders do (blur at picture size) instead of analytically.
    """

    pictures: PictureMode = "copy"
    ellipses: EllipseForm = "oriented_rectangle"
    size: tuple[int, int] | None = None
    target_file: TargetFile = "png"
    field_targets: bool = False


class Format(ABC):
    """One file format.

    Attributes:
        name: what `--from` and `--to` take.
        title: for people.
        layout: where its files lie, in one line.
        holds: what it can hold; everything else in a record is named in the report when it is written.
        readable, writable: whether it can be imported and exported.
        single_file: name of its file when it is one file and a folder is asked for; None for formats that are folders.
        needs_pictures: its files can only be made with the pixels at hand.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    layout: ClassVar[str]
    holds: ClassVar[frozenset[Feature]]
    readable: ClassVar[bool] = True
    writable: ClassVar[bool] = True
    single_file: ClassVar[str | None] = None
    needs_pictures: ClassVar[bool] = False

    def recognizes(self, source: Path) -> bool:
        """Whether `source` looks like this format, from names and the beginning of a file alone."""
        return False

    @abstractmethod
    def read(self, source: Path, options: ReadOptions, report: Report) -> Iterator[AnnotatedPicture]:
        """The pictures of the dataset, one after the other. What cannot go in is reported, the rest goes in.

        Raises:
            InputError: nothing of this format is there.
        """

    @abstractmethod
    def write(self, pictures: Iterable[AnnotatedPicture], target: Path, options: WriteOptions, report: Report) -> None:
        """Write the pictures, which hold nothing that the format cannot hold, into the empty folder `target`.

        Raises:
            InputError: a picture cannot be written.
        """


def nothing_there(source: Path, expected: str) -> InputError:
    """The error of a reader that finds no file of its format."""
    if not source.exists():
        return InputError(f"{source} does not exist.", remedy="Check the path.")
    return InputError(f"Nothing to import in {source}.", f"Expected {expected}.", "Check the path and --from.")


def sorted_files(root: Path, suffix: str, *, above: frozenset[str] = frozenset()) -> Iterator[Path]:
    """Files below `root` whose name ends in `suffix`, in a stable order; in memory are the names of one folder.

    Links to folders are followed, except to one that lies above (`above`: real paths).

    Raises:
        InputError: a folder cannot be read.
    """
    try:
        with os.scandir(root) as entries:
            names = sorted((e.name, e.is_dir()) for e in entries if not e.name.startswith("."))
    except OSError as error:
        raise InputError(f"Cannot read the folder {root}.", f"{error.strerror or error}.") from error
    here = os.path.realpath(root)
    for name, is_folder in names:
        if is_folder:
            if os.path.realpath(root / name) not in above | {here}:
                yield from sorted_files(root / name, suffix, above=above | {here})
        elif name.lower().endswith(suffix):
            yield root / name
