"""How far a run is: the plain values of its state."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Position:
    """How far a run is, as it is saved.

    Attributes:
        samples: seen so far, over all epochs and processes.
        seconds: spent in steps, resumed pieces added up.
        losses: since the last step event.
        validated: step of the last validation; -1 before the first.
        waited: validations since the best one.
        scores: of the last validation.
        best: scores of the best checkpoint, and `best_step` its step: 0 is the start, -1 none yet.
        before: scores of the start, where it is trained.
    """

    step: int = 0
    samples: int = 0
    seconds: float = 0.0
    losses: list[float] = field(default_factory=list)
    validated: int = -1
    waited: int = 0
    best: dict[str, Any] | None = None
    best_step: int = -1
    before: dict[str, Any] | None = None
    scores: dict[str, Any] | None = None
