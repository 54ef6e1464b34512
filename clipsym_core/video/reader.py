"""Frames of a video file by number, exactly: the same number gives the same pixels however it was come to."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final

import numpy as np

from clipsym_core.errors import VideoError
from clipsym_core.imaging import Pixels
from clipsym_core.video.index import FrameIndex, build_index, opened
from clipsym_core.video.pyav import failures

_CACHE_BYTES: Final = 96 * 1024 * 1024
_AHEAD: Final = 48
"""A frame up to this far ahead is come to by decoding on, not by a jump."""
_JUMPS: Final = 3
"""So many key frames before a frame are tried, then the very beginning: with all of them, a damaged frame late in a
long film would keep people waiting for hours."""


@dataclass(frozen=True, slots=True, eq=False)
class VideoFrame:
    """One frame: its number, its time in seconds from the first frame, pixels [H, W, 3] uint8 RGB, upright."""

    number: int
    seconds: float
    pixels: Pixels


class VideoReader:
    """An open video file. One thread at a time.

    Args:
        path: of the file.
        index: where it was made already; else the file is read through first.

    Raises:
        VideoError: not a video that can be read.
    """

    def __init__(self, path: str | Path, index: FrameIndex | None = None) -> None:
        self.path = Path(path)
        built = index or build_index(path)
        assert built is not None  # nobody cancels it
        self.index = built
        self._stack = ExitStack()
        self._container, self._stream = self._stack.enter_context(opened(path))
        self._decoder: Iterator[Any] | None = None
        self._next = 0
        self._cache: OrderedDict[int, VideoFrame] = OrderedDict()
        self._damaged: set[int] = set()
        self._bytes = 0
        try:
            height, width = self.frame(0).pixels.shape[:2]
            self.size = (width, height)
        except BaseException:
            self.close()
            raise

    def __len__(self) -> int:
        return len(self.index)

    def __enter__(self) -> VideoReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._decoder = None
        self._cache.clear()
        self._stack.close()

    def frame(self, number: int) -> VideoFrame:
        """A frame by its number.

        Raises:
            IndexError: no such frame.
            VideoError: it cannot be decoded.
        """
        self.index.seconds(number)
        cached = self._cache.get(number)
        if cached is not None:
            self._cache.move_to_end(number)
            return cached
        if self._decoder is None or not self._next <= number <= self._next + _AHEAD:
            return self._jump(number)
        found = self._decode_to(number)
        return found or self._jump(number)

    def frames(self, first: int = 0, end: int | None = None) -> Iterator[VideoFrame]:
        """Frames one after the other; those that cannot be decoded are left out."""
        for number in range(first, len(self) if end is None else min(end, len(self))):
            try:
                yield self.frame(number)
            except VideoError:
                continue

    # -----------------------------------------------------------------------------------------------------------------

    def _jump(self, number: int) -> VideoFrame:
        """From the key frame before it; from the one before that where decoding began too late (open groups)."""
        place = self.index.key_before(number)
        places = [] if number in self._damaged else [*range(place, max(place - _JUMPS, -1), -1), -1]
        for tried in places:
            self._seek(tried)
            found = self._decode_to(number)
            if found is not None:
                return found
        self._damaged.add(number)
        raise VideoError(
            f"Frame {number} of {self.path.name} cannot be read.",
            "The file is damaged there.",
            "Go to another frame, or convert the file with another program.",
        )

    def _seek(self, place: int) -> None:
        """To a key frame by its place in the index; to the very beginning for -1."""
        dts = self.index.keys[place][1] if place >= 0 else self.index.pts[0]
        try:
            self._container.seek(min(dts, self.index.pts[0]) if place < 0 else dts, stream=self._stream)
        except failures() as error:
            raise VideoError(f"Cannot move in the video {self.path}.", f"{error}.", "Convert the file.") from error
        self._decoder = iter(self._container.decode(self._stream))
        self._next = 0

    def _decode_to(self, number: int) -> VideoFrame | None:
        """Decode on until a frame; None when it did not come."""
        assert self._decoder is not None
        wanted = self.index.pts[number]
        while True:
            try:
                decoded = next(self._decoder, None)
            except failures():
                decoded = None
            if decoded is None:
                self._decoder = None
                return None
            if decoded.pts is None:
                continue
            found = self.index.frame_of(decoded.pts)
            if found is None:
                continue  # one that is not shown
            self._next = found + 1
            if decoded.pts > wanted:
                return None
            frame = VideoFrame(found, self.index.seconds(found), _upright(decoded, self._stream))
            self._keep(frame)
            if found == number:
                return frame

    def _keep(self, frame: VideoFrame) -> None:
        if frame.number in self._cache:
            return
        self._cache[frame.number] = frame
        self._bytes += frame.pixels.nbytes
        while self._bytes > _CACHE_BYTES and len(self._cache) > 1:
            _, dropped = self._cache.popitem(last=False)
            self._bytes -= dropped.pixels.nbytes


def _upright(frame: Any, stream: Any) -> Pixels:
    """Pixels [H, W, 3] at the size of the stream, turned as the file asks."""
    size = {"width": stream.codec_context.width, "height": stream.codec_context.height}
    pixels = frame.to_ndarray(format="rgb24", **size)
    turns = round(frame.rotation / 90) % 4  # degrees counter-clockwise
    return np.ascontiguousarray(np.rot90(pixels, turns)) if turns else np.asarray(pixels, np.uint8)
