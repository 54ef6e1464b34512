"""Photos labelled by eye: which axes are the dominant ones, by the competition's rule, and which photos have none.

A file of labels is JSON: {"photos": {file name: {"kind": ..., "dominant": [[x0, y0, x1, y1], ...], "other": [...],
"dominant_stars": [{"center": [x, y], "radius": r, "order": n}], "other_stars": [...]}}}, in px of the file. Kinds are
"dominant", "none" (nobody would mark an axis) and "unclear" (not judged).
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clipsym_core.errors import InputError
from clipsym_core.symmetry import Point, ReflectionAxis, axis_angle_difference, direction

MAX_ANGLE = 10.0
MAX_OFFSET = 0.2
_DIAMETERS = 12
"""Diameters that stand for a star whose order nobody counted."""


@dataclass(frozen=True, slots=True)
class Star:
    """Many axes through one center; order 0: not counted."""

    center: Point
    radius: float
    order: int = 0

    def axes(self) -> list[ReflectionAxis]:
        """Its diameters, the first of them upright."""
        (x, y), r, count = self.center, self.radius, self.order or _DIAMETERS
        steps = [direction(90.0 + 180.0 * k / count) for k in range(count)]
        return [ReflectionAxis(((x - r * ux, y - r * uy), (x + r * ux, y + r * uy))) for ux, uy in steps]


@dataclass(frozen=True, slots=True)
class PhotoLabel:
    """What a person marks in one photo, px."""

    kind: str
    dominant: tuple[ReflectionAxis, ...] = ()
    other: tuple[ReflectionAxis, ...] = ()
    dominant_stars: tuple[Star, ...] = ()
    other_stars: tuple[Star, ...] = ()

    def all_axes(self) -> list[ReflectionAxis]:
        """Every marked axis, those of stars included."""
        return [*self.dominant, *self.other, *(a for s in (*self.dominant_stars, *self.other_stars) for a in s.axes())]

    def is_dominant(self, axis: ReflectionAxis) -> bool:
        """The competition's rule against each dominant axis, middle against middle; any axis through a dominant star.

        Angle under 10 degrees, middles closer than 0.2 times the shorter of both lengths.
        """
        straight = any(
            axis_angle_difference(axis.angle, true.angle) < MAX_ANGLE
            and math.dist(axis.midpoint, true.midpoint) < MAX_OFFSET * min(axis.length, true.length)
            for true in self.dominant
        )
        return straight or any(
            math.dist(axis.midpoint, star.center) < MAX_OFFSET * min(axis.length, 2 * star.radius)
            for star in self.dominant_stars
        )

    def is_marked(self, axis: ReflectionAxis) -> bool:
        """The same against everything that is marked."""
        everything = PhotoLabel(
            "dominant", (*self.dominant, *self.other), (), (*self.dominant_stars, *self.other_stars)
        )
        return everything.is_dominant(axis)


def load_photo_labels(path: Path) -> dict[str, PhotoLabel]:
    """Labels by file name.

    Raises:
        InputError: not such a file.
    """
    try:
        photos = json.loads(path.read_text(encoding="utf-8"))["photos"]
        return {name: _label(entry) for name, entry in photos.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"Cannot read labels from {path}.", str(error), "Choose a file of labelled photos.") from error


def _label(entry: dict[str, Any]) -> PhotoLabel:
    def axes(name: str) -> tuple[ReflectionAxis, ...]:
        return tuple(ReflectionAxis(((a, b), (c, d))) for a, b, c, d in entry.get(name, ()))

    def stars(name: str) -> tuple[Star, ...]:
        return tuple(Star(tuple(s["center"]), float(s["radius"]), int(s.get("order", 0))) for s in entry.get(name, ()))

    return PhotoLabel(
        str(entry["kind"]), axes("dominant"), axes("other"), stars("dominant_stars"), stars("other_stars")
    )
