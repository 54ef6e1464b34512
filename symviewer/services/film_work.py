"""Work along a video in the background: following shapes from frame to frame, and writing it with its shapes."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QObject, Signal

from clipsym_core.symmetry import Detection, Shape
from clipsym_core.video.address import file_of
from symviewer.model import commands
from symviewer.model.problem import Problem
from symviewer.model.translating import tr
from symviewer.model.workspace import Workspace
from symviewer.services.task_thread import Task, TaskThread

SOURCE: Final = "following"
"""The name under which what was followed is suggested."""


@dataclass(frozen=True, slots=True)
class FollowRequest:
    """Shapes of the first path, to be followed through the others."""

    id: int
    paths: tuple[str, ...]
    shapes: tuple[Shape, ...]


@dataclass(frozen=True, slots=True)
class WriteRequest:
    """A video of these frames with these shapes, one list a frame; the lists are taken in the thread."""

    target: str
    paths: tuple[str, ...]
    detections: Iterable[tuple[Detection, ...]]
    times: tuple[float, ...]


class FilmWork(QObject):
    """Signals: `problem(Problem)`, `notice(str)`, `done()` after each work that was not cancelled and did not fail."""

    problem = Signal(object)
    notice = Signal(str)
    done = Signal()
    _followed = Signal(object, str, object)
    _ended = Signal(str)

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self._workspace = workspace
        self._ids = itertools.count(1)
        self._task: TaskThread[FollowRequest | WriteRequest] = TaskThread("film", self._handle, self._report)
        self._followed.connect(self._on_followed)
        self._ended.connect(self._on_ended)
        workspace.desk.replaced.connect(self.cancel)

    def follow(self, paths: Sequence[str], shapes: Sequence[Shape]) -> None:
        """Follow shapes of the first frame through the others, in order, until none is found any more."""
        self._task.begin(FollowRequest(next(self._ids), tuple(paths), tuple(shapes)))

    def write(self, request: WriteRequest) -> None:
        """Write a video with shapes."""
        self._task.begin(request)

    def cancel(self) -> None:
        """Stop."""
        self._task.cancel()

    def stop(self) -> bool:
        """End the thread; whether it ended in time."""
        return self._task.stop()

    # -- in the thread ------------------------------------------------------------------------------------------------

    def _handle(self, task: Task[FollowRequest | WriteRequest]) -> None:
        if isinstance(task.request, FollowRequest):
            self._ended.emit(self._follow(task, task.request))
        else:
            self._ended.emit(self._write(task, task.request))

    def _follow(self, task: Task[FollowRequest | WriteRequest], request: FollowRequest) -> str:
        from clipsym_core.tracking.follow import Known, follow
        from clipsym_core.tracking.motion import Seen
        from clipsym_core.video.pool import read_picture

        seen = Seen.of(read_picture(request.paths[0]))
        known = [Known(number, shape, seen) for number, shape in enumerate(request.shapes)]
        count = 0
        for path in request.paths[1:]:
            task.check()
            pixels = read_picture(path)
            now = Seen.of(pixels)
            found = [f for f in follow(pixels, now, known) if f.shape is not None]
            if not found:
                break
            detections = tuple(Detection(f.shape, f.evidence, SOURCE) for f in found if f.shape is not None)
            self._followed.emit(request, path, detections)
            known = [Known(f.number, f.shape, now, f.radius) for f in found if f.shape is not None]
            count += 1
        return (
            tr("Followed through {count:,} frames.").format(count=count)
            if count
            else tr("Nothing could be followed to the next frame.")
        )

    @staticmethod
    def _write(task: Task[FollowRequest | WriteRequest], request: WriteRequest) -> str:
        from clipsym_core.overlay import draw_detections
        from clipsym_core.video.pool import read_picture
        from clipsym_core.video.writer import VideoWriter, check_apart

        check_apart(request.target, file_of(request.paths[0]))
        span = request.times[-1] - request.times[0]
        rate = (len(request.times) - 1) / span if span > 0 else 25.0
        with VideoWriter(request.target, rate=rate) as writer:
            for path, detections, seconds in zip(request.paths, request.detections, request.times, strict=True):
                task.check()
                writer.write(draw_detections(read_picture(path), detections, scores=False), seconds)
        return tr("Wrote {frames:,} frames to {target}.").format(frames=writer.frames, target=request.target)

    # -- in the window's thread ---------------------------------------------------------------------------------------

    def _on_followed(self, request: FollowRequest, path: str, detections: tuple[Detection, ...]) -> None:
        desk = self._workspace.desk
        picture = desk.find(path)
        latest = self._task.latest
        if picture is None or desk.read_only or latest is None or latest.request is not request:
            return
        desk.stack.push(commands.suggest(desk.document, picture, detections, batch=f"follow {request.id}"))

    def _on_ended(self, text: str) -> None:
        self.notice.emit(text)
        self.done.emit()

    def _report(self, _task: Task[FollowRequest | WriteRequest], problem: Problem) -> None:
        self.problem.emit(problem)
