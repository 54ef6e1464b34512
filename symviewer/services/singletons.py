"""Keeps PySide6 6.12.0 from ending the program on Python 3.10 and 3.11.

Each `emit` of a signal there gives back one reference to `True` that it never took (measured; 6.11.3 does not). From
Python 3.12 on, `None`, `True` and `False` are not counted at all. Before, a program that has emitted some thousands of
signals, one with a live camera within minutes, ends with "deallocating True or False". So their counts are raised out
of reach here.
"""

from __future__ import annotations

import sys
from typing import Final

_OUT_OF_REACH: Final = 1 << 40
"""At a million lost references a second this lasts twelve days; a 64-bit count has room for millions of it."""
_NEAR: Final = 16


def guard_singletons() -> bool:
    """Raise the reference counts of `None`, `True` and `False`; whether that was needed and done."""
    if sys.version_info >= (3, 12) or sys.maxsize < 1 << 62:
        return False
    import ctypes

    for value in (None, True, False):
        count = ctypes.c_ssize_t.from_address(id(value))
        # The count is the first field of an object, except in special builds of Python; those are left alone.
        if count.value >= _OUT_OF_REACH or abs(count.value - sys.getrefcount(value)) > _NEAR:
            return False
        count.value += _OUT_OF_REACH
    return True
