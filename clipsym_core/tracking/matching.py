"""Which of the new shapes is which of the known ones: nearest pairs first.

Optimal assignment differs from this only where shapes of one kind lie within one gate of each other; there, what is
nearest is the better guess anyway.
"""

from __future__ import annotations

from collections.abc import Sequence

from clipsym_core.symmetry import Shape
from clipsym_core.tracking.pose import distance


def match(known: Sequence[Shape], found: Sequence[Shape], gate: float) -> list[tuple[int, int]]:
    """Pairs (index in `known`, index in `found`), each index at most once, none farther apart than `gate` px."""
    pairs = [(distance(a, b), i, j) for i, a in enumerate(known) for j, b in enumerate(found)]
    taken_known: set[int] = set()
    taken_found: set[int] = set()
    matched = []
    for apart, i, j in sorted(pairs):
        if apart > gate:
            break
        if i not in taken_known and j not in taken_found:
            taken_known.add(i)
            taken_found.add(j)
            matched.append((i, j))
    return matched
