"""Polar unwrap of the surroundings of a point, and what the rings say under turning and mirroring.

Every ring is a periodic signal in the angle. Turning the picture by delta about the point shifts it, so the angular
autocorrelation tells the order (Lee, Collins, Liu 2008 use the strongest DFT frequency; the autocorrelation holds up
better under noise and off-center clicks). Mirroring in the axis at phi sends theta to 2 phi - theta, so all axes come
out of one self-convolution, at 2 phi.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from clipsym_core.imaging import Map
from clipsym_core.inference.canvas import Canvas, gradient, local_contrast

Rings = npt.NDArray[np.float64]

_NOISE = 0.02
"""Mean square of the features around a ring that counts as nothing (local contrast has about 1 in texture)."""


@dataclass(frozen=True, slots=True)
class RingStatistics:
    """Angular statistics of B unwraps of N rings with A samples each.

    Attributes:
        turning: [B, N, A] correlation of each ring with itself turned by 360 i / A degrees, -1..1, mean taken off.
        mirroring: [B, N, A] correlation with itself mirrored in the axis at 180 i / A degrees (counter-clockwise), or
            [B, N, 0] where it was not asked for.
        weight: [B, N] how much a ring has to say: visible area times texture, at most its area.
        energy: [B, N] mean square of the features around the ring, without their mean.
        flat: [B, N] mean square of the mean around the ring: what every rotation keeps.
        visible: [B, N] share of the ring on the picture.
    """

    turning: Rings
    mirroring: Rings
    weight: Rings
    energy: Rings
    flat: Rings
    visible: Rings


def polar_features(canvas: Canvas, sigma: float) -> Map:
    """[h, w, 3] float32: local contrast and its two derivatives; `sigma` (canvas px) is the size of a surrounding."""
    contrast = local_contrast(canvas.pixels, sigma)
    gx, gy = gradient(contrast)
    stacked: Map = np.dstack([contrast, gx, gy])
    return stacked


def ring_statistics(
    canvas: Canvas,
    features: Map,
    centers: npt.NDArray[np.float64],
    radii: npt.NDArray[np.float64],
    samples: int,
    shape: npt.NDArray[np.float64] | None = None,
    *,
    mirrors: bool = False,
) -> RingStatistics:
    """Unwrap the rings of `radii` [N] (picture px) about each of `centers` [B, 2] and correlate them.

    `shape` [2, 2] or [B, 2, 2] makes the rings ellipses: a ring point is center + shape @ (r cos, -r sin). Without
    `mirrors`, `mirroring` is empty.
    """
    unwrapped, visible = _unwrap(canvas, features, centers, radii, samples, shape)
    mask = visible.astype(np.float64)
    count = np.maximum(mask.sum(-1), 1.0)
    mean = (unwrapped * mask[:, :, None]).sum(-1, keepdims=True) / count[:, :, None, None]
    flat = (mean[..., 0] ** 2).sum(-1)
    signal = (unwrapped - mean) * mask[:, :, None]
    spectrum = np.fft.rfft(signal, axis=-1)
    # One bright side and one dark side is lighting, not a pattern of order two or more.
    spectrum[..., :2] = 0
    power = (np.abs(spectrum) ** 2).sum(2)
    # Compare with the energy of those samples whose partner can be seen: of all, where the whole ring can be.
    both = np.full(samples // 2 + 1, 2.0)
    both[0] = 1.0
    both[-1] = 1.0 if samples % 2 == 0 else 2.0
    total = (power @ both) / samples
    floor = _NOISE * samples * 0.1
    turning = np.fft.irfft(power, samples, axis=-1) / (total[..., None] + floor)
    mirroring = np.zeros((*total.shape, 0))
    if mirrors:
        mirror = (spectrum[:, :, :2] ** 2).sum(2) - spectrum[:, :, 2] ** 2
        mirroring = np.fft.irfft(mirror, samples, axis=-1) / (total[..., None] + floor)
    cut = ~visible.all(-1)
    if cut.any():
        part, seen = spectrum[cut], mask[cut]
        squares = (np.fft.irfft(part, samples, axis=-1) ** 2).sum(1) * seen
        squares_f, mask_f = np.fft.rfft(squares, axis=-1), np.fft.rfft(seen, axis=-1)
        here = np.fft.irfft(squares_f * np.conj(mask_f), samples, axis=-1)
        there = here[:, (-np.arange(samples)) % samples]  # the same sum, counted from the partner
        rescale = (total[cut][:, None] + floor) / (np.sqrt(np.maximum(here, 0) * np.maximum(there, 0)) + floor)
        turning[cut] *= rescale
        if mirrors:
            opposite = np.fft.irfft(squares_f * mask_f, samples, axis=-1)
            mirroring[cut] *= (total[cut][:, None] + floor) / (np.maximum(opposite, 0) + floor)
        total[cut] = squares.sum(-1)
    energy = total / count
    area = radii[None] * visible.mean(-1)
    return RingStatistics(
        turning=np.clip(turning, -1, 1),
        mirroring=np.clip(mirroring, -1, 1),
        weight=area * energy / (energy + _NOISE),
        energy=energy,
        flat=flat,
        visible=visible.mean(-1),
    )


def _unwrap(
    canvas: Canvas,
    features: Map,
    centers: npt.NDArray[np.float64],
    radii: npt.NDArray[np.float64],
    samples: int,
    shape: npt.NDArray[np.float64] | None,
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """Contrast, radial and tangential derivative [B, N, 3, A] and visibility [B, N, A]."""
    theta = 2 * np.pi * np.arange(samples) / samples
    units = np.stack([np.cos(theta), -np.sin(theta)])
    matrices = np.broadcast_to(np.eye(2) if shape is None else shape, (len(centers), 2, 2))
    spokes = matrices @ units
    x = centers[:, None, None, 0] + radii[None, :, None] * spokes[:, None, 0]
    y = centers[:, None, None, 1] + radii[None, :, None] * spokes[:, None, 1]
    # cv2.remap wants two dimensions, neither above 32,767.
    flat_shape = (-1, samples)
    values = canvas.sample(x.reshape(flat_shape), y.reshape(flat_shape), features).reshape(*x.shape, 3)
    on_picture = canvas.inside(x, y)
    gx, gy = values[..., 1], values[..., 2]
    radial = spokes / np.maximum(np.linalg.norm(spokes, axis=1, keepdims=True), 1e-9)
    # Tangent of the ring, counter-clockwise on the screen.
    along = matrices @ np.stack([-np.sin(theta), -np.cos(theta)])
    along = along / np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-9)
    gr = gx * radial[:, None, 0] + gy * radial[:, None, 1]
    gt = gx * along[:, None, 0] + gy * along[:, None, 1]
    # Derivatives of local contrast are about a third of it in size at working resolution.
    stacked = np.stack([values[..., 0], 2.0 * gr, 2.0 * gt], axis=2).astype(np.float64)
    return stacked, on_picture


def correlations_at(correlation: Rings, samples: int, positions: npt.NDArray[np.float64]) -> Rings:
    """Periodic linear interpolation of [..., A] at fractional sample positions [K]: [..., K]."""
    low = np.floor(positions).astype(np.int64)
    part = positions - low
    values = correlation[..., low % samples] * (1 - part) + correlation[..., (low + 1) % samples] * part
    return np.asarray(values, dtype=np.float64)
