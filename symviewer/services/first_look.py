"""The first picture goes first: work on the rest of a large folder waits until it is on the screen.

Threads share one interpreter. What reads 50,000 names, or asks for the size of as many files, would take from the
window the moments in which it opens the project and paints the picture that a person waits for.
"""

from __future__ import annotations

import threading
from typing import Final

LONGEST_S: Final = 1.0
"""Nothing waits longer, also where the first picture is a large one."""


class FirstLook:
    """For one opening: threads `wait`, the window says `done`."""

    def __init__(self) -> None:
        self._done = threading.Event()

    def done(self) -> None:
        """The picture is there, or cannot be read, or is not wanted any more."""
        self._done.set()

    def wait(self) -> None:
        """Until then, or for the longest time; to be called in a thread."""
        self._done.wait(LONGEST_S)
