"""Which frames a video file has: the time of each, and from which key frame it can be decoded.

Made by reading the packets of the file once, without decoding. Frames are counted in the order in which they are
shown; this number and the time stamp are what annotations are kept under.
"""

from __future__ import annotations

import bisect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from clipsym_core.errors import VideoError
from clipsym_core.video.pyav import failures, pyav

_TAIL: Final = 600
"""A last group of pictures up to this long is decoded to see where the file really ends."""
_TELL_EVERY: Final = 256


@dataclass(frozen=True, slots=True)
class FrameIndex:
    """All frames of a video that can be decoded, as it seems.

    Attributes:
        pts: time stamp of each frame in units of `time_base`, growing.
        keys: (number of the frame, decoding time stamp) of each key frame.
        time_base: seconds.
        damaged: packets at the end of the file that hold no frame.
    """

    pts: tuple[int, ...]
    keys: tuple[tuple[int, int], ...]
    time_base: Fraction
    damaged: int = 0

    def __len__(self) -> int:
        return len(self.pts)

    def seconds(self, frame: int) -> float:
        """When a frame is shown, counted from the first.

        Raises:
            IndexError: no such frame.
        """
        if not 0 <= frame < len(self.pts):
            raise IndexError(f"There is no frame {frame} in a video of {len(self.pts)}.")
        return float((self.pts[frame] - self.pts[0]) * self.time_base)

    def at(self, seconds: float) -> int:
        """The frame that is shown at a moment; the first or last one beyond the ends."""
        wanted = self.pts[0] + Fraction(seconds).limit_denominator(10**9) / self.time_base
        return min(max(bisect.bisect_right(self.pts, wanted) - 1, 0), len(self.pts) - 1)

    def frame_of(self, pts: int) -> int | None:
        """The number of the frame with this time stamp."""
        place = bisect.bisect_left(self.pts, pts)
        return place if place < len(self.pts) and self.pts[place] == pts else None

    def key_before(self, frame: int) -> int:
        """The place in `keys` of the last key frame at or before a frame; -1 where there is none."""
        return bisect.bisect_right(self.keys, frame, key=lambda key: key[0]) - 1

    @property
    def rate(self) -> float:
        """Frames a second, on average; 25 for a single frame."""
        span = float((self.pts[-1] - self.pts[0]) * self.time_base)
        return (len(self.pts) - 1) / span if span > 0 else 25.0


def build_index(
    path: str | Path,
    *,
    progress: Callable[[float], object] | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> FrameIndex | None:
    """Read the packets of a video; None when `cancelled` became true.

    Args:
        progress: is told the share of the file that was read, now and then.

    Raises:
        VideoError: not a video that can be read, or one without frames.
    """
    size = max(Path(path).stat().st_size if Path(path).exists() else 1, 1)
    packets: dict[int, tuple[int, bool]] = {}
    with opened(path) as (container, stream):
        time_base = Fraction(stream.time_base)
        previous: int | None = None
        for count, packet in enumerate(_packets(container, stream)):
            if count % _TELL_EVERY == 0:
                if cancelled():
                    return None
                if progress is not None:
                    progress(min((packet.pos or 0) / size, 1.0))
            pts = packet.pts if packet.pts is not None else packet.dts
            if pts is None:  # formats without any times: in order, one unit apart
                pts = 0 if previous is None else previous + (packet.duration or 1)
            previous = pts
            if not packet.is_discard and packet.size > 0:
                packets[pts] = (packet.dts if packet.dts is not None else pts, packet.is_keyframe)
    ordered = sorted(packets)
    keys = tuple((n, packets[pts][0]) for n, pts in enumerate(ordered) if packets[pts][1])
    if not ordered:
        raise VideoError(f"Cannot read the video {path}.", "There is no frame in it.", "Choose another file.")
    index = FrameIndex(tuple(ordered), keys, time_base)
    return _without_tail(path, index)


@contextmanager
def opened(path: str | Path) -> Iterator[tuple[Any, Any]]:
    """Container and video stream of a file, closed at the end.

    Raises:
        VideoError: missing, not a video, or damaged at its beginning.
    """
    av = pyav()
    what = f"Cannot read the video {path}."
    try:
        container = av.open(str(path), metadata_errors="ignore")
    except failures() as error:
        reason = getattr(error, "strerror", None) or str(error)
        remedy = "Check the path, or convert the file with another program."
        raise VideoError(what, f"{reason}.".replace("..", "."), remedy) from error
    with container:
        if not container.streams.video:
            raise VideoError(what, "There are no pictures in it.", "Choose a video.")
        stream = container.streams.video[0]
        # One thread: a context with threads of its own, freed by Python's garbage collector, was seen to wait for ever
        # for a thread that in turn waits for Python (PyAV 18.1).
        stream.codec_context.thread_count = 1
        yield container, stream


def _packets(container: Any, stream: Any) -> Iterator[Any]:
    """Packets until the end, or until the file is damaged."""
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
        except failures():
            return
        if packet is None:
            return
        if packet.size == 0 and packet.pts is None:
            continue  # the empty one that ends the stream
        yield packet


def _without_tail(path: str | Path, index: FrameIndex) -> FrameIndex:
    """Without the last packets where they cannot be decoded: a recording that was cut off."""
    key, dts = index.keys[-1] if index.keys else (0, index.pts[0])
    if len(index) - key > _TAIL:
        return index
    last = None
    with opened(path) as (container, stream):
        try:
            if key:
                container.seek(dts, stream=stream, backward=True, any_frame=False)
            for frame in container.decode(stream):
                last = frame.pts if frame.pts is not None else last
        except failures():
            pass  # what came before it counts
    end = key if last is None else bisect.bisect_right(index.pts, last)
    if end == 0:
        raise VideoError(f"Cannot read the video {path}.", "No frame of it can be decoded.", "Choose another file.")
    keys = tuple(k for k in index.keys if k[0] < end)
    return FrameIndex(index.pts[:end], keys, index.time_base, len(index) - end)
