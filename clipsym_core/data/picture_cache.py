"""Decoded pictures that later epochs use again, in as many bytes as are given; large ones are kept shrunk."""

from __future__ import annotations

from collections import OrderedDict

import cv2
import numpy as np

from clipsym_core.imaging import Pixels

_ZOOM = 2.0
"""Pictures are kept at this many times the canvas: enough for augmentation that enlarges."""


class PictureCache:
    """Keeps what was used last, up to `limit` bytes. Each worker process has its own."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._kept: OrderedDict[str, tuple[Pixels, tuple[int, int]]] = OrderedDict()
        self._bytes = 0

    def get(self, name: str) -> tuple[Pixels, tuple[int, int]] | None:
        """The pixels, and the (width, height) that they are stored in on the disk."""
        found = self._kept.get(name)
        if found is not None:
            self._kept.move_to_end(name)
        return found

    def put(self, name: str, image: Pixels, canvas: tuple[int, int]) -> tuple[Pixels, tuple[int, int]]:
        """Keep a picture, and give it as `get` will: so a picture looks the same the first time and later."""
        size = (image.shape[1], image.shape[0])
        scale = _ZOOM * min(c / s for c, s in zip(canvas, size, strict=True))
        if scale < 1:
            small = (max(1, round(size[0] * scale)), max(1, round(size[1] * scale)))
            image = np.asarray(cv2.resize(image, small, interpolation=cv2.INTER_AREA), np.uint8)
        if image.nbytes <= self.limit:
            self._kept[name] = (image, size)
            self._bytes += image.nbytes
            while self._bytes > self.limit:
                _, (dropped, _) = self._kept.popitem(last=False)
                self._bytes -= dropped.nbytes
        return image, size
