"""Measures whether a cut-out (RGBA) is symmetric: its mirror axes and its order of rotation, about one center.

Candidates come from the polar picture about the center of mass (mirror axes are peaks of the angular
self-convolution, rotations of the angular autocorrelation, both by FFT); each is then verified, and its offset refined,
by overlaying the turned or mirrored cut-out on itself.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from clipsym_core.symmetry import CONTINUOUS

Rgba = npt.NDArray[np.uint8]
_Float = npt.NDArray[np.float32]

_SIDE = 96
_ANGLES = 360
_RADII = 40
_ORDERS = (12, 10, 9, 8, 7, 6, 5, 4, 3, 2)
_ODD_TURNS = (17.0, 37.0, 53.0, 71.0, 101.0, 163.0)  # none is close to a multiple of 360 / n for n <= 12
_MIN_AREA = 200


@dataclass(frozen=True, slots=True)
class MeasuredSymmetry:
    """What a cut-out shows.

    Attributes:
        center: (x, y) as fractions of width and height.
        axes: angles of the mirror axes through the center, degrees in [0, 180).
        order: order of rotation about the center; 1 = none, 0 = continuous (a disc).
        score: overlap of the weakest symmetry listed, in [0, 1]; 1 where none is listed.
    """

    center: tuple[float, float]
    axes: tuple[float, ...]
    order: int
    score: float


def measure_symmetry(rgba: Rgba, *, min_overlap: float = 0.9, min_color: float = 0.8) -> MeasuredSymmetry:
    """The symmetry of a cut-out [H, W, 4] about one center.

    Args:
        min_overlap: least intersection over union of the silhouette with its mirrored or turned self.
        min_color: least similarity of the colors inside the silhouette, 1 - mean difference / spread.
    """
    small, scale, offset = _normalised(rgba)
    alpha = small[..., 3]
    if float(alpha.sum()) < _MIN_AREA:
        return MeasuredSymmetry((0.5, 0.5), (), 1, 1.0)
    ys, xs = np.mgrid[0:_SIDE, 0:_SIDE] + 0.5
    cx, cy = (float((alpha * g).sum() / alpha.sum()) for g in (xs, ys))
    polar = _polar(small, cx, cy)
    axes: list[float] = []
    scores: list[float] = []
    shifts: list[tuple[float, float]] = []
    for angle in _axis_candidates(polar):
        score, shift = _verify_axis(small, cx, cy, angle, min_overlap, min_color)
        if score > 0:
            axes.append(angle)
            scores.append(score)
            shifts.append(shift)
    if len(axes) == 1:  # one axis: the center of mass may lie beside it
        cx, cy = cx + shifts[0][0], cy + shifts[0][1]
    order = _order(small, cx, cy, min_overlap, min_color)
    if order == CONTINUOUS:
        axes = []
    elif order == 1 and len(axes) > 1:  # two crossing axes imply a rotation: keep the better one
        best = int(np.argmax(scores))
        axes, scores = [axes[best]], [scores[best]]
    elif order > 1 and len(axes) != order:
        axes = _completed(axes, scores, order)
    center = ((cx - offset[0]) / scale / rgba.shape[1], (cy - offset[1]) / scale / rgba.shape[0])
    return MeasuredSymmetry(center, tuple(sorted(axes)), order, min(scores, default=1.0))


def _normalised(rgba: Rgba) -> tuple[_Float, float, tuple[float, float]]:
    """Premultiplied floats [96, 96, 4] in 0..1, the cut-out inside with a margin; the scale and offset used."""
    h, w = rgba.shape[:2]
    scale = (_SIDE - 12) / max(h, w)
    ox, oy = (_SIDE - w * scale) / 2, (_SIDE - h * scale) / 2
    source = rgba.astype(np.float32) / 255.0
    source[..., :3] *= source[..., 3:]
    if scale < 1:
        source = cv2.GaussianBlur(source, (0, 0), 0.4 / scale)
    matrix = np.array([[scale, 0, ox + scale / 2 - 0.5], [0, scale, oy + scale / 2 - 0.5]])
    small = cv2.warpAffine(source, matrix, (_SIDE, _SIDE), flags=cv2.INTER_LINEAR)
    return small, scale, (ox, oy)


def _polar(small: _Float, cx: float, cy: float) -> _Float:
    """[radii, angles, 4]; angles counter-clockwise."""
    theta = np.arange(_ANGLES) * (2 * math.pi / _ANGLES)
    radius = (np.arange(_RADII) + 0.5) * (_SIDE / 2 / _RADII)
    x = cx + radius[:, None] * np.cos(theta) - 0.5
    y = cy - radius[:, None] * np.sin(theta) - 0.5
    return np.asarray(cv2.remap(small, x.astype(np.float32), y.astype(np.float32), cv2.INTER_LINEAR), np.float32)


def _axis_candidates(polar: _Float) -> list[float]:
    weighted = (polar - polar.mean(axis=1, keepdims=True)) * np.sqrt(np.arange(_RADII) + 0.5)[:, None, None]
    spectrum = np.fft.fft(weighted, axis=1)
    # sum over t of P(t) P(s - t) is the inverse transform of the squared spectrum; the axis lies at s / 2
    folded = np.fft.ifft((spectrum**2).sum(axis=(0, 2))).real
    energy = float((weighted**2).sum()) + 1e-9
    values = folded / energy
    peak = (values >= np.roll(values, 1)) & (values > np.roll(values, -1)) & (values > 0.5)
    found = sorted(np.nonzero(peak)[0], key=lambda s: -values[s])[:16]
    return [float(s) * 360.0 / _ANGLES / 2 for s in found]


def _similarity(a: _Float, b: _Float, min_overlap: float, min_color: float) -> float:
    """Silhouette overlap where both bars are passed, else 0."""
    both, either = np.minimum(a[..., 3], b[..., 3]), np.maximum(a[..., 3], b[..., 3])
    overlap = float(both.sum() / (either.sum() + 1e-6))
    if overlap < min_overlap:
        return 0.0
    inside = a[..., 3] > 0.5
    if not inside.any():
        return 0.0
    colors = a[inside][:, :3]
    spread = float(np.abs(colors - colors.mean(axis=0)).mean()) + 0.02
    difference = float((np.abs(a - b)[..., :3] * both[..., None]).sum() / (3 * both.sum() + 1e-6))
    similarity = 1.0 - difference / (2 * spread)
    return overlap if similarity >= min_color else 0.0


def _mirror_matrix(cx: float, cy: float, angle: float) -> npt.NDArray[np.float64]:
    c, s = math.cos(math.radians(2 * angle)), -math.sin(math.radians(2 * angle))
    px, py = cx - 0.5, cy - 0.5
    return np.array([[c, s, px - c * px - s * py], [s, -c, py - s * px + c * py]])


def _verify_axis(
    small: _Float, cx: float, cy: float, angle: float, min_overlap: float, min_color: float
) -> tuple[float, tuple[float, float]]:
    normal = (math.sin(math.radians(angle)), math.cos(math.radians(angle)))
    best, shift = 0.0, (0.0, 0.0)
    for k in (0.0, -1.0, 1.0, -2.0, 2.0):
        moved = (cx + k * normal[0], cy + k * normal[1])
        mirrored = cv2.warpAffine(small, _mirror_matrix(*moved, angle), (_SIDE, _SIDE), flags=cv2.INTER_LINEAR)
        score = _similarity(small, mirrored, min_overlap, min_color)
        if score > best:
            best, shift = score, (k * normal[0], k * normal[1])
    return best, shift


def _turns_into_itself(small: _Float, cx: float, cy: float, turn: float, bars: tuple[float, float]) -> bool:
    matrix = cv2.getRotationMatrix2D((cx - 0.5, cy - 0.5), turn, 1.0)
    turned = cv2.warpAffine(small, matrix, (_SIDE, _SIDE), flags=cv2.INTER_LINEAR)
    return _similarity(small, turned, *bars) > 0


def _order(small: _Float, cx: float, cy: float, min_overlap: float, min_color: float) -> int:
    bars = (min_overlap, min_color)
    if all(_turns_into_itself(small, cx, cy, turn, bars) for turn in _ODD_TURNS):
        return CONTINUOUS
    for n in _ORDERS:
        if all(_turns_into_itself(small, cx, cy, 360.0 * k / n, bars) for k in range(1, n // 2 + 1)):
            return n
    return 1


def _completed(axes: list[float], scores: list[float], order: int) -> list[float]:
    """The n axes of a dihedral group from its best one; none where none was found (a cyclic group)."""
    if not axes:
        return []
    best = axes[int(np.argmax(scores))]
    return [(best + k * 180.0 / order) % 180.0 for k in range(order)]
