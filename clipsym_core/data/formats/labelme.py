"""labelme JSON: one file a picture, beside it. Facts: labelme's own files and its list of shape types.

    shape here              shape_type              label              points
    straight axis           line                    reflection         two
    bent axis               linestrip               reflection         all
    center of order N       point                   rotation-N         one (order 0 = continuous)
    ellipse                 oriented_rectangle      reflection-circle  four corners of the box around it
    ellipse (as polygon)    polygon                 reflection-circle  72 points on its rim

Reading takes any label for lines; a point needs its order in the label ("rotation-4", "C4"), in `attributes.order` or
in the description ("order 4"); polygons, rectangles and circles count only under a label of the ellipse. All other
shapes, and all keys that labelme or another tool put there, survive and are written back. A picture that is not where
the file says, but is embedded in it (`imageData`), is taken from there.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, ClassVar

from clipsym_core.data.annotation import AnnotatedPicture, Annotation
from clipsym_core.data.formats.base import EVERYTHING, Format, ReadOptions, WriteOptions, nothing_there, sorted_files
from clipsym_core.data.formats.ellipses import corners, from_corners, from_rim, rim
from clipsym_core.data.formats.embedded import unpacked
from clipsym_core.data.formats.jsonio import dump_json, load_json
from clipsym_core.data.formats.values import (
    SIDECAR,
    BadValue,
    Sidecar,
    axis,
    center,
    ellipse,
    mapping,
    plain_json,
    points,
    sequence,
    sidecar_of,
    size,
    text,
)
from clipsym_core.data.pictures import Located, Names, locate, store
from clipsym_core.data.report import Report
from clipsym_core.symmetry import Point, ReflectionAxis, ReflectionEllipse, RotationCenter, Shape

OWN = "labelme"
VERSION = "5.5.0"
RIM_POINTS = 72

_AXIS_LABEL, _CENTER_LABEL, _ELLIPSE_LABEL = "reflection", "rotation", "reflection-circle"
_ORDER = re.compile(r"(?:^|[^a-z0-9])(?:rot[a-z]*|order|center|centre|c)?[-_ =:]*(\d+)(?:$|[^0-9])", re.IGNORECASE)
_ELLIPSES = re.compile(r"ellip|circle|disc|disk|reflection|mirror|symmetr", re.IGNORECASE)
_KNOWN_TOP = frozenset({"version", "shapes", "imagePath", "imageData", "imageHeight", "imageWidth", SIDECAR})
_KNOWN_SHAPE = frozenset({"label", "points", "shape_type"})


class LabelmeFormat(Format):
    """labelme's files; what labelme has no word for goes under the key "symviewer", which it keeps."""

    name: ClassVar = "labelme"
    title: ClassVar = "labelme JSON"
    layout: ClassVar = "a/b.jpg with a/b.json beside it"
    holds: ClassVar = EVERYTHING

    def recognizes(self, source: Path) -> bool:
        first = source if source.is_file() else next(sorted_files(source, ".json"), None) if source.is_dir() else None
        if first is None or first.suffix.lower() != ".json":
            return False
        head = first.read_bytes()[: 1 << 20]
        return b'"shapes"' in head and b'"imagePath"' in head

    def read(self, source: Path, options: ReadOptions, report: Report) -> Iterator[AnnotatedPicture]:
        root = source if source.is_dir() else source.parent
        files = [source] if source.is_file() else sorted_files(source, ".json") if source.is_dir() else []
        found = False
        for file in files:
            found = True
            name = file.relative_to(root).as_posix()
            try:
                yield _record(load_json(file), options.images or root, name, options, report)
            except BadValue as error:
                report.skipped(name, error.place, error.message)
        if not found:
            raise nothing_there(source, "files NAME.json of labelme")

    def write(self, pictures: Iterable[AnnotatedPicture], target: Path, options: WriteOptions, report: Report) -> None:
        names = Names()
        for picture in pictures:
            plain = str(PurePosixPath(picture.path).with_suffix(".json"))
            name = names.take(plain)
            if name != plain:
                report.changed(picture.path, "", f"Two pictures have this name; its annotations are in {name}.")
            file = target / name
            file.parent.mkdir(parents=True, exist_ok=True)
            store(picture, target / picture.path, options.pictures, report)
            file.write_bytes(dump_json(_json(picture, options)))


