"""CSV: one row a shape, for spreadsheets and scripts.

Columns: file, width, height, state, group, split, kind (axis, center, ellipse, or empty for a picture without shapes),
points ("x y; x y"; the center of a center or an ellipse), order, rx, ry, angle, score and source (suggestions alone),
extra and picture_extra (JSON). Columns may stand in any order, unknown ones are kept out with a note, and only file,
kind and points are needed. UTF-8; the rows of a picture may lie anywhere.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar, TextIO

from clipsym_core.data.annotation import AnnotatedPicture, Annotation
from clipsym_core.data.formats.base import EVERYTHING, Format, ReadOptions, WriteOptions, nothing_there
from clipsym_core.data.formats.jsonio import parse_json
from clipsym_core.data.formats.scratch import Scratch, scratch
from clipsym_core.data.formats.values import (
    BadValue,
    axis,
    center,
    ellipse,
    extras,
    group,
    number,
    size,
    split,
    state,
)
from clipsym_core.data.pictures import locate, store
from clipsym_core.data.report import Report
from clipsym_core.symmetry import Detection, Point, ReflectionAxis, ReflectionEllipse, RotationCenter, Shape

COLUMNS = (
    "file", "width", "height", "state", "group", "split", "kind", "points", "order", "rx", "ry", "angle", "score",
    "source", "evidence", "extra", "picture_extra",
)  # fmt: skip
_NEEDED = ("file", "kind", "points")
_MAX_LINE = 4 * 1024 * 1024


class CsvFormat(Format):
    """One row a shape."""

    name: ClassVar = "csv"
    title: ClassVar = "CSV table, one row a shape"
    layout: ClassVar = "annotations.csv, pictures beside it"
    holds: ClassVar = EVERYTHING
    single_file: ClassVar = "annotations.csv"

    def recognizes(self, source: Path) -> bool:
        file = source / self.single_file if source.is_dir() else source
        return file.suffix.lower() == ".csv" and file.is_file()

    def read(self, source: Path, options: ReadOptions, report: Report) -> Iterator[AnnotatedPicture]:
        file = source / self.single_file if source.is_dir() else source
        if not file.is_file():
            raise nothing_there(source, f"{self.single_file}")
        root = options.images or file.parent
        with scratch() as rows:
            _gather(file, rows, report)
            rows.finish()
            for key in rows.keys():  # noqa: SIM118 (not a dict)
                try:
                    yield _record(key, rows.rows(key), root, file.name, options, report)
                except BadValue as error:
                    report.skipped(file.name, error.place, error.message)

    def write(self, pictures: Iterable[AnnotatedPicture], target: Path, options: WriteOptions, report: Report) -> None:
        with (target / self.single_file).open("w", encoding="utf-8", newline="") as file:
            table = csv.writer(file, lineterminator="\n")
            table.writerow(COLUMNS)
            for picture in pictures:
                store(picture, target / picture.path, options.pictures, report)
                table.writerows(_rows(picture))


# -- writing ----------------------------------------------------------------------------------------------------------


def _rows(picture: AnnotatedPicture) -> Iterator[list[str]]:
    w, h = picture.size or ("", "")
    head = [picture.path, str(w), str(h), picture.state, picture.group, picture.split]
    tail = _compact(picture.extra)
    nothing = [""] * 10
    first = True
    for a in picture.annotations:
        yield [*head, *_cells(a.shape), "", "", "", _compact(a.extra), tail if first else ""]
        first = False
    for d in picture.suggestions:
        yield [
            *head, *_cells(d.shape), repr(d.score), d.source, _compact(d.evidence), "", tail if first else "",
        ]  # fmt: skip
        first = False
    if first:
        yield [*head, *nothing, tail]


def _cells(shape: Shape) -> list[str]:
    match shape:
        case ReflectionAxis(at):
            return ["axis", "; ".join(f"{x!r} {y!r}" for x, y in at), "", "", "", ""]
        case RotationCenter(x, y, order):
            return ["center", f"{x!r} {y!r}", str(order), "", "", ""]
        case ReflectionEllipse(cx, cy, rx, ry, angle):
            return ["ellipse", f"{cx!r} {cy!r}", "", repr(rx), repr(ry), repr(angle)]


def _compact(value: Mapping[str, Any]) -> str:
    return json.dumps(dict(value), separators=(",", ":"), allow_nan=False) if value else ""


# -- reading ----------------------------------------------------------------------------------------------------------


def _gather(file: Path, rows: Scratch, report: Report) -> None:
    """All rows into `rows`, under the text of their file column; faulty ones to the report."""
    with file.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as stream:
        lines = _Lines(stream)
        table = csv.reader(lines, strict=True)
        try:
            header = [name.strip().lower() for name in next(table, [])]
        except csv.Error as error:
            report.skipped(file.name, "line 1", f"Not CSV: {error}; nothing can be read.")
            return
        missing = [name for name in _NEEDED if name not in header]
        if missing:
            report.skipped(file.name, "line 1", f"The columns {', '.join(missing)} are missing; nothing can be read.")
            return
        for name in header:
            if name not in COLUMNS:
                report.note(file.name, "line 1", f"The column {name[:40]!r} is unknown and left out.")
        while True:
            line = lines.number + 1
            try:
                cells = next(table, None)
            except csv.Error as error:
                report.skipped(file.name, f"line {line}", f"Not CSV: {error}.")
                table = csv.reader(lines, strict=True)
                continue
            if cells is None:
                return
            if not cells:
                continue
            if len(cells) != len(header):
                report.skipped(file.name, f"line {line}", f"Expected {len(header)} columns, got {len(cells)}.")
                continue
            row = {name: cell for name, cell in zip(header, cells, strict=True) if name in COLUMNS}
            if any("\udc80" <= c <= "\udcff" for cell in cells for c in cell):
                report.skipped(file.name, f"line {line}", "The text is not UTF-8; save the table as UTF-8.")
                continue
            key = row["file"].strip()
            rows.declare(key)
            rows.add(key, [line, row])


class _Lines:
    """Lines with their number; a line that never ends is cut, so that a broken file cannot fill the memory."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.number = 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._stream.readline(_MAX_LINE)
        if not line:
            raise StopIteration
        self.number += 1
        return line.replace("\0", "\ufffd")


