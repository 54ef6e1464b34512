"""File, Export: the work of a project in a form that other programs, and trainings elsewhere, read."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QMessageBox,
    QProgressBar,
    QScrollArea,
    QWidget,
)

from clipsym_core.data.fitting import unheld
from clipsym_core.data.formats.base import ReadOptions
from clipsym_core.data.formats.registry import get_format
from symviewer.model.problem import Problem
from symviewer.services.export_service import PROJECT_FORMAT, ExportRequest, ExportResult
from symviewer.services.preview_service import Look, LookRequest
from symviewer.services.session import Session
from symviewer.store.opening import OpenedProject
from symviewer.views.controls import button
from symviewer.views.dialogs.datasets.contents import Contents
from symviewer.views.dialogs.datasets.export_form import ExportForm
from symviewer.views.dialogs.datasets.pages import lay_out_pages
from symviewer.views.dialogs.datasets.report_view import ReportView
from symviewer.views.translation import tr

_FORM_LETTERS: Final = 66
_SETTLE_MS: Final = 150
"""The preview waits so long after a change: a spin box is turned through many values."""


class ExportDialog(QDialog):
    """Choose, look at what goes out, export, read the report."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._datasets = session, session.datasets
        self._look: Look | None = None
        self._running = False
        self.setWindowTitle(tr("Export annotations"))
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.resize(1000, 620)
        self._settle = QTimer(self, interval=_SETTLE_MS, singleShot=True)
        self._settle.timeout.connect(self._look_again)
        self.form = ExportForm()
        self.contents = Contents()
        self.report = ReportView()
        self.progress = QProgressBar()
        self.progress.setAccessibleName(tr("Progress"))
        self.run = button(tr("Export"), self.start)
        self.run.setDefault(True)
        self.close_button = button(tr("Cancel"), self._on_close)
        self._lay_out()
        self.form.content_changed.connect(self._on_change)
        self.form.changed.connect(self._refresh)
        self.form.place_wanted.connect(self._on_choose)
        self._datasets.preview.looked.connect(self._on_looked)
        self._datasets.preview.failed.connect(self._on_look_failed)
        self._datasets.exports.progress.connect(self._on_progress)
        self._datasets.exports.ended.connect(self._on_ended)
        self._refresh()

    @property
    def busy(self) -> bool:
        """Whether an export is under way."""
        return self._running

    def _lay_out(self) -> None:
        scroll = QScrollArea()
        scroll.setWidget(self.form)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # Rows that are hidden now are wider than those that are shown.
        scroll.setMinimumWidth(_FORM_LETTERS * self.fontMetrics().averageCharWidth())
        scroll.viewport().setAutoFillBackground(False)
        self.form.setAutoFillBackground(False)
        self.pages = lay_out_pages(self, scroll, self.contents, self.report, self.progress, self.run, self.close_button)

    # -- what a person chooses ----------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Start anew, on the open project."""
        self.pages.setCurrentIndex(0)
        project = self._session.project
        if project is not None:
            folder = project.project.folder
            self.form.propose(folder.parent / f"{folder.name or 'pictures'}-export")
        self._look_again()

    def _on_change(self) -> None:
        self._settle.start()
        self._refresh()

    def _on_choose(self) -> None:
        now = self.form.target.text()
        if self.form.is_one_file:
            path, _ = QFileDialog.getSaveFileName(self, tr("Export to a file"), now)
        else:
            path = QFileDialog.getExistingDirectory(self, tr("Export into a folder"), os.path.dirname(now))
            # The folder that was chosen is where the new one goes: an export never mixes with other files.
            path = os.path.join(path, os.path.basename(now)) if path else ""
        if path:
            self.form.target.setText(path)
            self._refresh()

    # -- looking at it ------------------------------------------------------------------------------------------------

    def _look_again(self) -> None:
        project = self._session.project
        self._look = None
        if project is None:
            self.contents.show_text(tr("No project is open."))
        else:
            self.contents.show_text(tr("Reading …"))
            request = LookRequest(
                project.project.path, PROJECT_FORMAT, _read_options(project), self.form.choice(with_plan=False)
            )  # fmt: skip
            self._datasets.preview.look(request)
        self._refresh()

    def _on_looked(self, look: Look) -> None:
        if not self.isVisible() or self._running:
            return
        self._look = look
        self.contents.show_preview(look.preview, tr("To export"))
        self._refresh()

    def _on_look_failed(self, problem: Problem) -> None:
        if self.isVisible():
            self.contents.show_text(problem.text)
            self._refresh()

    def _refresh(self) -> None:
        target = get_format(self.form.format.currentData())
        finished = self._look is not None and self._look.preview.finished
        lost = unheld(self._look.preview.stats, target) if finished and self._look else []
        self.form.show_losses(
            tr("{name} has no place for {list}.").format(name=target.name, list=", ".join(lost)) if lost else ""
        )
        empty = finished and self._look is not None and not self._look.preview.stats.pictures
        if empty:
            self.contents.show_text(self.form.why_empty)
        self.run.setEnabled(finished and not empty and not self._running and bool(self.form.target.text().strip()))
        self.run.setVisible(self.pages.currentIndex() == 0)
        self.progress.setVisible(self._running)
        self.pages.widget(0).setEnabled(not self._running)
        self.close_button.setText(tr("Close") if self.pages.currentIndex() == 1 else tr("Cancel"))
        self.close_button.setAccessibleName(self.close_button.text())

    # -- exporting ----------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Export what was chosen; asks before anything is replaced."""
        project = self._session.project
        if project is None or self._look is None or not self.run.isEnabled():
            return
        target = Path(self.form.target.text().strip()).expanduser().absolute()
        there = _what_is_there(target)
        if there and not self._may_replace(target, there):
            return
        self._session.projects.flush()
        self._datasets.preview.cancel()
        self._running = True
        self.progress.setRange(0, max(1, self._look.preview.stats.pictures))
        self.progress.setValue(0)
        self._datasets.exports.begin(
            ExportRequest(
                project.project.path, target, self.form.format.currentData(), self.form.choice(),
                _read_options(project), self.form.write_options(), overwrite=bool(there),
            )
        )  # fmt: skip
        self._refresh()

    def _may_replace(self, target: Path, there: str) -> bool:
        box = QMessageBox(self)
        box.setIcon(QMessageBox.Icon.Warning)
        box.setWindowTitle(tr("Replace"))
        box.setText(tr("{target} holds {there}. Replace it?").format(target=target, there=there))
        box.setInformativeText(tr("What is in it now is deleted once the export is complete."))
        replace = box.addButton(tr("Replace"), QMessageBox.ButtonRole.DestructiveRole)
        box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
        box.exec()
        return box.clickedButton() is replace

    def _on_progress(self, written: int) -> None:
        self.progress.setValue(min(written, self.progress.maximum()))
        self.progress.setFormat(
            tr("{written:,} of {maximum:,} pictures").format(written=written, maximum=self.progress.maximum())
        )

    def _on_ended(self, result: ExportResult) -> None:
        self._running = False
        self.pages.setCurrentIndex(1)
        self.report.show_report(summary(result), result.report)
        self._refresh()

    def _on_close(self) -> None:
        if self._running:
            self.progress.setFormat(tr("Stopping …"))
            self._datasets.exports.cancel()
        else:
            self.close()

    def reject(self) -> None:
        """Escape: as the button."""
        self._on_close()

    def closeEvent(self, event: object) -> None:
        self._settle.stop()
        self._datasets.preview.cancel()
        self._datasets.exports.cancel()


def summary(result: ExportResult) -> str:
    """What happened, in a sentence or two."""
    if result.cancelled:
        return tr("Cancelled: nothing was left behind.")
    if result.problem is not None:
        return result.problem.text.replace(", or say that it may be replaced (--overwrite)", "").replace(
            ", or --allow-empty", ", or verify pictures first"
        )
    return tr("Exported to {target}. {summary}.").format(target=result.request.target, summary=result.report.summary())


def _read_options(project: OpenedProject) -> ReadOptions:
    # A project of a folder that cannot be written lies elsewhere.
    return ReadOptions(images=project.project.folder, state="none")


def _what_is_there(target: Path) -> str:
    """What an export there would replace, in words; empty = nothing."""
    if target.is_dir():
        count = sum(1 for _ in target.iterdir())
        return tr("{count:,} files and folders").format(count=count) if count else ""
    return tr("an older file") if target.exists() else ""
