"""A frame becomes a picture of the project, with the shapes that were on it as its suggestions."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, Signal

from clipsym_core.imaging import Pixels
from clipsym_core.symmetry import Detection
from symviewer.model import commands
from symviewer.model.problem import Problem
from symviewer.model.translating import tr
from symviewer.model.words import plural
from symviewer.model.workspace import Workspace
from symviewer.services.mailbox import Queue
from symviewer.services.project_desk import ProjectDesk
from symviewer.services.worker_thread import WorkerThread
from symviewer.store.paths import snapshots_folder

log = logging.getLogger(__name__)

FOLDER_NAME: Final = "snapshots"


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """A picture to be written, and what is suggested on it."""

    path: Path
    pixels: Pixels
    detections: tuple[Detection, ...]


class Snapshots(QObject):
    """Signals: `problem(Problem)`, `notice(str)`, `kept(path)` when the picture is in the list with its suggestions."""

    problem = Signal(object)
    notice = Signal(str)
    kept = Signal(str)
    _saved = Signal(object)

    def __init__(
        self, workspace: Workspace, projects: ProjectDesk, open_paths: Callable[[Sequence[str]], object]
    ) -> None:
        super().__init__()
        self._workspace, self._projects, self._open = workspace, projects, open_paths
        self._pending: dict[str, Snapshot] = {}
        self._requests: Queue[Snapshot] = Queue()
        self._thread: WorkerThread[Snapshot] | None = None
        self._count = 0
        self._saved.connect(self._on_saved)
        workspace.pictures.added.connect(lambda _first, _count: self._suggest())

    def stop(self) -> bool:
        """Write what waits, and end the thread; whether it ended in time."""
        return self._thread is None or self._thread.stop()

    def take(self, pixels: Pixels, detections: Sequence[Detection]) -> None:
        """Keep a frame [H, W, 3]: in the folder of the open project, or in the user's folder of pictures."""
        if self._thread is None:
            self._thread = WorkerThread("snapshots", self._requests, self._write, self._report)
            self._thread.start()
        self._count += 1
        name = f"{datetime.now():%Y-%m-%d %H.%M.%S}-{self._count}.png"
        path = (self._project_folder() or snapshots_folder()) / FOLDER_NAME / name
        self._requests.put(Snapshot(path, pixels, tuple(detections)))

    def _project_folder(self) -> Path | None:
        """The folder of the open project where something may be put into it."""
        project = self._projects.project
        if project is None or project.stack.read_only:
            return None
        folder = Path(project.project.folder)
        # The project of a folder that is to be left alone lies elsewhere.
        return folder if project.project.path.is_relative_to(folder) else None

    def _write(self, snapshot: Snapshot) -> None:
        import cv2

        from clipsym_core.errors import OutputError
        from clipsym_core.files import write_atomic

        ok, data = cv2.imencode(".png", snapshot.pixels[..., ::-1])
        try:
            if not ok:
                raise OutputError(f"Cannot write {snapshot.path}.", "The frame cannot be encoded.")
            write_atomic(snapshot.path, data.tobytes())
        except OSError as error:
            remedy = "Check the folder, its permissions and free space."
            raise OutputError(f"Cannot write {snapshot.path}.", f"{error.strerror or error}.", remedy) from error
        self._saved.emit(snapshot)

    def _report(self, _snapshot: Snapshot, problem: Problem) -> None:
        self.problem.emit(problem)

    def _on_saved(self, snapshot: Snapshot) -> None:
        path = str(snapshot.path)
        self._pending[path] = snapshot
        folder = self._project_folder()
        if folder is not None and snapshot.path.is_relative_to(folder):
            self._workspace.pictures.add([path], self._projects.add_files([path]))
        else:
            self._open([str(snapshot.path.parent)])

    def _suggest(self) -> None:
        """Suggestions for what has come into the list."""
        desk = self._workspace.desk
        for path, snapshot in list(self._pending.items()):
            picture = desk.find(path)
            if picture is None:
                continue
            del self._pending[path]
            command = commands.suggest(desk.document, picture, snapshot.detections)
            if desk.read_only:  # another window has the folder of the snapshots open
                desk.stack.push_unasked(command)
            else:
                desk.stack.push(command)
            self.notice.emit(
                tr("Kept {file} with {suggestions}.").format(
                    file=snapshot.path.name, suggestions=plural(len(snapshot.detections), "suggestion")
                )
            )
            self.kept.emit(path)
