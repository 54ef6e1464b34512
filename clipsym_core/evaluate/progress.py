"""How an evaluation says where it is, and how it ends when a person stops it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Progress:
    """`done` of `total` pictures of model number `index` of `models`."""

    model: str
    index: int
    models: int
    done: int
    total: int


class EvaluationCancelled(Exception):
    """A person stopped it; nothing was written."""
