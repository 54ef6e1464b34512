"""Polar unwrap of the surroundings of a point, and what the rings say under turning and mirroring.

Every ring is a periodic signal in the angle. Turning the picture by delta about the point shifts it, so the angular
autocorrelation tells the order (Lee, Collins, Liu 2008 use the strongest DFT frequency; the autocorrelation holds up
better under noise and off-center clicks). Mirroring in the axis at phi sends theta to 2 phi - theta, so all axes come
out of one self-convolution, at 2 phi.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from clipsym_core.imaging import Map
from clipsym_core.inference.pixels.canvas import Canvas, gradient, local_contrast

Rings = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

_NOISE = 0.02
"""Mean square of the features around a ring that counts as nothing (local contrast has about 1 in texture)."""
_FLOOR = 0.1 * _NOISE
_TEXTURE = 0.15
"""Mean square at which a ring has half its say: between the rings of a faint pattern there is grain alone."""
_DERIVATIVES = 2.0
"""Derivatives of local contrast are about a third of it in size at working resolution."""


@dataclass(frozen=True, slots=True)
class RingStatistics:
    """Angular statistics of B unwraps of N rings with A samples each.

    Attributes:
        power: [B, N, A / 2 + 1] share of a ring's energy at each number of waves around it, two and more.
        mirroring: [B, N, A] correlation with itself mirrored in the axis at 180 i / A degrees (counter-clockwise), or
            [B, N, 0] where it was not asked for.
        cut: [B, N] whether a part of the ring lies off the picture.
        rescale: [M, A] for each of the cut rings: what its correlation at every turn is multiplied by, because only
            samples whose partner can be seen count.
        area: [B, N] length of the ring, over 2 pi, times the share of it that is on the picture.
        weight: [B, N] how much a ring has to say: its area times texture, at most its area.
        energy: [B, N] mean square of the features around the ring, without their mean.
        flat: [B, N] mean square of the mean around the ring: what every rotation keeps.
        visible: [B, N] share of the ring on the picture.
    """

    power: Singles
    mirroring: Rings
    cut: Mask
    rescale: Singles
    area: Rings
    weight: Rings
    energy: Rings
    flat: Rings
    visible: Rings

    @property
    def samples(self) -> int:
        """A, samples around a ring."""
        return 2 * (self.power.shape[-1] - 1)

    def turned(self, order: int) -> Rings:
        """[B, N, order // 2] correlation of each ring, its mean taken off, with itself turned by 360 k / order."""
        found: Rings = (self.power @ _turns(self.samples, order).T).astype(np.float64)
        if self.cut.any():
            found[self.cut] = self._of_cut(order)
        return found

    def agreement(self, orders: Sequence[int]) -> Rings:
        """[B, N, K] mean of those correlations, for each of K orders."""
        waves = np.stack([_turns(self.samples, n).mean(0) for n in orders], axis=1)
        means: Rings = (self.power @ waves).astype(np.float64)
        if self.cut.any():
            means[self.cut] = np.stack([self._of_cut(n).mean(-1) for n in orders], axis=-1)
        return means

    def _of_cut(self, order: int) -> Rings:
        """`turned`, of the M cut rings."""
        places = self.samples * np.arange(1, order // 2 + 1) / order
        scale = correlations_at(self.rescale, self.samples, places)
        found: Rings = np.clip((self.power[self.cut] @ _turns(self.samples, order).T) * scale, -1, 1)
        return found


@lru_cache(maxsize=256)
def _turns(samples: int, order: int) -> Singles:
    """[order // 2, samples / 2 + 1]: what each number of waves gives to the correlation at turns of k / order."""
    k = np.arange(1, order // 2 + 1)
    waves: Singles = np.cos(2 * np.pi * k[:, None] * np.arange(samples // 2 + 1) / order).astype(np.float32)
    return waves


def polar_features(canvas: Canvas, sigma: float) -> Map:
    """[h, w, 3] float32: local contrast and its two derivatives; `sigma` (canvas px) is the size of a surrounding."""
    contrast = local_contrast(canvas.pixels, sigma)
    gx, gy = gradient(contrast)
    stacked: Map = np.dstack([contrast, _DERIVATIVES * gx, _DERIVATIVES * gy])
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

    `samples` is even. `shape` [2, 2] or [B, 2, 2] makes the rings ellipses: a ring point is
    center + shape @ (r cos, -r sin). Without `mirrors`, `mirroring` is empty.
    """
    planes, seen = _unwrap(canvas, features, centers, radii, samples, shape)
    share = seen.mean(-1)
    cut = share < 1
    mean = planes.mean(-1)
    if cut.any():
        masks = seen[cut].astype(np.float32)
        mean[:, cut] = (planes[:, cut] * masks).sum(-1) / np.maximum(masks.sum(-1), 1.0)
        planes[:, cut] = (planes[:, cut] - mean[:, cut][..., None]) * masks
    packed = cv2.dft(planes.reshape(-1, samples), flags=cv2.DFT_ROWS).reshape(planes.shape)
    # Re 0, Re 1, Im 1, Re 2, ... One bright side and one dark side (waves of one) is lighting, not a pattern.
    packed[..., :3] = 0
    squares = np.einsum("cbna,cbna->bna", packed, packed)
    power = np.zeros((*cut.shape, samples // 2 + 1), np.float32)
    power[..., 2:-1] = (2.0 / samples) * (squares[..., 3:-1:2] + squares[..., 4:-1:2])
    power[..., -1] = squares[..., -1] / samples
    total = power.sum(-1)
    # Compare with the energy of those samples whose partner can be seen: of all, where the whole ring can be.
    floor = _FLOOR * samples
    power /= (total + floor)[..., None]
    mirroring = np.zeros((*cut.shape, 0))
    if mirrors:
        spectrum = np.zeros((*planes.shape[:-1], samples // 2 + 1), np.complex128)
        spectrum[..., 2:-1] = packed[..., 3:-1:2] + 1j * packed[..., 4:-1:2]
        spectrum[..., -1] = packed[..., -1]
        mirror = spectrum[0] ** 2 + spectrum[1] ** 2 - spectrum[2] ** 2
        mirroring = np.fft.irfft(mirror, samples, axis=-1) / (total[..., None] + floor)
    rescale = np.zeros((0, samples), np.float32)
    if cut.any():
        inverse = cv2.DFT_INVERSE | cv2.DFT_ROWS | cv2.DFT_SCALE
        part = cv2.dft(packed[:, cut].reshape(-1, samples), flags=inverse).reshape(3, -1, samples)
        squared = np.einsum("cma,cma->ma", part, part) * masks
        squared_f, mask_f = np.fft.rfft(squared, axis=-1), np.fft.rfft(masks, axis=-1)
        here = np.fft.irfft(squared_f * np.conj(mask_f), samples, axis=-1)
        there = here[:, (-np.arange(samples)) % samples]  # the same sum, counted from the partner
        whole = total[cut][:, None] + floor
        rescale = (whole / (np.sqrt(np.maximum(here, 0) * np.maximum(there, 0)) + floor)).astype(np.float32)
        if mirrors:
            opposite = np.fft.irfft(squared_f * mask_f, samples, axis=-1)
            mirroring[cut] *= whole / (np.maximum(opposite, 0) + floor)
        total[cut] = squared.sum(-1)
    energy = total / np.maximum(share * samples, 1.0)
    area = radii[None] * share
    return RingStatistics(
        power=power,
        mirroring=np.clip(mirroring, -1, 1),
        cut=cut,
        rescale=rescale,
        area=area,
        weight=area * energy / (energy + _TEXTURE),
        energy=energy,
        flat=np.square(mean).sum(0).astype(np.float64),
        visible=share,
    )


def _unwrap(
    canvas: Canvas,
    features: Map,
    centers: npt.NDArray[np.float64],
    radii: npt.NDArray[np.float64],
    samples: int,
    shape: npt.NDArray[np.float64] | None,
) -> tuple[Singles, Mask]:
    """Contrast, radial and tangential derivative [3, B, N, A] and visibility [B, N, A]."""
    theta = 2 * np.pi * np.arange(samples) / samples
    matrices = np.eye(2)[None] if shape is None else np.asarray(shape).reshape(-1, 2, 2)
    spokes = matrices @ np.stack([np.cos(theta), -np.sin(theta)])
    # Tangent of the ring, counter-clockwise on the screen.
    along = matrices @ np.stack([-np.sin(theta), -np.cos(theta)])
    x = (centers[:, 0] - canvas.x0)[:, None, None] + radii[None, :, None] * spokes[:, None, 0]
    y = (centers[:, 1] - canvas.y0)[:, None, None] + radii[None, :, None] * spokes[:, None, 1]
    u, v = (x * canvas.sx).astype(np.float32), (y * canvas.sy).astype(np.float32)
    h, w = features.shape[:2]
    seen = (u >= 0) & (u <= w) & (v >= 0) & (v <= h)
    # cv2.remap wants two dimensions, neither above 32,767; canvas px have their centers at whole numbers there.
    u, v = (m.reshape(-1, samples) - np.float32(0.5) for m in (u, v))
    values = cv2.remap(features, u, v, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    contrast, gx, gy = (plane.reshape(seen.shape) for plane in cv2.split(values))
    rx, ry = _units(spokes)
    tx, ty = _units(along)
    planes = np.empty((3, *seen.shape), np.float32)
    planes[0] = contrast
    planes[1] = gx * rx + gy * ry
    planes[2] = gx * tx + gy * ty
    return planes, seen


def _units(vectors: Rings) -> Singles:
    """x and y [2, B, 1, A] of the unit vectors along [B, 2, A]."""
    units = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    return units.transpose(1, 0, 2)[:, :, None].astype(np.float32)


def correlations_at(correlation: npt.NDArray[Any], samples: int, positions: npt.NDArray[np.float64]) -> Rings:
    """Periodic linear interpolation of [..., A] at fractional sample positions [K]: [..., K]."""
    low = np.floor(positions).astype(np.int64)
    part = positions - low
    values = correlation[..., low % samples] * (1 - part) + correlation[..., (low + 1) % samples] * part
    return np.asarray(values, dtype=np.float64)
