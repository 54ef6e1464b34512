"""Pictures by name, files or frames of videos: each video is indexed once, and the latest ones stay open."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Final

from clipsym_core.errors import ImageReadError, VideoError
from clipsym_core.imaging import Pixels, image_size, read_image
from clipsym_core.video.address import FrameAddress, frame_address
from clipsym_core.video.index import FrameIndex, build_index
from clipsym_core.video.reader import VideoReader

_OPEN: Final = 2
"""So many videos stay open."""
_TOLERANCE: Final = 2e-3
"""A frame whose time differs by more than this, seconds, is another one."""


class Videos:
    """Safe for several threads, which wait for each other: a file is decoded by one at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._indexes: dict[tuple[str, int, int], FrameIndex] = {}
        self._readers: OrderedDict[tuple[str, int, int], VideoReader] = OrderedDict()

    def index(self, path: str, cancelled: Callable[[], bool] = lambda: False) -> FrameIndex | None:
        """The frames of a video; None when `cancelled` became true.

        Raises:
            VideoError: it cannot be read.
        """
        key = _state(path)
        known = self._indexes.get(key)
        if known is None:
            known = build_index(path, cancelled=cancelled)
            if known is not None:
                self._indexes[key] = known
        return known

    def frame(self, address: FrameAddress) -> Pixels:
        """The pixels [H, W, 3] of a frame.

        Raises:
            ImageReadError: it cannot be read, or is not at its time any more.
        """
        what = f"Cannot read frame {address.number} of {address.video}."
        try:
            with self._lock:
                reader = self._reader(address.video)
                frame = reader.frame(address.number)
        except VideoError as error:
            raise ImageReadError(what, error.why or error.what, error.remedy) from error
        except IndexError as error:
            raise ImageReadError(what, f"{error}", "The video was changed. Open the video again.") from error
        if abs(frame.seconds - address.seconds) > _TOLERANCE:
            why = (
                f"It was shown at {address.seconds:.3f} s, and is at {frame.seconds:.3f} s now: the video was changed."
            )
            raise ImageReadError(what, why, "Bring the old file back, or open the new one as another video.")
        return frame.pixels

    def close(self) -> None:
        """Let go of all files."""
        with self._lock:
            for reader in self._readers.values():
                reader.close()
            self._readers.clear()

    def _reader(self, path: str) -> VideoReader:
        key = _state(path)
        reader = self._readers.get(key)
        if reader is None:
            reader = self._readers[key] = VideoReader(path, self.index(path))
            while len(self._readers) > _OPEN:
                self._readers.popitem(last=False)[1].close()
        self._readers.move_to_end(key)
        return reader


def _state(path: str) -> tuple[str, int, int]:
    """The file as it is now.

    Raises:
        VideoError: it is not there.
    """
    try:
        status = os.stat(path)
    except OSError as error:
        what = f"Cannot read the video {path}."
        raise VideoError(what, f"{error.strerror or error}.", "Check that the file is still there.") from error
    return (path, status.st_mtime_ns, status.st_size)


def read_picture(name: str | Path) -> Pixels:
    """A picture [H, W, 3] uint8 RGB by its name: a file, or a frame of a video (`address.FrameAddress`).

    Raises:
        ImageReadError: it cannot be read.
    """
    address = frame_address(str(name))
    return read_image(name) if address is None else VIDEOS.frame(address)


def picture_size(name: str | Path) -> tuple[int, int]:
    """(width, height) of a picture by its name.

    Raises:
        ImageReadError: it cannot be read.
    """
    address = frame_address(str(name))
    if address is None:
        return image_size(name)
    height, width = VIDEOS.frame(address).shape[:2]
    return (width, height)


VIDEOS: Final = Videos()
"""One for the program: the list, the canvas, thumbnails, detection and exports look at the same files."""
