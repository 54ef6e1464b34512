"""The center of concentric rings, from where the normals of their edges meet."""

from __future__ import annotations

import math

import numpy as np

from clipsym_core.imaging import Map
from clipsym_core.inference.center_evidence.polar import SCALARS
from clipsym_core.inference.pixels.canvas import Canvas
from clipsym_core.symmetry import Point

_ROUNDS = 8
_FINEST = 0.7
"""Distance, canvas px, at which a normal that misses the center counts half in the last round."""
_LEAST = 0.05
"""Strength of an edge (derivative of local contrast) below which it is grain."""


def ring_center(canvas: Canvas, features: Map, start: Point, outer: float, window: float) -> Point | None:
    """Where the normals of the edges within `outer` px of `start` meet best, if that is within `window` px of it.

    Weighted least squares on the distance of the center from every edge's normal, reweighted (Cauchy) with a scale
    that shrinks from the window to less than a pixel, so that what does not run around the center drops out.

    Args:
        features: [h, w, 5] of the canvas, as `polar.polar_features` gives them.
    """
    gx, gy = features[..., SCALARS], features[..., SCALARS + 1]
    strength = np.hypot(gx, gy)
    v, u = np.nonzero(strength > _LEAST)
    origin = np.array([(start[0] - canvas.x0) * canvas.sx, (start[1] - canvas.y0) * canvas.sy])
    places = np.stack([u + 0.5, v + 0.5], axis=1) - origin
    reach = np.hypot(*places.T)
    near = (reach < outer * canvas.scale) & (reach > 2.0)
    if np.count_nonzero(near) < 16:
        return None
    places, u, v = places[near], u[near], v[near]
    tangents = np.stack([-gy[v, u], gx[v, u]], axis=1) / strength[v, u][:, None]
    # Inner rings are short, outer ones long; each says as much about the center.
    base = strength[v, u] / reach[near]
    along = (tangents * places).sum(1)
    center = np.zeros(2)
    widest = max(window * canvas.scale, _FINEST)
    for scale in np.geomspace(widest, _FINEST, _ROUNDS):
        miss = along - tangents @ center
        weight = base / (1.0 + (miss / scale) ** 2)
        normal = (tangents * weight[:, None]).T @ tangents
        if np.linalg.cond(normal) > 1e6:
            return None
        center = np.linalg.solve(normal, tangents.T @ (weight * along))
    if math.hypot(*center) > window * canvas.scale:
        return None
    x, y = origin + center
    return float(x / canvas.sx + canvas.x0), float(y / canvas.sy + canvas.y0)
