"""Where along an axis, and how far to its sides, the picture is symmetric: the region that supports the axis.

The local mirror match of every place of the strip is turned into evidence (above chance speaks for, below against,
nothing where there is no texture), and the rectangle with the largest sum wins. One rule finds the end points, the
half-width and how much there is to see at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from clipsym_core.imaging import Map

Array = npt.NDArray[np.float64]

CHANCE = 0.2
"""Local match that speaks neither for nor against an axis."""
_WIDTHS = 10


@dataclass(frozen=True, slots=True)
class Support:
    """The best-supported rectangle of a strip.

    Attributes:
        first, last: rows, last exclusive.
        half: columns to either side.
        evidence: sum over the rectangle of texture weight x (match - chance), in cells of one row and one pair.
        match: mean local match in it, weighted by texture, -1..1.
        texture: mean texture weight in it, 0..1.
        profile: [T] evidence of each row over `half` columns.
    """

    first: int
    last: int
    half: int
    evidence: float
    match: float
    texture: float
    profile: Array


def find_support(match: Map, weight: Map, *, whole: bool = False, least: float = 0.0) -> Support:
    """The rectangle of rows first..last and columns 0..half with the most evidence.

    `whole` takes all rows and looks for the half-width only. `least` is the evidence, as a share of that of a strong
    row, below which a row speaks against: it keeps long weak tails out.
    """
    rows, columns = match.shape
    cells = weight * (match - CHANCE)
    sums = np.cumsum(cells, axis=1, dtype=np.float64)
    halves = np.unique(np.round(np.geomspace(max(columns * 0.08, 2), columns, _WIDTHS)).astype(int))
    best: tuple[float, int, int, int] | None = None
    for half in halves:
        profile = sums[:, half - 1]
        value, first, last = (float(profile.sum()), 0, rows) if whole else _best_run(profile - least * np.percentile(profile, 90))
        if best is None or value > best[0]:
            best = (value, first, last, int(half))
    assert best is not None  # halves is never empty
    value, first, last, half = best
    w = weight[first:last, :half].astype(np.float64)
    total = float(w.sum())
    mean = float((w * match[first:last, :half]).sum()) / (total + 1e-9)
    return Support(first, last, half, max(value, 0.0), mean, total / max(w.size, 1), sums[:, half - 1])


def _best_run(profile: Array) -> tuple[float, int, int]:
    """Value, first and last (exclusive) of the contiguous rows with the largest sum."""
    total = np.concatenate([[0.0], np.cumsum(profile)])
    lowest = np.minimum.accumulate(total)
    last = int((total[1:] - lowest[:-1]).argmax()) + 1
    first = int(total[:last].argmin())
    return float(total[last] - total[first]), first, last
