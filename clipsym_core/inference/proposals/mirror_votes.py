"""Axis candidates from every pixel: row-by-row self-convolution of gradients at all angles.

The picture is turned so that a candidate direction is vertical. Mirroring row y in the column c pairs c - d with
c + d, so the agreement of all pairs, for all columns at once, is the convolution of the row with itself, over the
fields of `pixels.edge_field` (the idea of registering a picture with its mirror image, Cicconet et al. 2017, and of
correlating gradients instead of brightness, Gnutti et al. 2021; both over whole pictures). Low-texture pictures, in
which no key point is found, still have edges.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from clipsym_core.imaging import Map
from clipsym_core.inference.pixels.canvas import Canvas
from clipsym_core.inference.pixels.edge_field import HARMONICS, WEIGHTS, edge_fields
from clipsym_core.symmetry import Point, direction

Array = npt.NDArray[np.float64]

WORKING_SIDE = 96
"""Longer side of the canvas for `mirror_votes`, px."""
BLUR = 0.0
_ANGLES = 36
"""Directions that are tried; a vote is settled within half of the way to the next."""
WINDOWS = (0.16, 0.26, 0.42, 0.68)
"""Lengths of the axes looked for, as shares of the diagonal."""
LONG_WINDOWS = (0.34, 0.5, 0.72)
"""The same for a coarse canvas, which has nothing to say about short ones."""


@dataclass(frozen=True, slots=True)
class AxisVote:
    """A candidate axis, picture px: middle, angle in degrees, length, strength in standard deviations of chance."""

    middle: Point
    angle: float
    length: float
    strength: float


def mirror_votes(
    canvas: Canvas, *, limit: int = 40, windows: tuple[float, ...] = WINDOWS, angles: int = _ANGLES
) -> list[AxisVote]:
    """Candidates of all `angles`, strongest first, at most `limit`, no two nearly alike; lengths are `windows`."""
    h, w = canvas.pixels.shape
    surroundings = max(0.1 * max(h, w), 3.0)
    fields = edge_fields(canvas, surroundings=surroundings, blur=BLUR)
    found: list[tuple[float, float, float, float, float]] = []
    spacing = 180.0 / angles
    for k in range(angles):
        angle = spacing * k
        found += _votes_at(fields, angle, windows)
    found.sort(reverse=True)
    kept: list[tuple[float, float, float, float, float]] = []
    reach = 0.04 * math.hypot(w, h)
    for vote in found:
        if not any(_alike(vote, other, reach, spacing) for other in kept):
            kept.append(vote)
            if len(kept) == limit:
                break
    return [
        AxisVote((x / canvas.sx + canvas.x0, y / canvas.sy + canvas.y0), angle, length / canvas.scale, strength)
        for strength, angle, x, y, length in kept
    ]


def _votes_at(
    fields: tuple[Map, Map], angle: float, windows: tuple[float, ...]
) -> list[tuple[float, float, float, float, float]]:
    """The strongest segments (strength, angle, x, y, length) with one direction, canvas px."""
    h, w = fields[0].shape[:2]
    ux, uy = direction(angle)
    # The turned picture just fits in: rows go along the axis, columns across it.
    size = 2 * math.ceil(0.5 * (w * abs(ux) + h * abs(uy)))
    width = 2 * math.ceil(0.5 * (w * abs(uy) + h * abs(ux)))
    half, middle = size / 2, width / 2
    matrix = np.array(
        [
            [-uy, ux, w / 2 + (middle - 0.5) * uy - (half - 0.5) * ux - 0.5],
            [ux, uy, h / 2 - (middle - 0.5) * ux - (half - 0.5) * uy - 0.5],
        ]
    )
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    first, rest = (
        cv2.warpAffine(field, matrix, (width, size), flags=flags, borderMode=cv2.BORDER_CONSTANT) for field in fields
    )
    agree, chance = _self_convolution(first, rest, math.radians(-angle))
    # Edges square to the axis agree with themselves in every column: keep what stands out from its neighbours.
    agree = agree - cv2.blur(agree, (33, 1), borderType=cv2.BORDER_REPLICATE)
    sums, noise = _running(agree), _running(chance)
    votes = []
    diagonal = math.hypot(w, h)
    for share in windows:
        rows = min(max(round(share * diagonal), 4), size)
        stride = max(rows // 6, 1)
        starts = np.arange(0, size - rows + 1, stride)
        last = starts[-1] + 1
        spread = noise[rows : rows + last : stride] - noise[:last:stride] + np.float32(0.02 * rows)
        z = (sums[rows : rows + last : stride] - sums[:last:stride]) / np.sqrt(np.maximum(spread, 1e-6))
        for _ in range(4):
            i, m = (int(v) for v in np.unravel_index(int(z.argmax()), z.shape))
            strength = float(z[i, m])
            if strength <= 0:
                break
            t, d = starts[i] + rows / 2 - half, (m + 1) / 2 - middle
            votes.append((strength, angle, w / 2 + t * ux - d * uy, h / 2 + t * uy + d * ux, float(rows)))
            z[max(i - 3, 0) : i + 4, max(m - 6, 0) : m + 7] = 0
    return votes


def _running(rows: Map) -> Map:
    """Sums of the first 0, 1, ... rows [S + 1, M]."""
    sums = np.zeros((rows.shape[0] + 1, rows.shape[1]), np.float32)
    np.cumsum(rows, axis=0, out=sums[1:])
    return sums


def _self_convolution(first: Map, rest: Map, angle: float) -> tuple[Map, Map]:
    """Agreement [S, 2 W - 1] of each row with itself mirrored at (m + 1) / 2 px from its left end, and its variance.

    `angle` is that of the axis in radians, y down.
    """
    rows, width = first.shape[:2]
    length = cv2.getOptimalDFTSize(2 * width)
    planes = (first[..., :2], first[..., 2:], rest[..., :2])
    padded = np.zeros((rows, length, 2), np.float32)
    total = np.zeros((rows, length), np.complex64)
    for harmonic, weight, plane in zip(HARMONICS, WEIGHTS, planes, strict=True):
        padded[:, :width] = plane
        spectrum = cv2.dft(padded, flags=cv2.DFT_ROWS).view(np.complex64)[..., 0]
        total += spectrum * spectrum * np.complex64(weight * np.exp(-2j * harmonic * angle))
    inverse = cv2.DFT_INVERSE | cv2.DFT_ROWS | cv2.DFT_SCALE
    agree = cv2.dft(total.view(np.float32).reshape(rows, length, 2), flags=inverse)[:, : 2 * width - 1, 0]
    energy = np.zeros((rows, length), np.float32)
    energy[:, :width] = rest[..., 2]
    packed = cv2.dft(energy, flags=cv2.DFT_ROWS)
    chance = cv2.dft(cv2.mulSpectrums(packed, packed, cv2.DFT_ROWS), flags=inverse)[:, : 2 * width - 1]
    return agree, np.maximum(chance, 0)


def _alike(a: tuple[float, ...], b: tuple[float, ...], reach: float, spacing: float) -> bool:
    """Whether two votes (strength, angle, x, y, length) are about the same axis."""
    turn = abs((a[1] - b[1] + 90) % 180 - 90)
    if turn > 1.5 * spacing:
        return False
    ux, uy = direction(b[1])
    dx, dy = a[2] - b[2], a[3] - b[3]
    if abs(dy * ux - dx * uy) > reach:
        return False
    return abs(dx * ux + dy * uy) < 0.25 * max(a[4], b[4]) and 0.5 < a[4] / b[4] < 2
