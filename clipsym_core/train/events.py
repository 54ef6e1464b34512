"""What a run says while it goes on: one JSON object a line, in RUN/events.jsonl and on standard output. No torch.

Readers must ignore keys and events that they do not know. After a resume steps come again from the saved one; the
`started` event between says so.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Annotated, Final, Literal, TextIO, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from clipsym_core.errors import ClipsymError

EVENTS_FILE: Final = "events.jsonl"


class _Event(BaseModel):
    """`time`: seconds since 1970 (UTC)."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    time: float = Field(default_factory=time.time)


class Started(_Event):
    """A process began to train.

    Attributes:
        run: the run's folder.
        total_steps: None where the length is given in minutes.
        train, val: numbers of pictures.
        resumed_from: the file that it goes on from, and the step it holds; None for a new run.
    """

    event: Literal["started"] = "started"
    run: str
    pid: int
    total_steps: int | None
    epochs: float | None
    steps_per_epoch: int
    device: str
    precision: str
    train: int
    val: int
    resumed_from: str | None = None
    resumed_step: int = 0


class Step(_Event):
    """A step was done. `loss` is the mean since the last such event, `memory` peak bytes of the device (or the
    process, on a CPU), `rate` the learning rate of the decoder."""

    event: Literal["step"] = "step"
    step: int
    epoch: float
    loss: float
    rate: float
    images_per_second: float
    seconds_left: float | None
    memory: int


class Validated(_Event):
    """The model was measured: max F1 on the validation pictures, and on rehearsal where there is some."""

    event: Literal["validation"] = "validation"
    step: int
    epoch: float
    f1: float
    reflection_f1: float | None
    rotation_f1: float | None
    rehearsal_f1: float | None = None
    best: bool = False


class Preview(_Event):
    """A picture with the model's heatmaps was drawn; `path` is relative to the run's folder."""

    event: Literal["preview"] = "preview"
    step: int
    epoch: float
    name: str
    path: str


class CheckpointSaved(_Event):
    """A checkpoint was written; `path` is relative to the run's folder."""

    event: Literal["checkpoint"] = "checkpoint"
    kind: Literal["best", "last"]
    path: str
    step: int


class WarningEvent(_Event):
    """Something a person should know; the run goes on."""

    event: Literal["warning"] = "warning"
    what: str
    why: str = ""
    remedy: str = ""


class ErrorEvent(_Event):
    """Why the run ends."""

    event: Literal["error"] = "error"
    what: str
    why: str = ""
    remedy: str = ""


class Scores(BaseModel):
    """Max F1 of a model: on the validation pictures, and on rehearsal."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    f1: float
    reflection_f1: float | None = None
    rotation_f1: float | None = None
    rehearsal_f1: float | None = None


EndReason: TypeAlias = Literal["finished", "stopped", "early_stop", "cancelled", "failed"]


class Ended(_Event):
    """The last event of a process. `best` is the checkpoint to use, relative to the run's folder; `before` and `after`
    are the scores of the start checkpoint and of `best`; `unchanged`: nothing was better than the start, so that is
    `best`.
    """

    event: Literal["ended"] = "ended"
    reason: EndReason
    step: int
    best: str | None = None
    before: Scores | None = None
    after: Scores | None = None
    unchanged: bool = False


Event: TypeAlias = Annotated[
    Started | Step | Validated | Preview | CheckpointSaved | WarningEvent | ErrorEvent | Ended,
    Field(discriminator="event"),
]
_ADAPTER: Final[TypeAdapter[Event]] = TypeAdapter(Event)


def error_event(error: ClipsymError) -> ErrorEvent:
    """The event that tells of an error."""
    return ErrorEvent(what=error.what, why=error.why, remedy=error.remedy)


def parse_event(line: str) -> Event | None:
    """The event of a line; None where it is none that we know (another version, other output, half a line)."""
    try:
        return _ADAPTER.validate_json(line)
    except ValidationError:
        return None


class EventReader:
    """Follows an events file that another process writes: `poll` gives what has come since."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._offset = 0

    def poll(self) -> list[Event]:
        """New events; half a line at the end waits for its rest. None where the file is not there (yet).

        Raises:
            OSError: the file is there and cannot be read.
        """
        try:
            with self.path.open("rb") as file:
                file.seek(self._offset)
                data = file.read()
        except FileNotFoundError:
            return []
        whole = data[: data.rfind(b"\n") + 1]
        self._offset += len(whole)
        lines = whole.decode("utf-8", "replace").splitlines()
        return [event for line in lines if (event := parse_event(line)) is not None]


def read_events(folder: Path) -> list[Event]:
    """All events of a run so far.

    Raises:
        OSError: they cannot be read.
    """
    return EventReader(folder / EVENTS_FILE).poll()


class EventWriter:
    """Writes events to the run's file and, with `echo`, to a stream that may be closed at any time."""

    def __init__(self, folder: Path, echo: TextIO | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / EVENTS_FILE
        self._echo = echo
        _end_half_line(self.path)

    def write(self, event: Event) -> None:
        """Append an event.

        Raises:
            OSError: the disk is full, or the folder is gone.
        """
        line = json.dumps(event.model_dump(mode="json"), allow_nan=False)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
        if self._echo is not None:
            try:
                print(line, file=self._echo, flush=True)
            except (OSError, ValueError):
                # The window that listened was closed; the run goes on, and the file has everything.
                self._echo = None


def _end_half_line(path: Path) -> None:
    """A process that was killed may have left half a line; new lines must not be glued to it."""
    try:
        with path.open("rb+") as file:
            if file.seek(0, 2) and (file.seek(-1, 2) or file.read(1)) != b"\n":
                file.write(b"\n")
    except FileNotFoundError:
        return
