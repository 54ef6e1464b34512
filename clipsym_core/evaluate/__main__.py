"""`python -m clipsym_core.evaluate REQUEST.json`: see `clipsym_core.evaluate.request`."""

from __future__ import annotations

import sys

from clipsym_core.evaluate.request import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
