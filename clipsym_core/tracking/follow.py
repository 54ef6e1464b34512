"""From one picture to the next: known shapes are moved with the pixels, then put right by the evidence of the pixels.

The motion (`motion`) bridges what happens between two pictures. A few steps downhill in the pixels (`align`) then find
the exact place and say whether the symmetry is still there, so that no error adds up over time; where they do not get
there, a search does (`snap_axis`, `analyse_center`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

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
from clipsym_core.tracking.align import AlignedAxis, align_axis, align_center
from clipsym_core.tracking.motion import FIRST_RADIUS, Motion, Seen, motions
from clipsym_core.tracking.pose import distance, place, trackable

_TURN: Final = 5.0
_REACH: Final = 0.04
_LEAST_REACH: Final = 4.0
"""How far the pixels may move a shape after its motion is known: degrees, a share of its length, and px at least."""
_LEAST_AXIS: Final = 0.35
_LEAST_CENTER: Final = 0.25
"""Evidence below which a symmetry is not there any more."""
_SURE: Final = 0.6
"""Evidence from which it is there though nothing is known of how it moved."""


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
    centers = [k for k in known if isinstance(k.shape, RotationCenter)]
    others = [k for k in known if not isinstance(k.shape, RotationCenter)]
    return [*follower.all(centers), *follower.all(others)]


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

    def all(self, known: Sequence[Known]) -> list[Followed]:
        return [self._one(k, moved) for k, moved in zip(known, self._motions(known), strict=True)]

    def _motions(self, known: Sequence[Known]) -> list[Motion | None]:
        """From the picture in which each was seen to this one."""
        result = [self._with_star(k.shape) for k in known]
        alone = [i for i, k in enumerate(known) if result[i] is None and trackable(k.shape)]
        for i, moved in zip(alone, _chained([known[i] for i in alone], self._now), strict=True):
            result[i] = moved
        return result

    def _with_star(self, shape: Shape) -> Motion | None:
        if not isinstance(shape, ReflectionAxis) or not trackable(shape):
            return None
        return next((star.moved for star in self._stars if star.holds(shape)), None)

    def _one(self, known: Known, moved: Motion | None) -> Followed:
        shape = known.shape
        if not trackable(shape):
            return Followed(known.number, None)
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

    def _axis(self, known: Known, guess: ReflectionAxis, *, sure: bool) -> Followed:
        reach = max(_LEAST_REACH, _REACH * guess.length)

        def at_home(near: AlignedAxis) -> bool:
            if near.evidence < (_LEAST_AXIS if sure else _SURE):
                return False
            return distance(near.axis, guess) < reach and axis_angle_difference(near.axis.angle, guess.angle) < _TURN

        near = align_axis(self._now.grey, guess, near=sure)
        if not at_home(near):
            if not known.exact:
                return Followed(known.number, guess if sure else None)
            near = align_axis(self._now.grey, guess) if sure else near
        if at_home(near):
            return Followed(known.number, near.axis, checked=True, evidence=near.evidence)
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
            self._stars.append(_Star(known.shape, radius or FIRST_RADIUS * math.hypot(*self._size), moved))
        elif not evidence:
            return Followed(known.number, None, radius)
        return Followed(known.number, center, radius, checked=evidence > 0, evidence=evidence)


@dataclass(slots=True)
class _Chain:
    """A motion that is pieced together over several pictures: where a shape got to so far, in which, and how."""

    shape: Shape
    radius: float | None
    seen: Seen
    total: Motion | None = None


def _chained(known: Sequence[Known], now: Seen) -> list[Motion | None]:
    """Motions to the picture `now` through those in between, shapes with the same pictures together."""
    chains = [_Chain(k.shape, k.radius, k.seen) for k in known]
    ways: dict[tuple[int, ...], list[int]] = {}
    for i, k in enumerate(known):
        ways.setdefault(tuple(map(id, k.via)), []).append(i)
    for together in ways.values():
        for following in (*known[together[0]].via, now):
            _go_on([chains[i] for i in together], following)
    return [chain.total if chain.seen is now else None for chain in chains]


def _go_on(chains: Sequence[_Chain], following: Seen) -> None:
    """Take chains to the next picture; one whose pixels do not tell stays, as perhaps those of the one after do."""
    groups: dict[int, list[_Chain]] = {}
    for chain in chains:
        groups.setdefault(id(chain.seen), []).append(chain)
    for group in groups.values():
        parts = motions(group[0].seen, following, [(chain.shape, chain.radius) for chain in group])
        for chain, part in zip(group, parts, strict=True):
            if part is None:
                continue
            chain.seen, chain.shape = following, chain.shape.transformed(part)
            chain.total = part if chain.total is None else (as_affine(part) @ as_affine(chain.total))[:2]
