"""Untrusted values (from JSON, CSV, MAT) to shapes and fields. What does not fit raises `BadValue` with its place."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from clipsym_core.data.annotation import SPLITS, STATES, AnnotatedPicture, Split, State, check_reach, is_plain
from clipsym_core.data.report import Report
from clipsym_core.symmetry import Detection, Point, ReflectionAxis, ReflectionEllipse, RotationCenter, Shape

SIDECAR = "symviewer"
"""The key under which JSON formats carry what they have no word for."""


class BadValue(ValueError):
    """A value that cannot go in, with its place in the file, such as "shapes[3].points"."""

    def __init__(self, place: str, message: str) -> None:
        self.place, self.message = place, message
        super().__init__(f"{place}: {message}" if place else message)


def number(value: object, place: str) -> float:
    """A finite number; texts that are numbers count.

    Raises:
        BadValue: anything else.
    """
    if isinstance(value, str):
        words = value[:40]
        try:
            value = float(value)
        except ValueError:
            raise BadValue(place, f"{words!r} is not a number.") from None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadValue(place, f"Expected a number, got {_named(value)}.")
    try:
        result = float(value)
    except OverflowError:
        raise BadValue(place, "The number is too large.") from None
    if not math.isfinite(result):
        raise BadValue(place, f"The number is {result}, not finite.")
    return result


def whole(value: object, place: str) -> int:
    """A whole number; 4.0 and "4" count."""
    result = number(value, place)
    if result != int(result):
        raise BadValue(place, f"Expected a whole number, got {result:g}.")
    return int(result)


def text(value: object, place: str) -> str:
    if not isinstance(value, str):
        raise BadValue(place, f"Expected text, got {_named(value)}.")
    return value


def mapping(value: object, place: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise BadValue(place, f"Expected an object with keys, got {_named(value)}.")
    return value


def sequence(value: object, place: str) -> Sequence[Any]:
    if not isinstance(value, list | tuple):
        raise BadValue(place, f"Expected a list, got {_named(value)}.")
    return value


def points(value: object, place: str, *, least: int = 1) -> tuple[Point, ...]:
    """A list of at least `least` points [x, y]."""
    items = sequence(value, place)
    if len(items) < least:
        raise BadValue(place, f"Expected at least {least} points, got {len(items)}.")
    found: list[Point] = []
    for i, item in enumerate(items):
        pair = sequence(item, f"{place}[{i}]")
        if len(pair) != 2:
            raise BadValue(f"{place}[{i}]", f"A point has two numbers, got {len(pair)}.")
        found.append((number(pair[0], f"{place}[{i}][0]"), number(pair[1], f"{place}[{i}][1]")))
    return tuple(found)


def axis(at: Sequence[Point], place: str) -> ReflectionAxis:
    return _made(lambda: ReflectionAxis(tuple(at)), place)


def center(at: Point, order: object, place: str) -> RotationCenter:
    n = whole(order, f"{place}.order")
    return _made(lambda: RotationCenter(at[0], at[1], n), place)


def ellipse(cx: float, cy: float, rx: float, ry: float, angle: float, place: str) -> ReflectionEllipse:
    return _made(lambda: ReflectionEllipse(cx, cy, rx, ry, angle), place)


_S = TypeVar("_S", ReflectionAxis, RotationCenter, ReflectionEllipse)


def _made(make: Callable[[], _S], place: str) -> _S:
    try:
        shape = make()
        check_reach(shape)
    except ValueError as error:
        raise BadValue(place, str(error)) from error
    return shape


def size(width: object, height: object, place: str) -> tuple[int, int] | None:
    """(width, height), None where both are missing."""
    if width is None and height is None:
        return None
    w, h = whole(width, f"{place}.width"), whole(height, f"{place}.height")
    if min(w, h) < 1 or max(w, h) > 1_000_000:
        raise BadValue(place, f"A picture cannot have {w} x {h} px.")
    return (w, h)


def _named(value: object) -> str:
    names = {type(None): "nothing", bool: "true or false", str: "text", int: "a number", float: "a number"}
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, list | tuple):
        return "a list"
    return names.get(type(value), type(value).__name__)


def plain_json(value: Any, report: Report, file: object, place: str) -> Any:
    """A copy of a JSON value that can be written again: NaN and infinity, which JSON has not, become null."""
    if isinstance(value, float) and not math.isfinite(value):
        report.changed(file, place, "A number that is not finite became null.")
        return None
    if isinstance(value, Mapping):
        return {str(k): plain_json(v, report, file, f"{place}.{k}") for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain_json(v, report, file, f"{place}[{i}]") for i, v in enumerate(value)]
    return value


# -- shapes as JSON objects: native files, CSV extras, sidecars -----------------------------------------------------


def shape_to_json(shape: Shape) -> dict[str, Any]:
    match shape:
        case ReflectionAxis(at):
            return {"type": "axis", "points": [list(p) for p in at]}
        case RotationCenter(x, y, order):
            return {"type": "center", "x": x, "y": y, "order": order}
        case ReflectionEllipse(cx, cy, rx, ry, angle):
            return {"type": "ellipse", "cx": cx, "cy": cy, "rx": rx, "ry": ry, "angle": angle}


def shape_from_json(value: object, place: str) -> Shape:
    data = mapping(value, place)
    kind = data.get("type")
    if kind == "axis":
        return axis(points(data.get("points"), f"{place}.points", least=2), place)
    if kind == "center":
        at = (number(data.get("x"), f"{place}.x"), number(data.get("y"), f"{place}.y"))
        return center(at, data.get("order"), place)
    if kind == "ellipse":
        values = [number(data.get(k), f"{place}.{k}") for k in ("cx", "cy", "rx", "ry", "angle")]
        return ellipse(values[0], values[1], values[2], values[3], values[4], place)
    raise BadValue(f"{place}.type", f"Expected axis, center or ellipse, got {_named(kind)} {str(kind)[:40]!r}.")


def suggestion_to_json(detection: Detection) -> dict[str, Any]:
    data = shape_to_json(detection.shape)
    data["score"], data["source"] = detection.score, detection.source
    if detection.evidence:
        data["evidence"] = dict(detection.evidence)
    return data


def suggestion_from_json(value: object, place: str) -> Detection:
    data = mapping(value, place)
    shape = shape_from_json(data, place)
    score = number(data.get("score"), f"{place}.score")
    evidence = mapping(data.get("evidence", {}), f"{place}.evidence")
    parts = {str(k): number(v, f"{place}.evidence.{k}") for k, v in evidence.items()}
    try:
        return Detection(shape, score, text(data.get("source", ""), f"{place}.source"), parts)
    except BadValue:
        raise
    except ValueError as error:
        raise BadValue(place, str(error)) from error


# -- the sidecar ------------------------------------------------------------------------------------------------------


def sidecar_of(picture: AnnotatedPicture, own: str) -> dict[str, Any]:
    """Everything of a record that a JSON format `own` has no word for. The state is always in it."""
    data: dict[str, Any] = {"state": picture.state}
    if picture.group:
        data["group"] = picture.group
    if picture.split:
        data["split"] = picture.split
    if picture.suggestions:
        data["suggestions"] = [suggestion_to_json(d) for d in picture.suggestions]
    if extra := {k: v for k, v in picture.extra.items() if k != own}:
        data["extra"] = extra
    return data


class Sidecar:
    """A sidecar that was read. Faults in it are reported; the rest of it counts.

    Attributes:
        present: whether there was one.
    """

    def __init__(self, value: object, default_state: State, report: Report, file: object) -> None:
        self.present = isinstance(value, Mapping)
        data: Mapping[str, Any] = value if isinstance(value, Mapping) else {}
        if value is not None and not self.present:
            report.skipped(file, SIDECAR, f"Expected an object with keys, got {_named(value)}.")
        self.state = state(data.get("state", default_state), default_state, report, file, f"{SIDECAR}.state")
        self.split = split(data.get("split", ""), report, file, f"{SIDECAR}.split")
        self.group = group(data.get("group", ""), report, file, f"{SIDECAR}.group")
        self.extra = extras(data.get("extra", {}), report, file, f"{SIDECAR}.extra")
        self.suggestions = suggestions(data.get("suggestions", []), report, file, f"{SIDECAR}.suggestions")


def state(value: object, default: State, report: Report, file: object, place: str) -> State:
    for known in STATES:
        if value == known:
            return known
    report.skipped(file, place, f"The state {str(value)[:40]!r} is unknown; {default} is taken.")
    return default


def split(value: object, report: Report, file: object, place: str) -> Split:
    if value in ("", None):
        return ""
    for known in SPLITS:
        if value == known:
            return known
    report.skipped(file, place, f"The split {str(value)[:40]!r} is not train, val or test; none is taken.")
    return ""


def group(value: object, report: Report, file: object, place: str) -> str:
    if isinstance(value, str):
        if is_plain(value):
            return value
        report.changed(file, place, "Control characters and broken letters in the group became ?.")
        return "".join(c if is_plain(c) else "?" for c in value)
    report.skipped(file, place, f"Expected text, got {_named(value)}.")
    return ""


def extras(value: object, report: Report, file: object, place: str) -> dict[str, Any]:
    if isinstance(value, Mapping):
        clean = plain_json(value, report, file, place)
        assert isinstance(clean, dict)
        return clean
    report.skipped(file, place, f"Expected an object with keys, got {_named(value)}.")
    return {}


def suggestions(value: object, report: Report, file: object, place: str) -> tuple[Detection, ...]:
    if not isinstance(value, list | tuple):
        report.skipped(file, place, f"Expected a list, got {_named(value)}.")
        return ()
    found: list[Detection] = []
    for i, item in enumerate(value):
        try:
            found.append(suggestion_from_json(item, f"{place}[{i}]"))
        except BadValue as error:
            report.skipped(file, error.place, error.message)
    return tuple(found)
