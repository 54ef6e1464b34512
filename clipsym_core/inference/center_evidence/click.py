"""One click on a center: refined center, order, cyclic or dihedral, radius, and every mirror axis at once."""

from __future__ import annotations

import math
from collections.abc import Sequence

from clipsym_core.errors import InputError
from clipsym_core.imaging import Pixels
from clipsym_core.inference.center_evidence.closer import NEAR_GRAIN, look_closer
from clipsym_core.inference.center_evidence.concentric import ring_center
from clipsym_core.inference.center_evidence.rotation import ORDERS, CenterAnalysis, polish, summarise
from clipsym_core.inference.center_evidence.search import GRAIN, Find, Look, grown, look_at, search_center
from clipsym_core.inference.center_evidence.tilt import find_skew, find_tilt
from clipsym_core.inference.pixels.canvas import check_image
from clipsym_core.symmetry import CONTINUOUS, Point

_SURE = 0.6
"""Score from which a pattern of three or more is not looked at as tilted."""
_LARGE = 5.0
"""Evidence (a logarithm) that concentric rings need, any dot in the middle of a wheel is round; and that a half turn
needs to be trusted with the center."""
_ALIKE = 0.1
_TURNS = 0.8
"""Score of a half turn from which it is one."""
_CLEAR = 4.0
"""Evidence that a pattern needs to be sure, or to be a tilted one."""
_LESS = 1.5
"""How much less evidence than a half turn a tilted pattern may have: it has to show more turns in the same place."""
_WORTH = 0.4
"""Least score of a tilted pattern."""
_BLUR = 3.0
"""Canvas px, where nothing is seen without."""
_SAYS = 0.06
"""Evidence of the best rings then, for each px of the farthest reach, below which nobody looks closer."""
_TILT_REACH = 0.6
"""Share of the farthest reach at which tilted patterns are looked for: they hold there as well, if they are larger."""


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
    reaches = [reach] if radius is not None else [reach, 0.5 * reach, 0.25 * reach]
    finds = [search_center(image, (x, y), r, window) for r in reaches]
    upright = _upright(image, finds, window, fixed=radius is not None)
    if upright.center.order not in (2, CONTINUOUS) and upright.score >= _SURE and upright.evidence >= _CLEAR:
        return upright
    found = _from_aside(image, finds[0].look, (x, y), window, upright, fixed=radius is not None)
    if found.by_chance or (found.center.order == CONTINUOUS and found.evidence < _LARGE):
        blurred = _blurred(image, (x, y), reaches[:2], window, fixed=radius is not None)
        return found if blurred is None else blurred
    return found


def _from_aside(
    image: Pixels, wide: Look, click: Point, window: float, upright: CenterAnalysis, *, fixed: bool
) -> CenterAnalysis:
    """What it is if it is tilted, where that explains more than `upright` does."""
    placed = upright.center.order == 2 and upright.evidence >= _LARGE
    if placed:
        tilted = _tilted(image, wide, upright.center.point, 1.2 * upright.radius, 0.0)
    else:
        inner = wide.reach if fixed else _TILT_REACH * wide.reach
        tilted = _tilted(image, wide, click, inner, min(window, 0.3 * inner))
    if tilted is not None and _tilt_is_better(tilted, upright):
        return tilted
    if placed and not upright.dihedral:
        skewed = _skewed(image, upright)
        return skewed if skewed.dihedral else upright
    return upright


def _blurred(
    image: Pixels, click: Point, reaches: Sequence[float], window: float, *, fixed: bool
) -> CenterAnalysis | None:
    """What is seen through a blur, patterns fainter than the noise; None where even the best rings say little."""
    finds = [search_center(image, click, reach, window, grain=_BLUR) for reach in reaches]
    if max(find.verdict.evidence for find in finds) < _SAYS * reaches[0]:
        return None
    seen = _upright(image, finds, window, fixed=fixed, grain=_BLUR)
    return seen if seen.center.order not in (2, CONTINUOUS) and seen.evidence >= _LARGE else None


def _upright(
    image: Pixels, finds: Sequence[Find], window: float, *, fixed: bool, grain: float = GRAIN
) -> CenterAnalysis:
    """What the best find is, if it is seen from the front."""
    find = grown(image, max(finds, key=lambda one: one.verdict.evidence), finds, grain=grain)
    look = find.look
    outer = max(find.radius, 0.3 * look.reach)
    step = min(window, 0.3 * look.reach) / 6
    center = polish(look.canvas, look.features, find.center, outer, find.verdict.order, step)
    seen = summarise(look.canvas, look.features, center, look.reach, fixed=fixed)
    if seen.center.order == CONTINUOUS or (seen.center.order == 2 and seen.score < _TURNS):
        seen = _rings(look, outer, window, seen, fixed)
    return look_closer(image, seen, grain=max(grain, NEAR_GRAIN))


def _rings(look: Look, outer: float, window: float, seen: CenterAnalysis, fixed: bool) -> CenterAnalysis:
    """`seen`, or concentric rings about a center near it where they explain more.

    Seen from beside their center, rings wave twice around, which reads as a half turn: so where a half turn or less
    was found, the place is looked for at which the rings wave least.
    """
    still = ring_center(look.canvas, look.features, seen.center.point, outer, window)
    if still is None:
        return seen
    still = polish(look.canvas, look.features, still, outer, CONTINUOUS, 1.0 / look.canvas.scale)
    rings = summarise(look.canvas, look.features, still, look.reach, fixed=fixed)
    # Of two that explain about as much, the one whose normals meet is in the better place.
    large = rings.center.order == CONTINUOUS and rings.evidence >= _LARGE
    return rings if large and rings.evidence > seen.evidence - _ALIKE else seen


def _tilted(image: Pixels, wide: Look, start: Point, inner: float, window: float) -> CenterAnalysis | None:
    """What is seen near `start` from aside, or None where nothing is; without a `window` the center is known."""
    near = look_at(image, start, inner, margin=window)
    found = find_tilt(near.canvas, near.features, start, inner, window)
    if found is None:
        return None
    center, shape = found
    seen = summarise(wide.canvas, wide.features, center, wide.reach, fixed=False, shape=shape, orders=ORDERS)
    return look_closer(image, seen, tilted=True)


def _tilt_is_better(tilted: CenterAnalysis, upright: CenterAnalysis) -> bool:
    """Whether the tilted reading explains more. Every tilt keeps a half turn, so order two is no reason for one."""
    if tilted.center.order == 2 or tilted.evidence < _CLEAR:
        return False
    if upright.center.order > 2:
        return tilted.score > upright.score and tilted.evidence > upright.evidence
    return tilted.score > _WORTH and (upright.center.order == CONTINUOUS or tilted.evidence > upright.evidence - _LESS)


def _skewed(image: Pixels, seen: CenterAnalysis) -> CenterAnalysis:
    """A half turn under the tilt that shows mirror axes best."""
    center = seen.center.point
    look = look_at(image, center, seen.radius)
    shape = find_skew(look.canvas, look.features, center, look.reach)
    found = summarise(look.canvas, look.features, center, look.reach, fixed=True, shape=shape, orders=(2,))
    return look_closer(image, found, orders=(2,))
