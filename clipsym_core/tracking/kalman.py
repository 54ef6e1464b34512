"""A Kalman filter with constant velocity for a few numbers that are measured at uneven moments.

Every number has its own position and velocity; driving noise is white acceleration (Bar-Shalom, Li and Kirubarajan,
"Estimation with Applications to Tracking and Navigation", 2001, section 6.2.2).
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Vector: TypeAlias = npt.NDArray[np.float64]

_FIRST_SPEED = 4.0
"""Spread of the unknown first velocity, in units of what the acceleration makes of it within a second."""


class ConstantVelocity:
    """Positions [N] with their velocities.

    Args:
        position: first measurement [N].
        noise: standard deviation of a measurement [N].
        acceleration: standard deviation of the driving noise [N], units per second^1.5; 0 = the number keeps still.
        seconds: time of the first measurement.
        first_noise: standard deviation of the first measurement [N], where it is another.

    Raises:
        ValueError: shapes differ, or noise that is not positive.
    """

    def __init__(
        self,
        position: Vector,
        noise: Vector,
        acceleration: Vector,
        seconds: float,
        *,
        first_noise: Vector | None = None,
    ) -> None:
        if not (position.shape == noise.shape == acceleration.shape and position.ndim == 1):
            raise ValueError(f"Shapes differ: {position.shape}, {noise.shape}, {acceleration.shape}.")
        if not ((noise > 0).all() and (acceleration >= 0).all()):
            raise ValueError("Noise must be positive and acceleration not negative.")
        self.seconds = seconds
        self.position = position.astype(np.float64)
        self.velocity = np.zeros_like(self.position)
        self._noise, self._acceleration = noise**2, acceleration**2
        self._pp = self._noise.copy() if first_noise is None else first_noise**2
        self._pv = np.zeros_like(self.position)
        self._vv = (_FIRST_SPEED * acceleration) ** 2

    def at(self, seconds: float) -> Vector:
        """Positions [N] expected at a moment, before or after the last measurement."""
        expected: Vector = self.position + self.velocity * (seconds - self.seconds)
        return expected

    def update(self, measured: Vector, seconds: float, *, trust: float = 1.0) -> None:
        """Take in a measurement [N]; `trust` below 1 counts it as that much less precise.

        A measurement from before the last one counts as one of now, moved along by the velocity.
        """
        step = max(seconds - self.seconds, 0.0)
        if seconds < self.seconds:
            measured = measured + self.velocity * (self.seconds - seconds)
        self._go(step)
        gain_p = self._pp / (self._pp + self._noise / trust)
        gain_v = self._pv / (self._pp + self._noise / trust)
        surprise = measured - self.position
        self.position = self.position + gain_p * surprise
        self.velocity = self.velocity + gain_v * surprise
        self._vv = self._vv - gain_v * self._pv
        self._pv = (1 - gain_p) * self._pv
        self._pp = (1 - gain_p) * self._pp

    def _go(self, step: float) -> None:
        self.seconds += step
        q = self._acceleration
        self.position = self.position + self.velocity * step
        self._pp = self._pp + 2 * step * self._pv + step**2 * self._vv + q * step**3 / 3
        self._pv = self._pv + step * self._vv + q * step**2 / 2
        self._vv = self._vv + q * step
