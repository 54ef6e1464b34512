"""A rough stroke becomes an exact axis: coarse to fine in angle and offset, by mirror correlation, then aligned."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from clipsym_core.errors import InputError
from clipsym_core.imaging import Pixels
from clipsym_core.inference.axis_evidence.align import align
from clipsym_core.inference.axis_evidence.strip import MirrorMatches, Relief, mirror_matches
from clipsym_core.inference.pixels.canvas import check_image, make_canvas
from clipsym_core.symmetry import Point, ReflectionAxis

Array = npt.NDArray[np.float64]

_ROWS = (48, 96, 144)
"""Rows of the coarse, the fine and the last strip; the step between them follows from the length of the axis."""
_MIN_COVERAGE = 0.5
"""Share of pairs on the picture below which a score counts for less."""
_CANDIDATES = 3
"""Poses of the coarse level that are looked at again."""
_NEARLY = 0.7
"""Share of the best coarse score that such a pose has to reach."""
_CLIMBS = 3
"""Most tables that are searched from one pose on one level."""


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
    """Move a straight axis to the best mirror match within about `turn` degrees and `reach` px of where it was drawn.

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
    """Coarse and fine tables of mirror correlations, then least squares on the finest strip.

    What is nearly round (a plate) looks alike from many directions in a coarse picture: several poses go on to the fine
    table, and there the search goes on for as long as it gets better at the edge of its range.
    """
    reliefs = []
    for wanted in _ROWS:
        step = max(length / wanted, 0.75)
        rows, columns = max(round(length / step), 8), max(round(half / step), 4)
        canvas = make_canvas(image, box=box, scale=min(1.0, 1 / step))
        reliefs.append((Relief(canvas, max(rows / 8, 2.0) * step * canvas.scale), rows, columns, step))
    coarse, fine = _Table(*reliefs[0]), _Table(*reliefs[1])
    spacing = min(1.6 / coarse.columns, turn / 2)
    turns = np.linspace(-turn, turn, 2 * math.ceil(turn / spacing) + 1)
    poses = coarse.peaks(start, turns, math.ceil(2 * reach / coarse.step))
    turns = 0.6 / fine.columns * np.arange(-3, 4)
    _, pose = max((fine.climb(pose, turns, 5) for pose in poses), key=lambda found: found[0])
    relief, rows, columns, step = reliefs[2]
    angle, (x, y) = align(relief, (pose.x, pose.y), pose.angle, rows, columns, step)
    return _Pose(x, y, angle)


class _Table:
    """Scores of poses near a pose, at one resolution: all turns (radians) by all shifts (half columns)."""

    def __init__(self, relief: Relief, rows: int, columns: int, step: float) -> None:
        self.relief, self.rows, self.columns, self.step = relief, rows, columns, step

    def scores(self, pose: _Pose, turns: Array, shifts: int) -> Array:
        """[turns, 2 shifts + 1]."""
        extra = (shifts + 1) // 2 + 1
        table = []
        for turn in turns:
            turned = pose.moved(float(turn), 0.0)
            middle = (turned.x, turned.y)
            strip = self.relief.strip(middle, turned.along, self.rows, self.columns + extra, self.step)
            table.append(_weighed(mirror_matches(strip, self.columns, range(-shifts, shifts + 1))))
        return np.array(table)

    def peaks(self, pose: _Pose, turns: Array, shifts: int) -> list[_Pose]:
        """The best poses, no two next to each other, that are nearly as good as the best."""
        table = self.scores(pose, turns, shifts)
        best = float(table.max())
        found: list[_Pose] = []
        while len(found) < _CANDIDATES:
            i, j = (int(v) for v in np.unravel_index(int(table.argmax()), table.shape))
            if not table[i, j] > _NEARLY * best and found:
                break
            found.append(pose.moved(float(turns[i]), (j - shifts) * self.step / 2))
            table[max(i - 1, 0) : i + 2, max(j - 3, 0) : j + 4] = -np.inf
        return found

    def climb(self, pose: _Pose, turns: Array, shifts: int) -> tuple[float, _Pose]:
        """The best score near `pose`, and the top of the parabola through its place."""
        for _ in range(_CLIMBS):
            table = self.scores(pose, turns, shifts)
            i, j = (int(v) for v in np.unravel_index(int(table.argmax()), table.shape))
            inside = 0 < i < len(turns) - 1 and 0 < j < 2 * shifts
            if inside:
                break
            pose = pose.moved(float(turns[i]), (j - shifts) * self.step / 2)
        score, turn, shift = float(table[i, j]), 0.0, 0.0
        if inside:
            turn = float(turns[i]) + _vertex(table[i - 1 : i + 2, j]) * float(turns[1] - turns[0])
            shift = j - shifts + _vertex(table[i, j - 1 : j + 2])
        return score, pose.moved(turn, shift * self.step / 2)


def _weighed(matches: MirrorMatches) -> Array:
    """The scores, less in proportion where too little of the strip can be seen."""
    weighed: Array = matches.score * np.minimum(matches.coverage / _MIN_COVERAGE, 1.0)
    return weighed


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
    relief = Relief(canvas, max(rows / 8, 2.0) * step * canvas.scale)
    match = mirror_matches(relief.strip(middle, along, rows, columns, step), columns)
    score = min(max(float(_weighed(match)[0]), 0.0), 1.0)
    return AxisEvidence(score, float(match.intensity[0]), float(match.gradient[0]), float(match.coverage[0]), half)


def _touches(image: Pixels, box: tuple[float, float, float, float]) -> bool:
    return box[0] < image.shape[1] and box[1] < image.shape[0] and box[2] > 0 and box[3] > 0


def _check_half_width(half_width: float | None) -> None:
    if half_width is not None and not (math.isfinite(half_width) and half_width > 0):
        raise InputError(f"The half-width {half_width} is not a positive number.", "", "Give a width in px, or none.")
