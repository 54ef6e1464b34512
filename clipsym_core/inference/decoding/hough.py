"""Votes for straight lines: a Hough transform whose pixels vote only near their own direction, and can be taken back.

Gating by local orientation is what keeps a star of axes from voting for lines that cross it (field notes 3.2).
"""

from __future__ import annotations

import math
from typing import TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from clipsym_core.inference.decoding.lines import Line

Floats: TypeAlias = npt.NDArray[np.float32]
Ints: TypeAlias = npt.NDArray[np.int64]
Mask: TypeAlias = npt.NDArray[np.bool_]

ANGLES = 180
"""Cells of 1 degree."""


class LineVotes:
    """An accumulator over lines: angle (1 degree) x distance from the center of the map (1 px).

    Args:
        x, y: [N] positions of the voting pixels, px.
        weight: [N] what each pixel's votes are worth.
        angle: [N] own direction, degrees in [0, 180), clockwise on the screen.
        gated: [N] whether a pixel votes only within `gate` degrees of its own direction (else for all angles).
        size: (width, height) of the map, px.
        gate: half width of the window, whole degrees.
    """

    def __init__(
        self, x: Floats, y: Floats, weight: Floats, angle: Floats, gated: Mask, size: tuple[int, int], gate: int
    ) -> None:
        self._center = (size[0] / 2.0, size[1] / 2.0)
        self._reach = math.ceil(math.hypot(*self._center)) + 2
        self._x, self._y = x - np.float32(self._center[0]), y - np.float32(self._center[1])
        self._weight, self._angle, self._gated, self._gate = weight, angle, gated, gate
        self._alive = np.ones(len(x), dtype=np.bool_)
        self._cos, self._sin = _tables()
        self._votes = np.zeros((ANGLES, 2 * self._reach + 1), dtype=np.float32)
        self._alive_cells = np.ones_like(self._votes)
        self._smooth: Floats | None = None
        self._cast(np.arange(len(x)), 1.0)

    def strongest(self) -> tuple[Line, float]:
        """The line with most votes (over neighbouring cells), anchored near the center of the map, and its votes."""
        if self._smooth is None:
            self._smooth = self._smoothed() * self._alive_cells
        smooth = self._smooth
        cell = int(np.argmax(smooth))
        k, r = divmod(cell, smooth.shape[1])
        rho = float(r - self._reach)
        ux, uy = float(self._cos[k]), float(self._sin[k])
        return Line(self._center[0] - rho * uy, self._center[1] + rho * ux, ux, uy), float(smooth[k, r])

    def discard(self, line: Line, *, angles: int = 2, distance: int = 3) -> None:
        """Never propose the cells around a line again."""
        k = round(math.degrees(math.atan2(line.uy, line.ux))) % 360
        rho = line.offset(self._center) * -1.0
        for step in range(-angles, angles + 1):
            turned = (k + step) % 360
            signed = rho if turned < ANGLES else -rho
            r = round(signed) + self._reach
            cells = (turned % ANGLES, slice(max(0, r - distance), max(0, r + distance + 1)))
            self._alive_cells[cells] = 0.0
            if self._smooth is not None:
                self._smooth[cells] = 0.0

    def take_back(self, pixels: Mask) -> None:
        """Remove the votes of pixels [N]."""
        chosen = np.flatnonzero(pixels & self._alive)
        self._cast(chosen, -1.0)
        self._alive[chosen] = False
        self._smooth = None

    def _smoothed(self) -> Floats:
        # An angle of 180 degrees is the angle 0 with the other sign of distance.
        pad = 3
        wrapped = np.vstack([self._votes[-pad:, ::-1], self._votes, self._votes[:pad, ::-1]])
        smooth = cv2.GaussianBlur(wrapped, (7, 7), 1.0, sigmaY=1.2, borderType=cv2.BORDER_REPLICATE)
        return np.asarray(smooth[pad:-pad], dtype=np.float32)

    def _cast(self, chosen: Ints, sign: float) -> None:
        gated = chosen[self._gated[chosen]]
        free = chosen[~self._gated[chosen]]
        window = np.arange(-self._gate, self._gate + 1)
        share = 1.0 - np.abs(window) / (self._gate + 1.0)
        near = np.rint(self._angle[gated]).astype(np.int64)[:, None] + window
        self._add(gated, near, sign * share)
        self._add(free, np.broadcast_to(np.arange(ANGLES), (len(free), ANGLES)), np.full(ANGLES, sign * share.mean()))

    def _add(self, chosen: Ints, angles: Ints, share: npt.NDArray[np.float64]) -> None:
        if not len(chosen):
            return
        k = angles % ANGLES
        rho = self._y[chosen, None] * self._cos[k] - self._x[chosen, None] * self._sin[k] + np.float32(self._reach)
        low = np.floor(rho)
        rest = rho - low
        weight = self._weight[chosen, None] * share.astype(np.float32)
        cell = k * self._votes.shape[1] + low.astype(np.int64)
        size = self._votes.size
        # Votes are split between two neighbouring distances: rounding would favour one side of a mirror.
        near = np.bincount(cell.ravel(), (weight * (1.0 - rest)).ravel(), minlength=size)
        far = np.bincount((cell + 1).ravel(), (weight * rest).ravel(), minlength=size)
        self._votes += (near + far).reshape(self._votes.shape).astype(np.float32)


def _tables() -> tuple[Floats, Floats]:
    """cos and sin of whole degrees [180], with the symmetries of the circle exact to the last bit."""
    octant = np.sin(np.deg2rad(np.arange(46)))
    cosine = np.cos(np.deg2rad(np.arange(45)))
    quadrant = np.concatenate([octant[:45], [np.sqrt(0.5)], cosine[44::-1]])  # sin of 0..90
    sine = np.concatenate([quadrant, quadrant[89:0:-1]])
    cos = np.concatenate([quadrant[::-1], -quadrant[1:90]])
    return cos.astype(np.float32), sine.astype(np.float32)
