"""An error as plain text: what a person reads, and the details that can be copied.

Threads and signals pass these, never exception objects (which hold on to frames, and to everything in them).
"""

from __future__ import annotations

import traceback
from dataclasses import dataclass

from clipsym_core.errors import ClipsymError
from symviewer.model.translating import tr


@dataclass(frozen=True, slots=True)
class Problem:
    """What happened, why, and what to do next; `details` is for a bug report."""

    what: str
    why: str = ""
    remedy: str = ""
    details: str = ""

    @property
    def text(self) -> str:
        """One paragraph."""
        return " ".join(part for part in (self.what, self.why, self.remedy) if part)

    @property
    def report(self) -> str:
        """Everything, for the clipboard."""
        return "\n\n".join(part for part in (self.text, self.details) if part)

    @classmethod
    def of(cls, error: BaseException, *, doing: str = "") -> Problem:
        """The problem that `error` is. `doing` says what was tried when the error itself is not one of ours."""
        details = "".join(traceback.format_exception(type(error), error, error.__traceback__)).rstrip()
        if isinstance(error, ClipsymError):
            return cls(error.what, error.why, error.remedy, details)
        if isinstance(error, MemoryError):
            return cls(
                doing or tr("The computer ran out of memory."),
                tr("There is not enough free memory."),
                tr("Close other programs, or use smaller pictures."),
                details,
            )
        reason = str(error).strip() or type(error).__name__
        return cls(
            doing or tr("Something went wrong inside the program."),
            f"{type(error).__name__}: {reason.splitlines()[0]}.".replace("..", "."),
            tr("You can go on working. If it happens again, please report it with the details."),
            details,
        )
