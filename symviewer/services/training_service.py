"""Training runs of the open project: begins them as processes of their own, follows one, stops, resumes, discards.

A run lives in its folder: its process writes events there, and goes on when the window is closed. The window reads
them, and finds the process again when it is opened later. Everything that touches the disk happens in a thread.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QObject, QTimer, Signal

from symviewer.model.problem import Problem
from symviewer.services.child_process import child_environment
from symviewer.services.mailbox import Queue
from symviewer.services.worker_thread import WorkerThread
from symviewer.store.paths import runs_folder

if TYPE_CHECKING:
    from clipsym_core.train.events import ErrorEvent, Event, EventReader, Started
    from symviewer.store.runs import RunSummary

log = logging.getLogger(__name__)

POLL_MS: Final = 250
WATCH_MS: Final = 3000
"""Between looks at runs that are not followed."""
_EVENTS_AT_ONCE: Final = 4000
_TAIL_BYTES: Final = 20_000


@dataclass(frozen=True, slots=True)
class News:
    """What a run told since the last time; `more`: the next part follows at once. `output`: the end of what the process
    printed beside its events, once it has ended."""

    folder: Path
    events: tuple[Event, ...]
    alive: bool
    more: bool = False
    output: str = ""


@dataclass(frozen=True, slots=True)
class ListRuns:
    project: Path


@dataclass(frozen=True, slots=True)
class Begin:
    root: Path
    label: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Resume:
    """Go on with a run, some values of its run file changed (less memory)."""

    folder: Path
    changes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Follow:
    folder: Path


@dataclass(frozen=True, slots=True)
class Poll:
    folder: Path


@dataclass(frozen=True, slots=True)
class Watch:
    """See whether runs that nobody follows still work."""

    folders: frozenset[Path]


@dataclass(frozen=True, slots=True)
class StopRun:
    folder: Path


@dataclass(frozen=True, slots=True)
class Discard:
    folder: Path


@dataclass(frozen=True, slots=True)
class Keep:
    """Copy the best checkpoint of a run to the user's models."""

    folder: Path


@dataclass(frozen=True, slots=True)
class ReadPictures:
    """Previews of a run, by name and by path in its folder."""

    folder: Path
    names: tuple[str, ...]
    paths: tuple[str, ...]


Request = ReadPictures | ListRuns | Begin | Resume | Follow | Poll | Watch | StopRun | Discard | Keep


