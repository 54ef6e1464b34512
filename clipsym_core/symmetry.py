"""The vocabulary: what can be symmetric in a picture, and who says so.

Convention, everywhere in the project: pixel centers lie at integer + 0.5, x points right, y points down, coordinates
are in pixels of the original picture after its EXIF rotation. Angles are in degrees, counter-clockwise as seen on the
screen; the angle of an axis lies in [0, 180). Points of an axis may lie outside the picture.

Shapes are immutable: an edit makes a new one, so undo, caches and threads never see a half-changed shape.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Point: TypeAlias = tuple[float, float]
Points: TypeAlias = npt.NDArray[np.float64]
Affine: TypeAlias = npt.NDArray[np.float64]

CONTINUOUS = 0
"""The order of a center around which every rotation is a symmetry (a disc, a ring)."""


@dataclass(frozen=True, slots=True)
class ReflectionAxis:
    """A mirror axis: a straight segment, or a polyline where the mirrored thing is bent.

    Raises:
        ValueError: fewer than two points, a coordinate that is not finite, or all points at one place.
    """

    points: tuple[Point, ...]

    def __post_init__(self) -> None:
        points = tuple((float(x), float(y)) for x, y in self.points)
        if len(points) < 2:
            raise ValueError(f"An axis needs at least two points, got {len(points)}.")
        if not all(math.isfinite(v) for p in points for v in p):
            raise ValueError(f"An axis has a coordinate that is not finite: {points}.")
        if all(p == points[0] for p in points):
            raise ValueError(f"An axis needs two different points, all lie at {points[0]}.")
        object.__setattr__(self, "points", points)

    @property
    def start(self) -> Point:
        return self.points[0]

    @property
    def end(self) -> Point:
        return self.points[-1]

    @property
    def is_straight(self) -> bool:
        """Whether the axis is one segment."""
        return len(self.points) == 2

    @property
    def length(self) -> float:
        """Length along the polyline, px."""
        return sum(math.dist(a, b) for a, b in zip(self.points, self.points[1:], strict=False))

    @property
    def angle(self) -> float:
        """Direction from the first to the last point, degrees in [0, 180).

        A closed polyline has no such direction; the one of its longest segment is given.
        """
        a, b = self.start, self.end
        if a == b:
            a, b = max(zip(self.points, self.points[1:], strict=False), key=lambda ab: math.dist(*ab))
        return axis_angle(a, b)

    @property
    def midpoint(self) -> Point:
        """The point half-way along the polyline."""
        rest = self.length / 2
        for a, b in zip(self.points, self.points[1:], strict=False):
            step = math.dist(a, b)
            if rest <= step and step > 0:
                t = rest / step
                return (a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1]))
            rest -= step
        return self.end

    def transformed(self, matrix: npt.ArrayLike) -> ReflectionAxis:
        """The axis under an affine map [2, 3] (or [3, 3] with last row 0 0 1) of points."""
        return ReflectionAxis(_as_points(transform_points(self.points, matrix)))


@dataclass(frozen=True, slots=True)
class RotationCenter:
    """A center of rotation symmetry; `order` is the number of turns in a full circle, 0 = continuous.

    Raises:
        ValueError: an order of 1 or below 0, or a coordinate that is not finite.
    """

    x: float
    y: float
    order: int

    def __post_init__(self) -> None:
        if not (math.isfinite(self.x) and math.isfinite(self.y)):
            raise ValueError(f"A center has a coordinate that is not finite: ({self.x}, {self.y}).")
        order = int(self.order)
        if order != self.order or (order != CONTINUOUS and order < 2):
            raise ValueError(f"The order of a center is 0 (continuous) or a whole number from 2, got {self.order}.")
        # numpy scalars come in from decoders; plain numbers compare, print and serialize the same everywhere.
        for name, value in (("x", float(self.x)), ("y", float(self.y)), ("order", order)):
            object.__setattr__(self, name, value)

    @property
    def point(self) -> Point:
        return (self.x, self.y)

    def transformed(self, matrix: npt.ArrayLike) -> RotationCenter:
        """The center under an affine map [2, 3] of points; its order is kept."""
        ((x, y),) = transform_points([self.point], matrix)
        return replace(self, x=float(x), y=float(y))


@dataclass(frozen=True, slots=True)
class ReflectionEllipse:
    """A disc or ellipse all of whose diameters are (projected) mirror axes.

    `rx` and `ry` are semi-axes in px, `angle` is the direction of the `rx` semi-axis, degrees in [0, 180).

    Raises:
        ValueError: a semi-axis that is not positive, or a number that is not finite.
    """

    cx: float
    cy: float
    rx: float
    ry: float
    angle: float = 0.0

    def __post_init__(self) -> None:
        values = (self.cx, self.cy, self.rx, self.ry, self.angle)
        if not all(math.isfinite(v) for v in values):
            raise ValueError(f"An ellipse has a number that is not finite: {values}.")
        if self.rx <= 0 or self.ry <= 0:
            raise ValueError(f"The semi-axes of an ellipse must be positive, got {self.rx} and {self.ry}.")
        for name, value in zip(("cx", "cy", "rx", "ry", "angle"), values, strict=True):
            object.__setattr__(self, name, float(value))
        object.__setattr__(self, "angle", wrap_axis_angle(self.angle))

    @property
    def center(self) -> Point:
        return (self.cx, self.cy)

    def transformed(self, matrix: npt.ArrayLike) -> ReflectionEllipse:
        """The ellipse under an affine map [2, 3] of points (an ellipse again, by singular values)."""
        m = as_affine(matrix)
        c, s = math.cos(math.radians(self.angle)), math.sin(math.radians(self.angle))
        # Columns: the two semi-axis vectors. y points down, so a counter-clockwise angle has a negative y.
        half = np.array([[self.rx * c, self.ry * s], [-self.rx * s, self.ry * c]])
        u, sigma, _ = np.linalg.svd(m[:2, :2] @ half)
        # Singular values are ordered by size; keep rx with the axis that rx was mapped closest to.
        image_of_rx = m[:2, :2] @ half[:, 0]
        first = int(abs(u[:, 1] @ image_of_rx) > abs(u[:, 0] @ image_of_rx))
        ((x, y),) = transform_points([self.center], m)
        direction = u[:, first]
        return ReflectionEllipse(
            float(x), float(y), float(sigma[first]), float(sigma[1 - first]),
            axis_angle((0.0, 0.0), (float(direction[0]), float(direction[1]))),
        )  # fmt: skip


Shape: TypeAlias = ReflectionAxis | RotationCenter | ReflectionEllipse


@dataclass(frozen=True, slots=True)
class Detection:
    """A shape that a detector proposes, never an annotation until a person accepts it.

    Attributes:
        shape: where, in pixels of the original picture (or of the map it was decoded from, see the caller).
        score: calibrated, in [0, 1].
        source: name of the model, or "features" for proposals made without a network.
        evidence: the readable parts of the score, name -> value.

    Raises:
        ValueError: a score outside [0, 1].
    """

    shape: Shape
    score: float
    source: str
    evidence: Mapping[str, float] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        if not 0.0 <= self.score <= 1.0:
            raise ValueError(f"A score lies in [0, 1], got {self.score}.")
        object.__setattr__(self, "score", float(self.score))
        object.__setattr__(self, "evidence", MappingProxyType(dict(self.evidence)))

    def __reduce__(self) -> tuple[Any, ...]:
        # A mappingproxy cannot be pickled or copied; detections cross process and cache borders.
        return (Detection, (self.shape, self.score, self.source, dict(self.evidence)))

    def transformed(self, matrix: npt.ArrayLike) -> Detection:
        """The detection with its shape under an affine map [2, 3] of points."""
        return replace(self, shape=self.shape.transformed(matrix))


# -- angles -----------------------------------------------------------------------------------------------------------


def wrap_axis_angle(degrees: float) -> float:
    """An angle of an axis brought to [0, 180)."""
    wrapped = math.fmod(degrees, 180.0)
    if wrapped < 0:
        wrapped += 180.0
    return 0.0 if wrapped >= 180.0 else wrapped  # -1e-20 + 180 rounds to 180


def axis_angle(a: Point, b: Point) -> float:
    """Angle of the line from a to b, degrees counter-clockwise in [0, 180)."""
    return wrap_axis_angle(math.degrees(math.atan2(a[1] - b[1], b[0] - a[0])))


def axis_angle_difference(a: float, b: float) -> float:
    """Smallest difference of two axis angles, degrees in [0, 90]."""
    d = wrap_axis_angle(a - b)
    return min(d, 180.0 - d)


def direction(degrees: float) -> Point:
    """Unit vector (x right, y down) of a counter-clockwise angle."""
    r = math.radians(degrees)
    return (math.cos(r), -math.sin(r))


# -- affine maps ------------------------------------------------------------------------------------------------------


def as_affine(matrix: npt.ArrayLike) -> Affine:
    """[2, 3] or [3, 3] as [3, 3] float64.

    Raises:
        ValueError: any other shape, or a last row that is not 0 0 1.
    """
    m = np.asarray(matrix, dtype=np.float64)
    if m.shape == (2, 3):
        return np.vstack([m, [0.0, 0.0, 1.0]])
    if m.shape != (3, 3) or not np.array_equal(m[2], [0.0, 0.0, 1.0]):
        raise ValueError(f"An affine map is [2, 3], or [3, 3] with last row 0 0 1; got shape {m.shape}.")
    return m


def transform_points(points: npt.ArrayLike | Iterable[Point], matrix: npt.ArrayLike) -> Points:
    """Points [N, 2] under an affine map."""
    p = np.asarray(points, dtype=np.float64).reshape(-1, 2)
    m = as_affine(matrix)
    mapped: Points = p @ m[:2, :2].T + m[:2, 2]
    return mapped


def quarter_turns(size: tuple[int, int], k: int) -> Affine:
    """Map of points that goes with `numpy.rot90(image, k)` of an image of `size` = (width, height), [3, 3]."""
    w, h = size
    turn = {
        0: [[1, 0, 0], [0, 1, 0]],
        1: [[0, 1, 0], [-1, 0, w]],
        2: [[-1, 0, w], [0, -1, h]],
        3: [[0, -1, h], [1, 0, 0]],
    }[k % 4]
    return as_affine(turn)


def mirror_left_right(size: tuple[int, int]) -> Affine:
    """Map of points that goes with `image[:, ::-1]` of an image of `size` = (width, height), [3, 3]."""
    return as_affine([[-1, 0, size[0]], [0, 1, 0]])


# -- points and lines -------------------------------------------------------------------------------------------------


def line_offsets(points: npt.ArrayLike, a: Point, b: Point) -> npt.NDArray[np.float64]:
    """Signed distances [N], px, of points [N, 2] to the infinite line through a and b (positive right of a to b).

    Raises:
        ValueError: a and b are the same point.
    """
    p = np.asarray(points, dtype=np.float64).reshape(-1, 2)
    d = np.subtract(b, a)
    length = float(np.hypot(*d))
    if length == 0:
        raise ValueError(f"A line needs two different points, got {a} twice.")
    offsets: npt.NDArray[np.float64] = ((p[:, 1] - a[1]) * d[0] - (p[:, 0] - a[0]) * d[1]) / length
    return offsets


def reflect_points(points: npt.ArrayLike, a: Point, b: Point) -> Points:
    """Points [N, 2] mirrored in the infinite line through a and b.

    Raises:
        ValueError: a and b are the same point.
    """
    p = np.asarray(points, dtype=np.float64).reshape(-1, 2)
    offsets = line_offsets(p, a, b)
    d = np.subtract(b, a) / math.dist(a, b)
    normal = np.array([-d[1], d[0]])
    mirrored: Points = p - 2 * offsets[:, None] * normal
    return mirrored


def clip_to_rectangle(a: Point, b: Point, width: float, height: float) -> tuple[Point, Point] | None:
    """The part of the segment a-b inside [0, width] x [0, height] (Liang and Barsky 1984), None where there is none."""
    t0, t1 = 0.0, 1.0
    dx, dy = b[0] - a[0], b[1] - a[1]
    for p, q in ((-dx, a[0]), (dx, width - a[0]), (-dy, a[1]), (dy, height - a[1])):
        if p == 0:
            if q < 0:
                return None
            continue
        t = q / p
        if p < 0:
            t0 = max(t0, t)
        else:
            t1 = min(t1, t)
    if t0 > t1:
        return None
    return ((a[0] + t0 * dx, a[1] + t0 * dy), (a[0] + t1 * dx, a[1] + t1 * dy))


def _as_points(array: Points) -> tuple[Point, ...]:
    return tuple((float(x), float(y)) for x, y in array)
