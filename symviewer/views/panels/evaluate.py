"""The Evaluate panel: choose models and data, follow the work, look at the numbers, curves and pictures."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QUrl, Signal
from PySide6.QtGui import QDesktopServices, QShowEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from symviewer.model.pictures import NOTHING
from symviewer.model.problem import Problem
from symviewer.model.words import plural
from symviewer.services.evaluation_service import EvaluationProgress, EvaluationService, new_folder
from symviewer.services.session import Session
from symviewer.views.translation import tr


class EvaluatePanel(QWidget):
    """Its content is made when it is shown first: it needs what the start of the program does without.

    Signal: `problem(Problem)`.
    """

    problem = Signal(object)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._folder: Path | None = None
        self._built = False
        self.service = EvaluationService()
        session.adopt(self.service)
        self.setAccessibleName(tr("Evaluate"))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._built:
            self._built = True
            self._build()
        self.setup.refresh()

    def _build(self) -> None:
        from symviewer.views.panels.evaluate_curves import CurvesView
        from symviewer.views.panels.evaluate_numbers import NumbersView
        from symviewer.views.panels.evaluate_pictures import PicturesView
        from symviewer.views.panels.evaluate_setup import EvaluateSetup

        self.setup = EvaluateSetup(self._session)
        self.numbers, self.curves, self.pictures = NumbersView(), CurvesView(), PicturesView()
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        for title, view in (("Set up", self.setup), ("Numbers", self.numbers), ("Curves", self.curves),
                            ("Pictures", self.pictures)):  # fmt: skip
            self.tabs.addTab(view, title)
        self.run, self.cancel = QPushButton(tr("Evaluate")), QPushButton(tr("Cancel"))
        self.report, self.earlier = QPushButton(tr("Open report")), QPushButton(tr("Earlier …"))
        self.run.setToolTip(tr("Measure the chosen models on the chosen data."))
        self.report.setToolTip(tr("Show the whole report, with pictures, in the browser."))
        self.earlier.setToolTip(tr("Show the report of an earlier evaluation."))
        self.bar, self.status = QProgressBar(), QLabel()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(tr("Progress of the evaluation"))
        self.bar.setMaximumHeight(8)
        self.status.setWordWrap(True)
        self.status.setAccessibleName(tr("State of the evaluation"))
        buttons = QHBoxLayout()
        for button in (self.run, self.cancel, self.report, self.earlier):
            buttons.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 6, 6, 6)
        layout.addWidget(self.tabs, 1)
        layout.addWidget(self.bar)
        layout.addWidget(self.status)
        layout.addLayout(buttons)
        self.run.clicked.connect(self._begin)
        self.cancel.clicked.connect(self.service.cancel)
        self.report.clicked.connect(self._open_report)
        self.earlier.clicked.connect(self._choose_earlier)
        self.setup.changed.connect(self._refresh)
        self.pictures.wanted.connect(self._open_picture)
        self.service.progressed.connect(self._on_progress)
        self.service.finished.connect(self._on_finished)
        self.service.failed.connect(self._on_failed)
        self.service.cancelled.connect(lambda: self._idle(tr("Cancelled; nothing was written.")))
        self._idle("")

    # -- running ------------------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        request = self.setup.request(new_folder(self.setup.data_name))
        if request is None:
            return
        self._session.projects.flush()  # the other process reads the project from its file
        self.service.begin(request)
        self._refresh()

    def _on_progress(self, progress: EvaluationProgress) -> None:
        self.bar.setMaximum(progress.total)
        self.bar.setValue(progress.done)
        counts = f": {progress.done:,} of {plural(progress.total, 'picture')}" if progress.total else ""
        self.status.setText(f"{progress.text}{counts}")
        self._refresh()

    def _on_finished(self, folder: Path) -> None:
        self._idle("")
        self.show_report(folder)

    def _on_failed(self, problem: Problem) -> None:
        self._idle(problem.what)
        self.problem.emit(problem)

    def _idle(self, text: str) -> None:
        self.status.setText(text)
        self._refresh()

    def _refresh(self) -> None:
        running = self.service.running
        self.bar.setVisible(running)
        self.cancel.setVisible(running)
        self.run.setVisible(not running)
        self.run.setEnabled(self.setup.ready)
        self.report.setEnabled(self._folder is not None)
        self.status.setVisible(bool(self.status.text()))

    # -- reports ------------------------------------------------------------------------------------------------------

    def show_report(self, folder: Path) -> None:
        """Show the report that lies in a folder."""
        from clipsym_core.errors import InputError
        from clipsym_core.evaluate.report import read_report
        from clipsym_core.evaluate.request import REPORT_FILE

        try:
            report = read_report(folder / REPORT_FILE)
        except InputError as error:
            self.problem.emit(Problem.of(error))
            return
        self._folder = folder
        for view in (self.numbers, self.curves, self.pictures):
            view.show_report(report)
        self.tabs.setCurrentWidget(self.numbers)
        left_out = len(report.problems) + len(report.not_evaluated)
        more = f"; {plural(left_out, 'thing')} left out, see the report" if left_out else ""
        self._idle(f"{report.data.name}: {plural(len(report.data.pictures), 'picture')}{more}.")

    def _open_report(self) -> None:
        from clipsym_core.evaluate.request import PAGE_FILE

        if self._folder is None:
            return
        page = self._folder / PAGE_FILE
        if not page.is_file() or not QDesktopServices.openUrl(QUrl.fromLocalFile(str(page))):
            self._idle(f"The report is in {self._folder}")

    def _choose_earlier(self) -> None:
        start = str(new_folder("").parent)
        file, _ = QFileDialog.getOpenFileName(self, tr("Open an evaluation"), start, tr("Evaluations (report.json)"))
        if file:
            self.show_report(Path(file).parent)

    def _open_picture(self, file: str) -> None:
        """Show the picture; in place of the open folder only where it is not in it."""
        pictures = self._session.workspace.pictures
        index = pictures.index_of(str(Path(file)))
        if index != NOTHING:
            pictures.select(index)
        else:
            self._session.open([file])
