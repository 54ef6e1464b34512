"""Small pictures for the file list, made when they scroll into sight, the latest wanted first, and kept on disk."""

from __future__ import annotations

import contextlib
import io
from typing import Final

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QObject, Signal

from symviewer.model.problem import Problem
from symviewer.services.mailbox import Stack
from symviewer.services.picture_cache import file_stamp
from symviewer.services.worker_thread import WorkerThread
from symviewer.store.paths import cache_folder
from symviewer.store.thumbnail_cache import ThumbnailCache

SIDE: Final = 112
"""Longer side, px: 56 px in the list, sharp at 200 % scale."""
WAITING: Final = 128
_QUALITY: Final = 85


class Thumbnails(QObject):
    """`request(path)` ends in `ready(path, pixels [h, w, 3])` or `failed(path, Problem)`."""

    ready = Signal(str, object)
    failed = Signal(str, object)

    def __init__(self) -> None:
        super().__init__()
        self._stack: Stack[str] = Stack(WAITING)
        self._cache: ThumbnailCache | None = None
        self._thread = WorkerThread("thumbnails", self._stack, self._handle, self._report)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> bool:
        ended = self._thread.stop()
        if ended and self._cache is not None:
            self._cache.close()
            self._cache = None
        return ended

    def request(self, path: str) -> str | None:
        """Make one; returns a path that was waited for and is now given up, to be asked for again when needed."""
        return self._stack.put(path)

    def clear(self) -> None:
        """Give up all that are waiting."""
        self._stack.clear()

    def _handle(self, path: str) -> None:
        if self._cache is None:
            self._cache = ThumbnailCache(cache_folder() / "thumbnails.sqlite")
        key = f"{SIDE}|{file_stamp(path)}".encode("utf-8", "surrogateescape").hex()
        kept = self._cache.get(key)
        pixels = _decoded(kept) if kept else None
        if pixels is None:
            pixels = make_thumbnail(path)
            self._cache.put(key, _encoded(pixels))
        self.ready.emit(path, pixels)

    def _report(self, path: str, problem: Problem) -> None:
        self.failed.emit(path, problem)


def make_thumbnail(path: str, side: int = SIDE) -> npt.NDArray[np.uint8]:
    """A picture [h, w, 3] uint8 RGB whose longer side is `side`.

    Raises:
        ImageReadError: the picture cannot be read.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    from clipsym_core.video.pool import read_picture

    # A JPEG is decoded at an eighth of its size at an eighth of the cost. What is wrong with a file, read_picture says.
    # The bound of Pillow's own is below ours.
    unreadable = (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError)
    with contextlib.suppress(*unreadable), Image.open(path) as picture:
        if picture.format == "JPEG":
            picture.draft("RGB", (2 * side, 2 * side))
            upright = ImageOps.exif_transpose(picture).convert("RGB")
            upright.thumbnail((side, side))
            return np.array(upright, dtype=np.uint8)
    small = Image.fromarray(read_picture(path))
    small.thumbnail((side, side))
    return np.array(small, dtype=np.uint8)


def _encoded(pixels: npt.NDArray[np.uint8]) -> bytes:
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=_QUALITY)
    return buffer.getvalue()


def _decoded(data: bytes) -> npt.NDArray[np.uint8] | None:
    from PIL import Image

    with contextlib.suppress(OSError, ValueError, SyntaxError), Image.open(io.BytesIO(data)) as picture:
        return np.array(picture.convert("RGB"), dtype=np.uint8)
    return None
