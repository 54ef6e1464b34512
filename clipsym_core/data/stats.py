"""What is in a dataset, counted in one pass and little memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from clipsym_core.data.annotation import AnnotatedPicture, kind_of


@dataclass
class Stats:
    """Counts over pictures.

    Attributes:
        shapes: by kind (axis, center, ellipse).
        orders: centers by order, 0 = continuous.
        types: pictures by the kinds of shapes on them, such as "axis+center", or "none".
        bent: axes of more than two points.
        groups: how many different ones.
        missing: pictures whose file is not there.
        unsized: pictures whose size nobody knows.
        smallest, largest: (width, height) with the smallest and largest area.
        outside: pictures with a shape's point outside of them.
    """

    pictures: int = 0
    shapes: Counter[str] = field(default_factory=Counter)
    suggestions: int = 0
    orders: Counter[int] = field(default_factory=Counter)
    types: Counter[str] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)
    splits: Counter[str] = field(default_factory=Counter)
    bent: int = 0
    groups: int = 0
    missing: int = 0
    unsized: int = 0
    outside: int = 0
    smallest: tuple[int, int] | None = None
    largest: tuple[int, int] | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain values, keys in a stable order."""

        def plain(value: Any) -> Any:
            if isinstance(value, Counter):
                return {str(k): value[k] for k in sorted(value)}
            return list(value) if isinstance(value, tuple) else value

        return {name: plain(getattr(self, name)) for name in self.__dataclass_fields__}


def gather(pictures: Iterable[AnnotatedPicture]) -> Stats:
    """The statistics of the pictures."""
    counter = Counting()
    for picture in pictures:
        counter.add(picture)
    return counter.stats


class Counting:
    """Statistics that grow picture by picture."""

    def __init__(self) -> None:
        self.stats = Stats()
        self._groups: set[str] = set()

    def add(self, picture: AnnotatedPicture) -> None:
        """Count one more."""
        stats = self.stats
        stats.pictures += 1
        stats.shapes.update(kind_of(s) for s in picture.shapes)
        stats.suggestions += len(picture.suggestions)
        stats.orders.update(c.order for c in picture.centers)
        stats.types["+".join(picture.kinds) or "none"] += 1
        stats.states[picture.state] += 1
        stats.splits[picture.split or "none"] += 1
        stats.bent += sum(not a.is_straight for a in picture.axes)
        stats.missing += picture.file is None
        if picture.group:
            self._groups.add(picture.group)
            stats.groups = len(self._groups)
        _sizes(stats, picture)


def _sizes(stats: Stats, picture: AnnotatedPicture) -> None:
    if picture.size is None:
        stats.unsized += 1
        return
    w, h = picture.size
    if stats.smallest is None or w * h < stats.smallest[0] * stats.smallest[1]:
        stats.smallest = picture.size
    if stats.largest is None or w * h > stats.largest[0] * stats.largest[1]:
        stats.largest = picture.size
    points = [p for a in picture.axes for p in a.points] + [c.point for c in picture.centers]
    stats.outside += any(not (0 <= x <= w and 0 <= y <= h) for x, y in points)