class TrainingService(QObject):
    """Signals: `listed(project, runs, pictures)`: with the paths of those that the newest run had, or None;
    `began(folder)`, also after a resume; `news(News)` of the run that is followed; `ran_out(folder)`: the process of a
    run ended; `discarded(folder)`; `kept(path of a checkpoint)`;
    `pictures_read(folder, names, paths, pictures [h, w, 3])`; `problem(Problem)`.
    """

    listed = Signal(object, object, object)
    began = Signal(object)
    news = Signal(object)
    ran_out = Signal(object)
    discarded = Signal(object)
    kept = Signal(str)
    pictures_read = Signal(object, object, object, object)
    problem = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._queue: Queue[Request] = Queue()
        self._thread: WorkerThread[Request] = WorkerThread("training", self._queue, self._handle, self._report)
        self._children: dict[Path, subprocess.Popen[bytes]] = {}
        self._reader: EventReader | None = None
        self._started: Started | None = None
        self._followed: Path | None = None
        self._live: set[Path] = set()
        self._polling = False
        self._timer = QTimer(self, interval=POLL_MS)
        self._timer.timeout.connect(self._poll)
        self._watch = QTimer(self, interval=WATCH_MS)
        self._watch.timeout.connect(self._look_at_others)
        self.news.connect(self._on_news)
        self.listed.connect(self._on_listed)
        self.began.connect(self._on_began)
        self.discarded.connect(self._on_discarded)

    # -- asked for in the window --------------------------------------------------------------------------------------

    @property
    def live(self) -> frozenset[Path]:
        """Folders of runs whose process is known to work."""
        return frozenset(self._live)

    @property
    def followed(self) -> Path | None:
        return self._followed

    def refresh(self, project: Path) -> None:
        """List the runs of a project file."""
        self._put(ListRuns(project))

    def look(self, project: Path) -> None:
        """List the runs of a project file that was opened, if there are any: one may still be going on."""
        if runs_folder(project).is_dir():
            self.refresh(project)

    def begin(self, project: Path, label: str, values: Mapping[str, Any]) -> None:
        """Begin a run of the project with these values of a run file."""
        self._put(Begin(runs_folder(project), label, dict(values)))

    def resume(self, folder: Path, **changes: object) -> None:
        """Go on where a run ended."""
        self._put(Resume(folder, changes))

    def follow(self, folder: Path | None) -> None:
        """Tell the news of this run from its beginning, and of no other."""
        self._followed = folder
        self._timer.stop()
        self._watch_others()
        if folder is not None:
            self._put(Follow(folder))

    def stop_run(self, folder: Path) -> None:
        """Let it end after its step; best and last are kept."""
        self._put(StopRun(folder))

    def discard(self, folder: Path) -> None:
        """End it and delete all that it made."""
        if folder == self._followed:
            self.follow(None)
        self._put(Discard(folder))

    def keep(self, folder: Path) -> None:
        """Put its best checkpoint among the user's models."""
        self._put(Keep(folder))

    def read_pictures(self, folder: Path, names: tuple[str, ...], paths: tuple[str, ...]) -> None:
        """Read previews of a run."""
        self._put(ReadPictures(folder, names, paths))

    def stop(self) -> bool:
        """The window closes; runs live on. Whether the thread ended in time."""
        self._timer.stop()
        self._watch.stop()
        ended = self._thread.stop() if self._thread.isRunning() else True
        for child in self._children.values():
            # It is nobody's child from now on: Python would complain that it still runs.
            child.returncode = 0 if child.poll() is None else child.returncode
        return ended

    def _put(self, request: Request) -> None:
        if not self._thread.isRunning():
            self._thread.start()
        self._queue.put(request)

    def _poll(self) -> None:
        if self._followed is not None and not self._polling:
            self._polling = True
            self._put(Poll(self._followed))

    def _on_news(self, news: News) -> None:
        if not news.more:
            self._polling = False
        was_live = news.folder in self._live
        (self._live.add if news.alive else self._live.discard)(news.folder)
        self._watch_others()
        if news.folder == self._followed and not news.more:
            if news.alive:
                self._timer.start()
            else:
                self._timer.stop()
        if was_live and not news.alive:
            self.ran_out.emit(news.folder)

    def _on_listed(self, _project: Path, runs: tuple[RunSummary, ...], _pictures: object) -> None:
        self._live -= {run.folder for run in runs if not run.state.is_live}
        self._live |= {run.folder for run in runs if run.state.is_live}
        self._watch_others()

    def _on_began(self, folder: Path) -> None:
        self._live.add(folder)
        self.follow(folder)

    def _on_discarded(self, folder: Path) -> None:
        self._live.discard(folder)
        self._watch_others()

    def _watch_others(self) -> None:
        """Runs that are not followed end, too."""
        if self._live - {self._followed} and not self._watch.isActive():
            self._watch.start()

    def _look_at_others(self) -> None:
        others = frozenset(self._live - {self._followed})
        if others:
            self._put(Watch(others))
        else:
            self._watch.stop()

    # -- in the thread ------------------------------------------------------------------------------------------------

    def _handle(self, request: Request) -> None:
        from symviewer.store import runs

        match request:
            case ListRuns(project):
                self._reap()
                found = tuple(runs.list_runs(runs_folder(project)))
                self.listed.emit(project, found, runs.known_pictures(found[0].folder) if found else None)
            case Begin(root, label, values):
                self._launch(runs.new_run(root, label, values))
            case Resume(folder, changes):
                runs.write_values(folder, {**runs.read_values(folder), **changes})
                self._launch(folder, "--resume")
            case Follow(folder):
                from clipsym_core.train.events import EVENTS_FILE, EventReader

                self._reader, self._started = EventReader(folder / EVENTS_FILE), None
                self._tell(folder)
            case Poll(folder):
                self._tell(folder)
            case Watch(folders):
                self._reap()
                for folder in folders:
                    if not runs.summary(folder).state.is_live:
                        self.news.emit(News(folder, (), alive=False))
            case ReadPictures(folder, names, paths):
                self._read_pictures(folder, names, paths)
            case StopRun(folder):
                runs.ask_to_stop(folder)
            case Discard(folder):
                runs.discard(folder)
                self._reap()
                self.discarded.emit(folder)
            case Keep(folder):
                self.kept.emit(os.fspath(runs.keep_model(folder)))

    def _report(self, request: Request, problem: Problem) -> None:
        if isinstance(request, Follow | Poll):
            self.news.emit(News(request.folder, (), alive=False))
        self.problem.emit(problem)

    def _launch(self, folder: Path, *flags: str) -> None:
        from clipsym_core.train.run_file import RUN_FILE
        from symviewer.store import runs

        # A window that is closed must not take the run along, nor break the pipe that it writes to.
        with (folder / runs.OUTPUT).open("ab") as output:
            child = subprocess.Popen(
                [sys.executable, "-m", "clipsym_core.train", os.fspath(folder / RUN_FILE), *flags],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=folder,
                env=child_environment(),
                **_on_its_own(),
            )
        self._children[folder] = child
        runs.remember_process(folder, child.pid)
        self.began.emit(folder)

    def _tell(self, folder: Path) -> None:
        from clipsym_core.train.events import Started
        from symviewer.store import runs

        self._reap()
        reader = self._reader
        if reader is None or reader.path.parent != folder:
            return  # another run is followed by now
        events = reader.poll()
        self._started = next((e for e in reversed(events) if isinstance(e, Started)), self._started)
        alive = runs.process_of(folder, self._started) is not None
        events += reader.poll()  # what it wrote before it ended, if it did just now
        output = "" if alive else _tail(folder / runs.OUTPUT)
        refusal = _refusal(output)
        events += [refusal] if refusal else []
        parts = [events[i : i + _EVENTS_AT_ONCE] for i in range(0, len(events), _EVENTS_AT_ONCE)] or [[]]
        for part in parts[:-1]:
            self.news.emit(News(folder, tuple(part), alive, more=True))
        plain = "\n".join(line for line in output.splitlines() if not line.startswith('{"')).strip()
        self.news.emit(News(folder, tuple(parts[-1]), alive, output=plain))

    def _read_pictures(self, folder: Path, names: tuple[str, ...], paths: tuple[str, ...]) -> None:
        from clipsym_core.errors import ImageReadError
        from clipsym_core.imaging import read_image

        found = []
        for name, path in zip(names, paths, strict=True):
            try:
                found.append((name, read_image(folder / path)))
            except ImageReadError as error:
                log.info("%s", error)  # deleted meanwhile, say; the others are shown
        self.pictures_read.emit(folder, tuple(n for n, _ in found), paths, [pixels for _, pixels in found])

    def _reap(self) -> None:
        """Let go of children that have ended; they would stay as ghosts."""
        self._children = {folder: child for folder, child in self._children.items() if child.poll() is None}


def _on_its_own() -> dict[str, Any]:
    """Arguments of Popen for a process that outlives us."""
    if sys.platform == "win32":
        flags = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW
        return {"creationflags": flags | subprocess.BELOW_NORMAL_PRIORITY_CLASS}
    return {"start_new_session": True}


def _tail(path: Path) -> str:
    """The last lines that a process printed."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - _TAIL_BYTES))
            return file.read().decode("utf-8", "replace")
    except OSError:
        return ""


def _refusal(output: str) -> ErrorEvent | None:
    """Why a process did not even begin: it has said so on its output alone, for it had no run to write to yet."""
    from clipsym_core.train.events import ErrorEvent, parse_event

    events = [event for event in map(parse_event, output.splitlines()) if event is not None]
    return events[-1] if events and isinstance(events[-1], ErrorEvent) else None
