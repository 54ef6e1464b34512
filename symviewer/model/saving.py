"""Whether the work is on disk, in words for the status bar and the banner."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from symviewer.model.problem import Problem
from symviewer.model.translating import tr
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
            return tr("Read only")
        if self.pending:
            return tr("Not saved: {steps}").format(steps=plural(self.pending, "step"))
        return tr("Saved {when:%H:%M}").format(when=self.when) if self.when else ""

    @property
    def banner(self) -> str:
        """What a person must know while working, empty = nothing."""
        if self.read_only:
            return " ".join(part for part in (self.read_only, self.why) if part)
        if self.pending and self.problem:
            return tr("Your last {steps} could not be saved. {why} It is tried again.").format(
                steps=plural(self.pending, "step"), why=self.problem.why
            )
        return ""
