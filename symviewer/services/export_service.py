"""Writes the open project in another format, in a thread, from the project file: what is saved is what goes out."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, Signal

from symviewer.model.problem import Problem
from symviewer.model.translating import tr
from symviewer.services.import_service import REPORT_LIMIT
from symviewer.services.task_thread import Task, TaskCancelled, TaskThread

if TYPE_CHECKING:
    from clipsym_core.data.convert import Choice
    from clipsym_core.data.formats.base import ReadOptions, WriteOptions
    from clipsym_core.data.report import Report

PROJECT_FORMAT: Final = "project"
_TELL_SECONDS: Final = 0.05


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """A project file into a dataset at `target`; see `clipsym_core.data.convert`."""

    project: Path
    target: Path
    format: str
    choice: Choice
    read: ReadOptions
    write: WriteOptions
    overwrite: bool = False
    allow_empty: bool = False


@dataclass(frozen=True, slots=True)
class ExportResult:
    """`problem`: why nothing was written; `cancelled`: nothing was left behind."""

    request: ExportRequest
    report: Report
    cancelled: bool = False
    problem: Problem | None = None


class ExportService(QObject):
    """`begin(request)` ends in `ended(ExportResult)`; before, `progress(pictures written)`."""

    progress = Signal(int)
    ended = Signal(object)
    _broken = Signal(object, object)

    def __init__(self) -> None:
        super().__init__()
        self._thread: TaskThread[ExportRequest] = TaskThread("export", self._handle, self._on_broken)

    def begin(self, request: ExportRequest) -> None:
        """Export, and no longer what was asked before."""
        self._thread.begin(request)

    def cancel(self) -> None:
        """Stop; nothing is left behind."""
        self._thread.cancel()

    def stop(self) -> bool:
        return self._thread.stop()

    # -- in the thread ------------------------------------------------------------------------------------------------

    def _handle(self, task: Task[ExportRequest]) -> None:
        from clipsym_core.data.convert import Cancelled, convert
        from clipsym_core.data.report import Report
        from clipsym_core.errors import ClipsymError

        request, report = task.request, Report(keep=REPORT_LIMIT)
        told = time.monotonic()

        def progress(written: int) -> bool:
            nonlocal told
            if time.monotonic() - told > _TELL_SECONDS:
                told = time.monotonic()
                self.progress.emit(written)
            return not task.cancelled.is_set()

        try:
            convert(
                request.project, request.target, source_format=PROJECT_FORMAT, target_format=request.format,
                choice=request.choice, read=request.read, write=request.write, report=report,
                overwrite=request.overwrite, allow_empty=request.allow_empty, progress=progress,
            )  # fmt: skip
        except (Cancelled, TaskCancelled):
            self.ended.emit(ExportResult(request, report, cancelled=True))
        except (ClipsymError, OSError) as error:
            doing = tr("The export to {target} failed. Nothing was written.").format(target=request.target)
            self.ended.emit(ExportResult(request, report, problem=Problem.of(error, doing=doing)))
        else:
            self.ended.emit(ExportResult(request, report))

    def _on_broken(self, task: Task[ExportRequest], problem: Problem) -> None:
        from clipsym_core.data.report import Report

        self.ended.emit(ExportResult(task.request, Report(), problem=problem))
