"""Pictures with their times as a video file that plays everywhere."""

from __future__ import annotations

import os
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, Final

import numpy as np

from clipsym_core.errors import VideoError
from clipsym_core.files import replacing
from clipsym_core.imaging import Pixels, check_pixels
from clipsym_core.video.pyav import failures, pyav

_FORMATS: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    ".mp4": ("mp4", ("libx264", "libopenh264", "mpeg4")),
    ".m4v": ("mp4", ("libx264", "libopenh264", "mpeg4")),
    ".mov": ("mov", ("libx264", "libopenh264", "mpeg4")),
    ".mkv": ("matroska", ("libx264", "libopenh264", "mpeg4")),
    ".webm": ("webm", ("libvpx-vp9", "libvpx")),
    ".avi": ("avi", ("mpeg4",)),
}
"""Ending -> format, and the encoders to try in turn; builds of FFmpeg differ in which they have."""
_CLOCK: Final = 90_000
"""Time stamps are counted in this part of a second, so that frames may come at uneven moments."""
_LEAST_STEP: Final = 90
"""A millisecond: some formats count no finer."""
_QUALITY: Final = {"libx264": {"crf": "20", "preset": "veryfast"}, "libvpx-vp9": {"crf": "31", "b": "0"}}
_MPEG4_BITS: Final = 0.25
"""Bits a pixel and frame for encoders that know no constant quality."""


class VideoWriter:
    """A video being written: a context manager.

    The file appears when the block ends, also when Ctrl+C ends it (with what was written so far); any other error
    leaves nothing, and an older file as it was.

    Args:
        path: its ending chooses the format: .mp4, .mov, .mkv, .webm or .avi.
        rate: frames a second, about; the times given with the frames decide.

    Raises:
        VideoError: unknown ending, no encoder, or a file that cannot be written.
    """

    def __init__(self, path: str | Path, *, rate: float = 30.0) -> None:
        self.path = Path(path)
        self.frames = 0
        self._rate = Fraction(rate).limit_denominator(1001) if rate > 0 else Fraction(30)
        known = _FORMATS.get(self.path.suffix.lower())
        if known is None:
            endings = ", ".join(_FORMATS)
            raise VideoError(f"Cannot write {path}.", f"'{self.path.suffix}' is no format of ours.", f"Use {endings}.")
        self._format, encoders = known
        self._av = pyav()
        self._encoder = next((name for name in encoders if name in self._av.codecs_available), None)
        if self._encoder is None:
            raise VideoError(f"Cannot write {path}.", f"FFmpeg has no encoder of {', '.join(encoders)}.", "Use .avi.")
        self._stack = ExitStack()
        self._container: Any = None
        self._stream: Any = None
        self._last = -1

    def __enter__(self) -> VideoWriter:
        try:
            temporary = self._stack.enter_context(replacing(self.path))
            self._container = self._av.open(str(temporary), "w", format=self._format)
        except failures() as error:
            self._leave_old_file(error)
            raise self._failed(error) from error
        return self

    def write(self, pixels: Pixels, seconds: float | None = None) -> None:
        """Add a picture [H, W, 3] shown from `seconds` on (None: one frame after the last).

        Raises:
            VideoError: of another size than the first, or the file cannot be written.
            InputError: not a picture.
        """
        height, width = check_pixels(pixels).shape[:2]
        try:
            if self._stream is None:
                self._begin(width, height)
            if (width, height) != self._size:
                why = f"A frame is {width} x {height} px, the first was {self._size[0]} x {self._size[1]}."
                raise VideoError(f"Cannot write {self.path}.", why, "Write one video a size.")
            frame = self._av.VideoFrame.from_ndarray(_even(pixels), format="rgb24")
            step = round(_CLOCK / self._rate)
            wanted = self._last + step if seconds is None and self._last >= 0 else round((seconds or 0.0) * _CLOCK)
            self._last = max(wanted, self._last + _LEAST_STEP) if self._last >= 0 else max(wanted, 0)
            frame.pts, frame.time_base = self._last, Fraction(1, _CLOCK)
            for packet in self._stream.encode(frame):
                self._container.mux(packet)
        except failures() as error:
            raise self._failed(error) from error
        self.frames += 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        keep = (kind is None or issubclass(kind, KeyboardInterrupt)) and self.frames > 0
        try:
            if keep:
                for packet in self._stream.encode(None):
                    self._container.mux(packet)
            self._container.close()
        except failures() as failure:
            self._leave_old_file(failure)
            raise self._failed(failure) from failure
        if not keep:
            self._leave_old_file(error or VideoError(f"Nothing was written to {self.path}."))
            return
        try:
            self._stack.close()
        except OSError as failure:  # Windows replaces no file that a program has open
            raise self._failed(failure) from failure

    def _leave_old_file(self, error: BaseException) -> None:
        """Any exception makes `replacing` leave the old file alone."""
        self._stack.__exit__(type(error), error, error.__traceback__)

    def _begin(self, width: int, height: int) -> None:
        self._size = (width, height)
        stream = self._container.add_stream(self._encoder, rate=self._rate)
        stream.width, stream.height = width + width % 2, height + height % 2
        stream.pix_fmt = "yuv420p"
        stream.codec_context.time_base = Fraction(1, _CLOCK)
        if self._encoder in _QUALITY:
            stream.options = dict(_QUALITY[self._encoder])
        else:
            stream.codec_context.time_base = Fraction(1, 60_000)  # MPEG-4 counts with 16 bits
            stream.bit_rate = int(_MPEG4_BITS * width * height * float(self._rate))
        self._stream = stream

    def _failed(self, error: BaseException) -> VideoError:
        reason = getattr(error, "strerror", None) or str(error)
        return VideoError(
            f"Cannot write the video {self.path}.", f"{reason}.", "Check the folder, its permissions and free space."
        )


def check_apart(target: str | Path, source: str | Path) -> None:
    """Raise where a video would be written over the one that it is made from.

    Raises:
        VideoError: it would.
    """
    if os.path.normcase(os.path.realpath(target)) == os.path.normcase(os.path.realpath(source)):
        raise VideoError(f"Cannot write {target}.", "It is the video that is read.", "Choose another name.")


def _even(pixels: Pixels) -> Pixels:
    """With an even number of rows and columns, the last ones repeated: encoders want pairs."""
    height, width = pixels.shape[:2]
    if height % 2 or width % 2:
        pixels = np.pad(pixels, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
    return np.ascontiguousarray(pixels)
