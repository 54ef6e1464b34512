"""One click on a center: refined center, order, cyclic or dihedral, radius, and every mirror axis at once."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from clipsym_core.errors import InputError
from clipsym_core.imaging import Map, Pixels
from clipsym_core.inference.center_evidence.concentric import ring_center
from clipsym_core.inference.center_evidence.polar import polar_features, ring_statistics
from clipsym_core.inference.center_evidence.rotation import (
    COARSE_ORDERS,
    COARSE_RINGS,
    CenterAnalysis,
    RingVerdict,
    gain,
    judge_rings,
    polish,
    radii,
    share,
    summarise,
)
from clipsym_core.inference.center_evidence.tilt import untilt
from clipsym_core.inference.pixels.canvas import Canvas, check_image, make_canvas
from clipsym_core.symmetry import CONTINUOUS, Point

_HALF = 96
"""Canvas px from the center to the outermost ring."""
_SURROUNDINGS = 0.15
"""Size of the surroundings for local contrast, as a share of the same: wider ones let the background in."""
_NEAR_THE_END = 0.8
"""Share of the rings that a pattern has to hold for that larger ones are looked at for where it ends."""
_GOES_ON = 0.6
"""Share of its score that it keeps there."""
_SURE = 0.6
"""Score from which a pattern is not looked at as tilted."""
_ROUND = 0.95
"""Share of still ring energy from which rings are not looked at as tilted."""
_LARGE = 5.0
"""Evidence (a logarithm) that such rings need as well: any dot in the middle of a wheel is round."""
_ALIKE = 0.1
_TURNS = 0.8
"""Score of a half turn from which it is one."""
_HALF_TURN = 0.8
"""Share of the score of a half turn that a tilted pattern needs: a tilted one shows both about as well."""
_WORTH = 0.4
"""Least score of a tilted pattern."""
_MORE = 0.2
"""How much more evidence (a logarithm) a tilted disc needs than an upright one."""


def analyse_center(
    image: Pixels, point: Point, radius: float | None = None, *, capture: float | None = None
) -> CenterAnalysis:
    """Find the center of rotation symmetry near a click, with its order and axes.

    Args:
        image: [H, W, 3] uint8 RGB.
        point: the click, picture px.
        radius: how far to look, px; None searches up to the border of the picture and finds the radius itself.
        capture: how far the true center may lie from the click, px; default 0.8 % of width plus height.

    Raises:
        InputError: not an RGB picture, a point off the picture, or a radius that is not positive.
    """
    check_image(image)
    h, w = image.shape[:2]
    x, y = float(point[0]), float(point[1])
    if not (0 <= x <= w and 0 <= y <= h):
        raise InputError(
            f"The center ({x:.1f}, {y:.1f}) lies off the picture.",
            f"The picture is {w} x {h} px.",
            "Click a point on the picture.",
        )
    if radius is not None and not (math.isfinite(radius) and radius > 0):
        raise InputError(f"The radius {radius} is not a positive number.", "", "Give a radius in px, or none.")
    border = min(x, y, w - x, h - y)
    reach = radius if radius is not None else max(1.15 * border, min(24.0, max(w, h) / 2))
    window = capture if capture is not None else max(0.008 * (w + h), 3.0)
    finds = [_search_center(image, (x, y), reach * part, window) for part in ((1.0,) if radius else (1.0, 0.5, 0.25))]
    canvas, features, center, verdict, reach = _grown(image, max(finds, key=lambda find: find[3].evidence), finds)
    outer = reach * share(verdict.rings, COARSE_RINGS)
    center = polish(canvas, features, center, max(outer, 0.3 * reach), verdict.order, min(window, 0.3 * reach) / 6)
    upright = summarise(canvas, features, center, reach, fixed=radius is not None)
    if upright.score >= _SURE and upright.center.order not in (2, CONTINUOUS):
        return upright
    if upright.center.order == CONTINUOUS or (upright.center.order == 2 and upright.score < _TURNS):
        upright = _rings(canvas, features, center, reach, max(outer, 0.3 * reach), window, upright, radius is not None)
        if upright.center.order == CONTINUOUS and upright.score >= _ROUND and upright.evidence >= _LARGE:
            return upright
    tilted = untilt(canvas, features, center, reach, fixed=radius is not None)
    return tilted if tilted is not None and _tilt_is_better(tilted, upright) else upright


def _rings(
    canvas: Canvas,
    features: Map,
    center: Point,
    reach: float,
    outer: float,
    window: float,
    seen: CenterAnalysis,
    fixed: bool,
) -> CenterAnalysis:
    """`seen`, or concentric rings about a center near `center` where they explain more.

    Seen from beside their center, rings wave twice around, which reads as a half turn: so where a half turn or less
    was found, the place is looked for at which the rings wave least.
    """
    still = ring_center(canvas, features, center, outer, window)
    if still is None:
        return seen
    still = polish(canvas, features, still, outer, CONTINUOUS, 1.0 / canvas.scale)
    rings = summarise(canvas, features, still, reach, fixed=fixed)
    # Of two that explain about as much, the one whose normals meet is in the better place.
    large = rings.center.order == CONTINUOUS and rings.evidence >= _LARGE
    return rings if large and rings.evidence > seen.evidence - _ALIKE else seen


def _tilt_is_better(tilted: CenterAnalysis, upright: CenterAnalysis) -> bool:
    """Whether the tilted reading explains more. Every tilt keeps a half turn, so order two is no reason for one."""
    if tilted.center.order == CONTINUOUS:
        return upright.center.order == CONTINUOUS and tilted.evidence > upright.evidence + _MORE
    if tilted.center.order == 2:
        return False
    return tilted.score > max(upright.score * (1.0 if upright.center.order > 2 else _HALF_TURN), _WORTH)


_Find = tuple[Canvas, Map, Point, RingVerdict, float]


def _grown(image: Pixels, find: _Find, finds: list[_Find]) -> _Find:
    """A find whose pattern reaches the outermost ring that was looked at, as far as it goes on in the larger ones."""
    _, _, center, verdict, reach = find
    outer = reach * share(verdict.rings, COARSE_RINGS)
    if outer < _NEAR_THE_END * reach:
        return find
    for canvas, features, _, _, larger in sorted(finds, key=lambda other: -other[4]):
        if larger <= reach:
            break
        stats = ring_statistics(canvas, features, np.array([center]), radii(larger, COARSE_RINGS), 96)
        orders = COARSE_ORDERS if verdict.order == CONTINUOUS else (verdict.order,)
        seen = judge_rings(stats, 0, orders)
        farther = larger * share(seen.rings, COARSE_RINGS)
        if seen.order == verdict.order and seen.score >= _GOES_ON * verdict.score and farther > outer:
            grown = min(1.3 * farther, larger)
            rings = round(COARSE_RINGS * farther / grown)
            return *_prepare(image, center, grown), center, replace(verdict, rings=rings), grown
    return find


def _search_center(image: Pixels, start: Point, reach: float, window: float) -> _Find:
    """The best of a 7 x 7 grid of centers within `window`, with the canvas it was found on, its verdict and `reach`.

    The evidence of the verdict grows with the radius, not the area, of what speaks for it: a clear pattern is preferred
    to a larger one that holds by half.
    """
    window = min(window, 0.3 * reach)
    canvas, features = _prepare(image, start, reach + window)
    steps = np.linspace(-window, window, 7)
    dx, dy = np.meshgrid(steps, steps)
    # The click itself wins ties: nearest places first.
    near = np.argsort(dx.ravel() ** 2 + dy.ravel() ** 2, kind="stable")
    centers = np.stack([start[0] + dx.ravel()[near], start[1] + dy.ravel()[near]], axis=1)
    stats = ring_statistics(canvas, features, centers, radii(reach, COARSE_RINGS), 96)
    gains = gain(stats, COARSE_ORDERS)
    best = int(gains.argmax())
    verdict = judge_rings(stats, best, COARSE_ORDERS)
    verdict = replace(verdict, evidence=float(gains[best]))
    return canvas, features, (float(centers[best, 0]), float(centers[best, 1])), verdict, reach


def _prepare(image: Pixels, center: Point, half: float) -> tuple[Canvas, Map]:
    box = (center[0] - half, center[1] - half, center[0] + half, center[1] + half)
    canvas = make_canvas(image, box=box, scale=_HALF / half)
    return canvas, polar_features(canvas, max(_SURROUNDINGS * half * canvas.scale, 3.0))
