"""The NYU Symmetry Database (Cicconet et al.): a MAT file beside each picture.

    S/I001.png, S/I001.mat (one axis), M/I001.png, M/I001.mat (several)
        segments: 1 x K cell of matrices [x1 y1; x2 y2]

Facts: the public loaders of PMCNet and CLIPSym, which want 176 pictures in S and 63 in M, all PNG. The numbers in the
files are taken as they are, as those loaders do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import ClassVar

import numpy as np

from clipsym_core.data.annotation import AnnotatedPicture, Annotation
from clipsym_core.data.formats.base import RENAMED, Format, ReadOptions, WriteOptions, nothing_there, sorted_files
from clipsym_core.data.formats.matfile import Cell, MatError, Value, cell_row, read_mat, write_mat
from clipsym_core.data.formats.values import BadValue, axis
from clipsym_core.data.pictures import locate, store, with_any_suffix
from clipsym_core.data.report import Report

_WANTED = {"S": 176, "M": 63}


class NyuFormat(Format):
    """The MAT files and folders of the NYU database."""

    name: ClassVar = "nyu"
    title: ClassVar = "NYU Symmetry Database, MAT files"
    layout: ClassVar = "S/I001.png with I001.mat, M/I001.png with I001.mat"
    holds: ClassVar = frozenset({"axis", "unsplit"})

    def recognizes(self, source: Path) -> bool:
        root = _root(source)
        return any((root / part).is_dir() and next(sorted_files(root / part, ".mat"), None) for part in _WANTED)

    def read(self, source: Path, options: ReadOptions, report: Report) -> Iterator[AnnotatedPicture]:
        if not self.recognizes(source):
            raise nothing_there(source, "S/I001.mat or M/I001.mat")
        root = _root(source)
        images = options.images or root
        for part in _WANTED:
            if not (root / part).is_dir():
                continue
            for file in sorted_files(root / part, ".mat"):
                name = file.relative_to(root).as_posix()
                try:
                    annotations = _axes(file, name, report)
                    picture = with_any_suffix(images / f"{name[: -len('.mat')]}.png")
                    located = locate(picture.relative_to(images).as_posix(), images, required=options.require_pictures)
                except ValueError as error:
                    place, message = (error.place, error.message) if isinstance(error, BadValue) else ("", str(error))
                    report.skipped(name, place, message)
                    continue
                yield AnnotatedPicture(
                    path=located.path, size=located.size, annotations=annotations, state=options.state,
                    file=located.file,
                )  # fmt: skip

    def write(self, pictures: Iterable[AnnotatedPicture], target: Path, options: WriteOptions, report: Report) -> None:
        counts: Counter[str] = Counter()
        for part in _WANTED:
            (target / part).mkdir()
        for picture in pictures:
            part = "S" if len(picture.axes) == 1 else "M"
            counts[part] += 1
            stem = f"{part}/I{counts[part]:03d}"
            report.changed(picture.path, f"stored as {stem}.png", RENAMED)
            store(picture, target / f"{stem}.png", options.pictures, report)
            segments: list[Value] = [np.array([a.start, a.end], np.float64) for a in picture.axes]
            (target / f"{stem}.mat").write_bytes(write_mat({"segments": cell_row(segments)}))
        for part, wanted in _WANTED.items():
            if counts[part] != wanted:
                report.note(
                    part, "", f"The public loaders want {wanted} pictures in {part}; here are {counts[part]:,}."
                )


def _root(source: Path) -> Path:
    return source / "NYU" if (source / "NYU").is_dir() else source


def _axes(file: Path, name: str, report: Report) -> tuple[Annotation, ...]:
    try:
        value = read_mat(file.read_bytes()).get("segments")
    except OSError as error:
        raise BadValue("", f"It cannot be read: {error.strerror or error}.") from error
    except MatError as error:
        raise BadValue("", str(error)) from error
    parts = value.values if isinstance(value, Cell) else (value,)
    found: list[Annotation] = []
    for i, part in enumerate(parts):
        place = f"segments({i + 1})"
        try:
            if not isinstance(part, np.ndarray) or part.dtype.kind not in "fiu" or part.size != 4:
                raise BadValue(place, "Expected a matrix [x1 y1; x2 y2].")
            x1, y1, x2, y2 = part.astype(np.float64).ravel().tolist()
            found.append(Annotation(axis(((x1, y1), (x2, y2)), place)))
        except BadValue as error:
            report.skipped(name, error.place, error.message)
    if not found:
        raise BadValue("segments", "No axis can be read.")
    return tuple(found)
