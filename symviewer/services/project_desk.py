"""Opens and closes projects in a thread of their own, and puts the open one on the desk.

Checking a large file, a migration or a slow network drive never stands in the way of the window. One thread does
everything in the order in which it was asked for: a folder that is opened again is closed first.
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from PySide6.QtCore import QObject, QTimer, Signal

from symviewer.model.annotation import ReviewState
from symviewer.model.desk import Desk
from symviewer.model.problem import Problem
from symviewer.model.saving import Saving
from symviewer.model.translating import mark, tr
from symviewer.model.words import plural
from symviewer.services.first_look import FirstLook
from symviewer.services.mailbox import Queue
from symviewer.services.worker_thread import WorkerThread
from symviewer.store.identity import Move, not_in_place, plan_moves
from symviewer.store.opening import OpenedProject, folder_for, open_file, open_folder
from symviewer.store.problems import ProjectError

log = logging.getLogger(__name__)

PROJECT_SUFFIX: Final = ".symproj"
RETRY_MS: Final = 5000
"""What could not be saved is tried again after this time, too, not only with the next step."""
OPENING: Final = mark("The project is being opened.")


@dataclass(frozen=True, slots=True)
class Opening:
    """Open the project of `paths` (or of a project file); `leave_alone`: put nothing into their folder. Whether its
    pictures are in their place is looked at after `first_look`."""

    id: int
    paths: tuple[str, ...]
    leave_alone: bool
    first_look: FirstLook


@dataclass(frozen=True, slots=True)
class Opened:
    """`project` is None where it was refused, and `problem` says why. `known`: it has pictures whose place is still to
    be checked."""

    id: int
    project: OpenedProject | None
    problem: Problem | None = None
    known: bool = False


@dataclass(frozen=True, slots=True)
class Checked:
    """`missing`: so many files of the project are not where they were, or were changed."""

    project: OpenedProject
    missing: int


@dataclass(frozen=True, slots=True)
class Found:
    """Where moved files are now."""

    project: OpenedProject
    moves: list[Move]


@dataclass(frozen=True, slots=True)
class Closing:
    project: OpenedProject


@dataclass(frozen=True, slots=True)
class MoveSearch:
    """Look where the pictures that are not in their place are now."""

    project: OpenedProject
    found: Sequence[str]


_Request: TypeAlias = Opening | Closing | MoveSearch


class ProjectDesk(QObject):
    """Signals: `opened()`: the project is on the desk, or refused (`problem` says why, the pictures can still be
    looked at); `closing()`: it is about to be closed; `moves_planned()`: moved files were found again, or there were
    none; `saving_changed(Saving)`; `problem(Problem)`, `notice(str)`."""

    opened = Signal()
    closing = Signal()
    moves_planned = Signal()
    saving_changed = Signal(object)
    problem = Signal(object)
    notice = Signal(str)
    _answer = Signal(object)

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._queue: Queue[_Request] = Queue()
        self._thread: WorkerThread[_Request] = WorkerThread("projects", self._queue, self._handle, self._report)
        self._ids = itertools.count(1)
        self._latest = 0
        self._project: OpenedProject | None = None
        self._unsure = False
        self._missing: int | None = None  # None until it was checked
        self._searchable: Sequence[str] | None = None  # None until the folder was read to its end
        self._saving = Saving()
        self._untaken: dict[int, OpenedProject] = {}
        self._answer.connect(self._on_answer)
        self._retry = QTimer(self, interval=RETRY_MS)
        self._retry.timeout.connect(self.flush)
        desk.stack_updated.connect(self._on_stack)

    # -- life ---------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> bool:
        """Save, close and end; whether the thread ended in time."""
        self._latest = 0
        self.close()
        ended = self._thread.stop()
        for project in self._untaken.values():
            project.close()  # opened when nobody was there any more to hear of it
        return ended

    # -- the open project ---------------------------------------------------------------------------------------------

    @property
    def project(self) -> OpenedProject | None:
        """The open project; None where there is none, or it was refused."""
        return self._project

    @property
    def busy(self) -> bool:
        """Whether a project is being opened or searched for moved files."""
        return self._latest != 0 or self._unsure

    @property
    def files_moved(self) -> bool:
        """Whether pictures of the project may still be found again; until then nothing new is looked at."""
        return self._unsure

    @property
    def saving(self) -> Saving:
        return self._saving

    def flush(self) -> bool:
        """Write what is not on disk; whether all is."""
        return self._project is None or self._project.autosave.flush()

    def open(self, paths: Sequence[str], first_look: FirstLook, *, leave_alone: bool = False) -> None:
        """Close the project that is open, and open the one of these files and folders."""
        self.close(tr(OPENING))
        self._latest = next(self._ids)
        self._queue.put(Opening(self._latest, tuple(paths), leave_alone, first_look))

    def close(self, reason: str = "") -> None:
        """Close the project that is open; `reason` says why nothing can be changed meanwhile."""
        if self._project is not None:
            self.closing.emit()
        self._desk.closing.emit()
        project, self._project, self._unsure = self._project, None, False
        self._missing, self._searchable = None, None
        self._retry.stop()
        if project is not None:
            project.autosave.stop()
            self._desk.clear(*([reason] if reason else []))
            self._queue.put(Closing(project))
        self._show_saving(Saving())

    def add_files(self, paths: Sequence[str]) -> frozenset[str]:
        """Make files known to the project; gives those that were looked at earlier."""
        if self._project is None:
            # Refused: what is found on the pictures is shown, and forgotten when the window is closed.
            self._desk.document.add_pictures(paths)
            return frozenset()
        ids = self._project.project.add_files(paths)
        document = self._desk.document
        looked_at = (document.entry(id).state is not ReviewState.NONE for id in ids)
        return frozenset(path for path, done in zip(paths, looked_at, strict=True) if done)

    def find_moved(self, found: Sequence[str]) -> None:
        """The folder was read to its end: look for the pictures that are not in their place."""
        self._searchable = found
        self._search()

    def _search(self) -> None:
        """Once it is known whether files were moved, and where to look."""
        if not self._unsure or self._project is None:
            return
        if self._missing == 0:
            self._settle()
        elif self._missing and self._searchable is not None:
            self._queue.put(MoveSearch(self._project, self._searchable))

    def _settle(self) -> None:
        """Every picture is where it is known to be."""
        self._unsure = False
        self.moves_planned.emit()

    # -- in the thread ------------------------------------------------------------------------------------------------

    def _handle(self, request: _Request) -> None:
        if isinstance(request, Closing):
            request.project.project.close()
        elif isinstance(request, MoveSearch):
            known = request.project.project.known_pictures()
            self._answer.emit(Found(request.project, plan_moves(known, request.found)))
        else:
            self._open(request)

    def _open(self, request: Opening) -> None:
        try:
            project = _opened(request)
        except ProjectError as error:
            self._answer.emit(Opened(request.id, None, Problem.of(error)))
            return
        self._untaken[request.id] = project
        known = len(project.document) > 0
        self._answer.emit(Opened(request.id, project, known=known))
        if not known:
            return
        request.first_look.wait()
        try:
            missing = len(not_in_place(project.project.known_pictures()))
        except ProjectError as error:  # what cannot be read now will say so when it is needed
            log.info("%s", error)
            missing = 0
        self._answer.emit(Checked(project, missing))

    def _report(self, request: _Request, problem: Problem) -> None:
        if isinstance(request, Opening):
            self._answer.emit(Opened(request.id, None, problem))
        elif isinstance(request, MoveSearch):
            self._answer.emit(Found(request.project, []))

    # -- in the window's thread ---------------------------------------------------------------------------------------

    def _on_answer(self, answer: Opened | Checked | Found) -> None:
        if isinstance(answer, Opened):
            self._on_opened(answer)
        elif answer.project is not self._project:
            return  # another one is open by now
        elif isinstance(answer, Checked):
            self._missing = answer.missing
            self._search()
        else:
            self._on_moves(answer.project, answer.moves)

    def _on_opened(self, answer: Opened) -> None:
        self._untaken.pop(answer.id, None)
        if answer.id != self._latest:
            if answer.project is not None:
                self._queue.put(Closing(answer.project))  # another one is wanted by now
            return
        self._latest = 0
        project = self._project = answer.project
        if project is None:
            problem = answer.problem or Problem(tr("The project cannot be opened."))
            self._desk.clear(problem.what)
            self._show_saving(Saving(read_only=problem.what, why=" ".join((problem.why, problem.remedy)).strip()))
            self.problem.emit(problem)
        else:
            self._unsure = answer.known
            self._desk.put(project.document, project.stack, project.project.key_of, project.project.path_of)
            project.autosave.saved.connect(lambda when: self._show_saving(Saving(when=when)))
            project.autosave.failed.connect(self._on_failed)
            self._show_saving(_read_only(project))
            for notice in project.notices:
                log.info("%s", notice.text)
                if not project.stack.read_only:
                    self.notice.emit(notice.what)
        self.opened.emit()

    def _on_moves(self, project: OpenedProject, moves: list[Move]) -> None:
        try:
            found = len(self._move(project, moves)) if moves else 0
        except ProjectError as error:
            self.problem.emit(Problem.of(error))
        else:
            left = (self._missing or 0) - found
            texts = (
                [
                    tr("{pictures} with your work found again at another place.").format(
                        pictures=plural(found, "picture")
                    )
                ]
                if found
                else []
            )
            gone = tr("changed or not here any more; the work on them is kept.")
            texts += [f"{plural(left, 'picture')} {gone}"] if left else []
            self.notice.emit(" ".join(texts))
        self._settle()

    @staticmethod
    def _move(project: OpenedProject, moves: list[Move]) -> Sequence[int]:
        if project.stack.read_only:  # for this window alone
            key_of = project.project.key_of
            return project.document.relocate({move.picture: key_of(move.path) for move in moves})
        return project.project.move_pictures(moves)

    def _on_failed(self, problem: Problem) -> None:
        self._retry.start()
        pending = self._project.autosave.pending if self._project else 0
        self._show_saving(Saving(pending=pending, problem=problem))
        self.problem.emit(problem)

    def _on_stack(self) -> None:
        if self._project is None:
            return
        pending = self._project.autosave.pending
        if pending != self._saving.pending and pending:
            self._show_saving(Saving(pending=pending, problem=self._saving.problem))

    def _show_saving(self, saving: Saving) -> None:
        if not saving.pending:
            self._retry.stop()
        if saving != self._saving:
            self._saving = saving
            self.saving_changed.emit(saving)


def _opened(request: Opening) -> OpenedProject:
    first = request.paths[0]
    if first.lower().endswith(PROJECT_SUFFIX):
        return open_file(Path(first))
    return open_folder(_folder(request.paths), leave_alone=request.leave_alone)


def _folder(paths: Sequence[str]) -> Path:
    """The folder of these, or of the first of them where they have none in common (two drives)."""
    try:
        return folder_for(paths)
    except ValueError:
        return folder_for(paths[:1])


def _read_only(project: OpenedProject) -> Saving:
    if not project.stack.read_only:
        return Saving()
    remedy = tr("Close it there and open the folder again to make changes here.")
    return Saving(read_only=tr("This project is open for reading only."), why=f"{project.stack.read_only} {remedy}")
