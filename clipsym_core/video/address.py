"""One frame of a video as a name that a list, a project and a data set can hold: `film.mp4#frame=37&t=1.233333`.

The form is that of a fragment of an address. Both the number and the time stamp are in it, so that a frame that is not
what it was (the file was changed) is noticed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_FRAGMENT: Final = re.compile(r"#frame=(\d+)&t=(\d+\.\d{6})$")


@dataclass(frozen=True, slots=True)
class FrameAddress:
    """Frame `number`, shown `seconds` after the first, of the file `video`."""

    video: str
    number: int
    seconds: float

    def __str__(self) -> str:
        return f"{self.video}#frame={self.number}&t={self.seconds:.6f}"

    @property
    def file_name(self) -> str:
        """A name for a file that the frame is written to, without an ending: `film-frame000037`."""
        stem = re.split(r"[\\/]", self.video)[-1].rpartition(".")[0]
        return f"{stem}-frame{self.number:06d}"


def frame_address(name: str) -> FrameAddress | None:
    """What a name says of a frame; None where it is the name of a file."""
    found = _FRAGMENT.search(name)
    if found is None:
        return None
    return FrameAddress(name[: found.start()], int(found[1]), float(found[2]))


def file_of(name: str) -> str:
    """The file behind a name: the video of a frame, or the name itself."""
    found = _FRAGMENT.search(name)
    return name if found is None else name[: found.start()]
