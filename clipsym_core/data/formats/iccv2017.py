"""ICCV 2017 challenge "Detecting Symmetry in the Wild" (Funk et al.): straight mirror axes in text files.

    reflection_training/ref_s/refs_001.jpg ... with label_refs.txt     one line "x1,y1,x2,y2" a picture, in the order
                                                                       of the pictures' names
    reflection_training/ref_m/refm_001.jpg with refm_001.txt           one line an axis (the challenge has no text for
                                                                       pictures of several axes; this form is ours)

Facts: imgsym's notes on its data layout. Numbers may be separated by commas or spaces. A list whose length differs from
the number of pictures cannot be matched and is refused as a whole.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path, PurePosixPath
from typing import IO, ClassVar

from clipsym_core.data.annotation import AnnotatedPicture, Annotation, Split
from clipsym_core.data.formats.base import RENAMED, Format, ReadOptions, WriteOptions, nothing_there, sorted_files
from clipsym_core.data.formats.values import BadValue, axis, number
from clipsym_core.data.pictures import locate, store, with_any_suffix
from clipsym_core.data.report import Report
from clipsym_core.imaging import IMAGE_SUFFIXES
from clipsym_core.symmetry import ReflectionAxis

LIST = "label_refs.txt"
_PARTS = {"train": "reflection_training", "test": "reflection_testing"}


class Iccv2017Format(Format):
    """The text files and folders of the ICCV 2017 challenge."""

    name: ClassVar = "iccv2017"
    title: ClassVar = "ICCV 2017 challenge, text"
    layout: ClassVar = "reflection_training/ref_s/refs_001.jpg ..., label_refs.txt; ref_m/refm_001.jpg with .txt"
    holds: ClassVar = frozenset({"axis", "split"})
    needs_pictures: ClassVar = True

    def recognizes(self, source: Path) -> bool:
        return source.is_dir() and any(f.name.startswith("label_ref") for f in sorted_files(source, ".txt"))

    def read(self, source: Path, options: ReadOptions, report: Report) -> Iterator[AnnotatedPicture]:
        if not source.is_dir():
            raise nothing_there(source, f"a folder with {LIST}")
        found = False
        for file in sorted_files(source, ".txt"):
            name = file.relative_to(source).as_posix()
            images = (options.images or source) / PurePosixPath(name).parent
            beside = with_any_suffix((images / file.name).with_suffix(".jpg"))
            if file.name.startswith("label_"):
                found = True
                yield from _list(file, name, images, options, report)
            elif beside.is_file():
                found = True
                yield from _single(file, name, beside, images, options, report)
        if not found:
            raise nothing_there(source, f"{LIST}, or NAME.txt beside NAME.jpg")

    def write(self, pictures: Iterable[AnnotatedPicture], target: Path, options: WriteOptions, report: Report) -> None:
        counts: Counter[str] = Counter()
        validation = 0
        with ExitStack() as stack:
            lists: dict[str, IO[str]] = {}
            for picture in pictures:
                part = _PARTS["train" if picture.split == "train" else "test"]
                validation += picture.split == "val"
                single = len(picture.axes) == 1
                folder = f"{part}/{'ref_s' if single else 'ref_m'}"
                counts[folder] += 1
                suffix = PurePosixPath(picture.path).suffix
                stem = f"{folder}/{'refs' if single else 'refm'}_{counts[folder]:05d}"
                report.changed(picture.path, f"stored as {stem}{suffix}", RENAMED)
                (target / folder).mkdir(parents=True, exist_ok=True)
                store(picture, target / f"{stem}{suffix}", options.pictures, report)
                rows = "".join(_row(a) for a in picture.axes)
                if not single:
                    (target / f"{stem}.txt").write_text(rows, encoding="ascii", newline="\n")
                    continue
                if folder not in lists:
                    path = target / folder / LIST
                    lists[folder] = stack.enter_context(path.open("w", encoding="ascii", newline="\n"))
                lists[folder].write(rows)
        if validation:
            report.changed(_PARTS["test"], "", f"It knows no val: {validation:,} pictures of it are in the test set.")


def _row(shape: ReflectionAxis) -> str:
    return ",".join(repr(v) for v in (*shape.start, *shape.end)) + "\n"


def _lines(file: Path) -> list[str]:
    """Its lines without those empty at the end; bytes that are no UTF-8 stay visible as faults in their line."""
    try:
        lines = file.read_bytes().decode("utf-8-sig", "replace").splitlines()
    except OSError as error:
        raise BadValue("", f"It cannot be read: {error.strerror or error}.") from error
    while lines and not lines[-1].strip():
        lines.pop()
    return lines


def _axis(line: str, place: str) -> Annotation:
    parts = line.replace(",", " ").split()
    if len(parts) != 4:
        raise BadValue(place, f"Expected four numbers x1,y1,x2,y2, got {line.strip()[:60]!r}.")
    x1, y1, x2, y2 = (number(p, place) for p in parts)
    return Annotation(axis(((x1, y1), (x2, y2)), place))


def _split(name: str) -> Split:
    if "train" in name:
        return "train"
    return "test" if "test" in name else ""


def _list(file: Path, name: str, images: Path, options: ReadOptions, report: Report) -> Iterator[AnnotatedPicture]:
    try:
        lines = _lines(file)
    except BadValue as error:
        report.skipped(name, error.place, error.message)
        return
    pictures = sorted(p.name for p in images.iterdir() if p.suffix.lower() in IMAGE_SUFFIXES) if images.is_dir() else []
    if len(lines) != len(pictures):
        filled = [line for line in lines if line.strip()]
        if len(filled) != len(pictures):
            report.skipped(name, "", f"{len(lines)} lines for {len(pictures)} pictures: they cannot be matched.")
            return
        lines = filled
    for i, (line, picture) in enumerate(zip(lines, pictures, strict=True)):
        try:
            yield _record(picture, images, name, (_axis(line, f"line {i + 1}"),), options)
        except ValueError as error:
            message = error.message if isinstance(error, BadValue) else str(error)
            report.skipped(name, f"line {i + 1}", message)


def _single(
    file: Path, name: str, picture: Path, images: Path, options: ReadOptions, report: Report
) -> Iterator[AnnotatedPicture]:
    found: list[Annotation] = []
    try:
        lines = _lines(file)
    except BadValue as error:
        report.skipped(name, error.place, error.message)
        return
    for i, line in enumerate(lines):
        if line.strip():
            try:
                found.append(_axis(line, f"line {i + 1}"))
            except BadValue as error:
                report.skipped(name, error.place, error.message)
    if not found:
        report.skipped(name, "", "No axis can be read.")
        return
    try:
        yield _record(picture.name, images, name, tuple(found), options)
    except ValueError as error:
        report.skipped(name, "", str(error))


def _record(
    picture: str, images: Path, name: str, annotations: tuple[Annotation, ...], options: ReadOptions
) -> AnnotatedPicture:
    located = locate(picture, images, required=True)
    folder = PurePosixPath(name).parent
    path = located.path if str(folder) == "." else f"{folder}/{located.path}"
    return AnnotatedPicture(
        path=path, size=located.size, annotations=annotations, state=options.state, split=_split(str(folder)),
        file=located.file,
    )  # fmt: skip
