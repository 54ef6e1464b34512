"""What works in the background: QtCore only, no widgets, nothing heavy imported before the window is there."""

from __future__ import annotations

from symviewer.services.singletons import guard_singletons

guard_singletons()
