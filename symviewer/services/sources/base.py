"""One interface for all sources of frames. No Qt in here: a source is opened, read and closed by one thread."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import Protocol

from clipsym_core.imaging import Pixels


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One frame.

    Attributes:
        number: counted from 0.
        seconds: when, on the clock of the source (of a video: its own time).
        pixels: [H, W, 3] uint8 RGB.
        captured: when it came, `time.perf_counter()`.
    """

    number: int
    seconds: float
    pixels: Pixels
    captured: float = field(default_factory=time.perf_counter)


class Source(Protocol):
    """Frames one after the other.

    `live`: it does not wait for anybody, so that only its latest frame counts; a source that is not live is read at the
    pace of its own times.
    """

    name: str
    live: bool

    def open(self, cancelled: threading.Event) -> None:
        """Get ready; gives up when `cancelled` is set.

        Raises:
            ClipsymError: it cannot be opened, or not in time.
        """
        ...

    def read(self) -> Frame | None:
        """The next frame; None at the end. A live source waits for it.

        Raises:
            ClipsymError: the source is lost (unplugged, connection broken).
        """
        ...

    def close(self) -> None:
        """Let go of it. May be called at any time by the thread that reads, also twice."""
        ...
