"""Following what a camera or a video shows: full looks now and then, steps from picture to picture in between.

tracks = LiveTracks(size)
step = take_step(image, seconds, tracks.wanted())      # in a worker; some 15 ms
tracks.stepped(step)                                   # where the tracks live
tracks.looked(detections, seconds, Seen.of(image))     # when a full look (some 500 ms) is done
tracks.tracker.shown(seconds)                          # at any moment, for drawing
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np

from clipsym_core.imaging import Map, Pixels
from clipsym_core.symmetry import Detection, ReflectionAxis, ReflectionEllipse, RotationCenter, Shape
from clipsym_core.tracking.follow import Followed, Known, follow
from clipsym_core.tracking.motion import Seen
from clipsym_core.tracking.pose import trackable
from clipsym_core.tracking.tracker import Measurement, Tracker, TrackingOptions

_TRUST_MOTION: Final = 0.1
"""What goes by motion alone drifts by a tenth of the motion."""
_KEEP_STEPS: Final = 3.0
"""A track lives on unseen for so many times the time between two steps, or longer."""
_SEARCH_AGAIN: Final = 0.5
"""Seconds before a track that was searched for and not found is searched for again, twice as long with each time: a
search takes as long as all else, and what pixels do not show they will hardly show a moment later."""
_LONGEST_PAUSE: Final = 4.0
_HOT: Final = 0.5
_BAND: Final = 0.07
"""Heat this near a known shape, as a share of the longer side of the map, is explained by it."""


@dataclass(frozen=True, slots=True)
class Step:
    """What became of known shapes in the picture of a moment."""

    seconds: float
    seen: Seen
    followed: tuple[Followed, ...]


def take_step(image: Pixels, seconds: float, known: Sequence[Known]) -> Step:
    """Follow shapes to a picture [H, W, 3].

    Raises:
        InputError: not a picture, or of another size than those before.
    """
    now = Seen.of(image)
    return Step(seconds, now, tuple(follow(image, now, known)))


@dataclass(slots=True)
class _Anchor:
    """The picture in which a track was seen last, where, when pixels were asked, and how often in a row in vain."""

    seen: Seen
    shape: Shape
    radius: float | None
    checked: float
    via: tuple[Seen, ...] = ()
    misses: int = 0

    def search_from(self) -> float:
        """The moment from which a search is worth its time again."""
        pause = min(_SEARCH_AGAIN * 2.0 ** (self.misses - 1), _LONGEST_PAUSE) if self.misses else 0.0
        return self.checked + pause


class LiveTracks:
    """The tracks of one source with the pictures that they can be followed from. One thread at a time.

    Args:
        size: (width, height) of the pictures, px.
        checks: so many tracks that are not found near where they went are searched for at each step, those longest not
            seen first, those not found the last time after a pause; None = all. The others go by motion alone.
    """

    def __init__(
        self, size: tuple[int, int], options: TrackingOptions | None = None, *, checks: int | None = None
    ) -> None:
        self.tracker = Tracker(size, options)
        self.checks = checks
        self._anchors: dict[int, _Anchor] = {}
        self._stepped_at = math.inf  # before the first step everything is long ago

    def wanted(self) -> tuple[Known, ...]:
        """What the next step is to follow."""
        self._forget()
        # A center brings the axes of its star along: it comes before them.
        oldest_first = sorted(
            self._anchors.items(), key=lambda item: (item[1].checked, not isinstance(item[1].shape, RotationCenter))
        )
        if self.checks is not None:
            oldest_first = [(n, a) for n, a in oldest_first if a.search_from() <= self._stepped_at]
        exact = {number for number, _ in oldest_first[: self.checks]}
        return tuple(Known(n, a.shape, a.seen, a.radius, n in exact, a.via) for n, a in self._anchors.items())

    def stepped(self, step: Step) -> None:
        """Take in a step."""
        known = [f for f in step.followed if f.number in self._anchors]
        self._pace(step.seconds)
        trusts = (1.0 if f.checked else _TRUST_MOTION for f in known)
        measurements = [Measurement(f.number, f.shape, trust) for f, trust in zip(known, trusts, strict=True)]
        self.tracker.measured(measurements, step.seconds)
        for f in known:
            anchor = self._anchors[f.number]
            if f.shape is not None:
                checked = step.seconds if f.checked else anchor.checked
                misses = 0 if f.checked else anchor.misses
                self._anchors[f.number] = _Anchor(step.seen, f.shape, f.radius, checked, misses=misses)
            elif f.checked:
                anchor.checked, anchor.misses = step.seconds, anchor.misses + 1
        self._forget()

    def looked(self, detections: Iterable[Detection], seconds: float, seen: Seen, via: tuple[Seen, ...] = ()) -> None:
        """Take in a full look at the picture of a moment, which may be past; `via` are pictures since then."""
        found = [d for d in detections if trackable(d.shape)]
        for number in self.tracker.looked(found, seconds):
            shape = next(t.detection.shape for t in self.tracker.at(seconds) if t.number == number)
            self._anchors[number] = _Anchor(seen, shape, None, seconds - 1e9, via)  # never checked: first in the queue
        self._forget()

    def change(self, *, smoothing: bool) -> None:
        """Switch smoothing on or off."""
        self.tracker.options = replace(self.tracker.options, smoothing=smoothing)

    def clear(self) -> None:
        """Forget everything."""
        self.tracker.clear()
        self._anchors.clear()

    def _pace(self, seconds: float) -> None:
        """On a slow computer steps are rare: what was not looked at is not gone."""
        options = self.tracker.options
        keep = min(max(TrackingOptions().keep, _KEEP_STEPS * (seconds - self._stepped_at)), options.wait)
        self._stepped_at = seconds
        self.tracker.options = replace(options, keep=keep)

    def _forget(self) -> None:
        alive = set(self.tracker.numbers)
        for number in self._anchors.keys() - alive:
            del self._anchors[number]


def unexplained(reflection: Map, rotation: Map, shapes: Iterable[Shape], size: tuple[int, int]) -> float:
    """Share of the hot pixels of two heatmaps [h, w] that lies away from all shapes (in pixels of the picture, of
    `size` = (width, height)); 0 where nothing is hot. It tells when a full look is due."""
    h, w = reflection.shape
    hot = np.maximum(reflection, rotation) > _HOT
    total = np.count_nonzero(hot)
    if not total:
        return 0.0
    mask = np.zeros((h, w), np.uint8)
    sx, sy = w / size[0], h / size[1]
    band = max(3, round(_BAND * max(w, h)))
    for shape in shapes:
        if isinstance(shape, ReflectionAxis):
            points = np.array([(x * sx, y * sy) for x, y in shape.points]).round().astype(np.int32)
            cv2.polylines(mask, [points], False, 255, 2 * band)
        else:
            x, y = (shape.x, shape.y) if isinstance(shape, RotationCenter) else shape.center
            radius = max(shape.rx * sx, shape.ry * sy) if isinstance(shape, ReflectionEllipse) else 0.0
            cv2.circle(mask, (round(x * sx), round(y * sy)), round(radius) + band, 255, cv2.FILLED)
    return float(np.count_nonzero(hot & (mask == 0)) / total)
