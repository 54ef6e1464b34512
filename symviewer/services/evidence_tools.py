"""What one click gives: analyse a center, snap an axis, suggest without the network. No torch in here."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from clipsym_core.errors import InputError
from clipsym_core.inference.overlap import same_axis, same_center, same_ellipse
from clipsym_core.symmetry import CONTINUOUS, Detection, Point, ReflectionAxis, ReflectionEllipse, RotationCenter
from symviewer.model.words import plural

SOURCE: Final = "evidence"
"""`Detection.source` of what a click gave."""
NEIGHBOURHOOD: Final = 0.3
"""Half side of the box that "suggest here" looks at, as a part of the longer side of the picture."""

_ONE_CENTER: Final = 0.025
"""Centers closer than this part of the diagonal are one, as in the detector's own list."""


@dataclass(frozen=True, slots=True)
class ToolAnswer:
    """`suggestions` to add, in place of `replaces` where that is given. `reach`: centers closer than this, px, are one.
    `refines`: where a suggestion is there already, the new one takes its place; else the old one stays. `verb`: for the
    undo menu."""

    suggestions: tuple[Detection, ...]
    replaces: Detection | None = None
    text: str = ""
    reach: float = 0.0
    refines: bool = True
    verb: str = "Suggest"

    def merged(self, old: Iterable[Detection]) -> tuple[tuple[Detection, ...], tuple[Detection, ...]]:
        """All suggestions of the picture from now on, and those of them that are new."""
        kept = [d for d in old if d != self.replaces]
        if self.refines:
            added = self.suggestions
            kept = [d for d in kept if not any(self._same(d, new) for new in added)]
        else:
            added = tuple(d for d in self.suggestions if not any(self._same(d, known) for known in kept))
        return (*kept, *added), added

    def _same(self, a: Detection, b: Detection) -> bool:
        match a.shape, b.shape:
            case ReflectionAxis() as one, ReflectionAxis() as other:
                return one.is_straight and other.is_straight and same_axis(one, other)
            case RotationCenter() as one, RotationCenter() as other:
                return same_center(one, other, self.reach)
            case ReflectionEllipse() as one, ReflectionEllipse() as other:
                return same_ellipse(one, other)
        return False


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
        return ToolAnswer((center,), text=f"{_order(found.center.order)}, no mirror axes", reach=_reach(pixels))
    mirror = _clamped(found.mirror_score)
    axes = tuple(Detection(axis, mirror, SOURCE, {"mirror": mirror}) for axis in found.axes)
    text = f"{_order(found.center.order)} with {plural(len(axes), 'mirror axis', 'mirror axes')}"
    return ToolAnswer((center, *axes), text=text, reach=_reach(pixels))


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
        (moved,),
        replaces=suggestion,
        verb="Snap",
        text=f"Axis snapped to the pixels, mirror match {evidence.score:.2f}",
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
    return ToolAnswer(found, text=text, reach=_reach(pixels), refines=False)


def _check_inside(pixels: npt.NDArray[np.uint8], point: Point) -> None:
    height, width = pixels.shape[:2]
    if not (0 <= point[0] <= width and 0 <= point[1] <= height):
        raise InputError("This place lies outside the picture.", remedy="Point at the picture.")


def _reach(pixels: npt.NDArray[np.uint8]) -> float:
    return _ONE_CENTER * math.hypot(*pixels.shape[:2])


def _order(order: int) -> str:
    return "Continuous center" if order == CONTINUOUS else f"Center of order {order}"


def _clamped(score: float) -> float:
    return float(min(max(score, 0.0), 1.0))
