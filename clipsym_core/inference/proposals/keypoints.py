"""Axis and center candidates from matched key points (Loy and Eklundh, "Detecting symmetry and symmetric
constellations of features", ECCV 2006).

A SIFT descriptor of the mirrored picture is a permutation of the descriptor, so the picture is described once. A pair
of key points that match mirrored votes for the one axis that would map them onto each other; a pair that match as
they are votes for the one center about which a turn maps them onto each other.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from clipsym_core.inference.pixels.canvas import Canvas
from clipsym_core.inference.proposals.mirror_votes import AxisVote
from clipsym_core.symmetry import Point, ReflectionAxis

Array = npt.NDArray[np.float64]

KEYPOINT_SIDE = 320
"""Longer side of the canvas for key points, px."""
_MOST = 350
_MATCHES = 3
"""Best matches of each key point that vote."""
_ANGLE_BINS = 90
_LEAST = 2.0
"""Votes below this are a chance pair or two."""


@dataclass(frozen=True, slots=True)
class CenterVote:
    """A candidate center, picture px, with the weight of the pairs that meet there."""

    point: Point
    strength: float


@dataclass(frozen=True, slots=True)
class Keypoints:
    """Places [N, 2] in canvas px, directions [N] (radians, y down), sizes [N], unit descriptors [N, 128]."""

    places: Array
    directions: Array
    sizes: Array
    descriptors: npt.NDArray[np.float32]


def find_keypoints(canvas: Canvas) -> Keypoints:
    """The strongest SIFT key points of a canvas, one direction or more each."""
    grey = np.clip(np.round(canvas.pixels), 0, 255).astype(np.uint8)
    found, descriptors = cv2.SIFT_create(nfeatures=_MOST, contrastThreshold=0.02).detectAndCompute(grey, None)  # type: ignore[attr-defined]
    if descriptors is None or len(found) < 2:
        return Keypoints(np.zeros((0, 2)), np.zeros(0), np.ones(0), np.zeros((0, 128), np.float32))
    norm = np.linalg.norm(descriptors, axis=1, keepdims=True)
    return Keypoints(
        np.array([k.pt for k in found], dtype=np.float64) + 0.5,
        np.radians([k.angle for k in found]),
        np.array([k.size for k in found], dtype=np.float64),
        (descriptors / np.maximum(norm, 1e-6)).astype(np.float32),
    )


def mirrored_descriptors(descriptors: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Descriptors [N, 128] as they would be in a mirrored picture: rows of cells and directions reversed."""
    cells = descriptors.reshape(-1, 4, 4, 8)
    turned = cells[:, ::-1, :, (-np.arange(8)) % 8]
    return np.ascontiguousarray(turned.reshape(-1, 128))


@dataclass(frozen=True, slots=True)
class MirrorPairs:
    """Pairs of key points that match mirrored: middles [N, 2] and half distances [N, 2], picture px, and weights [N].

    `normals` [N] are the directions from one partner to the other, radians in [0, pi), y down.
    """

    middles: Array
    halves: Array
    normals: Array
    weights: Array

    def support(self, axis: ReflectionAxis) -> float:
        """Logarithm of the summed weight of the pairs that a straight axis maps onto each other."""
        if len(self.weights) == 0:
            return 0.0
        length = math.dist(axis.start, axis.end)
        ux, uy = ((q - p) / length for p, q in zip(axis.start, axis.end, strict=True))
        offset = np.abs((self.middles - axis.midpoint) @ np.array([-uy, ux]))
        along = np.abs((self.middles - axis.midpoint) @ np.array([ux, uy]))
        normal = math.atan2(ux, -uy)
        turn = np.abs(np.mod(self.normals - normal + math.pi / 2, math.pi) - math.pi / 2)
        agree = (offset < 0.03 * length + 2) & (along < 0.55 * length) & (turn < math.radians(4))
        return math.log1p(float(self.weights[agree].sum()))


def mirror_pairs(canvas: Canvas, keys: Keypoints) -> MirrorPairs:
    """All pairs of key points that match mirrored, weighted by direction, size and likeness."""
    i, j, likeness = _pairs(keys, mirrored_descriptors(keys.descriptors), ordered=False)
    p, q = keys.places[i], keys.places[j]
    d = q - p
    across = np.arctan2(d[:, 1], d[:, 0])
    # Mirroring in the axis square to d sends direction a to 2 (across + 90) - a.
    turn = keys.directions[i] + keys.directions[j] - 2 * across
    weight = np.clip(-np.cos(turn), 0, 1) * _same_size(keys.sizes[i], keys.sizes[j]) * likeness
    scale = np.array([canvas.sx, canvas.sy])
    origin = np.array([canvas.x0, canvas.y0])
    return MirrorPairs(0.5 * (p + q) / scale + origin, 0.5 * d / scale, np.mod(across, math.pi), weight)


