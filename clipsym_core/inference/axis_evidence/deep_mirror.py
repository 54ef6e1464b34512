"""How alike the two sides of an axis are to an image tower: mirror evidence of shapes and parts, not of pixels.

Two halves of a real thing seldom agree in grain or light, but a trained tower answers alike to them. A square crop
about the axis, turned upright, and its mirror image go through the tower; where the thing is symmetric, both give the
same features in the same place (the idea of Brachmann and Redies 2016, who compared filter responses of pictures).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor

from clipsym_core.imaging import Map, Pixels
from clipsym_core.model.encoder import Encoder
from clipsym_core.symmetry import ReflectionAxis

_CROP = 96
"""Side of a crop as the tower sees it, px."""
_REACH = 2.0
"""The same as a multiple of the axis's length: what lies around shows whether the axis is a piece of a longer one."""
_WHOLE = 160
"""Longer side, px, of the picture from which the usual features are taken, and of the smallest level to crop from."""
_GREY = (127, 127, 127)
_SHIFTS = (1, 2)
"""Sideways moves, tokens, at which the mirror image must agree less."""
NAMES = (("deep", "deep_peak"), ("middle", "middle_peak"), ("fine", "fine_peak"))
"""Measures of the deepest, the middle and the finest tap: agreement -1..1, and that less the best of shifted images."""


class DeepMirror:
    """Mirror evidence of one picture [H, W, 3] uint8 RGB by an image tower; `mean` and `std` normalise its pixels.

    Features count by how far they are from those of an empty picture in the same place, and these differences from the
    picture's usual ones (mean and spread of every channel): neither what a tower says of a place whatever is there (it
    feels the border, and some channels are positions) nor what is everywhere is evidence.
    """

    def __init__(self, image: Pixels, encoder: Encoder, mean: Tensor, std: Tensor) -> None:
        self._encoder, self._mean, self._std = encoder, mean, std
        self._levels = [image]
        while max(self._levels[-1].shape[:2]) > _WHOLE:
            self._levels.append(
                np.asarray(cv2.resize(self._levels[-1], None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA))
            )
        scale = _WHOLE / max(image.shape[:2])
        height, width = (max(32, round(side * scale / 32) * 32) for side in image.shape[:2])
        whole = np.asarray(cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA))
        usual = [x - empty for x, empty in zip(self._taps(whole[None]), self._empty(height, width), strict=True)]
        self._usual = [(x.mean((0, 1, 2)), x.std((0, 1, 2)) + 0.1 * x.std() + 1e-6) for x in usual]
        self._nothing = self._empty(_CROP, _CROP)

    @torch.inference_mode()
    def measure(self, axes: Sequence[ReflectionAxis]) -> list[dict[str, float]]:
        """For each straight axis (picture px, not of length 0) the measures `NAMES`."""
        if not axes:
            return []
        crops, masks = zip(*(self._crop(axis) for axis in axes), strict=True)
        seen = torch.from_numpy(np.stack(masks)).to(self._mean.device)
        count, pictures = len(axes), np.stack(crops)
        taps = self._taps(np.concatenate([pictures, pictures[:, :, ::-1]]))
        both = F.adaptive_avg_pool2d((seen * seen.flip(2))[:, None], taps[0].shape[1])[:, 0]
        found: list[dict[str, float]] = [{} for _ in axes]
        chosen = [0, len(taps) // 2, len(taps) - 1]
        for names, tap in zip(NAMES, chosen, strict=True):
            usual, spread = self._usual[tap]
            x = (taps[tap] - self._nothing[tap] - usual) / spread
            here = _agreement(x[:count], x[count:], both)
            beside = torch.stack([_shifted(x[:count], x[count:], both, s * k) for s in _SHIFTS for k in (1, -1)])
            for i, values in enumerate(torch.stack([here, here - beside.amax(0)], 1).tolist()):
                found[i].update(zip(names, values, strict=True))
        return found

    @torch.inference_mode()
    def _taps(self, pictures: npt.NDArray[np.uint8]) -> list[Tensor]:
        """Pictures [N, H, W, 3] to tokens [N, h, w, C] of every tap, deepest first."""
        x = torch.from_numpy(np.ascontiguousarray(pictures)).to(self._mean.device).permute(0, 3, 1, 2).float() / 255
        features = self._encoder((x - self._mean) / self._std)
        h, w = features.grid
        return [tap[:, features.class_tokens :].reshape(len(pictures), h, w, -1).float() for tap in features.taps]

    def _empty(self, height: int, width: int) -> list[Tensor]:
        """The tokens [1, h, w, C] of every tap for a grey picture of that size."""
        return self._taps(np.full((1, height, width, 3), _GREY, np.uint8))

    def _crop(self, axis: ReflectionAxis) -> tuple[Pixels, Map]:
        """The square [_CROP, _CROP] about an axis, which runs down its middle, and where the picture covers it."""
        (ax, ay), (bx, by) = sorted((axis.start, axis.end), key=lambda p: (p[1], p[0]))
        length = math.dist((ax, ay), (bx, by))
        ux, uy = (bx - ax) / length, (by - ay) / length
        wanted = _REACH * length / _CROP
        level = min(max(math.floor(math.log2(max(wanted, 1.0)) + 0.3), 0), len(self._levels) - 1)
        picture, full = self._levels[level], self._levels[0]
        sx, sy = picture.shape[1] / full.shape[1], picture.shape[0] / full.shape[0]
        middle = (_CROP - 1) / 2
        x0, y0 = 0.5 * (ax + bx) - wanted * middle * (ux - uy), 0.5 * (ay + by) - wanted * middle * (uy + ux)
        matrix = np.array(
            [
                [-uy * wanted * sx, ux * wanted * sx, x0 * sx - 0.5],
                [ux * wanted * sy, uy * wanted * sy, y0 * sy - 0.5],
            ]
        )
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        crop = cv2.warpAffine(picture, matrix, (_CROP, _CROP), flags=flags, borderValue=_GREY)
        mask = cv2.warpAffine(np.ones(picture.shape[:2], np.float32), matrix, (_CROP, _CROP), flags=flags)
        return np.asarray(crop, dtype=np.uint8), np.asarray(mask, dtype=np.float32)


def _agreement(a: Tensor, b: Tensor, weight: Tensor) -> Tensor:
    """2 <a, b> / (|a|^2 + |b|^2) of tokens [N, h, w, C] under weights [N, h, w]: 1 where equal, [N]."""
    together = ((a * b).sum(3) * weight).sum((1, 2))
    apart = ((a * a + b * b).sum(3) * weight).sum((1, 2))
    return 2 * together / (apart + 1e-6)


def _shifted(a: Tensor, b: Tensor, weight: Tensor, shift: int) -> Tensor:
    """Agreement with `b` moved sideways by `shift` tokens."""
    if shift < 0:
        return _agreement(a[:, :, :shift], b[:, :, -shift:], weight[:, :, :shift])
    return _agreement(a[:, :, shift:], b[:, :, :-shift], weight[:, :, shift:])
