"""What the application knows, in plain Python: no Qt, no torch, testable without a window."""
