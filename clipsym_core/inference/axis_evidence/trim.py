"""End points of an axis: as far as the picture is symmetric."""

from __future__ import annotations

import math

from clipsym_core.errors import InputError
from clipsym_core.imaging import Pixels
from clipsym_core.inference.axis_evidence.verify import Line, Verifier
from clipsym_core.inference.pixels.canvas import check_image
from clipsym_core.symmetry import ReflectionAxis


def trim_axis(image: Pixels, axis: ReflectionAxis, *, extend: float = 0.25) -> ReflectionAxis:
    """Move the end points of a straight axis to where its mirror evidence begins and ends.

    The line stays; the ends may move outwards by up to `extend` of the length. An axis without evidence is given back
    as it is.

    Args:
        image: [H, W, 3] uint8 RGB.
        axis: straight, picture px.
        extend: share of the length, 0 only shortens.

    Raises:
        InputError: not an RGB picture, a bent axis, or a negative `extend`.
    """
    check_image(image)
    if not axis.is_straight:
        raise InputError(
            "Only a straight axis can be trimmed.",
            f"This one has {len(axis.points)} points.",
            "Draw it as one segment.",
        )
    if not extend >= 0:
        raise InputError(f"Cannot extend an axis by {extend} of its length.", "", "Give 0 or more.")
    (ax, ay), (bx, by) = axis.start, axis.end
    length = axis.length * (1 + 2 * extend)
    half = 0.6 * axis.length
    middle = axis.midpoint
    span = math.hypot(length / 2, half) + 2
    box = (middle[0] - span, middle[1] - span, middle[0] + span, middle[1] + span)
    if box[0] >= image.shape[1] or box[1] >= image.shape[0] or box[2] <= 0 or box[3] <= 0:
        return axis
    verifier = Verifier(image, box=box)
    ux, uy = (bx - ax) / axis.length, (by - ay) / axis.length
    support = verifier.support(Line(middle, math.atan2(uy, ux)), length / 2, half)
    if support.evidence <= 0:
        return axis
    rows = len(support.profile)
    t0, t1 = ((row - rows / 2) * verifier.step for row in (support.first, support.last))
    return ReflectionAxis(
        ((middle[0] + t0 * ux, middle[1] + t0 * uy), (middle[0] + t1 * ux, middle[1] + t1 * uy)),
    )
