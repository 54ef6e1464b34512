"""The command stack: the one way to change a document, and the one place that knows whether it was changed."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import chain
from typing import Final, Literal

from clipsym_core.errors import ClipsymError
from symviewer.model.annotation import PictureId
from symviewer.model.commands.command import Command
from symviewer.model.deltas import Delta, compose, cost, inverted
from symviewer.model.document import Document, Touched
from symviewer.model.events import Event

MEMORY_LIMIT: Final = 64 * 2**20
"""Bytes of undo and redo together. A drag costs about 2 kB, so this is tens of thousands of steps."""

_STEP_COST: Final = 1400
"""Bytes of a step without its deltas."""


class ReadOnlyError(ClipsymError):
    """A change of a document that is open for reading only."""


@dataclass(frozen=True, slots=True)
class Change:
    """What just happened to the document, for the store."""

    action: Literal["do", "undo", "redo"]
    text: str
    deltas: tuple[Delta, ...]


class _Step:
    """What one undo takes back: one command, or several of one gesture.

    Its parts are kept in the order in which they were done, so that a batch over a large folder can be undone a few
    pictures at a time: they go over, last one first, to the step's other half on the redo side, and back.
    """

    def __init__(self, key: int, text: str, gesture: str | None, state: int) -> None:
        self.key = key
        self.text = text
        self.gesture = gesture
        self.state = state
        self.pictures: set[PictureId] = set()
        # Only deltas are kept of a batch, not its thousands of commands.
        self._parts: deque[tuple[Delta, ...]] = deque()
        self.size = 0
        self._cost_done = _STEP_COST
        self._cost_undone = _STEP_COST

    def __bool__(self) -> bool:
        return bool(self._parts)

    def cost(self, *, done: bool) -> int:
        """Estimated memory, bytes, beside what the document holds itself."""
        return self._cost_done if done else self._cost_undone

    def absorb(self, command: Command) -> None:
        """Take a command of the gesture in."""
        self.text = command.text
        self.pictures |= command.pictures
        last = Command(self.text, self._parts[-1], self.gesture) if self._parts else None
        merged = last.merge(command) if last else None
        if merged is not None:
            self.give(last=True)
        self.take((merged or command).deltas, last=True)

    def give(self, *, last: bool) -> tuple[Delta, ...]:
        """Part with the last or the first part."""
        part = self._parts.pop() if last else self._parts.popleft()
        self._count(part, -1)
        return part

    def take(self, part: tuple[Delta, ...], *, last: bool) -> None:
        """Put a part at the end or in front."""
        if last:
            self._parts.append(part)
        else:
            self._parts.appendleft(part)
        self._count(part, 1)

    def peek(self, limit: int | None, *, last: bool) -> list[tuple[Delta, ...]]:
        """Parts from one end that together change about `limit` shapes or states, one at least; None = all."""
        found: list[tuple[Delta, ...]] = []
        size = 0
        for part in reversed(self._parts) if last else self._parts:
            if found and limit is not None and size + len(part) > limit:
                break
            found.append(part)
            size += len(part)
        return found

    def counts_on(self, command: Command) -> bool:
        """Whether it could not be taken back, or done again, after a command that changes the same things."""
        if self.pictures.isdisjoint(command.pictures):
            return False
        keys = {delta.key for delta in command.deltas if delta.before is not None}
        return any(delta.key in keys for part in self._parts for delta in part)

    def _count(self, part: tuple[Delta, ...], sign: int) -> None:
        self.size += sign * len(part)
        self._cost_done += sign * sum(cost(delta, done=True) for delta in part)
        self._cost_undone += sign * sum(cost(delta, done=False) for delta in part)


class UndoStack:
    """Does, undoes and redoes commands on a document.

    Events: `changed(change)` after each of them, for the store; `updated()` when texts, availability or the saved state
    may differ, for menus and the title of the window.
    """

    def __init__(self, document: Document, *, limit: int = MEMORY_LIMIT) -> None:
        self.changed: Event[[Change]] = Event()
        self.updated: Event[[]] = Event()
        self.read_only = ""
        """Why nothing can be changed; empty = all can be."""
        self._document = document
        self._limit = limit
        self._undo: list[_Step] = []
        self._redo: list[_Step] = []
        self._cost = 0
        self._states = 0
        self._base_state = 0
        self._unasked = 0
        self._saved = (0, 0)

    # -- do, undo, redo -----------------------------------------------------------------------------------------------

    def push(self, command: Command | None) -> bool:
        """Do a command. None or a command without effect does nothing and gives False.

        Commands of one gesture become one step. That also holds for a background batch while a person goes on working:
        its next part joins the batch's step further down, as long as the steps above touch other pictures.

        Raises:
            ReadOnlyError: the document is open for reading only.
            DocumentError: the command does not fit the document; nothing was changed.
        """
        if command is None or not command.deltas:
            return False
        if self.read_only:
            raise ReadOnlyError("This cannot be changed.", self.read_only)
        touched = self._document.change(command.deltas)
        place = self._step_of_gesture(command)
        goes_on = command.in_background and place is not None
        if not (goes_on and all(command.pictures.isdisjoint(step.pictures) for step in self._redo)):
            self._drop_redo()
        if place is None:
            state = self._new_state()
            step = _Step(state, command.text, command.gesture, state)
            step.absorb(command)
            self._undo.append(step)
            self._cost += step.cost(done=True)
        else:
            step = self._undo[place]
            self._cost -= step.cost(done=True)
            step.absorb(command)
            self._cost += step.cost(done=True)
            # Every state from here on differs from what it was before the step grew.
            for later in (*self._undo[place:], *self._redo):
                later.state = self._new_state()
        self._trim()
        self._tell(Change("do", command.text, command.deltas), touched)
        return True

    def push_unasked(self, command: Command | None) -> bool:
        """Do what the program found out by itself (it looked at a picture that came into sight).

        It is saved, but no step: undo takes back what a person did. Only where a step on the same shapes could not be
        undone any more it becomes a step, too; steps that could not be done again are forgotten. Read-only: it is shown
        in this window alone.

        Raises:
            DocumentError: the command does not fit the document; nothing was changed.
        """
        if command is None or not command.deltas:
            return False
        if self.read_only:
            self._document.apply(command.deltas)
            return True
        if any(step.counts_on(command) for step in self._undo):
            return self.push(command)
        touched = self._document.change(command.deltas)
        if any(step.counts_on(command) for step in self._redo):
            self._drop_redo()
        self._unasked += 1
        self._tell(Change("do", command.text, command.deltas), touched)
        return True

    def undo(self, limit: int | None = None) -> bool:
        """Take the last step back; False where there is none.

        Args:
            limit: take back only about so many shapes and states of it, the latest ones first. What is left is still
                the step to undo, what was taken back the step to redo: between two calls everything holds, so that a
                batch over 50,000 pictures can be undone without the window standing still.

        Raises:
            ReadOnlyError, DocumentError: see `push`.
        """
        if not self._undo:
            return False
        step = self._undo[-1]
        parts = step.peek(limit, last=True)
        deltas = inverted(compose(chain.from_iterable(reversed(parts))))
        touched = self._document.change(deltas)
        other = self._other_half(step, self._redo)
        self._cost -= step.cost(done=True) + other.cost(done=False)
        for _ in parts:
            other.take(step.give(last=True), last=False)
        step.state = self._new_state()
        if not step:
            self._undo.pop()
        self._cost += other.cost(done=False) + (step.cost(done=True) if step else 0)
        self._tell(Change("undo", step.text, deltas), touched)
        return True

    def redo(self, limit: int | None = None) -> bool:
        """Do the step again that was undone last; False where there is none. `limit`: see `undo`.

        Raises:
            ReadOnlyError, DocumentError: see `push`.
        """
        if not self._redo:
            return False
        step = self._redo[-1]
        parts = step.peek(limit, last=False)
        deltas = compose(chain.from_iterable(parts))
        touched = self._document.change(deltas)
        other = self._other_half(step, self._undo)
        self._cost -= step.cost(done=False) + other.cost(done=True)
        for _ in parts:
            other.take(step.give(last=False), last=True)
        other.state = self._new_state() if step else step.state
        if not step:
            self._redo.pop()
        self._cost += other.cost(done=True) + (step.cost(done=False) if step else 0)
        self._tell(Change("redo", step.text, deltas), touched)
        return True

    # -- for menus ----------------------------------------------------------------------------------------------------

    @property
    def undo_text(self) -> str:
        """What undo would take back, empty = nothing."""
        return self._undo[-1].text if self._undo else ""

    @property
    def redo_text(self) -> str:
        """What redo would do again, empty = nothing."""
        return self._redo[-1].text if self._redo else ""

    @property
    def steps(self) -> int:
        """How many steps can be undone."""
        return len(self._undo)

    @property
    def redo_steps(self) -> int:
        """How many steps can be redone."""
        return len(self._redo)

    @property
    def undo_size(self) -> int:
        """How many shapes and states undo would change, for who wants to do it in parts."""
        return self._undo[-1].size if self._undo else 0

    @property
    def redo_size(self) -> int:
        """How many shapes and states redo would change."""
        return self._redo[-1].size if self._redo else 0

    @property
    def undo_gesture(self) -> str | None:
        """The gesture that undo would take back."""
        return self._undo[-1].gesture if self._undo else None

    @property
    def undo_key(self) -> int | None:
        """Which step undo would take back; a step that is taken back in parts keeps its key."""
        return self._undo[-1].key if self._undo else None

    @property
    def redo_key(self) -> int | None:
        """Which step redo would do again."""
        return self._redo[-1].key if self._redo else None

    @property
    def cost(self) -> int:
        """Estimated memory, bytes."""
        return self._cost

    # -- saved or not -------------------------------------------------------------------------------------------------

    @property
    def is_changed(self) -> bool:
        """Whether the document differs from what was saved last."""
        return (self._state, self._unasked) != self._saved

    def mark_saved(self) -> None:
        """What is in the document now is on disk."""
        if self.is_changed:
            self._saved = (self._state, self._unasked)
            self.updated.emit()

    def clear(self) -> None:
        """Forget all steps, not what they did."""
        state = self._state
        self._undo.clear()
        self._redo.clear()
        self._cost = 0
        self._base_state = state
        self.updated.emit()

    # -----------------------------------------------------------------------------------------------------------------

    @property
    def _state(self) -> int:
        return self._undo[-1].state if self._undo else self._base_state

    def _new_state(self) -> int:
        self._states += 1
        return self._states

    def _step_of_gesture(self, command: Command) -> int | None:
        """Where the step lies that a command goes on with."""
        if command.gesture is None:
            return None
        for place in range(len(self._undo) - 1, -1, -1):
            step = self._undo[place]
            if step.gesture == command.gesture:
                return place
            if not command.in_background or not command.pictures.isdisjoint(step.pictures):
                return None
        return None

    def _other_half(self, step: _Step, side: list[_Step]) -> _Step:
        """The step on the other side that takes what `step` parts with, made where there is none."""
        if side and side[-1].key == step.key:
            return side[-1]
        half = _Step(step.key, step.text, step.gesture, step.state)
        half.pictures = set(step.pictures)
        side.append(half)
        self._cost += half.cost(done=side is self._undo)
        return half

    def _drop_redo(self) -> None:
        self._cost -= sum(step.cost(done=False) for step in self._redo)
        self._redo.clear()

    def _trim(self) -> None:
        # The newest step stays whatever its size: a batch over a large folder can be undone, too.
        surplus = 0
        left = self._cost
        while left > self._limit and surplus < len(self._undo) - 1:
            left -= self._undo[surplus].cost(done=True)
            surplus += 1
        if surplus:
            self._base_state = self._undo[surplus - 1].state
            del self._undo[:surplus]
            self._cost = left

    def _tell(self, change: Change, touched: Touched) -> None:
        self.changed.emit(change)
        self._document.announce(touched)
        self.updated.emit()
