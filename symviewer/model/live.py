"""What live mode shows and how it keeps its pace, without threads and without a clock of its own."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

from symviewer.model.problem import Problem

SIDES: Final = (384, 320, 256, 192, 160, 128)
"""Longer sides of the network's input, px, that the governor chooses from. Multiples of 32 suit every tower."""
_FIRST: Final = 256
_MEMORY_SECONDS: Final = 2.0


class LiveState(Enum):
    """How far a live source has come."""

    OFF = "off"
    OPENING = "opening"
    RUNNING = "running"
    FROZEN = "frozen"
    LOST = "lost"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class LiveStatus:
    """State of the source; `problem` where it was lost."""

    state: LiveState = LiveState.OFF
    source: str = ""
    model: str = ""
    recording: str = ""
    problem: Problem | None = None

    @property
    def active(self) -> bool:
        return self.state is not LiveState.OFF

    def changed(self, **values: object) -> LiveStatus:
        """A copy with some values replaced."""
        return replace(self, **values)  # type: ignore[arg-type]  # callers name the fields


@dataclass(frozen=True, slots=True)
class LiveStats:
    """What is read off a running source.

    Attributes:
        frames: shown a second.
        age: of the frame on the screen when it was given to the screen, seconds since it was captured.
        dropped: frames that were never shown.
        detections: frames looked at by the network a second.
        lag: seconds from capture to the end of the latest detection.
        side: longer side of the network's input, px; 0 = no network.
    """

    frames: float = 0.0
    age: float = 0.0
    dropped: int = 0
    detections: float = 0.0
    lag: float = 0.0
    side: int = 0

    @property
    def text(self) -> str:
        """One line for the overlay."""
        parts = [f"{self.frames:.0f} fps", f"age {1000 * self.age:.0f} ms", f"dropped {self.dropped}"]
        parts.append(f"{self.detections:.1f} detections/s")
        if self.side:
            parts.append(f"input {self.side} px")
        return "  ·  ".join(parts)


class Rate:
    """Events a second over the last two seconds."""

    def __init__(self) -> None:
        self._times: deque[float] = deque()

    def add(self, now: float) -> None:
        """Something happened."""
        self._times.append(now)
        while self._times[0] < now - _MEMORY_SECONDS:
            self._times.popleft()

    def value(self) -> float:
        """How often a second; 0 before the second event."""
        if len(self._times) < 2:
            return 0.0
        span = self._times[-1] - self._times[0]
        return (len(self._times) - 1) / span if span > 0 else 0.0

    def clear(self) -> None:
        self._times.clear()


class Governor:
    """Chooses the size of the network's input so that a detection takes the time that it may.

    Smaller as soon as three in a row took too long, larger when twenty in a row took less than 60 % of it (so that it
    does not swing between two sizes).

    Args:
        seconds: that one detection may take.
    """

    def __init__(self, seconds: float = 0.1) -> None:
        self.seconds = seconds
        self._place = SIDES.index(_FIRST)
        self._slow = self._fast = 0

    @property
    def side(self) -> int:
        """Longer side of the network's input, px."""
        return SIDES[self._place]

    def took(self, seconds: float) -> None:
        """A detection at the present size took so long."""
        self._slow = self._slow + 1 if seconds > self.seconds else 0
        self._fast = self._fast + 1 if seconds < 0.6 * self.seconds else 0
        if self._slow >= 3 and self._place < len(SIDES) - 1:
            self._place += 1
        elif self._fast >= 20 and self._place > 0:
            self._place -= 1
        else:
            return
        self._slow = self._fast = 0


def input_size(picture: tuple[int, int], side: int) -> tuple[int, int]:
    """(width, height) of a network input with that longer side and about the form of a picture, multiples of 32."""
    scale = side / max(picture)
    width, height = (max(32, 32 * round(s * scale / 32)) for s in picture)
    return (width, height)
