"""Edges as complex numbers: strength and harmonics of the gradient direction, ready to be compared mirrored.

With m the strength of an edge and phi the direction of its gradient, the field of harmonic k is m e^(i k phi). Turning
a frame by alpha multiplies it by e^(-i k alpha); mirroring in the frame's vertical conjugates it. So Re(a b) of two
mirrored partners is m m' cos(k difference), and the harmonics together weigh how well the directions agree:
harmonic 1 knows on which side an edge is bright, 2 and 4 do not (backgrounds differ left and right of a thing), and
more harmonics tell chance from agreement better.
"""

from __future__ import annotations

import cv2
import numpy as np

from clipsym_core.imaging import Map
from clipsym_core.inference.pixels.canvas import Canvas, gradient, local_contrast

HARMONICS = (1, 2, 4)
WEIGHTS = (1.0, 0.8, 0.6)
"""How much each harmonic counts in the comparison of two edges."""
TOTAL = sum(WEIGHTS)

_EDGE = 0.3
"""Gradient of local contrast (per px) of an edge that counts half."""


def edge_fields(canvas: Canvas, *, surroundings: float, blur: float) -> tuple[Map, Map]:
    """Fields [h, w, 4] (harmonics 1 and 2: re, im, re, im) and [h, w, 3] (harmonic 4: re, im; energy m^2).

    `surroundings` is the sigma of local contrast; `blur` the sigma over which edges tolerate displacement, both in
    canvas px. Directions are those of the canvas (x right, y down).
    """
    contrast = local_contrast(canvas.pixels, surroundings, floor=10.0)
    gx, gy = gradient(contrast)
    strength = np.hypot(gx, gy)
    damped = strength / (strength + _EDGE)
    unit = (gx + 1j * gy).astype(np.complex64) / np.maximum(strength, 1e-6)
    second = unit * unit
    fourth = second * second
    planes = [damped * unit.real, damped * unit.imag, damped * second.real, damped * second.imag]
    first = np.dstack(planes).astype(np.float32)
    rest = np.dstack([damped * fourth.real, damped * fourth.imag, damped]).astype(np.float32)
    if blur > 0:
        first = cv2.GaussianBlur(first, (0, 0), blur, borderType=cv2.BORDER_REFLECT)
        rest = cv2.GaussianBlur(rest, (0, 0), blur, borderType=cv2.BORDER_REFLECT)
    rest[..., 2] *= rest[..., 2]
    return first, rest
