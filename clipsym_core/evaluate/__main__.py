"""`python -m clipsym_core.evaluate REQUEST.json`: see `clipsym_core.evaluate.request`."""

from __future__ import annotations

import contextlib
import sys

import psutil

from clipsym_core.evaluate.request import main

_NICER = 5


def step_back() -> None:
    """Let other processes go first: a person works in the window while this one counts."""
    with contextlib.suppress(psutil.AccessDenied):
        if sys.platform == "win32":
            psutil.Process().nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)
        else:
            psutil.Process().nice(_NICER)


if __name__ == "__main__":
    step_back()
    sys.exit(main(sys.argv[1:]))