# -- writing ----------------------------------------------------------------------------------------------------------


def _json(picture: AnnotatedPicture, options: WriteOptions) -> dict[str, Any]:
    own = dict(picture.extra.get(OWN, {}))
    foreign = own.pop("shapes", [])
    w, h = picture.size or (None, None)
    data: dict[str, Any] = {"version": own.pop("version", VERSION), "flags": own.pop("flags", {})}
    data["shapes"] = [_shape(a, options) for a in picture.annotations] + list(foreign)
    data["imagePath"] = PurePosixPath(picture.path).name
    data["imageData"] = None
    data["imageHeight"], data["imageWidth"] = h, w
    data.update({k: v for k, v in own.items() if k not in _KNOWN_TOP})
    data[SIDECAR] = sidecar_of(picture, OWN)
    return data


def _shape(annotation: Annotation, options: WriteOptions) -> dict[str, Any]:
    own = dict(annotation.extra.get(OWN, {}))
    at: tuple[Point, ...]
    match annotation.shape:
        case ReflectionAxis(at):
            kind = "line" if len(at) == 2 else "linestrip"
        case RotationCenter(x, y, order):
            kind, at = "point", ((x, y),)
            if _order_of(own, str(own.get("label", ""))) != order:
                own.pop("label", None)
                own.pop("attributes", None)
        case ReflectionEllipse() as shape:
            kind = options.ellipses
            at = corners(shape) if kind == "oriented_rectangle" else rim(shape, RIM_POINTS)
    data: dict[str, Any] = {"label": own.pop("label", _label(annotation.shape)), "points": [list(p) for p in at]}
    data["group_id"], data["description"] = own.pop("group_id", None), own.pop("description", "")
    data["shape_type"], data["flags"] = kind, own.pop("flags", {})
    data.update({k: v for k, v in own.items() if k not in _KNOWN_SHAPE})
    if others := {k: v for k, v in annotation.extra.items() if k != OWN}:
        data[SIDECAR] = {"extra": others}
    return data


def _label(shape: Shape) -> str:
    match shape:
        case ReflectionAxis():
            return _AXIS_LABEL
        case RotationCenter():
            return f"{_CENTER_LABEL}-{shape.order}"
        case ReflectionEllipse():
            return _ELLIPSE_LABEL


# -- reading ----------------------------------------------------------------------------------------------------------


def _record(value: Any, root: Path, file: str, options: ReadOptions, report: Report) -> AnnotatedPicture:
    data = mapping(value, "")
    if "shapes" not in data:
        raise BadValue("shapes", "The key is missing: it is no file of labelme.")
    declared = size(data.get("imageWidth"), data.get("imageHeight"), "image")
    located = _picture(data, root, file, declared, options, report)
    found: list[Annotation] = []
    foreign: list[Any] = []
    for i, item in enumerate(sequence(data["shapes"], "shapes")):
        place = f"shapes[{i}]"
        try:
            raw = mapping(item, place)
            shape = _parse_shape(raw, place)
            if shape is None:
                what = f"{raw.get('shape_type')} {str(raw.get('label'))[:40]!r}"
                report.note(file, place, f"The {what} is no symmetry; it is kept and written back to labelme.")
                foreign.append(plain_json(raw, report, file, place))
            else:
                found.append(Annotation(shape, _extra(raw, shape, report, file, place)))
        except BadValue as error:
            report.skipped(file, error.place, error.message)
    sidecar = Sidecar(data.get(SIDECAR), options.state, report, file)
    own = plain_json({k: v for k, v in data.items() if k not in _KNOWN_TOP}, report, file, "")
    if data.get("version", VERSION) != VERSION:
        own["version"] = str(data["version"])
    if not own.get("flags", True):
        del own["flags"]
    if foreign:
        own["shapes"] = foreign
    return AnnotatedPicture(
        path=located.path, size=located.size, annotations=tuple(found), suggestions=sidecar.suggestions,
        state=sidecar.state, group=sidecar.group, split=sidecar.split,
        extra=sidecar.extra | ({OWN: own} if own else {}), file=located.file,
    )  # fmt: skip


