"""From one picture to the next: known shapes are moved with the pixels, then put right by the evidence of the pixels.

The motion comes from corners that are followed (Lucas and Kanade 1981, pyramids after Bouguet 2000) and agree on one
similarity; it bridges what happens between two pictures. A few steps downhill in the pixels (`align`) then find the
exact place and say whether the symmetry is still there, so that no error adds up over time; where they do not get
there, a search does (`snap_axis`, `analyse_center`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from clipsym_core.errors import InputError
from clipsym_core.imaging import Pixels, check_pixels
from clipsym_core.inference.axis_evidence.snap import snap_axis
from clipsym_core.inference.center_evidence.click import analyse_center
from clipsym_core.symmetry import (
    CONTINUOUS,
    ReflectionAxis,
    RotationCenter,
    Shape,
    as_affine,
    axis_angle_difference,
    line_offsets,
)
from clipsym_core.tracking.align import Grey, align_axis, align_center
from clipsym_core.tracking.pose import distance, extent, place, trackable

Motion: TypeAlias = npt.NDArray[np.float64]

_CORNERS: Final = 40
_LEAST_CORNERS: Final = 6
_WINDOW: Final = (21, 21)
_LEVELS: Final = 3
_BACK_AND_FORTH: Final = 1.0
"""A corner must come back to within this, px, when it is followed back."""
_TURN: Final = 5.0
_REACH: Final = 0.04
_LEAST_REACH: Final = 4.0
"""How far the pixels may move a shape after its motion is known: degrees, a share of its length, and px at least."""
_LEAST_AXIS: Final = 0.35
_LEAST_CENTER: Final = 0.25
"""Evidence below which a symmetry is not there any more."""
_SURE: Final = 0.6
"""Evidence from which it is there though nothing is known of how it moved."""
_FIRST_RADIUS: Final = 0.12
"""How far around a center corners are looked for, as a share of the diagonal, before its radius is known."""


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """A picture that shapes can be followed from: grey, [H, W]."""

    grey: Grey

    @classmethod
    def of(cls, image: Pixels) -> Seen:
        """Of a picture [H, W, 3].

        Raises:
            InputError: not a picture.
        """
        return cls(np.asarray(cv2.cvtColor(check_pixels(image), cv2.COLOR_RGB2GRAY), np.uint8))


@dataclass(frozen=True, slots=True)
class Known:
    """A shape to be followed.

    Attributes:
        number: of its track.
        shape: where it was in the picture `seen`.
        radius: how large the pattern of a center is, px, once that is known.
        exact: where it is not found at once, it is searched for (some 20 ms more), and lost when it is not there;
            else it goes by motion alone.
        via: pictures in between, oldest first, for when so much time has gone by that the motion has to be pieced
            together.
    """

    number: int
    shape: Shape
    seen: Seen
    radius: float | None = None
    exact: bool = True
    via: tuple[Seen, ...] = ()


@dataclass(frozen=True, slots=True)
class Followed:
    """Where it is now; None: it is not there any more. `radius` is for the next time; `checked`: pixel evidence was
    asked; `evidence`: what they say, in [0, 1] (mirror correlation or rotation analysis), 0 where they were not."""

    number: int
    shape: Shape | None
    radius: float | None = None
    checked: bool = False
    evidence: float = 0.0


def follow(image: Pixels, now: Seen, known: Sequence[Known]) -> list[Followed]:
    """Follow shapes from the pictures in which they were seen to this one, some 2 ms each.

    The axes of a star go with its center: one motion serves them all.

    Args:
        image: [H, W, 3] uint8 RGB.
        now: the same picture.
        known: bent axes come back as lost.

    Raises:
        InputError: not a picture, or pictures of different sizes.
    """
    follower = _Follower(check_pixels(image), now)
    return [follower.one(k) for k in sorted(known, key=lambda k: not isinstance(k.shape, RotationCenter))]


def motion(before: Seen, now: Seen, shape: Shape, radius: float | None = None) -> Motion | None:
    """The similarity [2, 3] that the pixels around a shape made between two pictures; None where they do not say.

    Raises:
        InputError: the pictures are of different sizes.
    """
    if before is now:
        return np.eye(2, 3)
    check_same_size(before, now)
    corners = _corners(before.grey, shape, radius)
    if corners is None or len(corners) < _LEAST_CORNERS:
        return None
    flow: dict[str, Any] = {"winSize": _WINDOW, "maxLevel": _LEVELS}
    there, found, _ = cv2.calcOpticalFlowPyrLK(before.grey, now.grey, corners, None, **flow)
    back, found_back, _ = cv2.calcOpticalFlowPyrLK(now.grey, before.grey, there, None, **flow)
    error = np.abs(back - corners).reshape(-1, 2).max(axis=1)
    good = (found.ravel() == 1) & (found_back.ravel() == 1) & (error < _BACK_AND_FORTH)
    if np.count_nonzero(good) < _LEAST_CORNERS:
        return None
    a, b = corners.reshape(-1, 2)[good] + 0.5, there.reshape(-1, 2)[good] + 0.5
    matrix, inliers = cv2.estimateAffinePartial2D(a, b, method=cv2.RANSAC, ransacReprojThreshold=1.5)
    if matrix is None or inliers is None or int(inliers.sum()) < _LEAST_CORNERS:
        return None
    scale = math.hypot(matrix[0, 0], matrix[1, 0])
    return np.asarray(matrix, np.float64) if 0.5 < scale < 2.0 else None


def check_same_size(a: Seen, b: Seen) -> None:
    """Raise where two pictures differ in size.

    Raises:
        InputError: they do.
    """
    if a.grey.shape != b.grey.shape:
        raise InputError(
            f"The pictures are of different sizes: {a.grey.shape[::-1]} and {b.grey.shape[::-1]} px.",
            remedy="Follow shapes through pictures of one source.",
        )


@dataclass(frozen=True, slots=True)
class _Star:
    """A center that was followed: where it was, how far its pattern reaches, and how it moved."""

    before: RotationCenter
    radius: float
    moved: Motion

    def holds(self, axis: ReflectionAxis) -> bool:
        """Whether an axis of the picture before is one of this star's."""
        through = abs(float(line_offsets([self.before.point], axis.start, axis.end)[0]))
        return through < 0.15 * self.radius and math.dist(self.before.point, axis.midpoint) < 0.5 * axis.length


