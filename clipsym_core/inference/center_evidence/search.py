"""Where near a click the rings of a pattern agree best, and at which size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from clipsym_core.imaging import Map, Pixels
from clipsym_core.inference.center_evidence.polar import polar_features, ring_statistics
from clipsym_core.inference.center_evidence.rotation import (
    COARSE_ORDERS,
    COARSE_RINGS,
    RingVerdict,
    gain,
    judge_rings,
    radii,
    share,
)
from clipsym_core.inference.pixels.canvas import Canvas, make_canvas
from clipsym_core.symmetry import CONTINUOUS, Point

HALF = 96
"""Canvas px from the center to the outermost ring."""
_SURROUNDINGS = 0.15
"""Size of the surroundings for local contrast, as a share of the same: wider ones let the background in."""
GRAIN = 0.7
"""What is finer, canvas px, is noise more than pattern."""
_NEAR_THE_END = 0.8
"""Share of the rings that a pattern has to hold for that larger ones are looked at for where it ends."""
_GOES_ON = 0.6
"""Share of its score that it keeps there."""


@dataclass(frozen=True, slots=True)
class Look:
    """A part of a picture, `reach` px to each side of a place, ready to be read along rings."""

    canvas: Canvas
    features: Map
    reach: float


@dataclass(frozen=True, slots=True)
class Find:
    """The best center in a look, and what the rings about it say.

    The evidence of the verdict grows with the radius, not the area, of what speaks for it: a clear pattern is preferred
    to a larger one that holds by half.
    """

    look: Look
    center: Point
    verdict: RingVerdict

    @property
    def radius(self) -> float:
        """Of the outermost ring that speaks for the pattern, px."""
        return self.look.reach * share(self.verdict.rings, COARSE_RINGS)


def look_at(image: Pixels, center: Point, reach: float, *, margin: float = 0.0, grain: float = GRAIN) -> Look:
    """The surroundings of a place; `margin` px more for other places beside it."""
    half = reach + margin
    box = (center[0] - half, center[1] - half, center[0] + half, center[1] + half)
    canvas = make_canvas(image, box=box, scale=HALF / half, color=True)
    return Look(canvas, polar_features(canvas, surroundings(half * canvas.scale), grain=grain), reach)


def surroundings(half: float) -> float:
    """Size of a surrounding for local contrast, canvas px, of a look that goes `half` canvas px to each side."""
    return max(_SURROUNDINGS * half, 3.0)


def search_center(image: Pixels, start: Point, reach: float, window: float, *, grain: float = GRAIN) -> Find:
    """The best of a 7 x 7 grid of centers within `window` px, by the rings up to `reach` px."""
    window = min(window, 0.3 * reach)
    look = look_at(image, start, reach, margin=window, grain=grain)
    steps = np.linspace(-window, window, 7)
    dx, dy = np.meshgrid(steps, steps)
    # The click itself wins ties: nearest places first.
    near = np.argsort(dx.ravel() ** 2 + dy.ravel() ** 2, kind="stable")
    centers = np.stack([start[0] + dx.ravel()[near], start[1] + dy.ravel()[near]], axis=1)
    stats = ring_statistics(look.canvas, look.features, centers, radii(reach, COARSE_RINGS), 96)
    gains = gain(stats, COARSE_ORDERS)
    best = int(gains.argmax())
    verdict = replace(judge_rings(stats, best, COARSE_ORDERS), evidence=float(gains[best]))
    return Find(look, (float(centers[best, 0]), float(centers[best, 1])), verdict)


def grown(image: Pixels, find: Find, finds: Sequence[Find], *, grain: float = GRAIN) -> Find:
    """A find whose pattern reaches the outermost ring that was looked at, as far as it goes on in the larger ones."""
    verdict, reach = find.verdict, find.look.reach
    if find.radius < _NEAR_THE_END * reach:
        return find
    orders = COARSE_ORDERS if verdict.order == CONTINUOUS else (verdict.order,)
    for other in sorted(finds, key=lambda one: -one.look.reach):
        larger = other.look.reach
        if larger <= reach:
            break
        rings = radii(larger, COARSE_RINGS)
        stats = ring_statistics(other.look.canvas, other.look.features, np.array([find.center]), rings, 96)
        seen = judge_rings(stats, 0, orders)
        farther = larger * share(seen.rings, COARSE_RINGS)
        if seen.order == verdict.order and seen.score >= _GOES_ON * verdict.score and farther > find.radius:
            wide = min(1.3 * farther, larger)
            kept = replace(verdict, rings=round(COARSE_RINGS * farther / wide))
            return Find(look_at(image, find.center, wide, grain=grain), find.center, kept)
    return find
