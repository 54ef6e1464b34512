"""The frames of a video in the list: where they are in time, what was done on each, and work between key frames."""

from __future__ import annotations

import bisect
import math
from dataclasses import dataclass
from enum import Enum
from typing import Final

from clipsym_core.symmetry import Shape
from clipsym_core.video.address import FrameAddress, frame_address
from symviewer.model import commands
from symviewer.model.annotation import ReviewState
from symviewer.model.commands.command import Command, make
from symviewer.model.covered import is_covered
from symviewer.model.pictures import NOTHING
from symviewer.model.translating import tr
from symviewer.model.workspace import Workspace

_GATE: Final = 0.35
"""Shapes of two key frames farther apart than this share of the picture's diagonal are two shapes."""


class Mark(Enum):
    """What has been done on a frame."""

    SUGGESTED = "suggested"
    ANNOTATED = "annotated"
    VERIFIED = "verified"


@dataclass(frozen=True, slots=True)
class Span:
    """Two key frames by their places in the list."""

    first: int
    last: int


class Film:
    """The video that the list shows; nothing where it shows pictures."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._times: list[float] = []
        self._video = ""

    def refresh(self) -> None:
        """Read the list again, as far as it has grown or changed."""
        pictures = self._workspace.pictures
        first = frame_address(pictures[0].path) if len(pictures) else None
        if first is None or first.video != self._video or len(pictures) < len(self._times):
            self._times = []
            self._video = first.video if first else ""
        while self._video and len(self._times) < len(pictures):
            address = frame_address(pictures[len(self._times)].path)
            if address is None or address.video != self._video:
                break  # pictures that were added after the video
            self._times.append(address.seconds)

    def __len__(self) -> int:
        return len(self._times)

    @property
    def current(self) -> int:
        """The place of the frame that is shown; `NOTHING` for none."""
        place = self._workspace.pictures.current
        return place if 0 <= place < len(self) else NOTHING

    def seconds(self, place: int) -> float:
        """When a frame is shown."""
        return self._times[place]

    def at(self, seconds: float) -> int:
        """The frame that is shown at a moment."""
        return min(max(bisect.bisect_right(self._times, seconds + 1e-6) - 1, 0), len(self) - 1)

    def address(self, place: int) -> FrameAddress:
        """Which frame of which file it is."""
        found = frame_address(self._workspace.pictures[place].path)
        assert found is not None
        return found

    def marks(self) -> dict[int, Mark]:
        """The frames on which something was done."""
        desk, pictures = self._workspace.desk, self._workspace.pictures
        found: dict[int, Mark] = {}
        for entry in desk.document.entries():
            if entry.state is ReviewState.NONE and not entry.annotations and not entry.suggestions:
                continue
            place = pictures.index_of(desk.path_of(entry.id))
            if not 0 <= place < len(self):
                continue
            if entry.state is ReviewState.VERIFIED:
                found[place] = Mark.VERIFIED
            elif entry.annotations:
                found[place] = Mark.ANNOTATED
            elif entry.suggestions:
                found[place] = Mark.SUGGESTED
        return found

    def annotated(self) -> list[int]:
        """Frames with annotations, in order."""
        desk, pictures = self._workspace.desk, self._workspace.pictures
        places = (pictures.index_of(desk.path_of(e.id)) for e in desk.document.entries() if e.annotations)
        return sorted(place for place in places if 0 <= place < len(self))

    def shapes(self, place: int) -> list[Shape]:
        """The annotated shapes of a frame."""
        desk = self._workspace.desk
        picture = desk.find(self._workspace.pictures[place].path)
        return [] if picture is None else [a.shape for a in desk.document.annotations(picture)]

    def span(self) -> Span | None:
        """The annotated frames before and after the one that is shown; the shown one itself counts as the earlier."""
        keys = self.annotated()
        after = bisect.bisect_right(keys, self.current)
        return Span(keys[after - 1], keys[after]) if 0 < after < len(keys) else None

    def interpolate(self, span: Span, diagonal: float) -> Command | None:
        """Annotations on the frames between two key frames; what is annotated there already is left as it is."""
        # Imported here: matching needs numpy alone, but the room it is in brings more.
        from clipsym_core.tracking.interpolate import between, pairs

        first, last = self.shapes(span.first), self.shapes(span.last)
        matched = pairs(first, last, _GATE * diagonal)
        begin, end = self.seconds(span.first), self.seconds(span.last)
        steps = []
        for place in range(span.first + 1, span.last):
            share = (self.seconds(place) - begin) / (end - begin) if end > begin else 0.5
            steps.append(self._add(place, [between(first[i], last[j], share) for i, j in matched], tr("Interpolate")))
        deltas = [delta for step in steps if step is not None for delta in step.deltas]
        return make(tr("Interpolate between key frames"), deltas)

    def copy(self, place: int, to: int) -> Command | None:
        """The annotations of a frame on another one, too."""
        return self._add(to, self.shapes(place), tr("Copy"))

    def _add(self, place: int, shapes: list[Shape], verb: str) -> Command | None:
        desk = self._workspace.desk
        picture = desk.find(self._workspace.pictures[place].path)
        if picture is None:
            return None
        known = desk.document.annotations(picture)
        new = [shape for shape in shapes if not is_covered(shape, known)]
        return commands.add(desk.document, picture, new, verb=verb)


def diagonal_of(size: tuple[int, int]) -> float:
    """Length of the diagonal of a picture, px."""
    return math.hypot(*size)