class _Follower:
    """One picture, and the centers that were followed to it."""

    def __init__(self, image: Pixels, now: Seen) -> None:
        self._image, self._now = image, now
        self._size = (image.shape[1], image.shape[0])
        self._stars: list[_Star] = []

    def one(self, known: Known) -> Followed:
        shape = known.shape
        if not trackable(shape):
            return Followed(known.number, None)
        moved = self._motion(known)
        guess = shape if moved is None else shape.transformed(moved)
        x, y = place(guess)
        if not (0 <= x <= self._size[0] and 0 <= y <= self._size[1]):
            return Followed(known.number, None, known.radius)
        if isinstance(guess, RotationCenter):
            return self._center(known, guess, moved)
        if isinstance(guess, ReflectionAxis):
            return self._axis(known, guess, sure=moved is not None)
        # The rim of a disc goes with the pixels.
        return Followed(known.number, guess if moved is not None else None, checked=known.exact)

    def _motion(self, known: Known) -> Motion | None:
        """From the picture in which a shape was seen to this one, through those in between."""
        if isinstance(known.shape, ReflectionAxis):
            star = next((s for s in self._stars if s.holds(known.shape)), None)
            if star is not None:
                return star.moved
        total: Motion | None = None
        seen, shape = known.seen, known.shape
        for following in (*known.via, self._now):
            part = motion(seen, following, shape, known.radius)
            if part is None:
                continue  # perhaps the next picture tells
            seen, shape = following, shape.transformed(part)
            total = part if total is None else (as_affine(part) @ as_affine(total))[:2]
        return total if seen is self._now else None

    def _axis(self, known: Known, guess: ReflectionAxis, *, sure: bool) -> Followed:
        near = align_axis(self._now.grey, guess)
        reach = max(_LEAST_REACH, _REACH * guess.length)
        at_home = distance(near.axis, guess) < reach and axis_angle_difference(near.axis.angle, guess.angle) < _TURN
        if at_home and near.evidence >= (_LEAST_AXIS if sure else _SURE):
            return Followed(known.number, near.axis, checked=True, evidence=near.evidence)
        if not known.exact:
            return Followed(known.number, guess if sure else None)
        # Without a known motion the search is as wide as for a stroke drawn by hand.
        narrow: dict[str, float] = {"turn": _TURN, "reach": reach} if sure else {}
        snapped = snap_axis(self._image, guess, **narrow)
        evidence = snapped.evidence.score
        found = snapped.axis if evidence >= _LEAST_AXIS else None
        return Followed(known.number, found, checked=True, evidence=evidence)

    def _center(self, known: Known, guess: RotationCenter, moved: Motion | None) -> Followed:
        radius, evidence, center = known.radius, 0.0, guess
        if radius is not None:
            near = align_center(self._now.grey, guess, radius)
            at_home = math.dist(near.center.point, guess.point) < max(_LEAST_REACH, _REACH * 2 * radius)
            if at_home and near.evidence >= (_LEAST_CENTER if moved is not None else _SURE):
                center, evidence = near.center, near.evidence
        if not evidence and known.exact:
            analysis = analyse_center(self._image, guess.point, radius)
            order = analysis.center.order
            if analysis.score < _LEAST_CENTER or (order == CONTINUOUS) != (guess.order == CONTINUOUS):
                return Followed(known.number, None, radius, checked=True)
            radius = radius or analysis.radius
            center, evidence = RotationCenter(*analysis.center.point, guess.order), analysis.score
        if moved is not None:
            assert isinstance(known.shape, RotationCenter)
            self._stars.append(_Star(known.shape, radius or _FIRST_RADIUS * math.hypot(*self._size), moved))
        elif not evidence:
            return Followed(known.number, None, radius)
        return Followed(known.number, center, radius, checked=evidence > 0, evidence=evidence)