def _record(key: str, rows: list[Any], root: Path, file: str, options: ReadOptions, report: Report) -> AnnotatedPicture:
    first_line, first = rows[0]
    place = f"line {first_line}"
    declared = size(first.get("width") or None, first.get("height") or None, place)
    try:
        located = locate(key, root, declared=declared, required=options.require_pictures)
    except ValueError as error:
        raise BadValue(place, str(error)) from error
    annotations: list[Annotation] = []
    suggestions: list[Detection] = []
    extra: dict[str, Any] = {}
    for line, row in rows:
        where = f"line {line}"
        for name in ("width", "height", "state", "group", "split"):
            if row.get(name, "") != first.get(name, ""):
                report.skipped(file, where, f"The column {name} differs from line {first_line}, which counts.")
        try:
            extra |= _json_cell(row, "picture_extra", report, file, where)
            if row["kind"].strip():
                _shape_row(row, where, annotations, suggestions, report, file)
        except BadValue as error:
            report.skipped(file, error.place, error.message)
    return AnnotatedPicture(
        path=located.path, size=located.size, annotations=tuple(annotations), suggestions=tuple(suggestions),
        state=state(first.get("state") or options.state, options.state, report, file, place),
        group=group(first.get("group", ""), report, file, place),
        split=split(first.get("split", ""), report, file, place), extra=extra, file=located.file,
    )  # fmt: skip


def _shape_row(
    row: Mapping[str, str], where: str, annotations: list[Annotation], suggestions: list[Detection], report: Report,
    file: str,
) -> None:  # fmt: skip
    shape = _shape(row, where)
    score = row.get("score", "").strip()
    if not score:
        annotations.append(Annotation(shape, _json_cell(row, "extra", report, file, where)))
        return
    evidence = {k: number(v, where) for k, v in _json_cell(row, "evidence", report, file, where).items()}
    try:
        suggestions.append(Detection(shape, number(score, f"{where}, score"), row.get("source", ""), evidence))
    except BadValue:
        raise
    except ValueError as error:
        raise BadValue(where, str(error)) from error


def _shape(row: Mapping[str, str], where: str) -> Shape:
    kind = row["kind"].strip().lower()
    at = _points(row["points"], f"{where}, points")
    if kind == "axis":
        return axis(at, f"{where}, points")
    if kind not in ("center", "ellipse"):
        raise BadValue(f"{where}, kind", f"Expected axis, center or ellipse, got {kind[:40]!r}.")
    if len(at) != 1:
        raise BadValue(f"{where}, points", f"A {kind} has one point, got {len(at)}.")
    if kind == "center":
        return center(at[0], row.get("order", ""), where)
    rx, ry = (number(row.get(name, ""), f"{where}, {name}") for name in ("rx", "ry"))
    angle = number(row.get("angle", "").strip() or "0", f"{where}, angle")
    return ellipse(at[0][0], at[0][1], rx, ry, angle, where)


def _points(value: str, place: str) -> tuple[Point, ...]:
    found: list[Point] = []
    for part in value.split(";"):
        pair = part.replace(",", " ").split()
        if len(pair) != 2:
            raise BadValue(place, f'Expected "x y; x y", got {value[:60]!r}.')
        found.append((number(pair[0], place), number(pair[1], place)))
    return tuple(found)


def _json_cell(row: Mapping[str, str], name: str, report: Report, file: str, where: str) -> dict[str, Any]:
    cell = row.get(name, "").strip()
    if not cell:
        return {}
    try:
        return extras(parse_json(cell.encode()), report, file, f"{where}, {name}")
    except BadValue as error:
        raise BadValue(f"{where}, {name}", error.message) from error
