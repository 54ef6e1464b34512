"""Decodes the picture to show, and the next one, away from the thread of the user interface."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QObject, Signal

from symviewer.model.heatmaps import PictureImage
from symviewer.model.problem import Problem
from symviewer.services.mailbox import Mailbox
from symviewer.services.picture_cache import PictureCache
from symviewer.services.worker_thread import WorkerThread

SMALLEST_LEVEL: Final = 1024
"""Levels are halved until their longer side is at most this, px: about a small window."""
LARGEST_CONVERTED: Final = 64_000_000
"""Above this many pixels the full-size level stays RGB: painting converts what it needs, memory is not doubled."""


@dataclass(frozen=True, slots=True)
class LoadRequest:
    path: str
    ahead: bool = False


class PictureLoader(QObject):
    """`show(path)` ends in `loaded(PictureImage)` or `failed(path, Problem)`, unless another `show` came first."""

    loaded = Signal(object)
    failed = Signal(str, object)

    def __init__(self, cache: PictureCache) -> None:
        super().__init__()
        self._cache = cache
        self._mailbox: Mailbox[LoadRequest] = Mailbox("show", "ahead")
        self._thread = WorkerThread("picture loader", self._mailbox, self._handle, self._report)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> bool:
        return self._thread.stop()

    def show(self, path: str) -> None:
        """Decode this picture next."""
        self._mailbox.put("show", LoadRequest(path))

    def look_ahead(self, path: str) -> None:
        """Decode this picture when there is nothing else to do, so that it is there when it is wanted."""
        self._mailbox.put("ahead", LoadRequest(path, ahead=True))

    def _handle(self, request: LoadRequest) -> None:
        decoded = self._cache.get(request.path)
        if not request.ahead:
            self.loaded.emit(PictureImage(request.path, decoded.pixels, build_levels(decoded.pixels), decoded.stamp))

    def _report(self, request: LoadRequest, problem: Problem) -> None:
        if not request.ahead:  # a broken picture is reported when it is its turn
            self.failed.emit(request.path, problem)


def build_levels(pixels: npt.NDArray[np.uint8]) -> tuple[npt.NDArray[np.uint8], ...]:
    """A picture [H, W, 3] RGB at full, half, quarter ... size, as `PictureImage.levels` wants them."""
    import cv2

    height, width = pixels.shape[:2]
    levels: list[npt.NDArray[np.uint8]] = []
    if width * height <= LARGEST_CONVERTED:
        levels.append(cv2.cvtColor(pixels, cv2.COLOR_RGB2BGRA))
    else:
        levels.append(np.ascontiguousarray(pixels))
    while max(width, height) > SMALLEST_LEVEL:
        width, height = max(width // 2, 1), max(height // 2, 1)
        smaller = cv2.resize(levels[-1], (width, height), interpolation=cv2.INTER_AREA)
        levels.append(smaller if smaller.shape[2] == 4 else cv2.cvtColor(smaller, cv2.COLOR_RGB2BGRA))
    return tuple(levels)
