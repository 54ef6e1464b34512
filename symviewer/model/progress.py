"""How far work over many pictures has come, in numbers and in words."""

from __future__ import annotations

from dataclasses import dataclass

from symviewer.model.problem import Problem
from symviewer.model.translating import tr
from symviewer.model.words import duration, plural


@dataclass(frozen=True, slots=True)
class Progress:
    """`seconds_left` is None until it can be told. `paused` by a person; `active` until the end."""

    total: int = 0
    done: int = 0
    seconds_left: float | None = None
    paused: bool = False
    active: bool = False

    @property
    def part(self) -> float:
        """In [0, 1]."""
        return self.done / self.total if self.total else 0.0

    @property
    def text(self) -> str:
        """ "12 of 50, 2 min left"."""
        words = f"{self.done:,} of {self.total:,}"
        if self.paused:
            return tr("{words}, paused").format(words=words)
        return (
            tr("{words}, {duration} left").format(words=words, duration=duration(self.seconds_left))
            if self.seconds_left is not None
            else words
        )


@dataclass(frozen=True, slots=True)
class BatchSummary:
    """What a batch came to. `failed`: path and reason of each picture that could not be looked at."""

    pictures: int = 0
    suggestions: int = 0
    failed: tuple[tuple[str, Problem], ...] = ()
    cancelled: bool = False
    total: int = 0

    @property
    def text(self) -> str:
        """One or two sentences."""
        words = tr("Looked at {pictures}: {suggestions}.").format(
            pictures=plural(self.pictures, "picture"), suggestions=plural(self.suggestions, "suggestion")
        )
        if self.failed:
            words += tr(" {pictures} could not be looked at.").format(pictures=plural(len(self.failed), "picture"))
        left = self.total - self.pictures - len(self.failed)
        if self.cancelled:
            words += tr(" Cancelled with {pictures} to go; what was found stays and can be undone.").format(
                pictures=plural(left, "picture")
            )
        return words
