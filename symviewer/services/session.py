"""One run of the application: the workspace and everything that works for it, started and stopped in one place."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Final, Protocol

from PySide6.QtCore import QObject, Signal

from clipsym_core.video.pyav import is_video
from symviewer.model.document import Document
from symviewer.model.heatmaps import PictureImage
from symviewer.model.model_status import ModelState, ModelStatus
from symviewer.model.pictures import NOTHING, PictureState
from symviewer.model.problem import Problem
from symviewer.model.translating import tr
from symviewer.model.undo import Change, UndoStack
from symviewer.model.words import plural
from symviewer.model.workspace import Work, Workspace
from symviewer.services.batch_detection import BatchDetection
from symviewer.services.comparison_service import ComparisonService
from symviewer.services.datasets import Datasets
from symviewer.services.detection_service import DetectionService
from symviewer.services.detectors import DetectorSource
from symviewer.services.diagnosis import Diagnosis
from symviewer.services.disagreement_queue import DisagreementQueue
from symviewer.services.evidence_service import EvidenceService
from symviewer.services.long_steps import LongSteps
from symviewer.services.model_library import ModelLibrary
from symviewer.services.picture_cache import PictureCache
from symviewer.services.picture_listing import PictureListing
from symviewer.services.picture_loader import PictureLoader
from symviewer.services.project_desk import PROJECT_SUFFIX, ProjectDesk
from symviewer.services.samples import first_sample, sample_folder
from symviewer.services.settings_keeper import SettingsKeeper
from symviewer.services.thumbnails import Thumbnails
from symviewer.services.training_service import TrainingService
from symviewer.services.trash import Trash
from symviewer.store.opening import OpenedProject
from symviewer.store.settings_store import SettingsStore

CHECKPOINT_SUFFIXES: Final = (".safetensors",)
AHEAD: Final = 2
"""So many of the next pictures are looked at before they are asked for."""


class Part(Protocol):
    """Something with threads."""

    def stop(self) -> bool:
        """End them; whether they ended in time."""
        ...


class Session(QObject):
    """Signals: `problem(Problem)` for a person to see, `notice(str)` for the status bar."""

    problem = Signal(object)
    notice = Signal(str)

    def __init__(self, store: SettingsStore, source: DetectorSource, *, keep_settings: bool = True) -> None:
        super().__init__()
        loaded = store.load()
        self.workspace = Workspace(loaded.settings)
        self._start_problem = loaded.problem
        pictures = PictureCache()
        self.projects = ProjectDesk(self.workspace.desk)
        self.datasets = Datasets(self.workspace, self.projects)
        self.training = TrainingService()
        self.comparison = ComparisonService()
        self.detection = DetectionService(self.workspace, source, pictures)
        self.batch = BatchDetection(self.workspace, self.detection)
        self.long_steps = LongSteps(self.workspace.desk)
        self.disagreement = DisagreementQueue(self.workspace, self.detection.worker, self.projects)
        self.evidence = EvidenceService(self.workspace, pictures)
        self.loader = PictureLoader(pictures)
        self.thumbnails = Thumbnails()
        self.trash = Trash()
        self.diagnosis = Diagnosis()
        self.models = ModelLibrary()
        self.listing = PictureListing(self.workspace, self.projects, self.loader)
        self._keeper = SettingsKeeper(self.workspace, store, enabled=keep_settings)
        self._everything_ahead = False
        self._started = self._stopped = False
        self.detectors = source
        self._adopted: list[Part] = []
        self._connect()

    def _connect(self) -> None:
        self.detection.problem.connect(self.problem)
        self.detection.notice.connect(self.notice)
        self.batch.run.progressed.connect(lambda _progress: self._show_background())
        self.long_steps.progressed.connect(lambda _progress: self._show_background())
        self.disagreement.run.progressed.connect(lambda _progress: self._show_background())
        self.disagreement.problem.connect(self.problem)
        self.disagreement.notice.connect(self.notice)
        self.evidence.notice.connect(self.notice)
        self.workspace.tools.finished.connect(self.notice.emit)
        self._keeper.problem.connect(self.problem)
        self.training.problem.connect(self.problem)
        self.training.kept.connect(self._on_new_model)
        self.projects.problem.connect(self.problem)
        self.projects.notice.connect(self.notice)
        self.listing.problem.connect(self.problem)
        self.listing.project_opened.connect(self._on_project)
        self.listing.listed.connect(self._plan_ahead)
        self.projects.moves_planned.connect(self._on_moves)
        self.loader.loaded.connect(self._on_picture)
        self.loader.failed.connect(self._on_broken_picture)
        self.thumbnails.failed.connect(self._on_broken_thumbnail)
        self.trash.moved.connect(self._on_trashed)
        self.trash.failed.connect(lambda _path, problem: self.problem.emit(problem))
        self.workspace.pictures.current_changed.connect(self._on_current)
        self.workspace.model_changed.connect(self._on_model)

    # -- life ---------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Start the threads; to be called when the window is visible, because it begins the heavy imports."""
        self._started = True
        self.loader.start()
        self.listing.start()
        self.projects.start()
        self.thumbnails.start()
        self.evidence.start()
        self.detection.start()
        if self._start_problem is not None:
            self.problem.emit(self._start_problem)

    def adopt(self, part: Part) -> None:
        """Something that is made when it is first wanted: it is stopped with all else."""
        self._adopted.append(part)

    def shutdown(self) -> bool:
        """Save, stop timers and threads; whether all ended in time. May be called twice."""
        if self._stopped:
            return True
        self._stopped = True
        self._keeper.stop()
        if not self._started:
            return True
        self.thumbnails.clear()
        # A drag in progress is finished; then nobody is told any more: views have stopped their timers already.
        self.workspace.desk.closing.emit()
        self.workspace.release()
        background = (self.long_steps, self.batch.run, self.disagreement, self.datasets, self.training, self.comparison)
        services = (
            self.listing,
            self.trash,
            self.projects,
            self.loader,
            self.thumbnails,
            self.diagnosis,
            self.models,
            self.evidence,
        )
        parts = (*background, *services, self.detection)
        ended = [part.stop() for part in (*self._adopted, *parts)]  # all of them, also after one that did not end
        return all(ended)

    # -- the project --------------------------------------------------------------------------------------------------

    @property
    def project(self) -> OpenedProject | None:
        """The open project; None where there is none, or it was refused."""
        return self.projects.project

    @property
    def document(self) -> Document:
        """All pictures of the project with their shapes; empty without one. See `Desk` for its events."""
        return self.workspace.desk.document

    @property
    def stack(self) -> UndoStack:
        """The one way to change the document."""
        return self.workspace.desk.stack

    @property
    def opening(self) -> bool:
        """Whether a folder is being read, or its project opened."""
        return self.listing.busy or self.projects.busy

    def undo(self) -> None:
        """Take the last step back; a batch that is going on ends first."""
        if self.batch.gesture and self.stack.undo_gesture == self.batch.gesture:
            self.batch.run.cancel()
        self.long_steps.undo()

    def redo(self) -> None:
        """Do again what was undone last."""
        self.long_steps.redo()

    @property
    def idle(self) -> bool:
        """Whether no folder is scanned, no project opened, no picture decoded and nothing computed."""
        shown = self.workspace.image.path if self.workspace.image else ""
        picture = self.workspace.pictures.current_picture
        waits_for_picture = picture is not None and picture.problem is None and picture.path != shown
        loading = self.workspace.model.state is ModelState.LOADING
        busy = self.opening or waits_for_picture or loading
        return not busy and self.detection.idle and self.evidence.idle and not self._in_background

    @property
    def _in_background(self) -> bool:
        return self.batch.run.active or self.long_steps.progress.active

    # -- opening ------------------------------------------------------------------------------------------------------

    def open(self, paths: Sequence[str]) -> None:
        """Show these files and folders instead of the present list; a checkpoint among them becomes the model.

        Their project is opened, or made, with the first picture that is found. A project file stands for its folder.
        The folder of the sample pictures is looked at as a whole and not remembered as recent. Nothing is put into it.
        """
        absolute = [os.path.abspath(path) for path in paths]
        checkpoints = [path for path in absolute if path.lower().endswith(CHECKPOINT_SUFFIXES)]
        others = tuple(path for path in absolute if path not in checkpoints)
        if checkpoints:
            self.use_model(checkpoints[-1])
        if not others or not self._all_saved():
            return
        samples = sample_folder()
        shows_samples = samples is not None and [os.path.realpath(path) for path in others] == [samples]
        if not shows_samples:
            self.workspace.settings = self.workspace.settings.with_recent(others[0])
        folders = (os.path.dirname(others[0]),) if others[0].lower().endswith(PROJECT_SUFFIX) else others
        alone = len(folders) == 1 and os.path.isfile(folders[0]) and not is_video(folders[0])
        wanted = folders[0] if alone else first_sample(folders[0]) if shows_samples else ""
        self._everything_ahead = shows_samples
        leave_alone = samples is not None and all(_is_inside(path, samples) for path in folders)
        self.listing.open(others, folders, wanted=wanted, leave_alone=leave_alone)

    def open_samples(self) -> None:
        """Show the pictures that come with the program, and look at all of them."""
        folder = sample_folder()
        if folder is None:
            self.problem.emit(
                Problem(
                    tr("The sample pictures are missing."),
                    tr("The installation is incomplete."),
                    tr("Install the program again, or open pictures of your own."),
                )
            )
            return
        self.open([folder])

    def cancel(self) -> None:
        """Stop scanning and computing."""
        self.listing.cancel()
        self.detection.cancel()
        self.long_steps.stop()
        self.batch.run.cancel()
        self.disagreement.run.pause()

    def use_model(self, model: str) -> None:
        """Load a model by name or checkpoint file, and keep it in the settings."""
        settings = self.workspace.settings
        if os.path.isfile(model):
            settings = settings.with_recent_model(model)
        same = settings.detection.model == model
        self.workspace.settings = settings.changed(detection=settings.detection.changed(model=model))
        if same:
            self.detection.load_model()

    def change_detection(self, **values: object) -> None:
        """Change device, precision or proposals.

        Raises:
            pydantic.ValidationError: a value that does not fit.
        """
        settings = self.workspace.settings
        self.workspace.settings = settings.changed(detection=settings.detection.changed(**values))

    # -- what the services report -------------------------------------------------------------------------------------

    def _on_project(self) -> None:
        """The project is on the desk, or refused; its pictures are about to be listed."""
        self.thumbnails.clear()
        if self.project is not None:
            self.training.look(self.project.project.path)
            self.stack.changed.connect(self._on_change)

    def _on_new_model(self, path: str) -> None:
        """A training made a model that a person wants to use: it answers once before it takes the place of the old."""
        self.use_model(path)
        self.models.refresh()

    def _on_moves(self) -> None:
        """What was moved is in its new place: from now on pictures that nobody looked at are known as such."""
        image = self.workspace.image
        if image is not None:
            self.detection.picture_shown(image)
        self._plan_ahead()

    def _on_change(self, change: Change) -> None:
        """What is undone or done again is shown, also where it is in another picture."""
        if change.action == "do" or self.long_steps.progress.active:
            return
        verb = tr("Undone") if change.action == "undo" else tr("Done again")
        pictures = {delta.picture for delta in change.deltas}
        where = ""
        if len(pictures) == 1:
            index = self.workspace.pictures.index_of(self.workspace.desk.path_of(*pictures))
            if index not in (NOTHING, self.workspace.pictures.current):
                self.workspace.pictures.select(index)
                where = f", in {self.workspace.pictures[index].name}"
        self.notice.emit(f"{verb}: {change.text}{where}")

    def _all_saved(self) -> bool:
        """Whether the project may be closed; a person is told where steps of it are not on disk."""
        if self.projects.flush():
            return True
        saving = self.projects.saving
        why = saving.problem.why if saving.problem else ""
        self.problem.emit(
            Problem(
                tr("{steps} of your work could not be saved; the project stays open.").format(
                    steps=plural(saving.pending, "step")
                ),
                why,
                tr("Make room on the disk, or make the project file writable, then open the other folder again."),
            )
        )
        return False

    def _on_current(self, index: int) -> None:
        self.workspace.show_heatmaps(None)
        if index == NOTHING:
            self.workspace.show_image(None)
            return
        picture = self.workspace.pictures[index]
        self.loader.show(picture.path)

    def _on_picture(self, image: PictureImage) -> None:
        picture = self.workspace.pictures.current_picture
        if picture is None or picture.path != image.path:
            return  # another one was chosen meanwhile
        if picture.problem is not None:
            self.workspace.pictures.mark_waiting(image.path)  # the file was repaired
        self.workspace.show_image(image)
        self.listing.looked_at()
        if not self.projects.files_moved:
            self.detection.picture_shown(image)
        self._plan_ahead()

    def _on_trashed(self, path: str) -> None:
        self.workspace.pictures.remove(path)
        self.notice.emit(tr("{file} is in the trash.").format(file=os.path.basename(path)))

    def _on_broken_picture(self, path: str, problem: Problem) -> None:
        self.listing.looked_at()
        self.workspace.pictures.mark_failed(path, problem)
        picture = self.workspace.pictures.current_picture
        if picture is not None and picture.path == path:
            self.workspace.show_image(None)
            self._plan_ahead()

    def _on_broken_thumbnail(self, path: str, problem: Problem) -> None:
        index = self.workspace.pictures.index_of(path)
        if index != NOTHING and self.workspace.pictures[index].state is PictureState.WAITING:
            self.workspace.pictures.mark_failed(path, problem)

    def _on_model(self, status: ModelStatus) -> None:
        if status.state is ModelState.READY:
            self._plan_ahead()

    def _show_background(self) -> None:
        runs = {
            tr("Undo and redo"): self.long_steps.progress,
            tr("Batch"): self.batch.run.progress,
            tr("Disagreement"): self.disagreement.run.progress,
        }
        active = {name: progress for name, progress in runs.items() if progress.active}
        text = "; ".join(f"{name}: {progress.text}" for name, progress in active.items())
        first = next(iter(active.values()), None)
        self.workspace.background = Work(text, first.part if first else None)

    def _plan_ahead(self) -> None:
        """The next pictures are decoded and looked at before they are asked for."""
        pictures, order = self.workspace.pictures, self.workspace.order
        if self._stopped or pictures.current == NOTHING:
            return
        row, count = order.row_of(pictures.current), len(order)
        if row + 1 < count:
            self.loader.look_ahead(pictures[order[row + 1]].path)
        # While a model is trained, only what a person looks at is computed: both share the processor.
        if self.projects.files_moved or self.training.live:
            return
        steps = range(1, count) if self._everything_ahead else range(1, min(AHEAD, count - 1 - row) + 1)
        self.detection.look_ahead([pictures[order[(row + step) % count]].path for step in steps])


def _is_inside(path: str, folder: str) -> bool:
    """Whether a file or folder lies in a folder, or is it."""
    return os.path.join(os.path.realpath(path), "").startswith(os.path.join(os.path.realpath(folder), ""))
