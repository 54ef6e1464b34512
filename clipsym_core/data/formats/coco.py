"""COCO: keypoints for axes and centers, a polygon for ellipses. One file, or one a split.

    category                       keypoints        besides
    1 reflection_axis              start, end       `polyline`: all points, where the axis is bent
    2 rotation_center              center           `attributes.order` (0 = continuous)
    3 reflection_ellipse           -                `segmentation`, and `attributes` with cx, cy, rx, ry, angle

Coordinates are continuous: the top left corner of the picture is (0, 0), pixel centers are at +0.5. Visibility is 2
inside the picture and 1 outside. Reading takes any category with the keypoints of an axis (two points) or a center (one
point and an order). Big files are streamed; the annotations may lie anywhere in the file.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any, ClassVar

from clipsym_core.data.annotation import SPLITS, AnnotatedPicture, Annotation, Split
from clipsym_core.data.formats.base import EVERYTHING, Format, ReadOptions, WriteOptions, nothing_there
from clipsym_core.data.formats.ellipses import from_rim, rim
from clipsym_core.data.formats.jsonio import stream_object
from clipsym_core.data.formats.scratch import Scratch, scratch
from clipsym_core.data.formats.values import (
    SIDECAR,
    BadValue,
    Sidecar,
    axis,
    center,
    ellipse,
    mapping,
    number,
    plain_json,
    points,
    sequence,
    sidecar_of,
    size,
)
from clipsym_core.data.pictures import locate, store
from clipsym_core.data.report import Report
from clipsym_core.symmetry import Point, ReflectionAxis, ReflectionEllipse, RotationCenter, Shape

OWN = "coco"
FILE = "annotations.json"
CATEGORIES: tuple[dict[str, Any], ...] = (
    {"id": 1, "name": "reflection_axis", "supercategory": "symmetry", "keypoints": ["start", "end"],
     "skeleton": [[1, 2]]},
    {"id": 2, "name": "rotation_center", "supercategory": "symmetry", "keypoints": ["center"], "skeleton": []},
    {"id": 3, "name": "reflection_ellipse", "supercategory": "symmetry"},
)  # fmt: skip
_RIM_POINTS = 72
_KNOWN_IMAGE = frozenset({"id", "file_name", "width", "height", SIDECAR})
_KNOWN_ANNOTATION = frozenset(
    {"id", "image_id", "category_id", "iscrowd", "bbox", "area", "keypoints", "num_keypoints", "polyline",
     "segmentation", "attributes", SIDECAR}
)  # fmt: skip


class CocoFormat(Format):
    """COCO keypoints and polygons."""

    name: ClassVar = "coco"
    title: ClassVar = "COCO keypoints"
    layout: ClassVar = "annotations.json, or annotations_train.json ... where there are splits; pictures in images/"
    holds: ClassVar = EVERYTHING
    single_file: ClassVar = FILE

    def recognizes(self, source: Path) -> bool:
        file = next(iter(_files(source)), None)
        if file is None or not file.is_file():
            return False
        with file.open("rb") as stream:
            head = stream.read(4096)
        return any(key in head for key in (b'"images"', b'"annotations"', b'"categories"')) and b'"format"' not in head

    def read(self, source: Path, options: ReadOptions, report: Report) -> Iterator[AnnotatedPicture]:
        files = _files(source)
        if not files:
            raise nothing_there(source, f"{FILE} or annotations_train.json, ...")
        for file in files:
            folder = file.parent
            below = "images" if options.images is None and (folder / "images").is_dir() else ""
            reader = _Reader(file, options.images or folder, below, options, report)
            with scratch() as rows:
                yield from reader.pictures(rows)

    def write(self, pictures: Iterable[AnnotatedPicture], target: Path, options: WriteOptions, report: Report) -> None:
        with ExitStack() as stack:
            writers: dict[str, _Writer] = {}
            for picture in pictures:
                if picture.split not in writers:
                    writers[picture.split] = stack.enter_context(_Writer(target, picture.split))
                store(picture, target / "images" / picture.path, options.pictures, report)
                writers[picture.split].add(picture, report)


def _files(source: Path) -> list[Path]:
    if source.is_file():
        return [source] if source.suffix.lower() == ".json" else []
    names = [FILE, *(f"annotations_{s}.json" for s in SPLITS)]
    return [source / name for name in names if (source / name).is_file()]


# -- writing ----------------------------------------------------------------------------------------------------------


class _Writer:
    """One COCO file, written in one go: annotations wait in a file of their own until the images are complete."""

    def __init__(self, folder: Path, split: str) -> None:
        self.path = folder / (f"annotations_{split}.json" if split else FILE)
        self.images = self.annotations = 0

    def __enter__(self) -> _Writer:
        self.file: IO[str] = self.path.open("w", encoding="ascii", newline="\n")
        self.waiting: IO[str] = self.path.with_suffix(".part").open("w+", encoding="ascii", newline="\n")
        info = {"description": "Symmetry annotations", "version": "1"}
        self.file.write(f'{{"info": {json.dumps(info)},\n"licenses": [],\n"images": [')
        return self

    def add(self, picture: AnnotatedPicture, report: Report) -> None:
        self.images += 1
        w, h = picture.size or (None, None)
        image: dict[str, Any] = {"id": self.images, "file_name": picture.path, "width": w, "height": h}
        image |= {k: v for k, v in picture.extra.get(OWN, {}).items() if k not in _KNOWN_IMAGE}
        image[SIDECAR] = sidecar_of(picture, OWN)
        self.file.write(("," if self.images > 1 else "") + "\n" + json.dumps(image, allow_nan=False))
        for a in picture.annotations:
            if isinstance(a.shape, ReflectionAxis) and not a.shape.is_straight:
                report.changed(
                    picture.path, "", "Other readers of COCO see the straight line between the ends of a bent axis."
                )
            self.annotations += 1
            row = json.dumps(_annotation(a, self.annotations, self.images, picture.size), allow_nan=False)
            self.waiting.write(("," if self.annotations > 1 else "") + "\n" + row)

    def __exit__(self, *exception: object) -> None:
        with self.file, self.waiting:
            self.file.write('\n],\n"annotations": [')
            self.waiting.seek(0)
            shutil.copyfileobj(self.waiting, self.file)
            self.file.write(f'\n],\n"categories": {json.dumps(CATEGORIES)}}}\n')
        self.path.with_suffix(".part").unlink()


def _annotation(a: Annotation, number_: int, image: int, size_: tuple[int, int] | None) -> dict[str, Any]:
    data: dict[str, Any] = {"id": number_, "image_id": image}
    attributes: dict[str, Any] = {}
    match a.shape:
        case ReflectionAxis(at):
            ends = (at[0], at[-1])
            data |= {"category_id": 1, "keypoints": _keypoints(ends, size_), "num_keypoints": 2}
            if not a.shape.is_straight:
                data["polyline"] = [list(p) for p in at]
            box = at
        case RotationCenter(x, y, order):
            data |= {"category_id": 2, "keypoints": _keypoints([(x, y)], size_), "num_keypoints": 1}
            attributes["order"] = order
            box = ((x, y),)
        case ReflectionEllipse(cx, cy, rx, ry, angle):
            box = rim(a.shape, _RIM_POINTS)
            data |= {"category_id": 3, "segmentation": [[v for p in box for v in p]]}
            attributes |= {"cx": cx, "cy": cy, "rx": rx, "ry": ry, "angle": angle}
    own = dict(a.extra.get(OWN, {}))
    attributes = {**own.pop("attributes", {}), **attributes}
    if attributes:
        data["attributes"] = attributes
    data["bbox"] = _box(box)
    data["area"] = data["bbox"][2] * data["bbox"][3]
    data["iscrowd"] = 0
    data |= {k: v for k, v in own.items() if k not in _KNOWN_ANNOTATION}
    if others := {k: v for k, v in a.extra.items() if k != OWN}:
        data[SIDECAR] = {"extra": others}
    return data


def _keypoints(at: Iterable[Point], size_: tuple[int, int] | None) -> list[float]:
    found: list[float] = []
    for x, y in at:
        outside = size_ is not None and not (0 <= x <= size_[0] and 0 <= y <= size_[1])
        found += [x, y, 1 if outside else 2]
    return found


def _box(at: Iterable[Point]) -> list[float]:
    """[x, y, width, height] around the points, at least 1 px wide and high: readers drop boxes without area."""
    xs, ys = zip(*at, strict=True)
    w, h = max(max(xs) - min(xs), 1.0), max(max(ys) - min(ys), 1.0)
    return [(min(xs) + max(xs) - w) / 2, (min(ys) + max(ys) - h) / 2, w, h]


# -- reading ----------------------------------------------------------------------------------------------------------


class _Reader:
    def __init__(self, file: Path, root: Path, below: str, options: ReadOptions, report: Report) -> None:
        self.file, self.root, self.below, self.options, self.report = file, root, below, options, report
        self.name = file.name
        self.orders: dict[str, Mapping[str, Any]] = {}
        stem = file.stem.rpartition("_")[2]
        self.split: Split = next((s for s in SPLITS if s == stem), "")

    def fault(self, place: str, message: str) -> None:
        self.report.skipped(self.name, place, message)

    def pictures(self, rows: Scratch) -> Iterator[AnnotatedPicture]:
        images: set[str] = set()
        try:
            for element in stream_object(self.file, frozenset({"images", "annotations", "categories"}), self.fault):
                place = f"{element.key}[{element.index}], line {element.line}"
                if element.index is None:
                    if element.key in ("images", "annotations", "categories"):
                        self.fault(element.key, "Expected a list.")
                    continue
                try:
                    self.gather(element.key, mapping(element.value, place), place, rows, images)
                except BadValue as error:
                    self.fault(error.place, error.message)
        except BadValue as error:
            self.fault(error.place, error.message)
        rows.finish()
        for key in rows.keys():  # noqa: SIM118 (not a dict)
            found = rows.rows(key)
            try:
                yield self.record(found)
            except BadValue as error:
                self.fault(error.place, error.message)
        for key, (kind, place, _) in rows.strays():
            if kind == "annotation":
                self.fault(place, f"Its picture, id {key[:40]}, is not in the file.")

    def gather(self, key: str, value: Mapping[str, Any], place: str, rows: Scratch, images: set[str]) -> None:
        if key == "categories":
            self.orders[str(value.get("id"))] = value
            return
        identity = value.get("id" if key == "images" else "image_id")
        if isinstance(identity, bool) or not isinstance(identity, int | str):
            raise BadValue(place, "The id of the picture is missing.")
        if key == "images" and not rows.declare(str(identity)):
            raise BadValue(place, f"A second picture with the id {identity}.")
        rows.add(str(identity), ["image" if key == "images" else "annotation", place, dict(value)])

    def record(self, rows: list[Any]) -> AnnotatedPicture:
        (_, place, image), *more = sorted(rows, key=lambda row: row[0] != "image")
        declared = size(image.get("width"), image.get("height"), place)
        try:
            name = image.get("file_name")
            located = locate(name, self.root / self.below, declared=declared, required=self.options.require_pictures)
        except ValueError as error:
            raise BadValue(f"{place}, file_name", str(error)) from error
        sidecar = Sidecar(image.get(SIDECAR), self.options.state, self.report, self.name)
        annotations: list[Annotation] = []
        for _, where, value in more:
            try:
                annotations.append(Annotation(self.shape(value, where), self.extra(value, where)))
            except BadValue as error:
                self.fault(error.place, error.message)
        own = {k: v for k, v in image.items() if k not in _KNOWN_IMAGE}
        extra = sidecar.extra | ({OWN: plain_json(own, self.report, self.name, place)} if own else {})
        return AnnotatedPicture(
            path=located.path, size=located.size, annotations=tuple(annotations), suggestions=sidecar.suggestions,
            state=sidecar.state, group=sidecar.group, split=sidecar.split or self.split,
            extra=extra, file=located.file,
        )  # fmt: skip

    def extra(self, value: Mapping[str, Any], place: str) -> dict[str, Any]:
        own = {k: v for k, v in value.items() if k not in _KNOWN_ANNOTATION}
        attributes = value.get("attributes")
        if isinstance(attributes, Mapping):
            kept = {k: v for k, v in attributes.items() if k not in ("order", "cx", "cy", "rx", "ry", "angle")}
            if kept:
                own["attributes"] = kept
        sidecar = value.get(SIDECAR)
        others = sidecar.get("extra") if isinstance(sidecar, Mapping) else None
        extra = (dict(others) if isinstance(others, Mapping) else {}) | ({OWN: own} if own else {})
        clean = plain_json(extra, self.report, self.name, place)
        assert isinstance(clean, dict)
        return clean

    def shape(self, value: Mapping[str, Any], place: str) -> Shape:
        attributes = mapping(value.get("attributes") or {}, f"{place}, attributes")
        if "rx" in attributes:
            v = [number(attributes.get(k), f"{place}, attributes.{k}") for k in ("cx", "cy", "rx", "ry", "angle")]
            return ellipse(v[0], v[1], v[2], v[3], v[4], place)
        if "polyline" in value:
            return axis(points(value["polyline"], f"{place}, polyline", least=2), place)
        if "keypoints" in value:
            at = self.keypoints(value["keypoints"], f"{place}, keypoints")
            if len(at) == 1:
                order = attributes.get("order", value.get("order"))
                if order is None:
                    raise BadValue(f"{place}, attributes.order", "A center needs its order (0 = continuous).")
                return center(at[0], order, place)
            if len(at) == 2:
                return axis(at, f"{place}, keypoints")
            raise BadValue(f"{place}, keypoints", f"Expected two points (an axis) or one (a center), got {len(at)}.")
        category = self.orders.get(str(value.get("category_id")), {})
        if category.get("name") == CATEGORIES[2]["name"] and value.get("segmentation"):
            flat = sequence(sequence(value["segmentation"], f"{place}, segmentation")[0], f"{place}, segmentation[0]")
            if len(flat) % 2:
                raise BadValue(f"{place}, segmentation[0]", "An odd number of coordinates.")
            pairs = [list(pair) for pair in zip(flat[::2], flat[1::2], strict=True)]
            return from_rim(points(pairs, f"{place}, segmentation[0]"), place)
        name = str(category.get("name", value.get("category_id")))[:40]
        raise BadValue(place, f"An annotation of the category {name!r} without keypoints is no symmetry.")

    def keypoints(self, value: object, place: str) -> tuple[Point, ...]:
        flat = sequence(value, place)
        if len(flat) % 3:
            raise BadValue(place, f"Keypoints come in threes (x, y, visibility), got {len(flat)} numbers.")
        triples = list(zip(flat[::3], flat[1::3], flat[2::3], strict=True))
        if any(number(v, place) <= 0 for _, _, v in triples):
            raise BadValue(place, "A point has the visibility 0: it was not annotated.")
        return tuple((number(x, place), number(y, place)) for x, y, _ in triples)
