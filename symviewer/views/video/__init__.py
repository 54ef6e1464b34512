"""Videos in the window: the time line and what is done along it."""