def axis_votes(canvas: Canvas, pairs: MirrorPairs, *, limit: int = 8) -> list[AxisVote]:
    """Axes that many mirrored pairs agree on, strongest first."""
    if len(pairs.weights) == 0:
        return []
    middle = np.array([canvas.x0 + canvas.width / 2, canvas.y0 + canvas.height / 2])
    rho = ((pairs.middles - middle) * np.stack([np.cos(pairs.normals), np.sin(pairs.normals)], axis=1)).sum(1)
    diagonal = math.hypot(canvas.width, canvas.height)
    cell = diagonal / 120
    bins = 2 * math.ceil(diagonal / 2 / cell) + 1
    column = np.clip(np.round(rho / cell).astype(int) + bins // 2, 0, bins - 1)
    row = np.floor(pairs.normals / math.pi * _ANGLE_BINS).astype(int) % _ANGLE_BINS
    table = np.zeros((_ANGLE_BINS, bins))
    np.add.at(table, (row, column), pairs.weights)
    # Angle wraps with rho turning its sign.
    wrapped = np.vstack([table[-4:, ::-1], table, table[:4, ::-1]])
    smooth = cv2.GaussianBlur(wrapped, (0, 0), sigmaX=1.5, sigmaY=1.2)[4:-4] * (2 * math.pi * 1.5 * 1.2)
    votes = []
    for _ in range(limit):
        r, c = (int(v) for v in np.unravel_index(int(smooth.argmax()), smooth.shape))
        strength = float(smooth[r, c])
        if strength < _LEAST:
            break
        smooth[max(r - 3, 0) : r + 4, max(c - 4, 0) : c + 5] = 0
        angle, offset = (r + 0.5) * math.pi / _ANGLE_BINS, (c - bins // 2) * cell
        votes.append(_vote(pairs, middle, angle, offset, cell, strength))
    return votes


def center_votes(canvas: Canvas, keys: Keypoints, *, limit: int = 4) -> list[CenterVote]:
    """Centers that many turned pairs agree on, strongest first."""
    i, j, likeness = _pairs(keys, keys.descriptors, ordered=True)
    if len(i) == 0:
        return []
    turn = np.mod(keys.directions[j] - keys.directions[i] + math.pi, 2 * math.pi) - math.pi
    usable = np.abs(turn) > math.radians(15)
    i, j, likeness, turn = i[usable], j[usable], likeness[usable], turn[usable]
    p, q = keys.places[i], keys.places[j]
    d = q - p
    center = 0.5 * (p + q) + (0.5 / np.tan(turn / 2))[:, None] * np.stack([-d[:, 1], d[:, 0]], axis=1)
    weight = _same_size(keys.sizes[i], keys.sizes[j]) * likeness
    h, w = canvas.pixels.shape
    cell = math.hypot(w, h) / 100
    inside = (center[:, 0] >= 0) & (center[:, 0] < w) & (center[:, 1] >= 0) & (center[:, 1] < h)
    table = np.zeros((math.ceil(h / cell) + 1, math.ceil(w / cell) + 1))
    at = (center[inside] / cell).astype(int)
    np.add.at(table, (at[:, 1], at[:, 0]), weight[inside])
    smooth = cv2.GaussianBlur(table, (0, 0), 1.0, borderType=cv2.BORDER_CONSTANT) * (2 * math.pi)
    votes = []
    for _ in range(limit):
        r, c = (int(v) for v in np.unravel_index(int(smooth.argmax()), smooth.shape))
        strength = float(smooth[r, c])
        if strength < _LEAST:
            break
        smooth[max(r - 5, 0) : r + 6, max(c - 5, 0) : c + 6] = 0
        near = inside & (np.hypot(*(center - (np.array([c, r]) + 0.5) * cell).T) < 2 * cell)
        x, y = np.average(center[near], axis=0, weights=weight[near] + 1e-9)
        votes.append(CenterVote((x / canvas.sx + canvas.x0, y / canvas.sy + canvas.y0), strength))
    return votes


def _pairs(
    keys: Keypoints, others: npt.NDArray[np.float32], *, ordered: bool
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], Array]:
    """Pairs i, j of key points whose descriptors match, each i with its best `_MATCHES`, and a weight of likeness."""
    n = len(keys.places)
    nothing = np.zeros(0, np.int64)
    if n < 3:
        return nothing, nothing, np.zeros(0)
    likeness = keys.descriptors @ others.T
    apart = np.linalg.norm(keys.places[:, None] - keys.places[None], axis=-1)
    likeness[apart < 4.0] = -1.0  # the same place with another direction
    k = min(_MATCHES, n - 1)
    best = np.argpartition(-likeness, k - 1, axis=1)[:, :k]
    i = np.repeat(np.arange(n), k)
    j = best.ravel()
    if not ordered:
        unique = np.unique(np.stack([np.minimum(i, j), np.maximum(i, j)], axis=1), axis=0)
        i, j = unique[:, 0], unique[:, 1]
    value = likeness[i, j].astype(np.float64)
    good = value > 0.6
    return i[good], j[good], ((value[good] - 0.6) / 0.4) ** 0.5


def _same_size(a: Array, b: Array) -> Array:
    """1 where two sizes are alike, less where they differ."""
    weight: Array = np.exp(-((np.abs(a - b) / (0.5 * (a + b))) ** 2) * 4)
    return weight


def _vote(pairs: MirrorPairs, origin: Array, normal: float, offset: float, cell: float, strength: float) -> AxisVote:
    """The segment over which the pairs of one axis (normal angle, offset from `origin`) spread."""
    n = np.array([math.cos(normal), math.sin(normal)])
    u = np.array([-n[1], n[0]])
    middles = pairs.middles - origin
    turn = np.abs(np.mod(pairs.normals - normal + math.pi / 2, math.pi) - math.pi / 2)
    agree = (np.abs(middles @ n - offset) < 2.5 * cell) & (turn < math.radians(8)) & (pairs.weights > 0.05)
    along = middles[agree] @ u
    first, last = (float(v) for v in np.percentile(along, [5, 95])) if len(along) else (0.0, 0.0)
    half = max(0.5 * (last - first), 6 * cell)
    x, y = origin + offset * n + 0.5 * (first + last) * u
    # The axis is square to its normal; angles are counter-clockwise on the screen.
    return AxisVote((float(x), float(y)), (90.0 - math.degrees(normal)) % 180.0, 2 * half, strength)
