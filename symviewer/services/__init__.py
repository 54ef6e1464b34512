"""What works in the background: QtCore only, no widgets, nothing heavy imported before the window is there."""
