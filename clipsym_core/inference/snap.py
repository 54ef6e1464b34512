"""A rough stroke becomes an exact axis: coarse to fine in angle and offset, by mirror correlation."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from clipsym_core.errors import InputError
from clipsym_core.imaging import Pixels
from clipsym_core.inference.canvas import Canvas, check_image, make_canvas
from clipsym_core.inference.strip import MirrorMatch, cut_strip, mirror_match
from clipsym_core.symmetry import Point, ReflectionAxis

Array = npt.NDArray[np.float64]

_ROWS = (48, 96, 144)
"""Rows of the strip at each level; the step between them follows from the length of the axis."""
_MIN_COVERAGE = 0.5
"""Share of pairs on the picture below which a score counts for less."""


@dataclass(frozen=True, slots=True)
class AxisEvidence:
    """What the pixels say about an axis.

    Attributes:
        score: 0..1, mean of intensity and gradient, less where little of the strip lies on the picture.
        intensity: correlation of local contrast on both sides, -1..1.
        gradient: agreement of the mirrored derivatives, -1..1.
        coverage: share of the strip's pairs that lie on the picture, 0..1.
        half_width: of the strip, px.
    """

    score: float
    intensity: float
    gradient: float
    coverage: float
    half_width: float


@dataclass(frozen=True, slots=True)
class SnappedAxis:
    """An axis moved onto the pixel evidence, with that evidence."""

    axis: ReflectionAxis
    evidence: AxisEvidence


@dataclass(frozen=True, slots=True)
class _Pose:
    """A straight axis during the search: middle, direction as an angle in radians (y down), length."""

    x: float
    y: float
    angle: float

    def moved(self, turn: float, offset: float) -> _Pose:
        """Turned about its middle by `turn` radians, then moved by `offset` px to the side of positive columns."""
        angle = self.angle + turn
        return _Pose(self.x - offset * math.sin(angle), self.y + offset * math.cos(angle), angle)

    @property
    def along(self) -> Point:
        return (math.cos(self.angle), math.sin(self.angle))


def score_axis(image: Pixels, axis: ReflectionAxis, *, half_width: float | None = None) -> AxisEvidence:
    """Mirror correlation of intensity and gradient over the strip along an axis, robust to lighting.

    Args:
        image: [H, W, 3] uint8 RGB.
        axis: picture px; a polyline is scored piece by piece, weighted by length.
        half_width: of the strip, px; default half the length of the axis.

    Raises:
        InputError: not an RGB picture, or a half-width that is not positive.
    """
    check_image(image)
    _check_half_width(half_width)
    pieces = [
        (math.dist(a, b), _score_segment(image, a, b, half_width))
        for a, b in zip(axis.points, axis.points[1:], strict=False)
        if a != b
    ]
    total = sum(length for length, _ in pieces)

    def mean(name: str) -> float:
        return sum(length * float(getattr(evidence, name)) for length, evidence in pieces) / total

    return AxisEvidence(mean("score"), mean("intensity"), mean("gradient"), mean("coverage"), mean("half_width"))


def snap_axis(
    image: Pixels,
    axis: ReflectionAxis,
    *,
    turn: float = 15.0,
    reach: float | None = None,
    half_width: float | None = None,
) -> SnappedAxis:
    """Move a straight axis to the best mirror correlation within `turn` degrees and `reach` px of where it was drawn.

    Length and the place along the axis stay (see `trim_axis` for the ends).

    Args:
        turn: degrees to either side.
        reach: px to either side, default 15 or 6 % of the length, whichever is more.
        half_width: of the strip that is compared, px; default half the length of the axis.

    Raises:
        InputError: not an RGB picture, a bent axis, or a bound that is not positive.
    """
    check_image(image)
    _check_half_width(half_width)
    if not axis.is_straight:
        raise InputError(
            "Only a straight axis can be snapped.",
            f"This one has {len(axis.points)} points.",
            "Draw it as one segment, or snap its pieces one by one.",
        )
    length = axis.length
    reach = max(15.0, 0.06 * length) if reach is None else reach
    if not (turn > 0 and reach > 0):
        raise InputError(f"Cannot search within {turn} degrees and {reach} px.", "Both must be positive.")
    half = half_width if half_width is not None else 0.5 * length
    (ax, ay), (bx, by) = axis.start, axis.end
    start = _Pose((ax + bx) / 2, (ay + by) / 2, math.atan2(by - ay, bx - ax))
    span = math.hypot(length / 2, half + 2 * reach) + 4
    box = (start.x - span, start.y - span, start.x + span, start.y + span)
    if not _touches(image, box):
        return SnappedAxis(axis, AxisEvidence(0.0, 0.0, 0.0, 0.0, half))
    pose = _search(image, box, start, length, half, math.radians(turn), reach)
    ux, uy = pose.along
    a = (pose.x - ux * length / 2, pose.y - uy * length / 2)
    b = (pose.x + ux * length / 2, pose.y + uy * length / 2)
    return SnappedAxis(ReflectionAxis((a, b)), _score_segment(image, a, b, half))


def _search(
    image: Pixels,
    box: tuple[float, float, float, float],
    start: _Pose,
    length: float,
    half: float,
    turn: float,
    reach: float,
) -> _Pose:
    """Three levels, each with twice the resolution and a fraction of the range of the one before."""
    pose = start
    last = len(_ROWS) - 1
    for level, wanted in enumerate(_ROWS):
        step = max(length / wanted, 0.75)
        rows = max(round(length / step), 8)
        columns = max(round(half / step), 4)
        canvas = make_canvas(image, box=box, scale=min(1.0, 1 / step))
        if level == 0:
            spacing = min(2.2 / columns, turn / 2)
            turns = np.linspace(-turn, turn, 2 * math.ceil(turn / spacing) + 1)
            shifts = math.ceil(2 * reach / step)
        else:
            spacing = 0.6 / columns
            turns = spacing * np.arange(-4, 5) if level < last else spacing * np.arange(-2, 3)
            shifts = 5 if level < last else 4
        pose = _best(canvas, pose, turns, shifts, rows, columns, step, refine=level == last)
    return pose


def _best(
    canvas: Canvas, pose: _Pose, turns: Array, shifts: int, rows: int, columns: int, step: float, *, refine: bool
) -> _Pose:
    """The best of all turns (radians) and shifts (half columns); with `refine`, the top of the parabola through it."""
    extra = (shifts + 1) // 2 + 1
    table = np.empty((len(turns), 2 * shifts + 1))
    for i, turn in enumerate(turns):
        turned = pose.moved(float(turn), 0.0)
        strip = cut_strip(canvas, (turned.x, turned.y), turned.along, rows, columns + extra, step)
        for j in range(-shifts, shifts + 1):
            table[i, j + shifts] = _weighed(mirror_match(strip, columns, j))
    i, j = (int(v) for v in np.unravel_index(int(table.argmax()), table.shape))
    turn, shift = float(turns[i]), float(j - shifts)
    if refine:
        if 0 < i < len(turns) - 1:
            turn += _vertex(table[i - 1 : i + 2, j]) * float(turns[1] - turns[0])
        if 0 < j < table.shape[1] - 1:
            shift += _vertex(table[i, j - 1 : j + 2])
    return pose.moved(turn, shift * step / 2)


def _weighed(match: MirrorMatch) -> float:
    """The score, less in proportion where too little of the strip can be seen."""
    return match.score * min(match.coverage / _MIN_COVERAGE, 1.0)


def _vertex(values: Array) -> float:
    left, middle, right = (float(v) for v in values)
    curve = left - 2 * middle + right
    return 0.0 if curve >= -1e-12 else min(max(0.5 * (left - right) / curve, -1.0), 1.0)


def _score_segment(image: Pixels, a: Point, b: Point, half_width: float | None) -> AxisEvidence:
    length = math.dist(a, b)
    half = half_width if half_width is not None else 0.5 * length
    span = math.hypot(length / 2, half) + 2
    middle = ((a[0] + b[0]) / 2, (a[1] + b[1]) / 2)
    box = (middle[0] - span, middle[1] - span, middle[0] + span, middle[1] + span)
    if not _touches(image, box):
        return AxisEvidence(0.0, 0.0, 0.0, 0.0, half)
    step = max(length / 128, half / 128, 0.75)
    canvas = make_canvas(image, box=box, scale=1 / step)
    along = ((b[0] - a[0]) / length, (b[1] - a[1]) / length)
    rows, columns = max(round(length / step), 8), max(round(half / step), 4)
    match = mirror_match(cut_strip(canvas, middle, along, rows, columns, step), columns)
    score = min(max(_weighed(match), 0.0), 1.0)
    return AxisEvidence(score, match.intensity, match.gradient, match.coverage, half)


def _touches(image: Pixels, box: tuple[float, float, float, float]) -> bool:
    return box[0] < image.shape[1] and box[1] < image.shape[0] and box[2] > 0 and box[3] > 0


def _check_half_width(half_width: float | None) -> None:
    if half_width is not None and not (math.isfinite(half_width) and half_width > 0):
        raise InputError(f"The half-width {half_width} is not a positive number.", "", "Give a width in px, or none.")