def _corners(grey: Grey, shape: Shape, radius: float | None) -> npt.NDArray[np.float32] | None:
    """Corners [N, 1, 2] around a shape, as OpenCV counts pixels."""
    h, w = grey.shape
    x, y = place(shape)
    reach = max(radius or extent(shape) or _FIRST_RADIUS * math.hypot(w, h), 8.0)
    x0, y0 = max(int(x - reach), 0), max(int(y - reach), 0)
    x1, y1 = min(int(x + reach) + 1, w), min(int(y + reach) + 1, h)
    if x1 - x0 < 8 or y1 - y0 < 8:
        return None
    mask = np.zeros((y1 - y0, x1 - x0), np.uint8)
    middle = (round(x - x0), round(y - y0))
    if isinstance(shape, ReflectionAxis):
        # The things of an axis lie beside it: a band half as wide as it is long.
        ends = [(round(px - x0), round(py - y0)) for px, py in (shape.start, shape.end)]
        cv2.line(mask, ends[0], ends[1], 255, max(int(0.7 * shape.length), 8))
    else:
        cv2.circle(mask, middle, int(reach), 255, cv2.FILLED)
    found = cv2.goodFeaturesToTrack(grey[y0:y1, x0:x1], _CORNERS, 0.02, 5, mask=mask)
    if found is None:
        return None
    return np.asarray(found + np.array([x0, y0], np.float32), np.float32)
