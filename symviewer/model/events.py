"""A typed signal for models that know no Qt: a list of listeners that are called in order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, ParamSpec

P = ParamSpec("P")


class Event(Generic[P]):
    """Something that happened, and who wants to know. To be used from one thread (the one of the user interface)."""

    def __init__(self) -> None:
        self._listeners: list[Callable[P, object]] = []

    def connect(self, listener: Callable[P, object]) -> Callable[[], None]:
        """Call `listener` at every `emit`; the returned function ends that."""
        self._listeners.append(listener)

        def disconnect() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return disconnect

    def clear(self) -> None:
        """Call nobody any more."""
        self._listeners.clear()

    def emit(self, *args: P.args, **kwargs: P.kwargs) -> None:
        """Call every listener, in the order in which they were connected. Their exceptions pass through."""
        for listener in tuple(self._listeners):
            listener(*args, **kwargs)
