"""Takes a dataset into the open project: read in a thread, pushed part by part in the window's, one undo step.

A part is a few pictures: the window stays quick, every part is saved when it is in, and cancelling takes all back.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QTimer, Signal

from clipsym_core.errors import ClipsymError
from symviewer.model.annotation import new_id
from symviewer.model.importing import ImportOptions, Merge, import_records
from symviewer.model.problem import Problem
from symviewer.model.translating import tr
from symviewer.model.workspace import Workspace
from symviewer.services.project_desk import ProjectDesk
from symviewer.services.task_thread import Task, TaskThread
from symviewer.store.opening import OpenedProject

if TYPE_CHECKING:
    from clipsym_core.data.annotation import AnnotatedPicture
    from clipsym_core.data.formats.base import ReadOptions
    from clipsym_core.data.report import Report

PART: Final = 50
"""Pictures that go in at once."""
_PARTS_AHEAD: Final = 4
_LOOK_SECONDS: Final = 0.1
_UNDO_AT_ONCE: Final = 400
REPORT_LIMIT: Final = 20_000
"""So many entries of a report can be read, copied and saved; counts are of all."""


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """A dataset in a format, and what becomes of it."""

    source: Path
    format: str
    read: ReadOptions
    merge: Merge = "add"
    suggestions: bool = True


@dataclass(slots=True)
class ImportResult:
    """What went in. `problem`: why it ended early; `cancelled`: all was taken back."""

    report: Report
    pictures: int = 0
    annotations: int = 0
    suggestions: int = 0
    cancelled: bool = False
    problem: Problem | None = None


@dataclass(slots=True)
class _Import:
    """An import under way, as the window's thread sees it."""

    project: OpenedProject
    options: ImportOptions
    result: ImportResult
    read: int = 0
    undo_key: int | None = None
    room: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(_PARTS_AHEAD))


class ImportService(QObject):
    """`begin(request)` ends in `ended(ImportResult)`; before, `progress(pictures read)`."""

    progress = Signal(int)
    ended = Signal(object)
    _part = Signal(object, object)
    _read = Signal(object, object)
    _broken = Signal(object, object)

    def __init__(self, workspace: Workspace, projects: ProjectDesk) -> None:
        super().__init__()
        self._workspace, self._projects = workspace, projects
        self._thread: TaskThread[ImportRequest] = TaskThread("import", self._handle, self._broken.emit)
        self._now: _Import | None = None
        self._room = threading.Semaphore(0)
        self._part.connect(self._on_part)
        self._read.connect(self._on_read)
        self._broken.connect(self._on_broken)
        # Undoing a large import takes its time, too: in parts, between which the window works.
        self._undoing = QTimer(self, interval=0)
        self._undoing.timeout.connect(self._undo_some)

    @property
    def running(self) -> bool:
        return self._now is not None

    def begin(self, request: ImportRequest) -> None:
        """Import into the open project.

        Raises:
            ValueError: no project is open that can be changed, or an import is under way.
        """
        from clipsym_core.data.report import Report

        project = self._projects.project
        if project is None or project.stack.read_only or self._now is not None:
            raise ValueError("No project is open that can be changed, or an import is under way.")
        options = ImportOptions(request.merge, request.suggestions, new_id())
        self._now = _Import(project, options, ImportResult(Report(keep=REPORT_LIMIT)))
        self._room = self._now.room
        self._thread.begin(request)

    def cancel(self) -> None:
        """Stop, and take back what went in."""
        if self._now is not None and not self._undoing.isActive():
            self._thread.cancel()
            self._now.result.cancelled = True
            self._undoing.start()

    def stop(self) -> bool:
        """End; what is half imported is taken back, for nobody could undo it in a later session."""
        ended = self._thread.stop()
        self.cancel()
        while self._undoing.isActive():
            self._undo_some()
        return ended

    # -- in the thread ------------------------------------------------------------------------------------------------

    def _handle(self, task: Task[ImportRequest]) -> None:
        from clipsym_core.data.convert import read_dataset
        from clipsym_core.data.report import Report

        room, report = self._room, Report(keep=REPORT_LIMIT)
        request = task.request
        for part in _parts(read_dataset(request.source, request.format, request.read, report)):
            while not room.acquire(timeout=_LOOK_SECONDS):
                task.check()  # the window is busy: reading waits for it, or memory would fill
            task.check()
            self._part.emit(task, part)
        self._read.emit(task, report)

    # -- in the window's thread ---------------------------------------------------------------------------------------

    def _current(self, task: Task[ImportRequest]) -> _Import | None:
        now = self._now
        wanted = now is not None and task is self._thread.latest and not task.cancelled.is_set()
        return now if wanted else None

    def _on_part(self, task: Task[ImportRequest], records: Sequence[AnnotatedPicture]) -> None:
        now = self._current(task)
        if now is None:
            return
        if self._projects.project is not now.project:
            self._fail(
                task,
                Problem(tr("The import was stopped."), tr("Its project was closed."), tr("Open it and import again.")),
            )
            return
        self._add(task, now, records)
        now.read += len(records)
        self.progress.emit(now.read)
        now.room.release()

    def _add(self, task: Task[ImportRequest], now: _Import, records: Sequence[AnnotatedPicture]) -> None:
        result = now.result
        placed = [(os.path.abspath(record.file), record) for record in records if record.file is not None]
        for record in records:
            if record.file is None:
                result.report.skipped(record.path, "", tr("The picture is missing."))
        ids = now.project.project.add_files([file for file, _ in placed])
        pairs = [(id, record) for id, (_, record) in zip(ids, placed, strict=True)]
        try:
            part = import_records(now.project.document, pairs, now.options, result.report)
            pushed = now.project.stack.push(part.command)
        except ClipsymError as error:
            self._fail(task, Problem.of(error))
            return
        if pushed and now.undo_key is None:
            now.undo_key = now.project.stack.undo_key
        result.pictures += part.pictures
        result.annotations += part.annotations
        result.suggestions += part.suggestions
        self._workspace.pictures.add([file for file, _ in placed])

    def _on_read(self, task: Task[ImportRequest], report: Report) -> None:
        now = self._current(task)
        if now is not None:
            now.result.report.absorb(report)
            self._end(now)

    def _on_broken(self, task: Task[ImportRequest], problem: Problem) -> None:
        if self._current(task) is not None:
            self._fail(task, problem)

    def _fail(self, task: Task[ImportRequest], problem: Problem) -> None:
        """End early; what is in stays, undo takes it back."""
        task.cancelled.set()
        if self._now is not None:
            self._now.result.problem = problem
            self._end(self._now)

    def _undo_some(self) -> None:
        now = self._now
        if now is None:
            self._undoing.stop()
            return
        stack = now.project.stack
        if now.undo_key is not None and stack.undo_key == now.undo_key and not stack.read_only:
            try:
                stack.undo(_UNDO_AT_ONCE)
            except ClipsymError as error:
                self._undoing.stop()
                now.result.problem = Problem.of(error)
                self._end(now)
            return
        self._undoing.stop()
        self._end(now)

    def _end(self, now: _Import) -> None:
        self._now = None
        self.ended.emit(now.result)


def _parts(records: Iterator[AnnotatedPicture]) -> Iterator[list[AnnotatedPicture]]:
    while part := list(islice(records, PART)):
        yield part
