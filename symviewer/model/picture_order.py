"""Which pictures the file list shows, in which order, and what comes next in the review.

Looks at paths, states, counts and measurements alone, so 50,000 pictures are filtered and sorted in a moment; states
are kept along, never counted over the whole list.
"""

from __future__ import annotations

import os
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Final

from symviewer.model.annotation import PictureId, ReviewState
from symviewer.model.desk import Desk
from symviewer.model.events import Event
from symviewer.model.picture_content import Kinds, PictureEntry
from symviewer.model.pictures import NOTHING, Picture, PictureList, PictureState


class RowState(Enum):
    """What the dot of a picture says."""

    NONE = "not looked at yet"
    LOOKING = "being looked at"
    SUGGESTED = "has suggestions to review"
    VERIFIED = "verified"
    FAILED = "cannot be read"


UNVERIFIED: Final = frozenset({RowState.NONE, RowState.LOOKING, RowState.SUGGESTED})


class Ordering(Enum):
    """The order of the list."""

    FOLDER = "as in the folder"
    NAME = "by name"
    DISAGREEMENT = "largest disagreement first"


@dataclass(frozen=True, slots=True)
class ListFilter:
    """What is shown: names that contain `text`, one of the `states` (empty = all), one of the `kinds` (none = all)."""

    text: str = ""
    states: frozenset[RowState] = frozenset()
    kinds: Kinds = Kinds.NONE


def row_state(picture: Picture, entry: PictureEntry | None) -> RowState:
    """What is known about a picture, from the file and from the document."""
    if picture.state is PictureState.FAILED:
        return RowState.FAILED
    if entry is not None and entry.state is ReviewState.VERIFIED:
        return RowState.VERIFIED
    if picture.state is PictureState.DETECTING:
        return RowState.LOOKING
    looked_at = picture.state is PictureState.DONE or (entry is not None and entry.state is ReviewState.SUGGESTED)
    return RowState.SUGGESTED if looked_at else RowState.NONE


