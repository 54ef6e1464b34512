"""What one click gives: analyse a center, snap an axis, suggest without the network. No torch in here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from clipsym_core.errors import InputError
from clipsym_core.symmetry import Detection, Point, ReflectionAxis

SOURCE: Final = "evidence"
"""`Detection.source` of what a click gave."""
NEIGHBOURHOOD: Final = 0.3
"""Half side of the box that "suggest here" looks at, as a part of the longer side of the picture."""


@dataclass(frozen=True, slots=True)
class ToolAnswer:
    """`suggestions` to add, in place of `replaces` where that is given."""

    suggestions: tuple[Detection, ...]
    replaces: Detection | None = None
    text: str = ""


def analyse_center(pixels: npt.NDArray[np.uint8], point: Point) -> ToolAnswer:
    """The center near a point of a picture [H, W, 3], its order and its mirror axes, as suggestions.

    Raises:
        InputError: there is no rotation or mirror symmetry around the point.
    """
    from clipsym_core.inference import refine

    _check_inside(pixels, point)
    found = refine.analyse_center(pixels, point)
    order = "continuous" if found.center.order == 0 else f"order {found.center.order}"
    center = Detection(found.center, _clamped(found.score), SOURCE, {"order": _clamped(found.score)})
    axes = tuple(Detection(axis, _clamped(found.score), SOURCE, {}) for axis in found.axes)
    return ToolAnswer((center, *axes), text=f"Center of {order}, {len(axes)} mirror axes")


def snap_axis(pixels: npt.NDArray[np.uint8], suggestion: Detection) -> ToolAnswer:
    """A suggested axis, moved to where the pixels of the picture [H, W, 3] match best.

    Raises:
        InputError: the suggestion is not an axis.
    """
    from clipsym_core.inference import refine

    axis = suggestion.shape
    if not isinstance(axis, ReflectionAxis):
        raise InputError("Only an axis can be snapped to the pixels.", remedy="Select an axis first.")
    snapped = refine.snap_axis(pixels, axis)
    parts = {"mirror": snapped.evidence.score}
    moved = Detection(snapped.axis, _clamped(max(suggestion.score, snapped.evidence.score)), SOURCE, parts)
    return ToolAnswer((moved,), replaces=suggestion, text=f"Axis snapped, mirror match {snapped.evidence.score:.2f}")


def propose(pixels: npt.NDArray[np.uint8], point: Point) -> ToolAnswer:
    """Suggestions from matching points around a place of a picture [H, W, 3], without the network."""
    from clipsym_core.inference import features

    _check_inside(pixels, point)
    height, width = pixels.shape[:2]
    half = NEIGHBOURHOOD * max(width, height)
    x, y = point
    box = (max(x - half, 0.0), max(y - half, 0.0), min(x + half, float(width)), min(y + half, float(height)))
    found = tuple(features.propose(pixels, box=box))
    text = f"{len(found)} suggestions from matching points" if found else "No matching points here."
    return ToolAnswer(found, text=text)


def _check_inside(pixels: npt.NDArray[np.uint8], point: Point) -> None:
    height, width = pixels.shape[:2]
    if not (0 <= point[0] <= width and 0 <= point[1] <= height):
        raise InputError("This place lies outside the picture.", remedy="Point at the picture.")


def _clamped(score: float) -> float:
    return float(min(max(score, 0.0), 1.0))
