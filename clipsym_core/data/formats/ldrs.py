"""LDRS (Seo et al., ICCV 2021): labelme-like JSON with lines of two points, a folder a split.

    train/NAME.jpg with NAME.json, val/..., test/...        {"shapes": [{"points": [[x1, y1], [x2, y2]]}, ...]}

Facts: the public loaders of PMCNet and CLIPSym. They take the first two points of every shape, and find the picture by
cutting the letters "json." off the end of the name (`rstrip`), then adding ".jpg": a name that ends in j, s, o or n
would lose them, so an export puts "_0" behind it, and all its pictures are JPEG.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any, ClassVar

from clipsym_core.data.annotation import SPLITS, AnnotatedPicture, Annotation, Split
from clipsym_core.data.formats.base import RENAMED, Format, ReadOptions, WriteOptions, nothing_there, sorted_files
from clipsym_core.data.formats.jsonio import dump_json, load_json
from clipsym_core.data.formats.values import (
    SIDECAR,
    BadValue,
    Sidecar,
    axis,
    mapping,
    points,
    sequence,
    sidecar_of,
    size,
)
from clipsym_core.data.pictures import Names, flat_name, locate, store, with_any_suffix
from clipsym_core.data.report import Report
from clipsym_core.symmetry import ReflectionAxis

_CUT_BY_LOADERS = tuple(".json")


class LdrsFormat(Format):
    """The folders and JSON files of LDRS."""

    name: ClassVar = "ldrs"
    title: ClassVar = "LDRS, labelme-like JSON"
    layout: ClassVar = "train/NAME.jpg with NAME.json, val/..., test/..."
    holds: ClassVar = frozenset({"axis", "negative", "split", "state", "group", "extra", "suggestions", "size"})

    def recognizes(self, source: Path) -> bool:
        # Nothing but the name tells it from labelme's files in folders of splits, which may hold centers too.
        root = _root(source)
        return "ldrs" in root.absolute().name.lower() and _has_files(root)

    def read(self, source: Path, options: ReadOptions, report: Report) -> Iterator[AnnotatedPicture]:
        if not _has_files(_root(source)):
            raise nothing_there(source, "train/NAME.json, val/NAME.json or test/NAME.json")
        root = _root(source)
        for split in SPLITS:
            if (root / split).is_dir():
                for file in sorted_files(root / split, ".json"):
                    name = file.relative_to(root).as_posix()
                    try:
                        yield _record(load_json(file), name, split, options.images or root, options, report)
                    except BadValue as error:
                        report.skipped(name, error.place, error.message)

    def write(self, pictures: Iterable[AnnotatedPicture], target: Path, options: WriteOptions, report: Report) -> None:
        names = Names()
        for split in SPLITS:
            (target / split).mkdir()
        for picture in pictures:
            stem = PurePosixPath(flat_name(picture.path)).stem
            if stem.endswith(_CUT_BY_LOADERS):
                stem += "_0"
            name = PurePosixPath(names.take(f"{picture.split}/{stem}.jpg"))
            if str(name) != picture.path:
                report.changed(picture.path, f"stored as {name}", RENAMED)
            store(picture, target / name, options.pictures, report)
            (target / name.with_suffix(".json")).write_bytes(dump_json(_json(picture, name)))


def _root(source: Path) -> Path:
    return source / "LDRS" if (source / "LDRS").is_dir() else source


def _has_files(root: Path) -> bool:
    return any((root / s).is_dir() and next(sorted_files(root / s, ".json"), None) for s in SPLITS)


def _json(picture: AnnotatedPicture, name: PurePosixPath) -> dict[str, Any]:
    w, h = picture.size or (None, None)
    shapes = []
    for a in picture.annotations:
        assert isinstance(a.shape, ReflectionAxis)  # all that this format holds
        at = [list(p) for p in a.shape.points]
        shape: dict[str, Any] = {"label": "reflection", "points": at, "shape_type": "line"}
        if a.extra:
            shape[SIDECAR] = {"extra": dict(a.extra)}
        shapes.append(shape)
    return {
        "shapes": shapes,
        "imagePath": name.name,
        "imageData": None,
        "imageHeight": h,
        "imageWidth": w,
        SIDECAR: {k: v for k, v in sidecar_of(picture, "").items() if k != "split"},
    }


def _record(value: Any, file: str, split: Split, root: Path, options: ReadOptions, report: Report) -> AnnotatedPicture:
    data = mapping(value, "")
    declared = size(data.get("imageWidth"), data.get("imageHeight"), "image")
    found: list[Annotation] = []
    shapes = sequence(data.get("shapes"), "shapes")
    for i, item in enumerate(shapes):
        place = f"shapes[{i}].points"
        try:
            raw = mapping(item, f"shapes[{i}]")
            own = raw.get(SIDECAR)
            extra = own.get("extra", {}) if isinstance(own, dict) else {}
            found.append(Annotation(axis(points(raw.get("points"), place, least=2), place), extra))
        except BadValue as error:
            report.skipped(file, error.place, error.message)
    if shapes and not found:
        raise BadValue("shapes", "No axis can be read.")
    sidecar = Sidecar(data.get(SIDECAR), options.state, report, file)
    try:
        picture = with_any_suffix(root / PurePosixPath(file).with_suffix(".jpg"))
        located = locate(
            picture.relative_to(root).as_posix(), root, declared=declared, required=options.require_pictures
        )
    except ValueError as error:
        raise BadValue("", str(error)) from error
    return AnnotatedPicture(
        path=located.path, size=located.size, annotations=tuple(found), suggestions=sidecar.suggestions,
        state=sidecar.state, group=sidecar.group, split=split, extra=sidecar.extra, file=located.file,
    )  # fmt: skip
