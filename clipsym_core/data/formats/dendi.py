"""DENDI (Seo et al., CVPR 2022): a JSON beside each picture, and lists of paths in `*_split.pt`.

    symmetry/.../NAME.jpg, symmetry/.../NAME.jpg.json      {"figures": [{"label", "shape": {"type", "coordinates"},
                                                             "attributes": [{"value": N}]}, ...]}
    reflection_split.pt, rotation_split.pt, joint_split.pt  {"train_img": [...], "train_ann": [...], "val_img": ...,
                                                             "test_ann": ..., "all": {"img": [...], "ann": [...]}}

    label              coordinates                                                         shape here
    reflection         polyline                                                            axis
    reflection-circle  2 points                                                            axis
    reflection-circle  up, down, left, right; or center, up, down, left, right             ellipse
    rotation-polygon   center, then vertices; attributes[0].value is the order             center
    rotation-circle    center, then points; the order is 0 for continuous                  center

Coordinates are pixels of the stored picture. Facts: the public loaders of EquiSym (ahyunSeo/EquiSym, dendi_loader.py)
and CLIPSym (timyoung2333/CLIPSym, dendi_loader.py). They read the split as paths relative to the dataset, take the
order from attributes[0].value, know the orders of `KNOWN_ORDERS` (any other counts as 2), draw a center at the pixel
that it lies in, and drop one outside the picture.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from clipsym_core.data.annotation import SPLITS, AnnotatedPicture, Annotation, Split, safe_path
from clipsym_core.data.formats.base import EVERYTHING, Format, ReadOptions, WriteOptions, nothing_there, sorted_files
from clipsym_core.data.formats.ellipses import extremes, from_extremes
from clipsym_core.data.formats.jsonio import dump_json, load_json
from clipsym_core.data.formats.torch_lists import load_lists, save_lists
from clipsym_core.data.formats.values import (
    SIDECAR,
    BadValue,
    Sidecar,
    axis,
    center,
    mapping,
    plain_json,
    points,
    sequence,
    sidecar_of,
    size,
    text,
    whole,
)
from clipsym_core.data.pictures import locate, store, with_any_suffix
from clipsym_core.data.report import Report
from clipsym_core.symmetry import CONTINUOUS, ReflectionAxis, ReflectionEllipse, RotationCenter, Shape

OWN = "dendi"
FOLDER = "symmetry"
KINDS = ("joint", "reflection", "rotation")
KNOWN_ORDERS = frozenset({0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 16, 17, 20, 22, 26, 28, 29})
_AXIS, _CIRCLE, _POLYGON, _ROUND = "reflection", "reflection-circle", "rotation-polygon", "rotation-circle"
_KNOWN_FIGURE = frozenset({"label", "shape", "attributes"})
_KNOWN_TOP = frozenset({"figures", SIDECAR})


class DendiFormat(Format):
    """The folders, JSON files and split files of DENDI."""

    name: ClassVar = "dendi"
    title: ClassVar = "DENDI (EquiSym, CLIPSym)"
    layout: ClassVar = "symmetry/NAME.jpg with NAME.jpg.json beside it; reflection_, rotation_, joint_split.pt"
    holds: ClassVar = EVERYTHING

    def recognizes(self, source: Path) -> bool:
        return source.is_dir() and (
            any((source / f"{kind}_split.pt").is_file() for kind in KINDS)
            or any((source / name).is_dir() for name in (FOLDER, "symmetry_polygon"))
        )

    def read(self, source: Path, options: ReadOptions, report: Report) -> Iterator[AnnotatedPicture]:
        if not source.is_dir():
            raise nothing_there(source, "a folder with *_split.pt or NAME.jpg.json files")
        listed: Iterable[_Item] | None = _from_splits(source, report)
        if listed is None:
            listed = _from_folders(source, options.images or source)
            if listed is None:
                raise nothing_there(source, "*_split.pt or NAME.jpg.json files")
        for item in listed:
            try:
                yield _record(item, source, options, report)
            except BadValue as error:
                report.skipped(item.annotations[0], error.place, error.message)

    def write(self, pictures: Iterable[AnnotatedPicture], target: Path, options: WriteOptions, report: Report) -> None:
        lists = {kind: _empty_lists() for kind in KINDS}
        unsplit = negative = 0
        for picture in pictures:
            image = picture.path if picture.path.startswith(f"{FOLDER}/") else f"{FOLDER}/{picture.path}"
            annotation = f"{image}.json"
            (target / image).parent.mkdir(parents=True, exist_ok=True)
            store(picture, target / image, options.pictures, report)
            (target / annotation).write_bytes(dump_json(_json(picture)))
            _warn(picture, report)
            unsplit += not picture.split
            negative += not picture.annotations
            for kind in _lists_of(picture):
                _append(lists[kind], picture.split or "train", image, annotation)
        for kind in KINDS:
            save_lists(target / f"{kind}_split.pt", lists[kind])
        if unsplit:
            report.note("*_split.pt", "", f"{unsplit:,} pictures have no split; they are listed under train.")
        if negative:
            report.note("*_split.pt", "", f"{negative:,} pictures without shapes are in joint_split.pt alone.")


# -- writing ----------------------------------------------------------------------------------------------------------


def _empty_lists() -> dict[str, Any]:
    lists: dict[str, Any] = {f"{s}_{what}": [] for s in SPLITS for what in ("img", "ann")}
    lists["all"] = {"img": [], "ann": []}
    return lists


def _append(lists: dict[str, Any], split: str, image: str, annotation: str) -> None:
    lists[f"{split}_img"].append(image)
    lists[f"{split}_ann"].append(annotation)
    lists["all"]["img"].append(image)
    lists["all"]["ann"].append(annotation)


def _lists_of(picture: AnnotatedPicture) -> list[str]:
    kinds = ["joint"]
    if picture.axes or picture.ellipses:
        kinds.append("reflection")
    if picture.centers:
        kinds.append("rotation")
    return kinds


def _json(picture: AnnotatedPicture) -> dict[str, Any]:
    data: dict[str, Any] = {"figures": [_figure(a) for a in picture.annotations]}
    data |= {k: v for k, v in picture.extra.get(OWN, {}).items() if k not in _KNOWN_TOP}
    data[SIDECAR] = sidecar_of(picture, OWN) | {"path": picture.path}
    if picture.size is not None:
        data[SIDECAR]["size"] = list(picture.size)
    return data


def _figure(annotation: Annotation) -> dict[str, Any]:
    own = dict(annotation.extra.get(OWN, {}))
    rest = own.pop("points", [])
    attributes: list[Any] = []
    match annotation.shape:
        case ReflectionAxis(at):
            label = own.pop("label", _AXIS) if annotation.shape.is_straight else _AXIS
            shape = {"type": "polyline", "coordinates": [list(p) for p in at]}
        case RotationCenter(x, y, order):
            label = own.pop("label", _ROUND if order == CONTINUOUS else _POLYGON)
            shape = {"type": "polygon", "coordinates": [[x, y], *rest]}
            attributes = [{"name": "N", "value": order}]
        case ReflectionEllipse(cx, cy, _, _, _) as ellipse:
            label = _CIRCLE
            shape = {"type": "polygon", "coordinates": [[cx, cy], *(list(p) for p in extremes(ellipse))]}
    shape["type"] = own.pop("type", shape["type"])
    attributes += own.pop("attributes", [])
    own.pop("label", None)
    data: dict[str, Any] = {"label": label, "shape": shape, "attributes": attributes}
    data |= {k: v for k, v in own.items() if k not in _KNOWN_FIGURE}
    if others := {k: v for k, v in annotation.extra.items() if k != OWN}:
        data[SIDECAR] = {"extra": others}
    return data


def _warn(picture: AnnotatedPicture, report: Report) -> None:
    for c in picture.centers:
        if c.order not in KNOWN_ORDERS:
            report.changed(picture.path, "", f"The public loaders read the order {c.order} as 2.")
        if picture.size and not (0 <= c.x < picture.size[0] and 0 <= c.y < picture.size[1]):
            report.changed(picture.path, "", "The public loaders drop a center outside the picture.")


# -- reading ----------------------------------------------------------------------------------------------------------


@dataclass
class _Item:
    """A picture, its annotation files (one a symmetry type in DENDI's own folders) and its split."""

    image: str
    annotations: list[str]
    split: Split = ""


def _from_splits(source: Path, report: Report) -> list[_Item] | None:
    """What the split files list, None where there are none that can be read."""
    items: dict[str, _Item] = {}
    found = False
    for kind in KINDS:
        file = source / f"{kind}_split.pt"
        if not file.is_file():
            continue
        try:
            lists = load_lists(file)
        except BadValue as error:
            report.skipped(file.name, error.place, error.message)
            continue
        found = True
        seen: set[str] = set()
        for split in SPLITS:
            _merge(items, seen, lists, split, f"{split}_img", f"{split}_ann", file.name, report)
        everything = lists.get("all")
        if isinstance(everything, Mapping):
            _merge(items, seen, everything, "", "img", "ann", f"{file.name}, all", report)
    return list(items.values()) if found else None


def _merge(
    items: dict[str, _Item], seen: set[str], lists: Mapping[str, Any], split: Split, image_key: str, ann_key: str,
    name: str, report: Report,
) -> None:  # fmt: skip
    images, annotations = lists.get(image_key, []), lists.get(ann_key, [])
    if not isinstance(images, list) or not isinstance(annotations, list):
        report.skipped(name, image_key, "Expected two lists of paths.")
        return
    if len(images) != len(annotations):
        report.skipped(
            name, image_key, f"{len(images)} pictures and {len(annotations)} annotation files: none can be matched."
        )
        return
    for i, (image, annotation) in enumerate(zip(images, annotations, strict=True)):
        if not isinstance(image, str) or not isinstance(annotation, str):
            report.skipped(name, f"{image_key}[{i}]", "Expected a path.")
            continue
        if not split and image in seen:
            continue
        if image in seen:
            report.skipped(name, f"{image_key}[{i}]", f"{image} is listed twice.")
            continue
        seen.add(image)
        item = items.setdefault(image, _Item(image, [], split))
        if annotation not in item.annotations:
            item.annotations.append(annotation)
        if not item.split:
            item.split = split
        elif split and item.split != split:
            report.changed(name, f"{image_key}[{i}]", f"{image} is in {split} here and in {item.split}, which counts.")


def _from_folders(source: Path, images: Path) -> Iterator[_Item] | None:
    """Every NAME.jpg.json (or NAME.json) below the folder, without split; None where there is none."""
    files = sorted_files(source, ".json")
    first = next(files, None)
    if first is None:
        return None

    def walk() -> Iterator[_Item]:
        yield _item(first, source, images)
        for file in files:
            yield _item(file, source, images)

    return walk()


def _item(file: Path, source: Path, images: Path) -> _Item:
    name = file.relative_to(source).as_posix()
    stem = name[: -len(".json")]
    if not (images / stem).is_file():
        found = with_any_suffix(images / f"{stem}.jpg")
        if found.is_file():
            stem = found.relative_to(images).as_posix()
    return _Item(stem, [name])


def _record(item: _Item, source: Path, options: ReadOptions, report: Report) -> AnnotatedPicture:
    root = options.images or source
    found: list[Annotation] = []
    own: dict[str, Any] = {}
    sidecar_value: Any = None
    failed = 0
    for name in item.annotations:
        try:
            data = mapping(_load(source, name), "")
            figures = sequence(data.get("figures"), "figures")
        except BadValue as error:
            report.skipped(name, error.place, error.message)
            failed += 1
            continue
        for i, figure in enumerate(figures):
            try:
                found.append(_annotation(mapping(figure, f"figures[{i}]"), f"figures[{i}]", report, name))
            except BadValue as error:
                report.skipped(name, error.place, error.message)
        own |= plain_json({k: v for k, v in data.items() if k not in _KNOWN_TOP}, report, name, "")
        sidecar_value = data.get(SIDECAR, sidecar_value)
    if failed == len(item.annotations):
        raise BadValue("", f"Without annotations, {item.image} stays out.")
    sidecar = Sidecar(sidecar_value, options.state, report, item.annotations[0])
    declared = None
    if isinstance(sidecar_value, Mapping) and isinstance(sidecar_value.get("size"), list):
        sides: list[Any] = [*sidecar_value["size"], None, None]
        declared = size(sides[0], sides[1], f"{SIDECAR}.size")
    try:
        located = locate(item.image, root, declared=declared, required=options.require_pictures)
    except ValueError as error:
        raise BadValue("", str(error)) from error
    path = located.path
    if isinstance(sidecar_value, Mapping) and f"{FOLDER}/{sidecar_value.get('path')}" == path:
        path = path.removeprefix(f"{FOLDER}/")
    split = item.split
    if not split or (split == "train" and sidecar.present and not sidecar.split):  # we list those under train
        split = sidecar.split
    return AnnotatedPicture(
        path=path, size=located.size, annotations=tuple(found), suggestions=sidecar.suggestions,
        state=sidecar.state, group=sidecar.group, split=split, extra=sidecar.extra | ({OWN: own} if own else {}),
        file=located.file,
    )  # fmt: skip


def _load(source: Path, name: str) -> Any:
    try:
        return load_json(_inside(source, name))
    except BadValue:
        raise
    except ValueError as error:
        raise BadValue("", str(error)) from error


def _inside(source: Path, name: str) -> Path:
    """An annotation file that the dataset names; ValueError where it would lie outside, or is missing."""
    file = source / safe_path(name)
    if not file.is_file():
        raise ValueError(f"The annotation file {name} is missing.")
    return file


def _annotation(figure: Mapping[str, Any], place: str, report: Report, file: str) -> Annotation:
    label = text(figure.get("label"), f"{place}.label")
    shape_value = mapping(figure.get("shape"), f"{place}.shape")
    where = f"{place}.shape.coordinates"
    at = points(shape_value.get("coordinates"), where)
    attributes = sequence(figure.get("attributes") or [], f"{place}.attributes")
    own = {k: v for k, v in figure.items() if k not in _KNOWN_FIGURE and k != SIDECAR}
    shape: Shape
    plain_type = "polygon"
    if label == _AXIS or (label == _CIRCLE and len(at) == 2):
        shape = axis(at, where)
        plain_type = "polyline"
        if label == _CIRCLE:
            own["label"] = label
    elif label == _CIRCLE:
        shape = from_extremes(at, where)
    elif label in (_POLYGON, _ROUND):
        if not attributes:
            raise BadValue(f"{place}.attributes", "The order is missing.")
        value = mapping(attributes[0], f"{place}.attributes[0]").get("value")
        shape = center(at[0], _order(value, f"{place}.attributes[0].value"), place)
        attributes = attributes[1:]
        if len(at) > 1:
            own["points"] = [list(p) for p in at[1:]]
        if label != (_ROUND if shape.order == CONTINUOUS else _POLYGON):
            own["label"] = label
    else:
        raise BadValue(f"{place}.label", f"The label {label[:40]!r} is unknown.")
    if attributes:
        own["attributes"] = list(attributes)
    if shape_value.get("type", plain_type) != plain_type:
        own["type"] = shape_value["type"]
    sidecar = figure.get(SIDECAR)
    others = sidecar.get("extra") if isinstance(sidecar, Mapping) else None
    extra = (dict(others) if isinstance(others, Mapping) else {}) | ({OWN: own} if own else {})
    clean = plain_json(extra, report, file, place)
    assert isinstance(clean, dict)
    return Annotation(shape, clean)


def _order(value: object, place: str) -> int:
    """The order; DENDI has some negative ones, of which the loaders take the absolute value."""
    return abs(whole(value, place))
