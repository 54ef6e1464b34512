"""Symmetries over time: the same axis keeps its number, moves smoothly, and is known between two looks."""
