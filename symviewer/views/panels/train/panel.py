"""The Train panel: the runs of the open project, and a new one."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

from PySide6.QtCore import QSignalBlocker, Qt, QTimer
from PySide6.QtWidgets import QFrame, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from clipsym_core.data.pictures import name_in_dataset
from symviewer.model.annotation import ReviewState
from symviewer.model.model_entry import ModelEntry
from symviewer.model.training import STATE_WORDS
from symviewer.services.session import Session
from symviewer.store.runs import RunSummary
from symviewer.views.controls import choose, combo
from symviewer.views.panels.train.choices import Choices
from symviewer.views.panels.train.run_view import RunView
from symviewer.views.translation import tr

_NEW: Final = "new"
_SETTLE_MS: Final = 200
_NO_PROJECT: Final = "symviewer"
"""Runs that belong to no project lie under this name."""


class TrainPanel(QWidget):
    """`show_comparison(folder)` opens the comparison of a run."""

    def __init__(self, session: Session, show_comparison: Callable[[Path], object]) -> None:
        super().__init__()
        self._session, self._training = session, session.training
        self._known: frozenset[str] | None = None
        self._attached = False
        self.setAccessibleName(tr("Train"))
        self.runs = combo(
            tr("Run"), {_NEW: "New training"}, self._on_run, tr("The runs of this project, newest first.")
        )
        self.choices = Choices()
        self.choices.start_wanted.connect(self.begin)
        self.run_view = RunView(self._training)
        self.run_view.compare_wanted.connect(show_comparison)
        self.run_view.model_wanted.connect(self._training.keep)
        self._count = QTimer(self, interval=_SETTLE_MS, singleShot=True)
        self._count.timeout.connect(self._show_project)
        self._lay_out()
        training, desk = self._training, session.workspace.desk
        training.listed.connect(self._on_listed)
        training.began.connect(self._on_began)
        training.ran_out.connect(self._on_ran_out)
        training.discarded.connect(self._on_discarded)
        session.models.listed.connect(self._on_models)
        session.projects.opened.connect(self._on_project)
        desk.picture_changed.connect(lambda _picture: self._count.start())
        desk.replaced.connect(self._count.start)
        session.models.refresh()
        self._on_project()

    def _lay_out(self) -> None:
        scroll = QScrollArea()
        scroll.setWidget(self.choices)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.viewport().setAutoFillBackground(False)
        self.choices.setAutoFillBackground(False)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        bar = scroll.verticalScrollBar().sizeHint().width()
        scroll.setMinimumWidth(self.choices.minimumSizeHint().width() + bar)
        self._pages = QStackedWidget()
        self._pages.addWidget(scroll)
        self._pages.addWidget(self.run_view)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 6, 6, 6)
        layout.addWidget(self.runs)
        layout.addWidget(self._pages, 1)

    @property
    def _place(self) -> Path:
        """What the runs belong to."""
        project = self._session.project
        return project.project.path if project is not None else Path.home() / _NO_PROJECT / "none"

    # -- a person wants -----------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Begin a run with what is chosen."""
        if not self.choices.start.isEnabled():
            return
        project = self._session.project
        self._session.projects.flush()
        choices = self.choices.choices
        folder = project.project.folder if project is not None else None
        values = choices.values(project.project.path if project is not None else None, folder)
        self._training.begin(self._place, choices.preset, values)

    def new_training(self, start: str = "") -> None:
        """Show the choices, with this model to start from where one is given."""
        self.runs.setCurrentIndex(0)
        if start:
            self.choices.choose_start(start)

    def _on_run(self) -> None:
        folder = self.runs.currentData()
        if folder == _NEW or folder is None:
            self._pages.setCurrentIndex(0)
            self._training.follow(None)
            self._show_project()
        else:
            self._pages.setCurrentIndex(1)
            self.run_view.show_run(Path(folder))

    # -- what happens -------------------------------------------------------------------------------------------------

    def _on_project(self) -> None:
        """Another project has other runs."""
        self._attached = False
        self._known = None
        self._training.refresh(self._place)
        self._show_project()

    def _on_ran_out(self, _folder: object) -> None:
        self._training.refresh(self._place)

    def _on_listed(self, place: Path, runs: tuple[RunSummary, ...], known: frozenset[str] | None) -> None:
        if place != self._place:
            return  # of a project that was closed meanwhile
        chosen = self.runs.currentData()
        with QSignalBlocker(self.runs):
            self.runs.clear()
            self.runs.addItem(tr("New training"), _NEW)
            for run in runs:
                f1 = f", F1 {run.f1:.3f}" if run.f1 is not None else ""
                self.runs.addItem(
                    f"{run.name} ({STATE_WORDS[run.state].partition(',')[0].lower()}{f1})", os.fspath(run.folder)
                )
            choose(self.runs, chosen)
        self._known = known
        if not self._attached:
            # A run that goes on from the last time is what a person wants to see.
            self._attached = True
            live = next((run for run in runs if run.state.is_live), None)
            choose(self.runs, os.fspath(live.folder) if live else _NEW)
            self._on_run()
        elif self.runs.currentData() != chosen:
            self._on_run()
        self._show_project()

    def _on_began(self, folder: Path) -> None:
        data = os.fspath(folder)
        if self.runs.findData(data) < 0:
            self.runs.insertItem(1, folder.name, data)
        choose(self.runs, data)
        self._on_run()

    def _on_discarded(self, folder: Path) -> None:
        index = self.runs.findData(os.fspath(folder))
        if index >= 0:
            self.runs.removeItem(index)
        self._on_run()
        self._training.refresh(self._place)

    def _on_models(self, entries: tuple[ModelEntry, ...]) -> None:
        self.choices.list_models(entries)

    def _show_project(self) -> None:
        project, document = self._session.project, self._session.document
        verified = [entry.path for entry in document.entries() if entry.state is ReviewState.VERIFIED]
        known = self._known
        new = None if known is None else sum(name_in_dataset(path) not in known for path in verified)
        self.choices.show_project(present=project is not None, verified=len(verified), new=new)
