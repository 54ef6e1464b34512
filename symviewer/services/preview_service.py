"""Looks through a dataset in the background: what is in it, and how its first pictures look with their labels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from symviewer.services.task_thread import Task, TaskThread

if TYPE_CHECKING:
    from clipsym_core.data.annotation import AnnotatedPicture
    from clipsym_core.data.convert import Choice
    from clipsym_core.data.formats.base import ReadOptions
    from clipsym_core.data.preview import Preview
    from clipsym_core.data.report import Report


@dataclass(frozen=True, slots=True)
class LookRequest:
    """A dataset. `format` empty = as it looks; `choice` None = everything."""

    source: Path
    format: str
    read: ReadOptions
    choice: Choice | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen so far: the name of the format, the preview, and what did not go in."""

    format: str
    preview: Preview
    report: Report


class PreviewService(QObject):
    """`look(request)` ends in `looked(Look)` any number of times, the last one finished, or in `failed(Problem)`."""

    looked = Signal(object)
    failed = Signal(object)
    _seen = Signal(object, object)
    _broken = Signal(object, object)

    def __init__(self) -> None:
        super().__init__()
        self._thread: TaskThread[LookRequest] = TaskThread("dataset preview", self._handle, self._broken.emit)
        self._seen.connect(lambda task, look: self._tell(task, self.looked, look))
        self._broken.connect(lambda task, problem: self._tell(task, self.failed, problem))

    def look(self, request: LookRequest) -> None:
        """Look at this one, and no longer at the one before."""
        self._thread.begin(request)

    def cancel(self) -> None:
        self._thread.cancel()

    def stop(self) -> bool:
        return self._thread.stop()

    def _tell(self, task: Task[LookRequest], signal: object, value: object) -> None:
        # Asked in the thread of the window: what is still under way there is of a dataset that is no longer wanted.
        if task is self._thread.latest and not task.cancelled.is_set():
            signal.emit(value)  # type: ignore[attr-defined]

    # -- in the thread ------------------------------------------------------------------------------------------------

    def _handle(self, task: Task[LookRequest]) -> None:
        from clipsym_core.data.convert import Choice, choose, read_dataset
        from clipsym_core.data.preview import look_through
        from clipsym_core.data.report import Report

        request, report = task.request, Report()
        name = request.format or guessed_format(request.source)

        def pictures() -> Iterator[AnnotatedPicture]:
            for picture in read_dataset(request.source, name, request.read, report):
                task.check()
                yield picture

        for preview in look_through(choose(pictures(), request.choice or Choice()), report):
            task.check()
            self._seen.emit(task, Look(name, preview, report.copy()))


def guessed_format(source: Path) -> str:
    """The name of the format that a dataset looks like.

    Raises:
        InputError: it looks like none, or does not exist.
    """
    from clipsym_core.data.formats.registry import guess_format
    from clipsym_core.errors import InputError

    try:
        return guess_format(source).name
    except InputError as error:
        if not source.exists():
            raise
        raise InputError(error.what, error.why, "Choose its format in the list.") from error
