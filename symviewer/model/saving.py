"""Whether the work is on disk, in words for the status bar and the banner."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from symviewer.model.problem import Problem
from symviewer.model.words import plural


@dataclass(frozen=True, slots=True)
class Saving:
    """`when`: saved last. `pending` steps are not on disk, because of `problem`. `read_only`: nothing is saved at all,
    and `why`."""

    when: datetime.datetime | None = None
    pending: int = 0
    problem: Problem | None = None
    read_only: str = ""
    why: str = ""

    @property
    def text(self) -> str:
        """For the status bar, empty = nothing to say."""
        if self.read_only:
            return "Read only"
        if self.pending:
            return f"Not saved: {plural(self.pending, 'step')}"
        return f"Saved {self.when:%H:%M}" if self.when else ""

    @property
    def banner(self) -> str:
        """What a person must know while working, empty = nothing."""
        if self.read_only:
            return " ".join(part for part in (self.read_only, self.why) if part)
        if self.pending and self.problem:
            return f"Your last {plural(self.pending, 'step')} could not be saved. {self.problem.why} It is tried again."
        return ""
