"""`python -m symviewer`."""

from __future__ import annotations

import sys

from symviewer.app import main

sys.exit(main())
