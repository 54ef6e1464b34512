"""The Train panel: choose, begin, watch, stop, resume, compare, keep."""
