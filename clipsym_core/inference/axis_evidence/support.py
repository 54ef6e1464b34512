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
    halves = _halves(columns)
    # Sums over the columns between one half-width and the next, then from the axis outwards.
    edges = np.concatenate([[0], halves[:-1]])
    inner = slice(0, int(halves[-1]))
    bands = np.add.reduceat((weight * (match - np.float32(chance)))[:, inner], edges, axis=1)
    sums = np.cumsum(bands, axis=1, dtype=np.float64)
    profiles = sums
    if least > 0:
        profiles = sums - least * np.percentile(sums, 90, axis=0)
    # Running sums of all half-widths at once; the best run ends where the sum is most above its lowest before.
    total = np.zeros((rows + 1, len(halves)))
    np.cumsum(profiles, axis=0, out=total[1:])
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
    w = weight[first:last, :half]
    sum_w = float(w.sum(dtype=np.float64))
    mean = (float(sums[first:last, k].sum()) + chance * sum_w) / (sum_w + 1e-9)
    return Support(first, last, half, max(value, 0.0), mean, sum_w / max(w.size, 1), sums[:, k])


@lru_cache(maxsize=256)
def _halves(columns: int) -> npt.NDArray[np.int64]:
    """The half-widths tried, in columns, growing by a constant factor."""
    spread = np.geomspace(max(columns * 0.08, 2), columns, _WIDTHS)
    return np.unique(np.round(spread).astype(np.int64))
