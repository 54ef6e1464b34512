"""The list of pictures and what is known about each: the truth behind the file list.

Look-ups are by index or by path through one dictionary, so 50,000 pictures cost no scan.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import Enum

from clipsym_core.video.address import frame_address
from symviewer.model.events import Event
from symviewer.model.problem import Problem


class PictureState(Enum):
    """How far a picture has come."""

    WAITING = "not looked at yet"
    DETECTING = "being looked at"
    DONE = "looked at"
    FAILED = "cannot be read"


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture; what is drawn on it is in the document. `model` looked at the file in the state `stamp` since the
    list was opened; both are empty where none did."""

    path: str
    state: PictureState = PictureState.WAITING
    problem: Problem | None = None
    model: str = ""
    stamp: str = ""

    @property
    def name(self) -> str:
        """For people: the name of the file, or which frame of the video it is."""
        address = frame_address(self.path)
        if address is None:
            return os.path.basename(self.path)
        return f"frame {address.number} · {address.seconds:.3f} s"

    @property
    def folder(self) -> str:
        return os.path.dirname(self.path)


NOTHING = -1
"""The index of the current picture when there is none."""


class PictureList:
    """Pictures in the order of the file list, and which one is current.

    Events: `added(first, count)`, `changed(index)`, `removed(index)` (all after it move up), `current_changed(index)`,
    `cleared()`.
    """

    def __init__(self) -> None:
        self.added: Event[[int, int]] = Event()
        self.changed: Event[[int]] = Event()
        self.removed: Event[[int]] = Event()
        self.current_changed: Event[[int]] = Event()
        self.cleared: Event[[]] = Event()
        self._pictures: list[Picture] = []
        self._index: dict[str, int] = {}
        self._counts: Counter[PictureState] = Counter()
        self._current = NOTHING

    def __len__(self) -> int:
        return len(self._pictures)

    def __getitem__(self, index: int) -> Picture:
        return self._pictures[index]

    def __iter__(self) -> Iterator[Picture]:
        return iter(self._pictures)

    def count(self, state: PictureState) -> int:
        """How many pictures are in a state; kept along, never counted over the whole list."""
        return self._counts[state]

    def index_of(self, path: str) -> int:
        """The index of a path, `NOTHING` where it is not in the list."""
        return self._index.get(path, NOTHING)

    def add(self, paths: Iterable[str], looked_at: Collection[str] = ()) -> int:
        """Append the paths that are not in the list yet, some of them looked at earlier; returns how many that were."""
        first = len(self._pictures)
        for path in paths:
            if path not in self._index:
                self._index[path] = len(self._pictures)
                state = PictureState.DONE if path in looked_at else PictureState.WAITING
                self._pictures.append(Picture(path, state))
                self._counts[state] += 1
        count = len(self._pictures) - first
        if count:
            self.added.emit(first, count)
        return count

    def remove(self, path: str) -> bool:
        """Take a picture off the list (its file is gone); whether it was there. The next one becomes the current one
        where it was that."""
        index = self.index_of(path)
        if index == NOTHING:
            return False
        self._counts[self._pictures.pop(index).state] -= 1
        self._index = {picture.path: place for place, picture in enumerate(self._pictures)}
        was_current = index == self._current
        if index < self._current:
            self._current -= 1
        elif was_current:
            self._current = min(index, len(self._pictures) - 1)  # NOTHING in an empty list
        self.removed.emit(index)
        if was_current:
            self.current_changed.emit(self._current)
        return True

    def clear(self) -> None:
        """Forget all pictures."""
        self._pictures.clear()
        self._index.clear()
        self._counts.clear()
        self._current = NOTHING
        self.cleared.emit()
        self.current_changed.emit(NOTHING)

    @property
    def current(self) -> int:
        return self._current

    @property
    def current_picture(self) -> Picture | None:
        return self._pictures[self._current] if self._current != NOTHING else None

    def select(self, index: int) -> None:
        """Make a picture the current one.

        Raises:
            IndexError: there is no such picture.
        """
        if not 0 <= index < len(self._pictures):
            raise IndexError(f"There is no picture {index} in a list of {len(self._pictures)}.")
        if index != self._current:
            self._current = index
            self.current_changed.emit(index)

    def step(self, by: int) -> None:
        """Go `by` pictures on (or back), stopping at the ends."""
        if self._pictures:
            self.select(min(max(self._current + by, 0), len(self._pictures) - 1))

    # -- what becomes known about a picture; unknown paths are ignored, the list may have changed meanwhile ----------

    def mark_waiting(self, path: str) -> None:
        """Nothing is known (any more)."""
        self._replace(path, state=PictureState.WAITING, problem=None, model="", stamp="")

    def mark_detecting(self, path: str) -> None:
        self._replace(path, state=PictureState.DETECTING, problem=None)

    def mark_failed(self, path: str, problem: Problem) -> None:
        self._replace(path, state=PictureState.FAILED, problem=problem, model="", stamp="")

    def mark_done(self, path: str, model: str, stamp: str = "") -> None:
        self._replace(path, state=PictureState.DONE, problem=None, model=model, stamp=stamp)

    def mark_not_detecting(self, path: str, *, looked_at: bool = False) -> None:
        """Back to what was known before: looked at, when a model answered for it now or (`looked_at`) earlier."""
        index = self.index_of(path)
        if index != NOTHING and self._pictures[index].state is PictureState.DETECTING:
            answered = looked_at or bool(self._pictures[index].model)
            self._replace(path, state=PictureState.DONE if answered else PictureState.WAITING)

    def tell(self, path: str) -> None:
        """The document knows something else about a picture: its row is to be drawn again."""
        index = self.index_of(path)
        if index != NOTHING:
            self.changed.emit(index)

    def _replace(self, path: str, **values: object) -> None:
        index = self.index_of(path)
        if index == NOTHING:
            return
        new = replace(self._pictures[index], **values)  # type: ignore[arg-type]  # callers above name the fields
        old = self._pictures[index]
        if new != old:
            self._counts[old.state] -= 1
            self._counts[new.state] += 1
            self._pictures[index] = new
            self.changed.emit(index)
