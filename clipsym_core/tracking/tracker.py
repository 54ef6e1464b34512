"""Tracks: what was found again and again is one thing, with a number, a smooth motion and a place between two looks.

Two kinds of news come in. A *look* (the detector on one whole picture, some time ago) begins tracks and renews scores;
a *measurement* (one track followed onto a newer picture) says where it is now. Times are seconds on any clock that
does not run backwards. Coordinates are pixels of the picture.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from clipsym_core.symmetry import Detection, ReflectionAxis, ReflectionEllipse, RotationCenter, Shape
from clipsym_core.tracking.kalman import ConstantVelocity, Vector
from clipsym_core.tracking.matching import match
from clipsym_core.tracking.pose import distance, to_shape, to_vector, trackable

_HISTORY_SECONDS: Final = 3.0
_TRUST_LOOK: Final = 0.1
"""A look finds a shape to a degree or two and some px; the pixels put it right to a tenth of that."""


@dataclass(frozen=True, slots=True)
class TrackingOptions:
    """How tracks live. Lengths are shares of the diagonal of the picture.

    Attributes:
        smoothing: off, and a track is where it was measured last, without filter and prediction.
        gate: a new shape farther than this from every track begins a new one.
        merge: two tracks of one kind that stay closer than this are one.
        confirm: so often a track must have been seen before it is shown.
        keep: seconds without being seen after which a track ends; until then it moves on as it did.
        wait: the same for one that was not confirmed yet (the look that began it may be some time ago); it also ends
            when it cannot be found in a newer picture.
        looks: a track that so many looks in a row did not find ends, however well it can be followed.
    """

    smoothing: bool = True
    gate: float = 0.03
    merge: float = 0.006
    confirm: int = 2
    keep: float = 0.7
    wait: float = 2.5
    looks: int = 3


@dataclass(frozen=True, slots=True)
class Measurement:
    """Where a track is in a newer picture; None: it could not be found there. `trust` below 1: that much less precise
    than what the pixels say."""

    track: int
    shape: Shape | None
    trust: float = 1.0


@dataclass(frozen=True, slots=True)
class Tracked:
    """A track at a moment, for drawing: `number` stays the same as long as the track lives."""

    number: int
    detection: Detection
    confirmed: bool


@dataclass(slots=True)
class Track:
    """One thing over time. `raw`: as it was measured last, at `seen`."""

    number: int
    detection: Detection
    filter: ConstantVelocity
    seen: float
    raw: Shape
    hits: int = 1
    missed_looks: int = 0
    history: deque[tuple[float, Shape]] = field(default_factory=deque)

    def at(self, seconds: float, options: TrackingOptions) -> Shape:
        """Where it is expected at a moment not before its last measurement."""
        if not options.smoothing:
            return self.raw
        return to_shape(self.filter.at(min(seconds, self.seen + options.keep)), self.raw)

    def was_at(self, seconds: float, options: TrackingOptions) -> Shape:
        """Where it was measured nearest to a moment that may be past."""
        if not self.history or seconds >= self.seen:
            return self.at(seconds, options)
        return min(self.history, key=lambda entry: abs(entry[0] - seconds))[1]


class Tracker:
    """All tracks of one source. One thread at a time.

    Args:
        size: (width, height) of the pictures, px.
    """

    def __init__(self, size: tuple[int, int], options: TrackingOptions | None = None) -> None:
        self.size = size
        self.options = options or TrackingOptions()
        self._diagonal = math.hypot(*size)
        self._tracks: dict[int, Track] = {}
        self._next = 1

    def __len__(self) -> int:
        return len(self._tracks)

    @property
    def numbers(self) -> tuple[int, ...]:
        """Of all tracks, those that are not shown yet, too."""
        return tuple(self._tracks)

    def seen(self, number: int) -> float:
        """When a track was seen last.

        Raises:
            KeyError: no such track.
        """
        return self._tracks[number].seen

    def at(self, seconds: float) -> list[Tracked]:
        """All tracks where they are expected at a moment, best score first."""
        return [
            Tracked(
                track.number,
                replace(track.detection, shape=track.at(seconds, self.options)),
                track.hits >= self.options.confirm,
            )
            for track in sorted(self._tracks.values(), key=lambda t: -t.detection.score)
        ]

    def shown(self, seconds: float) -> list[Tracked]:
        """Those that were seen often enough, and not too long ago to say where they are."""
        keep = self.options.keep
        return [t for t in self.at(seconds) if t.confirmed and seconds - self._tracks[t.number].seen <= keep]

    def looked(self, detections: Sequence[Detection], seconds: float) -> list[int]:
        """Take in what a look at the picture of a moment found; gives the numbers of the tracks that it began.

        Tracks that were followed since keep their place; a look renews their scores. Bent axes are left out.
        """
        found = [d for d in detections if trackable(d.shape)]
        known = list(self._tracks.values())
        before = [track.was_at(seconds, self.options) for track in known]
        pairs = match(before, [d.shape for d in found], self.options.gate * self._diagonal)
        for i, j in pairs:
            track = known[i]
            track.missed_looks = 0
            track.detection = _renewed(track.detection, found[j])
            if seconds >= track.seen:
                self._measured(track, found[j].shape, seconds, _TRUST_LOOK)
            elif isinstance(track.raw, RotationCenter):
                track.raw = replace(track.raw, order=_order(found[j].shape))
        matched_known, matched_found = {i for i, _ in pairs}, {j for _, j in pairs}
        for i, track in enumerate(known):
            if i not in matched_known and seconds >= track.history[0][0]:
                track.missed_looks += 1
        begun = [self._begin(d, seconds) for j, d in enumerate(found) if j not in matched_found]
        self._clean(seconds)
        return [number for number in begun if number in self._tracks]  # some were other tracks over again

    def measured(self, measurements: Iterable[Measurement], seconds: float) -> None:
        """Take in where tracks are in the picture of a moment. Numbers that are no more are passed over."""
        for measurement in measurements:
            track = self._tracks.get(measurement.track)
            if track is None:
                continue
            if measurement.shape is not None:
                self._measured(track, measurement.shape, seconds, measurement.trust)
            elif track.hits < self.options.confirm:
                del self._tracks[track.number]
        self._clean(seconds)

    def drop(self, numbers: Iterable[int]) -> None:
        """End tracks."""
        for number in numbers:
            self._tracks.pop(number, None)

    def clear(self) -> None:
        """End all tracks. Numbers are not used again."""
        self._tracks.clear()

    # -----------------------------------------------------------------------------------------------------------------

    def _begin(self, detection: Detection, seconds: float) -> int:
        noise, acceleration = _noise(detection.shape, self._diagonal)
        noise_of_look = noise / math.sqrt(_TRUST_LOOK)
        filtered = ConstantVelocity(to_vector(detection.shape), noise, acceleration, seconds, first_noise=noise_of_look)
        track = Track(self._next, detection, filtered, seconds, detection.shape)
        track.history.append((seconds, detection.shape))
        self._tracks[track.number] = track
        self._next += 1
        return track.number

    def _measured(self, track: Track, shape: Shape, seconds: float, trust: float) -> None:
        track.filter.update(to_vector(shape, track.filter.at(seconds)), seconds, trust=trust)
        track.raw, track.seen = shape, max(seconds, track.seen)
        track.hits += 1
        track.history.append((seconds, shape))
        while track.history[0][0] < seconds - _HISTORY_SECONDS:
            track.history.popleft()

    def _clean(self, seconds: float) -> None:
        o = self.options
        for track in list(self._tracks.values()):
            allowed = o.keep if track.hits >= o.confirm else o.wait
            if seconds - track.seen > allowed or track.missed_looks >= o.looks:
                del self._tracks[track.number]
        # Two tracks may run into one thing; the older number stays.
        tracks = sorted(self._tracks.values(), key=lambda t: t.number)
        for i, track in enumerate(tracks):
            for other in tracks[:i]:
                if other.number in self._tracks and distance(track.raw, other.raw) < o.merge * self._diagonal:
                    other.detection = _renewed(track.detection, other.detection)
                    del self._tracks[track.number]
                    break


def _renewed(old: Detection, new: Detection) -> Detection:
    """Half way from the old score to the new one, with all else of the new one."""
    return replace(new, score=0.5 * (old.score + new.score))


def _order(shape: Shape) -> int:
    assert isinstance(shape, RotationCenter)
    return shape.order


def _noise(shape: Shape, diagonal: float) -> tuple[Vector, Vector]:
    """Standard deviations of a measurement and of the acceleration, for the numbers of `to_vector`."""
    place = (0.0012 * diagonal, 0.0012 * diagonal)
    moved = (0.06 * diagonal, 0.06 * diagonal)
    if isinstance(shape, RotationCenter):
        return np.array(place), np.array(moved)
    if isinstance(shape, ReflectionAxis):
        return np.array([*place, 0.4, 0.006 * diagonal]), np.array([*moved, 10.0, 0.02 * diagonal])
    assert isinstance(shape, ReflectionEllipse)
    size = (0.004 * diagonal, 0.004 * diagonal)
    return np.array([*place, 2.0, *size]), np.array([*moved, 10.0, 0.02 * diagonal, 0.02 * diagonal])
