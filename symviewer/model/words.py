"""Shapes, scores and sizes in words: the same in tables, tooltips, labels and for screen readers."""

from __future__ import annotations

from clipsym_core.symmetry import CONTINUOUS, Detection, ReflectionAxis, RotationCenter, Shape
from symviewer.model.annotation import Annotation, AnnotationState, Suggestion
from symviewer.model.translating import mark, tr

MIRROR_MATCH = mark("Mirror match of the pixels")
_EVIDENCE = {
    "heat": mark("Heat of the network"),
    "mirror": MIRROR_MATCH,
    "turning": mark("Match under its own turns"),
    "turns": mark("Match under its own turns"),
    "mirroring": mark("Match with its mirror images"),
    "coverage": mark("Part that is hot"),
    "contrast": mark("Contrast to both sides"),
    "intensity": mark("Match of brightness"),
    "gradient": mark("Match of edges"),
    "peak": mark("Better than beside it"),
    "votes": mark("Votes of matching points"),
    "star": mark("Fits the axes of a star"),
    "dihedral": mark("Has mirror axes"),
    "length": mark("Length, of the diagonal"),
    "radius": mark("Reach, of the diagonal"),
    "evidence": mark("Area that speaks for it (log)"),
    "texture": mark("Texture"),
    "variety": mark("Variety of directions"),
    "central": mark("In the middle"),
    "aspect": mark("Width to length"),
    "order": mark("Order"),
}
"""The readable parts of a score, the most telling ones first."""
MAIN_PARTS = 4


def kind(shape: Shape) -> str:
    """What a shape is, in one word."""
    if isinstance(shape, ReflectionAxis):
        return tr("Axis")
    return tr("Center") if isinstance(shape, RotationCenter) else tr("Ellipse")


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
        return tr("{angle}°, {length:,.0f} px long").format(angle=round(shape.angle) % 180, length=shape.length)
    if isinstance(shape, RotationCenter):
        return f"at {shape.x:,.0f}, {shape.y:,.0f}"
    return f"at {shape.cx:,.0f}, {shape.cy:,.0f}, {2 * shape.rx:,.0f} × {2 * shape.ry:,.0f}"


def describe(detection: Detection) -> str:
    """One sentence about a suggestion, for tooltips and screen readers."""
    what = kind(detection.shape)
    if isinstance(detection.shape, RotationCenter):
        turns = detection.shape.order
        what += tr(", continuous") if turns == CONTINUOUS else tr(" of order {turns}").format(turns=turns)
    return tr("{what} {place}, score {score}, from {source}").format(
        what=what, place=place(detection.shape), score=score(detection.score), source=source(detection.source)
    )


_STATES = {
    AnnotationState.DRAWN: mark("drawn"),
    AnnotationState.ACCEPTED: mark("accepted"),
    AnnotationState.CORRECTED: mark("corrected"),
    AnnotationState.IMPORTED: mark("imported"),
}


def state(holder: Annotation | Suggestion) -> str:
    """How a shape came to be, and whether it is locked or hidden."""
    if isinstance(holder, Suggestion):
        return tr("suggested")
    marks = [tr("locked")] if holder.locked else []
    marks += [tr("hidden")] if holder.hidden else []
    return ", ".join([tr(_STATES[holder.state]), *marks])


def describe_holder(holder: Annotation | Suggestion) -> str:
    """One sentence about an annotation or suggestion, for tooltips and screen readers."""
    if isinstance(holder, Suggestion):
        return describe(holder.detection)
    what = kind(holder.shape)
    if isinstance(holder.shape, RotationCenter):
        what += (
            tr(", continuous")
            if holder.shape.order == CONTINUOUS
            else tr(" of order {order}").format(order=holder.shape.order)
        )
    origin = (
        ""
        if holder.score is None
        else tr(", score {score}, from {source}").format(score=score(holder.score), source=source(holder.source))
    )
    return f"{what} {place(holder.shape)}, {state(holder)}{origin}"


def source(name: str) -> str:
    """Who suggests it."""
    return {"features": tr("pixels, without the network"), "evidence": tr("your click")}.get(name, name)


def evidence(detection: Detection) -> list[tuple[str, str]]:
    """The readable parts of a score, name and value, the most telling ones first."""
    ranks = {key: rank for rank, key in enumerate(_EVIDENCE)}
    keys = sorted(detection.evidence, key=lambda key: (ranks.get(key, len(ranks)), key))
    names = {key: tr(_EVIDENCE[key]) if key in _EVIDENCE else key.replace("_", " ").capitalize() for key in keys}
    return [(names[key], f"{detection.evidence[key]:.2f}") for key in keys]


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
        return tr("{minutes} min").format(minutes=minutes)
    hours, minutes = divmod(minutes, 60)
    return tr("{hours} h {minutes} min").format(hours=hours, minutes=minutes) if minutes else f"{hours} h"


def plural(count: int, one: str, many: str | None = None) -> str:
    """ "1 picture", "3 pictures". Translators get both words, see `scripts/make_translations.py`."""
    return f"{count:,} {tr(one if count == 1 else many or one + 's')}"