def _picture(
    data: Mapping[str, Any],
    root: Path,
    file: str,
    declared: tuple[int, int] | None,
    options: ReadOptions,
    report: Report,
) -> Located:
    """The picture that the record names; where there is none, the one that is embedded in the record."""
    folder = str(PurePosixPath(file).parent)
    name, embedded = data.get("imagePath"), data.get("imageData")
    try:
        below = "" if folder == "." else folder
        return locate(
            text(name, "imagePath"), root, below=below, declared=declared,
            required=options.require_pictures or bool(embedded),
        )  # fmt: skip
    except ValueError as error:
        if not embedded:
            raise error if isinstance(error, BadValue) else BadValue("imagePath", str(error)) from error
    picture, size_of_it = unpacked(embedded, "imageData")
    if declared is not None and declared != size_of_it:
        raise BadValue(
            "imageData",
            f"The embedded picture has {size_of_it[0]} x {size_of_it[1]} px, not {declared[0]} x {declared[1]}.",
        )
    # Not the name that it had: in a file that was sent alone it is often a path on somebody else's machine.
    path = PurePosixPath(file).with_suffix(picture.suffix).as_posix()
    report.note(file, "imageData", f"The embedded picture is taken as {path}, because the one it names is not there.")
    return Located(path, picture, size_of_it)


def _parse_shape(raw: Mapping[str, Any], place: str) -> Shape | None:
    """The symmetry that a shape of labelme means, None where it means none."""
    kind = raw.get("shape_type", "polygon")
    label = text(raw.get("label", ""), f"{place}.label")
    where = f"{place}.points"
    if kind in ("line", "linestrip"):
        return axis(points(raw.get("points"), where, least=2), where)
    if kind == "point":
        order = _order_of(raw, label)
        if order is None:
            message = f"The point {label!r} has no order; label it rotation-N (0 = continuous)."
            raise BadValue(f"{place}.label", message)
        (at, *more) = points(raw.get("points"), where)
        if more:
            raise BadValue(where, f"A point has one place, got {1 + len(more)}.")
        return center(at, order, place)
    if not _ELLIPSES.search(label):
        return None
    if kind == "circle":
        middle, edge = _exactly(points(raw.get("points"), where), 2, where)
        r = math.dist(middle, edge)
        return ellipse(middle[0], middle[1], r, r, 0.0, where)
    if kind == "rectangle":
        (x0, y0), (x1, y1) = _exactly(points(raw.get("points"), where), 2, where)
        return ellipse((x0 + x1) / 2, (y0 + y1) / 2, abs(x1 - x0) / 2, abs(y1 - y0) / 2, 0.0, where)
    if kind == "oriented_rectangle":
        return from_corners(_exactly(points(raw.get("points"), where), 4, where), where)
    if kind == "polygon":
        return from_rim(points(raw.get("points"), where, least=4), where)
    return None


def _exactly(at: tuple[Point, ...], count: int, place: str) -> tuple[Point, ...]:
    if len(at) != count:
        raise BadValue(place, f"Expected {count} points, got {len(at)}.")
    return at


def _order_of(raw: Mapping[str, Any], label: str) -> object:
    attributes = raw.get("attributes")
    if isinstance(attributes, Mapping) and "order" in attributes:
        return attributes["order"]
    for value in (label, raw.get("description")):
        if isinstance(value, str) and (order := _order_in(value)) is not None:
            return order
    return None


def _order_in(label: str) -> int | None:
    match = _ORDER.search(label)
    return int(match.group(1)[:9]) if match else None


def _extra(raw: Mapping[str, Any], shape: Shape, report: Report, file: str, place: str) -> dict[str, Any]:
    own = {k: v for k, v in raw.items() if k not in _KNOWN_SHAPE and k != SIDECAR}
    for key, plain in (("group_id", None), ("description", ""), ("flags", {})):
        if own.get(key, plain) == plain:
            own.pop(key, None)
    if raw.get("label") != _label(shape):
        own["label"] = raw.get("label", "")
    sidecar = raw.get(SIDECAR)
    others = sidecar.get("extra", {}) if isinstance(sidecar, Mapping) else {}
    extra: dict[str, Any] = dict(others) if isinstance(others, Mapping) else {}
    if own:
        extra[OWN] = own
    clean = plain_json(extra, report, file, place)
    assert isinstance(clean, dict)
    return clean
