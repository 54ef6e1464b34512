"""Polar unwrap of the surroundings of a point, and what the rings say under turning and mirroring.

Every ring is a periodic signal in the angle. Turning the picture by delta about the point shifts it, so the angular
autocorrelation tells the order (Lee, Collins, Liu 2008 use the strongest DFT frequency; the autocorrelation holds up
better under noise and off-center clicks). Mirroring in the axis at phi sends theta to 2 phi - theta, so all axes come
out of one self-convolution, at 2 phi.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from clipsym_core.imaging import Map
from clipsym_core.inference.pixels.canvas import Canvas, gradient

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
SCALARS = 3
"""Planes of the features that mirroring and turning keep as they are: contrast of grey and of two opponent colors."""
_SPREAD = 6.0
"""Least spread of the surroundings, grey levels, before grain is taken out: keeps noise in flat parts small."""


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

    def turned(self, index: int, orders: Sequence[int]) -> tuple[Rings, npt.NDArray[np.int64]]:
        """Correlation of each ring of one unwrap, its mean taken off, with itself turned by 360 k / n degrees.

        [N, T] for k = 1 .. n // 2 of every order n, one order after the other, and the K places where they begin.
        """
        parts, waves = _turns(self.samples, tuple(orders), True)
        found: Rings = (self.power[index] @ waves.T).astype(np.float64)
        if self.cut[index].any():
            before = int(self.cut[:index].sum())
            scale = self.rescale[before : before + int(self.cut[index].sum())]
            found[self.cut[index]] = self._seen(found[self.cut[index]], scale, parts)
        return found, _starts(tuple(orders), True)

    def agreement(self, orders: Sequence[int], *, half_turn: bool = True) -> Rings:
        """[B, N, K] mean of those correlations, for each of K orders; without that of the half turn if so asked."""
        parts, waves = _turns(self.samples, tuple(orders), half_turn)
        starts = _starts(tuple(orders), half_turn)
        counts = np.diff([*starts, len(parts)])
        means: Rings = (self.power @ (np.add.reduceat(waves, starts) / counts[:, None]).T).astype(np.float64)
        if self.cut.any():
            found = self._seen((self.power[self.cut] @ waves.T).astype(np.float64), self.rescale, parts)
            means[self.cut] = np.add.reduceat(found, starts, axis=1) / counts
        return means

    def _seen(self, found: Rings, rescale: Singles, parts: Rings) -> Rings:
        """Correlations [M, T] of cut rings, of those samples alone whose partner can be seen."""
        scale = correlations_at(rescale, self.samples, self.samples * parts)
        seen: Rings = np.clip(found * scale, -1, 1)
        return seen


@lru_cache(maxsize=64)
def _turns(samples: int, orders: tuple[int, ...], half_turn: bool) -> tuple[Rings, Singles]:
    """Turns k / n of every order [T], and what each number of waves gives to the correlation there [T, A / 2 + 1]."""
    parts = np.concatenate([np.arange(1, _count(n, half_turn) + 1) / n for n in orders])
    waves: Singles = np.cos(2 * np.pi * parts[:, None] * np.arange(samples // 2 + 1)).astype(np.float32)
    return parts, waves


@lru_cache(maxsize=64)
def _starts(orders: tuple[int, ...], half_turn: bool) -> npt.NDArray[np.int64]:
    """Where the turns of each order begin."""
    return np.cumsum([0] + [_count(n, half_turn) for n in orders[:-1]])


def _count(order: int, half_turn: bool) -> int:
    return order // 2 if half_turn else (order - 1) // 2


def polar_features(canvas: Canvas, sigma: float, *, grain: float, within: Map | None = None) -> Map:
    """[h, w, 5] float32: local contrast of grey and of both opponent colors, and the derivatives of the first.

    All three share one spread, so that of two colors of one grey the border is seen, and color that hardly varies stays
    small. Light, exposure and contrast drop out.

    Args:
        canvas: with color.
        sigma: size of a surrounding, canvas px.
        grain: size of what is too fine to look at, canvas px.
        within: [h, w] float32, 1 where to look and 0 elsewhere: there the features are 0, and nothing of it is part of
            any surrounding. What lies around a disc then says nothing about the disc.
    """
    planes = _around(canvas.planes, grain, within)
    rest = planes - _around(planes, sigma, within)
    if within is not None:
        rest *= within[..., None]
    spread = _around(np.einsum("hwc,hwc->hw", rest, rest), sigma, within)
    floor = _SPREAD / (1.0 + grain)
    contrast = rest / np.sqrt(np.maximum(spread, 0.0) + floor * floor)[..., None]
    gx, gy = gradient(contrast[..., 0])
    size: float | Map = _DERIVATIVES * (1.0 + grain)
    if within is not None:
        size = size * cv2.erode(within, np.ones((3, 3), np.uint8))
    stacked: Map = np.dstack([contrast, size * gx, size * gy])
    return stacked


def _around(values: Map, sigma: float, within: Map | None) -> Map:
    """Mean of the surroundings [h, w] or [h, w, C], of those within the mask where there is one."""
    if within is None:
        return _blurred(values, sigma)
    seen = within if values.ndim == 2 else within[..., None]
    share = np.maximum(_blurred(within, sigma), 1e-3)
    mean: Map = _blurred(values * seen, sigma) / (share if values.ndim == 2 else share[..., None])
    return mean


def _blurred(values: Map, sigma: float) -> Map:
    """A Gaussian mean; a wide one is made of three box means, which take the same time at any width."""
    if sigma < 4.0:
        return np.asarray(cv2.GaussianBlur(values, (0, 0), sigma, borderType=cv2.BORDER_REFLECT))
    side = 2 * round((math.sqrt(4 * sigma * sigma + 1) - 1) / 2) + 1
    for _ in range(3):
        values = np.asarray(cv2.blur(values, (side, side), borderType=cv2.BORDER_REFLECT))
    return values


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

    `features` are those of `polar_features`, or its first three planes only, which is faster. `samples` is even.
    `shape` [2, 2] or [B, 2, 2] makes the rings ellipses: a ring point is center + shape @ (r cos, -r sin). Without
    `mirrors`, `mirroring` is empty.
    """
    planes, seen = _unwrap(canvas, features, centers, radii, samples, shape)
    share = np.ones(planes.shape[1:3]) if seen is None else seen.mean(-1)
    cut = share < 1
    mean = planes.mean(-1)
    masks = np.zeros((0, samples), np.float32)
    if seen is not None:
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
        # What runs along the ring changes its sign in a mirror, everything else does not.
        mirror = (spectrum[: SCALARS + 1] ** 2).sum(0) - (spectrum[SCALARS + 1 :] ** 2).sum(0)
        mirroring = np.fft.irfft(mirror, samples, axis=-1) / (total[..., None] + floor)
    rescale = np.zeros((0, samples), np.float32)
    if cut.any():
        inverse = cv2.DFT_INVERSE | cv2.DFT_ROWS | cv2.DFT_SCALE
        part = cv2.dft(packed[:, cut].reshape(-1, samples), flags=inverse).reshape(len(planes), -1, samples)
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
) -> tuple[Singles, Mask | None]:
    """Contrasts, radial and tangential derivative [P, B, N, A], and visibility [B, N, A] where not all can be seen."""
    theta = 2 * np.pi * np.arange(samples) / samples
    matrices = np.eye(2)[None] if shape is None else np.asarray(shape).reshape(-1, 2, 2)
    spokes = matrices @ np.stack([np.cos(theta), -np.sin(theta)])
    # cv2.remap has the centers of pixels at whole numbers.
    u, v = (
        (scale * (centers[:, axis] - origin) - 0.5).astype(np.float32)[:, None, None]
        + (scale * radii).astype(np.float32)[:, None] * spokes[:, None, axis].astype(np.float32)
        for axis, (origin, scale) in enumerate(((canvas.x0, canvas.sx), (canvas.y0, canvas.sy)))
    )
    h, w = features.shape[:2]
    seen: Mask | None = None
    if min(u.min(), v.min()) < -0.5 or u.max() > w - 0.5 or v.max() > h - 0.5:
        seen = (u >= -0.5) & (u <= w - 0.5) & (v >= -0.5) & (v <= h - 0.5)
    count = (len(u), len(radii), samples)
    # It wants two dimensions as well, neither above 32,767.
    flat = (u.reshape(-1, samples), v.reshape(-1, samples))
    values = cv2.remap(features, *flat, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    planes = np.empty((features.shape[2], *count), np.float32)
    for plane in range(features.shape[2]):
        cv2.extractChannel(values, plane, planes[plane].reshape(-1, samples))
    if len(planes) > SCALARS:
        # Tangent of the ring, counter-clockwise on the screen.
        rx, ry = _units(spokes)
        tx, ty = _units(matrices @ np.stack([-np.sin(theta), -np.cos(theta)]))
        gx, gy = planes[SCALARS:].copy()
        planes[SCALARS] = gx * rx + gy * ry
        planes[SCALARS + 1] = gx * tx + gy * ty
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
