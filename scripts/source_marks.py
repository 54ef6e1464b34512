"""What a person said about cut-outs whose symmetry cannot be measured pixel by pixel (source_marks.json).

A mark names a source as the manifest does (its second namesake in the pack has "#2" behind the name). It calls it
doubtful, because a person might see a symmetry in it or might not (a three-quarter view, say), leaves it out, or gives
its mirror axes [x0, y0, x1, y1] in fractions of width and height. No axes make it a thing without symmetry, "order" is
its order of rotation where that is not 1 (0 = a disc), and "center" tells where it turns if no axes do.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from clipsym_core.data.synthesis.measure import MeasuredSymmetry

FILE = Path(__file__).with_name("source_marks.json")


class SourceMarks:
    """The marks, asked for once for each source of the pack, in the pack's order."""

    def __init__(self, marks: dict[str, dict[str, Any]]) -> None:
        self._marks = marks
        self._seen: Counter[str] = Counter()

    @classmethod
    def read(cls) -> SourceMarks:
        return cls(json.loads(FILE.read_text(encoding="utf-8")))

    def next(self, name: str) -> dict[str, Any] | None:
        """The mark of the next source of that name; None where nobody marked it."""
        self._seen[name] += 1
        number = self._seen[name]
        return self._marks.get(name if number == 1 else f"{name}#{number}")


def marked_symmetry(mark: dict[str, Any], width: int, height: int) -> MeasuredSymmetry:
    """The symmetry that a mark states of a cut-out of `width` x `height` px.

    All axes of a thing go through one center: that of a single axis is its middle, that of several the point with the
    least squared distances from them, px.
    """
    lines = [((x0 * width, y0 * height), (x1 * width, y1 * height)) for x0, y0, x1, y1 in mark.get("axes", ())]
    angles = [math.degrees(math.atan2(y0 - y1, x1 - x0)) % 180 for (x0, y0), (x1, y1) in lines]
    if len(lines) < 2:
        x0, y0, x1, y1 = mark["axes"][0] if lines else mark.get("center", (0.5, 0.5)) * 2
        center = ((x0 + x1) / 2, (y0 + y1) / 2)
    else:
        normals = np.array([(math.sin(math.radians(a)), math.cos(math.radians(a))) for a in angles])
        offsets = [float(normal @ start) for normal, (start, _) in zip(normals, lines, strict=True)]
        x, y = np.linalg.lstsq(normals, np.array(offsets), rcond=None)[0]
        center = (float(x) / width, float(y) / height)
    return MeasuredSymmetry(center, tuple(sorted(angles)), mark.get("order", 1), 1.0)
