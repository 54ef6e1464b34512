"""Shapes, scores and sizes in words: the same in tables, tooltips, labels and for screen readers."""

from __future__ import annotations

from clipsym_core.symmetry import CONTINUOUS, Detection, ReflectionAxis, RotationCenter, Shape
from symviewer.model.annotation import Annotation, AnnotationState, Suggestion

MIRROR_MATCH = "Mirror match of the pixels"
_EVIDENCE = {
    "heat": "Heat of the network",
    "mirror": MIRROR_MATCH,
    "turning": "Match under its own turns",
    "turns": "Match under its own turns",
    "mirroring": "Match with its mirror images",
    "coverage": "Part that is hot",
    "contrast": "Contrast to both sides",
    "intensity": "Match of brightness",
    "gradient": "Match of edges",
    "peak": "Better than beside it",
    "votes": "Votes of matching points",
    "star": "Fits the axes of a star",
    "dihedral": "Has mirror axes",
    "length": "Length, of the diagonal",
    "radius": "Reach, of the diagonal",
    "evidence": "Area that speaks for it (log)",
    "texture": "Texture",
    "variety": "Variety of directions",
    "central": "In the middle",
    "aspect": "Width to length",
    "order": "Order",
}
"""The readable parts of a score, the most telling ones first."""
MAIN_PARTS = 4


def kind(shape: Shape) -> str:
    """What a shape is, in one word."""
    if isinstance(shape, ReflectionAxis):
        return "Axis"
    return "Center" if isinstance(shape, RotationCenter) else "Ellipse"


def order(shape: Shape) -> str:
    """The order of a center, empty for other shapes."""
    if not isinstance(shape, RotationCenter):
        return ""
    return "∞" if shape.order == CONTINUOUS else str(shape.order)


def score(value: float) -> str:
    return f"{value:.2f}"


def place(shape: Shape) -> str:
    """Where a shape lies and how large it is."""
    if isinstance(shape, ReflectionAxis):
        return f"{shape.angle:.0f}°, {shape.length:,.0f} px long"
    if isinstance(shape, RotationCenter):
        return f"at {shape.x:,.0f}, {shape.y:,.0f}"
    return f"at {shape.cx:,.0f}, {shape.cy:,.0f}, {2 * shape.rx:,.0f} × {2 * shape.ry:,.0f}"


def describe(detection: Detection) -> str:
    """One sentence about a suggestion, for tooltips and screen readers."""
    what = kind(detection.shape)
    if isinstance(detection.shape, RotationCenter):
        turns = detection.shape.order
        what += ", continuous" if turns == CONTINUOUS else f" of order {turns}"
    return f"{what} {place(detection.shape)}, score {score(detection.score)}, from {source(detection.source)}"


_STATES = {
    AnnotationState.DRAWN: "drawn",
    AnnotationState.ACCEPTED: "accepted",
    AnnotationState.CORRECTED: "corrected",
    AnnotationState.IMPORTED: "imported",
}


def state(holder: Annotation | Suggestion) -> str:
    """How a shape came to be, and whether it is locked or hidden."""
    if isinstance(holder, Suggestion):
        return "suggested"
    marks = ["locked"] if holder.locked else []
    marks += ["hidden"] if holder.hidden else []
    return ", ".join([_STATES[holder.state], *marks])


def describe_holder(holder: Annotation | Suggestion) -> str:
    """One sentence about an annotation or suggestion, for tooltips and screen readers."""
    if isinstance(holder, Suggestion):
        return describe(holder.detection)
    what = kind(holder.shape)
    if isinstance(holder.shape, RotationCenter):
        what += ", continuous" if holder.shape.order == CONTINUOUS else f" of order {holder.shape.order}"
    origin = "" if holder.score is None else f", score {score(holder.score)}, from {source(holder.source)}"
    return f"{what} {place(holder.shape)}, {state(holder)}{origin}"


def source(name: str) -> str:
    """Who suggests it."""
    return {"features": "pixels, without the network", "evidence": "your click"}.get(name, name)


def evidence(detection: Detection) -> list[tuple[str, str]]:
    """The readable parts of a score, name and value, the most telling ones first."""
    ranks = {key: rank for rank, key in enumerate(_EVIDENCE)}
    keys = sorted(detection.evidence, key=lambda key: (ranks.get(key, len(ranks)), key))
    return [(_EVIDENCE.get(key, key.replace("_", " ").capitalize()), f"{detection.evidence[key]:.2f}") for key in keys]


def file_size(count: int) -> str:
    """Bytes as a person reads them."""
    value = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000 or unit == "GB":
            return f"{value:.0f} {unit}" if unit == "B" or value >= 100 else f"{value:.1f} {unit}"
        value /= 1000
    raise AssertionError


def duration(seconds: float) -> str:
    """A time as a person says it: "5 s", "3 min", "2 h 10 min"."""
    if seconds < 60:
        return f"{max(round(seconds), 1)} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min" if minutes % 60 else f"{minutes // 60} h"


def plural(count: int, one: str, many: str | None = None) -> str:
    """ "1 picture", "3 pictures"."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"