class PictureOrder:
    """The rows of the file list as indices into the picture list.

    Events: `changed()`: other rows; `appended(first, count)`: more rows at the end; `outdated()`: some row would not be
    there, or not in this place, if the list were made anew (`refresh`). Rows do not move by themselves while a person
    works on them.
    """

    def __init__(self, pictures: PictureList, desk: Desk) -> None:
        self.changed: Event[[]] = Event()
        self.appended: Event[[int, int]] = Event()
        self.outdated: Event[[]] = Event()
        self._pictures = pictures
        self._desk = desk
        self._filter = ListFilter()
        self._ordering = Ordering.FOLDER
        self._ids: list[PictureId | None] = []
        self._states: list[RowState] = []
        self._counts: Counter[RowState] = Counter()
        self._rows: list[int] = []
        self._row_of: dict[int, int] = {}
        self._outdated = False
        pictures.added.connect(self._on_added)
        pictures.changed.connect(self._on_changed)
        pictures.removed.connect(self._on_removed)
        pictures.cleared.connect(self._on_cleared)
        desk.replaced.connect(self._on_replaced)

    # -- rows ---------------------------------------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, row: int) -> int:
        """The index of the picture in a row."""
        return self._rows[row]

    def row_of(self, index: int) -> int:
        """The row of a picture, `NOTHING` where it is not shown."""
        return self._row_of.get(index, NOTHING)

    def paths(self) -> list[str]:
        """The pictures that are shown, in order."""
        return [self._pictures[index].path for index in self._rows]

    def state(self, index: int) -> RowState:
        return self._states[index]

    def entry(self, index: int) -> PictureEntry | None:
        """What the document knows of a picture without its shapes."""
        id = self._id(index)
        return None if id is None or id not in self._desk.document else self._desk.document.entry(id)

    def count(self, *states: RowState) -> int:
        """How many pictures of the whole list are in one of these states."""
        return sum(self._counts[state] for state in states)

    @property
    def total(self) -> int:
        """How many pictures the whole list has."""
        return len(self._states)

    # -- what is shown ------------------------------------------------------------------------------------------------

    @property
    def filter(self) -> ListFilter:
        return self._filter

    @filter.setter
    def filter(self, value: ListFilter) -> None:
        if value != self._filter:
            self._filter = value
            self.refresh()

    @property
    def ordering(self) -> Ordering:
        return self._ordering

    @ordering.setter
    def ordering(self, value: Ordering) -> None:
        if value is not self._ordering:
            self._ordering = value
            self.refresh()

    def refresh(self, *, keep_current: bool = False) -> None:
        """Make the rows anew; the current picture may stay where it does not fit any more."""
        kept = self._pictures.current if keep_current else NOTHING
        fits = self._fits()
        rows = [index for index in range(len(self._states)) if index == kept or fits(index)]
        self._sort(rows)
        self._outdated = False
        if rows != self._rows:
            self._rows = rows
            self._row_of = {index: row for row, index in enumerate(rows)}
            self.changed.emit()

    @property
    def is_outdated(self) -> bool:
        """Whether `refresh` would make other rows."""
        return self._outdated

    # -- going from picture to picture --------------------------------------------------------------------------------

    def step(self, by: int) -> None:
        """Make the picture so many rows on (or back) the current one, stopping at the ends."""
        if not self._rows:
            return
        row = self._row_of.get(self._pictures.current)
        if row is None:  # from between two rows
            place = self._place()
            row = place - 1 if by > 0 else place
        self._pictures.select(self._rows[min(max(row + by, 0), len(self._rows) - 1)])

    def next_unverified(self, direction: int) -> int:
        """The next picture to review in a direction (1 or -1), round the end; `NOTHING` where all shown are done."""
        count = len(self._rows)
        row = self._row_of.get(self._pictures.current)
        if row is None:
            place = self._place()
            row = place - 1 if direction > 0 else place
        for step in range(1, count + 1):
            index = self._rows[(row + direction * step) % count]
            if index != self._pictures.current and self._states[index] in UNVERIFIED:
                return index
        return NOTHING

    def from_here(self) -> list[str]:
        """The current picture and those that are shown after it."""
        row = self._row_of.get(self._pictures.current, self._place())
        return [self._pictures[index].path for index in self._rows[row:]]

    def unverified(self) -> list[str]:
        """The pictures that are shown and not verified."""
        return [self._pictures[index].path for index in self._rows if self._states[index] in UNVERIFIED]

    # -----------------------------------------------------------------------------------------------------------------

    def _place(self) -> int:
        """The row before which the current picture would be, in the order of the folder; else the first one."""
        return bisect_left(self._rows, self._pictures.current) if self._ordering is Ordering.FOLDER else 0

    def _fits(self) -> _Fits:
        return _Fits(self, self._filter)

    def _sort(self, rows: list[int]) -> None:
        if self._ordering is Ordering.NAME:
            names = {index: os.path.basename(self._pictures[index].path).casefold() for index in rows}
            rows.sort(key=lambda index: (names[index], index))
        elif self._ordering is Ordering.DISAGREEMENT:
            values = {index: self._disagreement(index) for index in rows}
            rows.sort(key=lambda index: (-values[index], index))

    def _disagreement(self, index: int) -> float:
        """What is not measured comes last."""
        entry = self.entry(index)
        return -1.0 if entry is None or entry.disagreement is None else entry.disagreement

    def _id(self, index: int) -> PictureId | None:
        id = self._ids[index]
        if id is None:
            id = self._ids[index] = self._desk.find(self._pictures[index].path)
        return id

    def _look(self, indices: Iterable[int]) -> None:
        for index in indices:
            state = row_state(self._pictures[index], self.entry(index))
            if state is not self._states[index]:
                self._counts[self._states[index]] -= 1
                self._counts[state] += 1
                self._states[index] = state

    def _on_added(self, first: int, count: int) -> None:
        new = range(first, first + count)
        self._ids += [None] * count
        self._states += [RowState.NONE] * count
        self._counts[RowState.NONE] += count
        self._look(new)
        if self._ordering is not Ordering.FOLDER:
            self.refresh(keep_current=True)
            return
        fits = self._fits()
        rows = [index for index in new if fits(index)]
        start = len(self._rows)
        self._rows += rows
        self._row_of.update((index, start + row) for row, index in enumerate(rows))
        if rows:
            self.appended.emit(start, len(rows))

    def _on_changed(self, index: int) -> None:
        self._ids[index] = None  # its file may be another picture of the document now
        self._look([index])
        differs = (index in self._row_of) != self._fits()(index)
        if differs or self._ordering is Ordering.DISAGREEMENT:
            self._outdated = True
            self.outdated.emit()

    def _on_removed(self, index: int) -> None:
        del self._ids[index]
        self._counts[self._states.pop(index)] -= 1
        self._rows = []
        self.refresh()

    def _on_cleared(self) -> None:
        self._ids.clear()
        self._states.clear()
        self._counts.clear()
        self.refresh()

    def _on_replaced(self) -> None:
        self._ids = [None] * len(self._ids)
        self._look(range(len(self._ids)))
        self.refresh(keep_current=True)


class _Fits:
    """Whether the filter lets a picture through."""

    def __init__(self, order: PictureOrder, chosen: ListFilter) -> None:
        self._order = order
        self._text = chosen.text.strip().casefold()
        self._states = chosen.states
        self._kinds = chosen.kinds

    def __call__(self, index: int) -> bool:
        order = self._order
        if self._states and order.state(index) not in self._states:
            return False
        if self._text and self._text not in os.path.basename(order._pictures[index].path).casefold():
            return False
        if not self._kinds:
            return True
        entry = order.entry(index)
        return entry is not None and bool(entry.kinds & self._kinds)
