"""Where along an axis, and how far to its sides, the picture is symmetric: the region that supports the axis.

The local mirror match of every place of the strip is turned into evidence (above chance speaks for, below against,
nothing where there is no texture), and the rectangle with the largest sum wins. One rule finds the end points, the
half-width and how much there is to see at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

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


def find_support(
    match: Map, weight: Map, *, whole: bool = False, least: float = 0.0, chance: float = CHANCE
) -> Support:
    """The rectangle of rows first..last and columns 0..half with the most evidence.

    `whole` takes all rows and looks for the half-width only. `least` is the evidence, as a share of that of a strong
    row, below which a row speaks against: it keeps long weak tails out. `chance` is the match that speaks neither way.
    """
    rows, columns = match.shape
    sums = np.cumsum(weight * (match - chance), axis=1, dtype=np.float64)
    halves = _halves(columns)
    profiles = sums[:, halves - 1]
    if least > 0:
        profiles = profiles - least * np.percentile(profiles, 90, axis=0)
    # Running sums of all half-widths at once; the best run ends where the sum is most above its lowest before.
    total = np.concatenate([np.zeros((1, len(halves))), np.cumsum(profiles, axis=0)])
    if whole:
        k = int(total[-1].argmax())
        first, last = 0, rows
    else:
        rise = total[1:] - np.minimum.accumulate(total, axis=0)[:-1]
        end, k = (int(v) for v in np.unravel_index(int(rise.argmax()), rise.shape))
        last = end + 1
        # The last minimum: rows without evidence, such as those outside the picture, belong to neither end.
        first = last - 1 - int(total[:last, k][::-1].argmin())
    half = int(halves[k])
    value = float(total[last, k] - total[first, k])
    w = weight[first:last, :half].astype(np.float64)
    sum_w = float(w.sum())
    mean = float((w * match[first:last, :half]).sum()) / (sum_w + 1e-9)
    return Support(first, last, half, max(value, 0.0), mean, sum_w / max(w.size, 1), sums[:, half - 1])


@lru_cache(maxsize=256)
def _halves(columns: int) -> npt.NDArray[np.int64]:
    """The half-widths tried, in columns, growing by a constant factor."""
    spread = np.geomspace(max(columns * 0.08, 2), columns, _WIDTHS)
    return np.unique(np.round(spread).astype(np.int64))
