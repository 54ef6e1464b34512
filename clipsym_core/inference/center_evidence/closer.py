"""A closer look at a pattern whose outline is known: at its own size, and without what lies around it."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from clipsym_core.imaging import Map, Pixels
from clipsym_core.inference.center_evidence.polar import polar_features
from clipsym_core.inference.center_evidence.rotation import ORDERS, CenterAnalysis, polish, summarise
from clipsym_core.inference.center_evidence.search import HALF, surroundings
from clipsym_core.inference.center_evidence.tilt import refine_tilt
from clipsym_core.inference.pixels.canvas import Canvas, make_canvas
from clipsym_core.symmetry import CONTINUOUS, Point, ReflectionEllipse

Array = npt.NDArray[np.float64]

NEAR_GRAIN = 1.5
"""What is finer, canvas px, is noise more than pattern: from near there is more of both."""
_INNER = 0.97
"""Share of the radius up to which rings are read: the edge itself belongs to the background by half."""
_HOLDS = 3.0
"""Evidence with which the closer look is trusted, whatever was seen before."""


def look_closer(
    image: Pixels,
    seen: CenterAnalysis,
    *,
    tilted: bool = False,
    orders: tuple[int, ...] = (CONTINUOUS, *ORDERS),
    grain: float = NEAR_GRAIN,
) -> CenterAnalysis:
    """What lies within `seen.outline`: with its radius, and order, axes and center seen again.

    From afar the background takes part: it lies in the surroundings that contrast is measured against, and patterns of
    one color or without much contrast drown in it. Where hardly anything is seen from near, `seen` stays.

    Args:
        tilted: look for the tilt again as well, and for turns only.
        orders: what it may be, if it is not tilted.
        grain: size of what is too fine to look at, canvas px.
    """
    center, half = seen.center.point, max(seen.radius, 1.0)
    box = (center[0] - half, center[1] - half, center[0] + half, center[1] + half)
    canvas = make_canvas(image, box=box, scale=HALF / half, color=True)
    shape = None if seen.outline.rx == seen.outline.ry else _shape(seen.outline)
    within = _disc(canvas, center, half, shape)
    features = polar_features(canvas, surroundings(half * canvas.scale), grain=grain, within=within)
    reach = _INNER * half
    if tilted and shape is not None:
        center, shape = refine_tilt(canvas, features, center, reach, shape)
        orders = ORDERS
    found = summarise(canvas, features, center, reach, shape=shape, orders=orders, extent=half)
    if found.center.order not in (seen.center.order, CONTINUOUS):
        center = polish(canvas, features, center, reach, found.center.order, 1.0 / canvas.scale, shape)
        found = summarise(canvas, features, center, reach, shape=shape, orders=orders, extent=half)
    return found if tilted or found.evidence >= min(_HOLDS, seen.evidence) else seen


def _disc(canvas: Canvas, center: Point, radius: float, shape: Array | None) -> Map:
    """1 within the circle, or the ellipse that `shape` [2, 2] makes of it, and 0 elsewhere: [h, w] float32."""
    h, w = canvas.pixels.shape
    x = (np.arange(w) + 0.5) / canvas.sx + canvas.x0 - center[0]
    y = ((np.arange(h) + 0.5) / canvas.sy + canvas.y0 - center[1])[:, None]
    if shape is not None:
        back = np.linalg.inv(shape)
        x, y = back[0, 0] * x + back[0, 1] * y, back[1, 0] * x + back[1, 1] * y
    disc: Map = (np.hypot(x, y) < radius).astype(np.float32)
    return disc


def _shape(outline: ReflectionEllipse) -> Array:
    """The map [2, 2] of a circle as large as the longer half-axis to the outline."""
    lean = -math.radians(outline.angle)
    turn = np.array([[math.cos(lean), -math.sin(lean)], [math.sin(lean), math.cos(lean)]])
    shape: Array = turn @ np.diag([outline.rx, outline.ry]) @ turn.T / max(outline.rx, outline.ry)
    return shape
