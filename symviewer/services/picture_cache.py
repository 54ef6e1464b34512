"""Decoded pictures, shared by the window and the detector, so that each file is decoded once."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from clipsym_core.errors import ImageReadError
from clipsym_core.video.address import file_of
from symviewer.services.lru import ByteCache

DEFAULT_LIMIT: Final = 256 * 1024 * 1024
"""Three pictures of 24 megapixels: the one on the screen, the next one and the one before."""


@dataclass(frozen=True, slots=True, eq=False)
class Decoded:
    """Pixels [H, W, 3] uint8 RGB and the state of the file that they were read from."""

    path: str
    pixels: npt.NDArray[np.uint8]
    stamp: str


def file_stamp(path: str) -> str:
    """What changes when the file changes: path, time of change and size (of a frame: of its video).

    Raises:
        ImageReadError: the file is not there.
    """
    try:
        status = os.stat(file_of(path))
    except OSError as error:
        raise ImageReadError(
            f"Cannot read the picture {path}.", f"{error.strerror or error}.", "Check that the file is still there."
        ) from error
    return f"{path}|{status.st_mtime_ns}|{status.st_size}"


class PictureCache:
    """Reads pictures, keeping the latest ones within `limit` bytes. For background threads: it decodes and waits."""

    def __init__(self, limit: int = DEFAULT_LIMIT) -> None:
        self._cache: ByteCache[str, Decoded] = ByteCache(limit, lambda decoded: decoded.pixels.nbytes)

    def get(self, path: str) -> Decoded:
        """The picture, decoded now or earlier.

        Raises:
            ImageReadError: it cannot be read.
        """
        # Imported here: cv2 and Pillow are not needed before the first window is visible.
        from clipsym_core.video.pool import read_picture

        stamp = file_stamp(path)
        decoded = self._cache.get(stamp)
        if decoded is None:
            decoded = Decoded(path, read_picture(path), stamp)
            self._cache.put(stamp, decoded)
        return decoded
