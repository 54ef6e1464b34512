"""SDRW, the CVPR 2013 competition (Liu et al.): straight mirror axes in MAT files.

    reflection_training/single_training/NAME.jpg, singleGT_training/singleGT_training.mat
    reflection_training/multiple_training/NAME.jpg, multipleGT_training/multipleGT_training.mat
        gt: N x 1 structure with `name` and `ax` (one row x1 y1 x2 y2 an axis)
    reflection_testing/single_testing/NAME.jpg, multiple_testing/NAME.jpg, ../reflectionTestGt2013.mat
        gtS, gtM: a structure with a cell of names (N x 1) and a matrix (N x 4); a picture has a row an axis

Facts: the public loaders of PMCNet (ahyunSeo/PMCNet, dataset.py) and CLIPSym (pmc_loader.py). Those use the test set
for validation too, and expect the sixth single test picture and the first multiple one as PNG, whatever their names
say; an export gives them PNG names. A name whose file has another suffix is found all the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, ClassVar

import numpy as np

from clipsym_core.data.annotation import AnnotatedPicture, Annotation, Split
from clipsym_core.data.formats.base import RENAMED, Format, ReadOptions, WriteOptions, nothing_there
from clipsym_core.data.formats.matfile import (
    Cell,
    MatError,
    Struct,
    Value,
    cell_column,
    read_mat,
    struct_column,
    write_mat,
)
from clipsym_core.data.formats.values import BadValue, axis
from clipsym_core.data.pictures import Names, flat_name, locate, store, with_any_suffix
from clipsym_core.data.report import Report

TRAINING = {
    "single": "reflection_training/singleGT_training/singleGT_training.mat",
    "multiple": "reflection_training/multipleGT_training/multipleGT_training.mat",
}
TESTING = "reflectionTestGt2013.mat"
_TEST_NAMES = {"single": "gtS", "multiple": "gtM"}
_PNG_SINGLE_TEST = 5
_LEAST_SINGLE_TEST = 6


class SdrwFormat(Format):
    """The MAT files and folders of SDRW."""

    name: ClassVar = "sdrw"
    title: ClassVar = "SDRW (CVPR 2013), MAT files"
    layout: ClassVar = "reflection_training/..., reflection_testing/..., reflectionTestGt2013.mat"
    holds: ClassVar = frozenset({"axis", "split"})

    def recognizes(self, source: Path) -> bool:
        return any((_root(source) / name).is_file() for name in (*TRAINING.values(), TESTING))

    def read(self, source: Path, options: ReadOptions, report: Report) -> Iterator[AnnotatedPicture]:
        root = _root(source)
        if not self.recognizes(source):
            raise nothing_there(source, f"{TRAINING['single']} or {TESTING}")
        images = options.images or root
        for kind, name in TRAINING.items():
            if (root / name).is_file():
                folder = f"reflection_training/{kind}_training"
                rows = _training_rows(root / name, name, report)
                yield from _pictures(rows, folder, "train", images, name, options, report)
        if (root / TESTING).is_file():
            for kind, variable in _TEST_NAMES.items():
                folder = f"reflection_testing/{kind}_testing"
                rows = _testing_rows(root / TESTING, variable, report)
                yield from _pictures(rows, folder, "test", images, f"{TESTING}, {variable}", options, report)

    def write(self, pictures: Iterable[AnnotatedPicture], target: Path, options: WriteOptions, report: Report) -> None:
        sets: dict[str, list[tuple[str, list[list[float]]]]] = {
            f"{kind}_{part}": [] for kind in TRAINING for part in ("training", "testing")
        }
        names = Names()
        validation = 0
        for picture in pictures:
            kind = "single" if len(picture.axes) == 1 else "multiple"
            part = "training" if picture.split == "train" else "testing"
            validation += picture.split == "val"
            rows = sets[f"{kind}_{part}"]
            name = flat_name(picture.path)
            if part == "testing" and len(rows) == (_PNG_SINGLE_TEST if kind == "single" else 0):
                name = str(PurePosixPath(name).with_suffix(".png"))
            name = names.take(name)
            place = f"reflection_{part}/{kind}_{part}/{name}"
            report.changed(picture.path, f"stored as {place}", RENAMED)
            store(picture, target / place, options.pictures, report)
            rows.append((name, [[*a.start, *a.end] for a in picture.axes]))
        if validation:
            report.changed(TESTING, "", f"SDRW knows no val: {validation:,} pictures of it are in the test set.")
        _write_mats(target, sets, report)


def _root(source: Path) -> Path:
    return source / "SDRW" if (source / "SDRW").is_dir() else source


# -- writing ----------------------------------------------------------------------------------------------------------


def _write_mats(target: Path, sets: dict[str, list[tuple[str, list[list[float]]]]], report: Report) -> None:
    for kind, file in TRAINING.items():
        elements: list[dict[str, Value]] = [
            {"name": name, "ax": np.array(rows, np.float64)} for name, rows in sets[f"{kind}_training"]
        ]
        (target / file).parent.mkdir(parents=True, exist_ok=True)
        (target / file).write_bytes(write_mat({"gt": struct_column(("name", "ax"), elements)}))
    variables: dict[str, Value] = {}
    for kind, variable in _TEST_NAMES.items():
        flat = [(name, row) for name, rows in sets[f"{kind}_testing"] for row in rows]
        names = cell_column([name for name, _ in flat])
        axes = np.array([row for _, row in flat], np.float64).reshape(-1, 4)
        variables[variable] = Struct((1, 1), ("name", "ax"), ({"name": names, "ax": axes},))
    (target / TESTING).write_bytes(write_mat(variables))
    if len(sets["single_testing"]) < _LEAST_SINGLE_TEST or not sets["multiple_testing"]:
        report.note(
            TESTING, "", "The public loaders need at least six test pictures with one axis and one with several."
        )


# -- reading ----------------------------------------------------------------------------------------------------------


@dataclass
class _Row:
    """A picture with its axes so far."""

    name: str
    place: str
    axes: list[Annotation] = field(default_factory=list)
    broken: int = 0


def _load(file: Path, name: str, report: Report) -> dict[str, Value]:
    try:
        return read_mat(file.read_bytes())
    except OSError as error:
        report.skipped(name, "", f"It cannot be read: {error.strerror or error}.")
    except MatError as error:
        report.skipped(name, "", str(error))
    return {}


def _training_rows(file: Path, name: str, report: Report) -> list[_Row]:
    variables = _load(file, name, report)
    table = variables.get("gt")
    if not isinstance(table, Struct) or not {"name", "ax"} <= set(table.fields):
        if variables:
            report.skipped(name, "gt", "Expected a structure with the fields name and ax.")
        return []
    rows: dict[str, _Row] = {}
    for i, element in enumerate(table.elements):
        _add(rows, element["name"], element["ax"], f"gt({i + 1})", name, report)
    return list(rows.values())


def _testing_rows(file: Path, variable: str, report: Report) -> list[_Row]:
    variables = _load(file, file.name, report)
    table = variables.get(variable)
    if not isinstance(table, Struct) or len(table.elements) != 1 or len(table.fields) < 2:
        if variables:
            report.skipped(file.name, variable, "Expected a structure of names and axes.")
        return []
    names, axes = (table.elements[0][f] for f in table.fields[:2])
    if not isinstance(names, Cell) or not isinstance(axes, np.ndarray) or len(names.values) != len(axes):
        report.skipped(file.name, variable, "Expected as many names as rows of axes.")
        return []
    rows: dict[str, _Row] = {}
    for i, (name, row) in enumerate(zip(names.values, axes, strict=True)):
        _add(rows, name, row, f"{variable}, row {i + 1}", file.name, report)
    return list(rows.values())


def _add(rows: dict[str, _Row], name: Any, axes: Any, place: str, file: str, report: Report) -> None:
    while isinstance(name, Cell) and len(name.values) == 1:
        name = name.values[0]
    if not isinstance(name, str):
        report.skipped(file, f"{place}.name", "Expected the name of a picture.")
        return
    row = rows.setdefault(name.strip(), _Row(name.strip(), place))
    while isinstance(axes, Cell) and len(axes.values) == 1:
        axes = axes.values[0]
    if not isinstance(axes, np.ndarray) or axes.dtype.kind not in "fiu" or axes.size == 0 or axes.size % 4:
        report.skipped(file, f"{place}.ax", "Expected rows of four numbers.")
        row.broken += 1
        return
    for k, (x1, y1, x2, y2) in enumerate(axes.reshape(-1, 4).astype(np.float64).tolist()):
        try:
            row.axes.append(Annotation(axis(((x1, y1), (x2, y2)), f"{place}.ax, row {k + 1}")))
        except BadValue as error:
            report.skipped(file, error.place, error.message)
            row.broken += 1


def _pictures(
    rows: list[_Row], folder: str, split: Split, root: Path, file: str, options: ReadOptions, report: Report
) -> Iterator[AnnotatedPicture]:
    for row in rows:
        if not row.axes:
            if not row.broken:
                report.skipped(file, row.place, f"The picture {row.name} has no axis.")
            continue
        try:
            name = row.name
            if not (root / folder / name).is_file():
                name = with_any_suffix(root / folder / name).name
            located = locate(f"{folder}/{name}", root, required=options.require_pictures)
        except ValueError as error:
            report.skipped(file, row.place, str(error))
            continue
        yield AnnotatedPicture(
            path=located.path, size=located.size, annotations=tuple(row.axes), state=options.state, split=split,
            file=located.file,
        )  # fmt: skip
