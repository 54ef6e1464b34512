"""Wide round responses: discs and ellipses, all of whose diameters are mirror axes.

Networks are trained with filled ellipses for such things (recipe 1.2); in a line vote they would drown everything.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
import numpy.typing as npt

from clipsym_core.inference.decoding.maps import Map
from clipsym_core.inference.decoding.parameters import AxisDecoding
from clipsym_core.inference.decoding.segments import Evidence
from clipsym_core.symmetry import Detection, ReflectionEllipse, axis_angle

_SOLID = 0.9
"""Least part of its own ellipse that a region fills, and the inverse for what sticks out."""
_FLAT = 0.5
"""Least ratio of the areas above 80 % and above 50 % of its heat; a bell has 0.32, a blurred disc 0.6 and more."""
_ALONE = 0.65
"""Least contrast to the ring around it: the center of a star is wide and round too, but its rays go on."""
_MARGIN = 6
"""How far around an ellipse the heat is taken to belong to it, px."""


def find_ellipses(heat: Map, params: AxisDecoding) -> tuple[list[Detection], Map]:
    """Ellipses in a heatmap [h, w] at working scale, in its pixels, and the heatmap without them."""
    opening = _disc(math.floor(0.75 * params.min_disc))
    wide = cv2.morphologyEx((heat > 0.5 * params.disc_heat).astype(np.uint8), cv2.MORPH_OPEN, opening, borderValue=0)
    if not wide.any():
        return [], heat
    count, labels = cv2.connectedComponents(wide)
    found: list[Detection] = []
    rest = heat
    for k in range(1, count):
        region = labels == k
        level = float(np.median(heat[region]))
        if level < params.disc_heat:
            continue
        core = region & (heat > 0.5 * level)
        shape = _ellipse(core, params)
        if shape is None:
            continue
        evidence = _evidence(heat, shape, core)
        if evidence.contrast < _ALONE or np.count_nonzero(region & (heat > 0.8 * level)) < _FLAT * np.count_nonzero(
            core
        ):
            continue
        if rest is heat:
            rest = heat.copy()
        found.append(Detection(shape, evidence.score, "heatmap", evidence.parts()))
        rest[_inside(heat.shape, shape, _MARGIN)] = 0.0
    return found, rest


def _ellipse(region: npt.NDArray[np.bool_], params: AxisDecoding) -> ReflectionEllipse | None:
    """The ellipse with the second moments of a region; None where the region is small, long or not an ellipse."""
    rows, columns = np.nonzero(region)
    area = len(rows)
    if area < math.pi * params.min_disc**2 * _SOLID:
        return None
    x, y = columns + 0.5, rows + 0.5
    # A pixel is a square with a second moment of 1/12 of its own.
    covariance = np.cov(np.stack([x, y]), bias=True) + np.eye(2) / 12.0
    values, vectors = np.linalg.eigh(covariance)
    ry, rx = 2.0 * np.sqrt(values)
    if ry < params.min_disc or rx > params.max_elongation * ry:
        return None
    ellipse = ReflectionEllipse(
        float(x.mean()), float(y.mean()), float(rx), float(ry),
        axis_angle((0.0, 0.0), (float(vectors[0, 1]), float(vectors[1, 1]))),
    )  # fmt: skip
    overlap = np.count_nonzero(region & _inside(region.shape, ellipse, 0.0))
    return ellipse if overlap >= _SOLID * max(area, math.pi * rx * ry) else None


def _evidence(heat: Map, ellipse: ReflectionEllipse, core: npt.NDArray[np.bool_]) -> Evidence:
    inside = _inside(heat.shape, ellipse, 0.0)
    ring = _inside(heat.shape, ellipse, 2.0 * _MARGIN) & ~_inside(heat.shape, ellipse, _MARGIN)
    mean = float(heat[inside].mean())
    around = float(heat[ring].mean()) if ring.any() else 0.0
    return Evidence(
        heat=mean,
        coverage=float(np.count_nonzero(core & inside) / np.count_nonzero(inside)),
        contrast=min(max((mean - around) / max(mean, 1e-6), 0.0), 1.0),
    )


def _inside(shape: tuple[int, ...], ellipse: ReflectionEllipse, margin: float) -> npt.NDArray[np.bool_]:
    """Mask [h, w] of the pixels inside an ellipse widened by `margin` px."""
    rows, columns = np.indices(shape[:2], dtype=np.float32)
    dx, dy = columns + 0.5 - ellipse.cx, rows + 0.5 - ellipse.cy
    c, s = math.cos(math.radians(ellipse.angle)), math.sin(math.radians(ellipse.angle))
    u, v = (dx * c - dy * s) / (ellipse.rx + margin), (dx * s + dy * c) / (ellipse.ry + margin)
    mask: npt.NDArray[np.bool_] = u * u + v * v <= 1.0
    return mask


def _disc(radius: int) -> npt.NDArray[np.uint8]:
    d = np.arange(-radius, radius + 1)
    return (d[:, None] ** 2 + d[None] ** 2 <= radius**2).astype(np.uint8)
