"""What the pixels tell: a star from one click, a shape snapped, suggestions without the network, the evidence for an
axis. No torch in here."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from clipsym_core.errors import InputError
from clipsym_core.inference.scoring.overlap import same_axis, same_center, same_ellipse
from clipsym_core.symmetry import (
    CONTINUOUS,
    Detection,
    Point,
    ReflectionAxis,
    ReflectionEllipse,
    RotationCenter,
    Shape,
    line_offsets,
)
from symviewer.model.axis_evidence import AxisScore
from symviewer.model.translating import tr
from symviewer.model.words import plural

NEIGHBOURHOOD: Final = 0.3
"""Half side of the box that "suggest here" looks at, as a part of the longer side of the picture."""
LEAST_EVIDENCE: Final = 0.4
"""Pixels that match worse than this say nothing: a click stays where it was."""
PULLING_EVIDENCE: Final = 0.5
"""What a drag passes by chance should not hold it: it is pulled by clearer evidence only."""
DIFFERENCE_SIDE: Final = 640
"""Longer side, px, at which the two sides of an axis are compared for the eye."""

_ONE_CENTER: Final = 0.025
"""Centers closer than this part of the diagonal are one, as in the detector's own list."""
_LIVE_TURN: Final = 4.0
"""Degrees to either side in which a dragged axis looks for evidence."""

Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Star:
    """The center near a click with its mirror axes; None where the pixels tell none."""

    center: RotationCenter | None
    axes: tuple[ReflectionAxis, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Proposals:
    """Suggestions around a place. `reach`: centers closer than this, px, are one."""

    suggestions: tuple[Detection, ...]
    text: str
    reach: float

    def unknown(self, known: Iterable[Detection]) -> tuple[Detection, ...]:
        """Those that are not among the known ones."""
        there = tuple(known)
        return tuple(d for d in self.suggestions if not any(self._same(d, other) for other in there))

    def _same(self, a: Detection, b: Detection) -> bool:
        match a.shape, b.shape:
            case ReflectionAxis() as one, ReflectionAxis() as other:
                return one.is_straight and other.is_straight and same_axis(one, other)
            case RotationCenter() as one, RotationCenter() as other:
                return same_center(one, other, self.reach)
            case ReflectionEllipse() as one, ReflectionEllipse() as other:
                return same_ellipse(one, other)
        return False


def find_star(pixels: Pixels, point: Point) -> Star:
    """The center near a point of a picture [H, W, 3], its order and its mirror axes.

    Raises:
        InputError: the point lies outside the picture.
    """
    from clipsym_core.inference.refine import analyse_center

    _check_inside(pixels, point)
    found = analyse_center(pixels, point)
    if found.score < LEAST_EVIDENCE or found.by_chance:
        return Star(None, (), tr("No rotation symmetry found here: the center stays where you clicked."))
    axes = found.axes if found.mirror_score >= LEAST_EVIDENCE else ()
    with_axes = (
        tr(" with {axes}").format(axes=plural(len(axes), "mirror axis", "mirror axes"))
        if axes
        else tr(", no mirror axes")
    )
    return Star(found.center, axes, _order(found.center.order) + with_axes)


def snap(pixels: Pixels, shape: Shape) -> tuple[Shape, str]:
    """A straight axis or a center moved to where the pixels of the picture [H, W, 3] match best, and words for it.

    Raises:
        InputError: a shape that cannot be snapped, or a center outside the picture.
    """
    from clipsym_core.inference.refine import snap_axis

    if isinstance(shape, ReflectionAxis):
        snapped = snap_axis(pixels, shape)
        return snapped.axis, tr("Axis snapped to the pixels, mirror match {score:.2f}").format(
            score=snapped.evidence.score
        )
    if isinstance(shape, RotationCenter):
        star = find_star(pixels, shape.point)
        if star.center is None:
            raise InputError(
                tr("No rotation symmetry was found near this center."), remedy=tr("Move it nearer by hand.")
            )
        return star.center, tr("{order}, snapped to the pixels").format(order=_order(star.center.order))
    raise InputError(tr("An ellipse cannot be snapped."), remedy=tr("Drag its handles."))


def snap_near(pixels: Pixels, shape: Shape, reach: float) -> Shape | None:
    """The evidence within `reach` px of a shape that is being dragged, None where there is none. About 25 ms."""
    from clipsym_core.inference.refine import analyse_center, snap_axis

    height, width = pixels.shape[:2]
    if isinstance(shape, ReflectionAxis) and shape.is_straight and shape.length >= 4:
        snapped = snap_axis(pixels, shape, turn=_LIVE_TURN, reach=max(reach, 1.0))
        return snapped.axis if snapped.evidence.score >= PULLING_EVIDENCE else None
    if isinstance(shape, RotationCenter) and 0 <= shape.x <= width and 0 <= shape.y <= height:
        found = analyse_center(pixels, shape.point, capture=max(reach, 1.0))
        return found.center if found.score >= PULLING_EVIDENCE and not found.by_chance else None
    return None


def propose(pixels: Pixels, point: Point) -> Proposals:
    """Suggestions from matching points around a place of a picture [H, W, 3], without the network.

    Raises:
        InputError: the point lies outside the picture.
    """
    from clipsym_core.inference.features import propose as propose_from_features

    _check_inside(pixels, point)
    height, width = pixels.shape[:2]
    half = NEIGHBOURHOOD * max(width, height)
    x, y = point
    box = (max(x - half, 0.0), max(y - half, 0.0), min(x + half, float(width)), min(y + half, float(height)))
    found = tuple(propose_from_features(pixels, box=box))
    text = (
        tr("{suggestions} from matching points").format(suggestions=plural(len(found), "suggestion"))
        if found
        else tr("No matching points here.")
    )
    return Proposals(found, text, _ONE_CENTER * math.hypot(width, height))


def score(path: str, pixels: Pixels, axis: ReflectionAxis, *, difference: bool) -> AxisScore:
    """The evidence for an axis of a picture [H, W, 3]; `difference`: with a picture of where its sides differ."""
    from clipsym_core.inference.refine import score_axis

    found = score_axis(pixels, axis)
    shown = mirror_difference(pixels, axis) if difference and axis.is_straight else None
    return AxisScore(path, axis, found.score, found.intensity, found.gradient, found.coverage, shown)


def mirror_difference(pixels: Pixels, axis: ReflectionAxis) -> npt.NDArray[np.float32]:
    """How much each pixel differs from its mirror image [h, w] in [0, 1], 0 where that lies off the picture.

    Only over the strip that the score looks at, as long as the axis and as wide as it is long: what is farther away has
    nothing to do with it. The longer side is at most `DIFFERENCE_SIDE`; both sides are compared after a slight blur, so
    that noise and an axis that is half a pixel off do not glow.
    """
    import cv2

    height, width = pixels.shape[:2]
    scale = min(1.0, DIFFERENCE_SIDE / max(width, height))
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    small = cv2.GaussianBlur(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), (0, 0), 1.2)
    sx, sy = size[0] / width, size[1] / height
    # Where the corners of a frame of three points go gives the map, pixel centers at + 0.5 on both sides.
    frame = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    at = (frame + 0.5) / (sx, sy)
    (ax, ay), (bx, by) = axis.start, axis.end
    normal = np.array([-(by - ay), bx - ax]) / axis.length
    mirrored = at - 2 * line_offsets(at, axis.start, axis.end)[:, None] * normal
    target = mirrored * (sx, sy) - 0.5
    matrix = cv2.getAffineTransform(frame.astype(np.float32), target.astype(np.float32))
    # A mirror map is its own inverse: it may be read in either direction.
    other = cv2.warpAffine(small, matrix, size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    inside = cv2.warpAffine(
        np.ones(small.shape[:2], np.float32), matrix, size, flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP
    )
    difference = np.abs(small.astype(np.float32) - other.astype(np.float32)).mean(axis=2) / 255.0
    in_strip = _strip(axis, size, (sx, sy))
    return np.asarray(np.clip(2.5 * difference, 0.0, 1.0) * (inside > 0) * in_strip, dtype=np.float32)


def _strip(axis: ReflectionAxis, size: tuple[int, int], scale: tuple[float, float]) -> npt.NDArray[np.bool_]:
    """Which pixels of a picture scaled to `size` lie beside a straight axis, not farther off than half its length."""
    x = (np.arange(size[0]) + 0.5) / scale[0] - axis.start[0]
    y = ((np.arange(size[1]) + 0.5) / scale[1] - axis.start[1])[:, None]
    dx, dy = ((b - a) / axis.length for a, b in zip(axis.start, axis.end, strict=True))
    along, across = x * dx + y * dy, y * dx - x * dy
    beside: npt.NDArray[np.bool_] = (along >= 0) & (along <= axis.length) & (np.abs(across) <= axis.length / 2)
    return beside


def _check_inside(pixels: Pixels, point: Point) -> None:
    height, width = pixels.shape[:2]
    if not (0 <= point[0] <= width and 0 <= point[1] <= height):
        raise InputError(tr("This place lies outside the picture."), remedy=tr("Point at the picture."))


def _order(order: int) -> str:
    return tr("Continuous center") if order == CONTINUOUS else tr("Center of order {order}").format(order=order)
