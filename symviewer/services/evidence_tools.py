"""What one click gives: analyse a center, snap an axis, suggest without the network. No torch in here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from clipsym_core.errors import InputError
from clipsym_core.symmetry import CONTINUOUS, Detection, Point, ReflectionAxis
from symviewer.model.words import plural

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
        InputError: the point lies outside the picture.
    """
    from clipsym_core.inference.refine import analyse_center as analyse

    _check_inside(pixels, point)
    found = analyse(pixels, point)
    parts = {"turns": _clamped(found.score)}
    center = Detection(found.center, _clamped(found.score), SOURCE, parts)
    if not found.axes:
        return ToolAnswer((center,), text=f"{_order(found.center.order)}, no mirror axes")
    mirror = _clamped(found.mirror_score)
    axes = tuple(Detection(axis, mirror, SOURCE, {"mirror": mirror}) for axis in found.axes)
    return ToolAnswer(
        (center, *axes), text=f"{_order(found.center.order)} with {plural(len(axes), 'mirror axis', 'mirror axes')}"
    )


def snap_axis(pixels: npt.NDArray[np.uint8], suggestion: Detection) -> ToolAnswer:
    """A suggested axis, moved to where the pixels of the picture [H, W, 3] match best.

    Raises:
        InputError: the suggestion is not an axis.
    """
    from clipsym_core.inference.refine import snap_axis as snap

    axis = suggestion.shape
    if not isinstance(axis, ReflectionAxis):
        raise InputError("Only an axis can be snapped to the pixels.", remedy="Select an axis first.")
    snapped = snap(pixels, axis)
    evidence = snapped.evidence
    parts = {"mirror": evidence.score, "intensity": evidence.intensity, "gradient": evidence.gradient}
    # Its rank among the suggestions stays; what the pixels say of its new place is in the parts.
    moved = Detection(snapped.axis, suggestion.score, suggestion.source, {**suggestion.evidence, **parts})
    return ToolAnswer(
        (moved,), replaces=suggestion, text=f"Axis snapped to the pixels, mirror match {evidence.score:.2f}"
    )


def propose(pixels: npt.NDArray[np.uint8], point: Point) -> ToolAnswer:
    """Suggestions from matching points around a place of a picture [H, W, 3], without the network."""
    from clipsym_core.inference.features import propose as propose_from_features

    _check_inside(pixels, point)
    height, width = pixels.shape[:2]
    half = NEIGHBOURHOOD * max(width, height)
    x, y = point
    box = (max(x - half, 0.0), max(y - half, 0.0), min(x + half, float(width)), min(y + half, float(height)))
    found = tuple(propose_from_features(pixels, box=box))
    text = f"{plural(len(found), 'suggestion')} from matching points" if found else "No matching points here."
    return ToolAnswer(found, text=text)


def _check_inside(pixels: npt.NDArray[np.uint8], point: Point) -> None:
    height, width = pixels.shape[:2]
    if not (0 <= point[0] <= width and 0 <= point[1] <= height):
        raise InputError("This place lies outside the picture.", remedy="Point at the picture.")


def _order(order: int) -> str:
    return "Continuous center" if order == CONTINUOUS else f"Center of order {order}"


def _clamped(score: float) -> float:
    return float(min(max(score, 0.0), 1.0))
