"""How work reaches a thread: one slot a kind of work, and in each slot the latest request wins."""

from __future__ import annotations

import threading
from collections import deque
from typing import Generic, TypeVar

T = TypeVar("T")


class Mailbox(Generic[T]):
    """Named slots in order of urgency, each holding at most one request."""

    def __init__(self, *slots: str) -> None:
        self._slots: dict[str, T | None] = dict.fromkeys(slots)
        self._condition = threading.Condition()
        self._closed = False

    def put(self, slot: str, request: T) -> T | None:
        """Leave a request; returns the one that it replaced, which will never be worked on.

        Raises:
            KeyError: no such slot.
        """
        with self._condition:
            replaced = self._slots[slot]
            self._slots[slot] = request
            self._condition.notify()
            return replaced

    def take(self) -> T | None:
        """The most urgent request, waiting for one; None once the mailbox is closed."""
        with self._condition:
            while not self._closed:
                for slot, request in self._slots.items():
                    if request is not None:
                        self._slots[slot] = None
                        return request
                self._condition.wait()
            return None

    def clear(self, *slots: str) -> list[T]:
        """Throw the requests in these slots away, in all without names; returns them."""
        with self._condition:
            chosen = slots or tuple(self._slots)
            thrown = [request for slot in chosen if (request := self._slots[slot]) is not None]
            self._slots.update(dict.fromkeys(chosen))
            return thrown

    def waits(self, *slots: str) -> bool:
        """Whether there is a request in one of these slots."""
        with self._condition:
            return any(self._slots[slot] is not None for slot in slots)

    def close(self) -> None:
        """No more work: waiting and later `take` return None."""
        with self._condition:
            self._closed = True
            self._condition.notify_all()


class Stack(Generic[T]):
    """Many requests, the latest first, the oldest dropped: what scrolled by is not waited for."""

    def __init__(self, limit: int) -> None:
        self._items: deque[T] = deque(maxlen=limit)
        self._condition = threading.Condition()
        self._closed = False

    def put(self, request: T) -> T | None:
        """Leave a request; returns the oldest one where it had to make room."""
        with self._condition:
            dropped = self._items[0] if len(self._items) == self._items.maxlen else None
            self._items.append(request)
            self._condition.notify()
            return dropped

    def take(self) -> T | None:
        """The latest request, waiting for one; None once the stack is closed."""
        with self._condition:
            while not self._closed:
                if self._items:
                    return self._items.pop()
                self._condition.wait()
            return None

    def clear(self) -> None:
        with self._condition:
            self._items.clear()

    def close(self) -> None:
        with self._condition:
            self._closed = True
            self._condition.notify_all()


class Queue(Generic[T]):
    """All requests, in order; those that wait when it is closed are still worked on."""

    def __init__(self) -> None:
        self._items: deque[T] = deque()
        self._condition = threading.Condition()
        self._closed = False

    def put(self, request: T) -> None:
        with self._condition:
            self._items.append(request)
            self._condition.notify()

    def take(self) -> T | None:
        """The next request, waiting for one; None once the queue is closed and empty."""
        with self._condition:
            while not self._items and not self._closed:
                self._condition.wait()
            return self._items.popleft() if self._items else None

    def close(self) -> None:
        """No more work after what waits."""
        with self._condition:
            self._closed = True
            self._condition.notify_all()
