"""Through a video from one end to the other: a full look at every n-th frame, tracks followed in between."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from clipsym_core.errors import InputError
from clipsym_core.imaging import Pixels
from clipsym_core.symmetry import Detection
from clipsym_core.tracking.live import LiveTracks, take_step
from clipsym_core.tracking.motion import Seen
from clipsym_core.tracking.tracker import Tracked, TrackingOptions

_KEEP: Final = 3
"""Frames for which a track lives on unseen."""


class VideoPass:
    """Give it the frames in their order.

    Args:
        look: a detector on a whole picture [H, W, 3].
        every: look at every n-th frame; 1 = at all.
        smooth: places and angles through a filter; else as measured.

    Raises:
        InputError: `every` below 1.
    """

    def __init__(self, look: Callable[[Pixels], Sequence[Detection]], *, every: int = 1, smooth: bool = False) -> None:
        if every < 1:
            raise InputError(f"A look at every {every} frames is not possible.", remedy="Give a number from 1.")
        self._look = look
        self._every = every
        self._smooth = smooth
        self._tracks: LiveTracks | None = None
        self._count = 0
        self._last = 0.0

    def next(self, pixels: Pixels, seconds: float) -> tuple[Tracked, ...]:
        """What is in the next frame, best score first; times must grow.

        Raises:
            InputError: not a picture, or of another size than the first.
        """
        if self._tracks is None:
            options = TrackingOptions(smoothing=self._smooth, confirm=1, looks=2)
            self._tracks = LiveTracks((pixels.shape[1], pixels.shape[0]), options)
        tracks = self._tracks
        looks = self._count % self._every == 0
        # A pause in the recording ends no track by itself; frames without it do.
        keep = max(_KEEP * (seconds - self._last), 1e-3)
        tracks.tracker.options = replace(tracks.tracker.options, keep=keep, wait=keep)
        if self._every > 1 and self._count:
            tracks.stepped(take_step(pixels, seconds, tracks.wanted()))
        if looks:
            tracks.looked(self._look(pixels), seconds, Seen.of(pixels))
        self._count += 1
        self._last = seconds
        return tuple(t for t in tracks.tracker.at(seconds) if self._is_here(t, seconds))

    def _is_here(self, tracked: Tracked, seconds: float) -> bool:
        """Whether a track was seen in this very frame."""
        assert self._tracks is not None
        return self._tracks.tracker.seen(tracked.number) >= seconds
