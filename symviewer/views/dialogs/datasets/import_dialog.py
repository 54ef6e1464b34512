"""File, Import: annotations of another program, or of a colleague, into a project."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QProgressBar,
    QWidget,
)

from clipsym_core.data.formats.base import ReadOptions
from clipsym_core.data.formats.registry import FORMATS, get_format
from symviewer.model.problem import Problem
from symviewer.model.translating import mark
from symviewer.model.words import plural
from symviewer.services.import_service import ImportRequest, ImportResult
from symviewer.services.preview_service import Look, LookRequest
from symviewer.services.session import Session
from symviewer.views.controls import button, check, choose, combo, text_label
from symviewer.views.dialogs.datasets.contents import Contents
from symviewer.views.dialogs.datasets.pages import lay_out_pages
from symviewer.views.dialogs.datasets.report_view import ReportView
from symviewer.views.translation import tr

HERE, BESIDE = "here", "beside"
_MERGE: Final = {
    "add": mark("Add what is new"), "replace": mark("Replace the annotations"),
    "keep": mark("Leave the picture as it is"),
}  # fmt: skip
_STATES: Final = {"verified": mark("Verified"), "suggested": mark("Not verified"), "none": mark("Not looked at")}
_FIRST: Final = mark("Choose a folder or a file with annotations. Its format is recognized where that is possible.")


class ImportDialog(QDialog):
    """Choose, look at what is in it, import, read the report. The window behind it is not touched meanwhile."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._datasets = session, session.datasets
        self._look: Look | None = None
        self._waits_for_project = False
        self.setWindowTitle(tr("Import annotations"))
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.resize(900, 560)
        self.source = QLineEdit()
        self.source.setAccessibleName(tr("Dataset"))
        self.source.setPlaceholderText(tr("Folder or file"))
        self.source.editingFinished.connect(self._look_again)
        formats: dict[object, str] = {"": tr("Recognize it")}
        formats |= {f.name: f.title[:1].upper() + f.title[1:] for f in FORMATS if f.readable}
        self.format = combo(tr("Format"), formats, self._look_again, tr("What kind of files these are."))
        self.images = QLineEdit()
        self.images.setAccessibleName(tr("Folder of the pictures"))
        self.images.setPlaceholderText(tr("Where the annotations say"))
        self.images.setToolTip(
            tr("For annotations whose pictures lie elsewhere: the folder that their names start from.")
        )
        self.images.editingFinished.connect(self._look_again)
        self.state = combo(
            tr("Pictures are"), _STATES, self._look_again,
            tr("Whether pictures count as checked, if the format does not say."),
        )  # fmt: skip
        self.merge = combo(
            tr("If annotated"), _MERGE, lambda: None, tr("For pictures that have annotations in the project.")
        )
        self.suggestions = check(tr("Take suggestions in, too"), lambda: None, on=True)
        self.target = combo(tr("Import into"), {}, self._refresh)
        self.layout_text = text_label(tr("Files of this format"))
        self.contents = Contents()
        self.report = ReportView()
        self.progress = QProgressBar()
        self.progress.setAccessibleName(tr("Progress"))
        self.progress.setRange(0, 0)
        self.run = button(tr("Import"), self.start)
        self.run.setDefault(True)
        self.close_button = button(tr("Cancel"), self._on_close)
        self._lay_out()
        preview, imports = self._datasets.preview, self._datasets.imports
        preview.looked.connect(self._on_looked)
        preview.failed.connect(self._on_look_failed)
        imports.progress.connect(self._on_progress)
        imports.ended.connect(self._on_ended)
        session.projects.opened.connect(self._on_project)
        session.problem.connect(self._on_problem)
        self._refresh()

    @property
    def busy(self) -> bool:
        """Whether an import is under way."""
        return self._datasets.imports.running or self._waits_for_project

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow(
            tr("Dataset"), _row(self.source, button(tr("Folder…"), self._on_folder), button(tr("File…"), self._on_file))
        )
        form.addRow(tr("Format"), self.format)
        form.addRow(self.layout_text)
        form.addRow(
            tr("Pictures in"),
            _row(self.images, button(tr("Choose…"), self._on_images, tr("Choose the pictures' folder"))),
        )
        form.addRow(tr("Pictures are"), self.state)
        form.addRow(tr("Import into"), self.target)
        form.addRow(tr("If annotated"), self.merge)
        form.addRow("", self.suggestions)
        left = QWidget()
        left.setLayout(form)
        left.setMinimumWidth(390)
        self.pages = lay_out_pages(self, left, self.contents, self.report, self.progress, self.run, self.close_button)

    # -- what a person chooses ----------------------------------------------------------------------------------------

    def begin(self, source: str = "") -> None:
        """Start anew, with a dataset where one is known."""
        self.pages.setCurrentIndex(0)
        self.source.setText(source)
        self.images.clear()
        self._look = None
        self._list_targets()
        self._look_again()

    def _list_targets(self) -> None:
        project = self._session.project
        chosen = self.target.currentData()
        self.target.clear()
        if project is not None and not project.stack.read_only:
            self.target.addItem(
                tr("The open project ({name})").format(name=project.project.folder.name or project.project.folder), HERE
            )
        self.target.addItem(tr("A project beside the pictures, which opens"), BESIDE)
        choose(self.target, chosen)

    def _on_folder(self) -> None:
        path = QFileDialog.getExistingDirectory(self, tr("Folder of a dataset"), self.source.text())
        if path:
            self.begin(path)

    def _on_file(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, tr("File of a dataset"), self.source.text())
        if path:
            self.begin(path)

    def _on_images(self) -> None:
        path = QFileDialog.getExistingDirectory(self, tr("Folder of the pictures"), self.images.text())
        if path:
            self.images.setText(path)
            self._look_again()

    def _read_options(self) -> ReadOptions:
        images = self.images.text().strip()
        return ReadOptions(images=Path(images).absolute() if images else None, state=self.state.currentData())

    # -- looking at it ------------------------------------------------------------------------------------------------

    def _look_again(self) -> None:
        source = self.source.text().strip()
        self._look = None
        self.contents.show_text(tr("Reading …") if source else tr(_FIRST))
        if source:
            request = LookRequest(Path(source).absolute(), self.format.currentData(), self._read_options())
            self._datasets.preview.look(request)
        else:
            self._datasets.preview.cancel()
        self._refresh()

    def _on_looked(self, look: Look) -> None:
        if not self.isVisible() or self._datasets.imports.running:
            return
        self._look = look
        title = get_format(look.format).title
        self.contents.show_preview(look.preview, title[:1].upper() + title[1:])
        if look.preview.finished:
            self.contents.summary.setText(f"{self.contents.summary.text()}{_left_out(look)}")
        self._refresh()

    def _on_look_failed(self, problem: Problem) -> None:
        if self.isVisible():
            self._look = None
            self.contents.show_text(problem.text)
            self._refresh()

    def _refresh(self) -> None:
        running = self.busy
        name = self._look.format if self._look else self.format.currentData()
        self.layout_text.setText(tr("Files: {layout}").format(layout=get_format(name).layout) if name else "")
        self.layout_text.setVisible(bool(name))
        stats = self._look.preview.stats if self._look and self._look.preview.finished else None
        self.run.setEnabled(not running and stats is not None and bool(stats.pictures))
        self.run.setVisible(self.pages.currentIndex() == 0)
        self.progress.setVisible(running)
        self.pages.widget(0).setEnabled(not running)
        done = self.pages.currentIndex() == 1
        self.close_button.setText(tr("Close") if done else tr("Cancel"))
        self.close_button.setAccessibleName(self.close_button.text())

    # -- importing ----------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Import what was looked at."""
        if self._look is None or not self.run.isEnabled():
            return
        self.progress.setFormat("")
        if self.target.currentData() == BESIDE:
            self._waits_for_project = True
            source = Path(self.source.text().strip()).absolute()
            folder = self._read_options().images or (source if source.is_dir() else source.parent)
            self._session.open([os.fspath(folder)])
            # Refused because work of the present project is not saved: a message says so.
            self._waits_for_project = self._session.opening
            self._refresh()
        else:
            self._begin_import()

    def _on_project(self) -> None:
        if not self._waits_for_project:
            return
        self._waits_for_project = False
        project = self._session.project
        if project is None or project.stack.read_only:
            self.contents.show_text(project.stack.read_only if project else tr("The project cannot be opened."))
            self._refresh()
            return
        self._begin_import()

    def _on_problem(self, problem: Problem) -> None:
        if self._waits_for_project and not self._session.opening:
            self._waits_for_project = False  # there is nothing in that folder that could be opened
            self.contents.show_text(problem.text)
            self._refresh()

    def _begin_import(self) -> None:
        assert self._look is not None
        self._datasets.preview.cancel()
        self._datasets.imports.begin(
            ImportRequest(
                Path(self.source.text().strip()).absolute(), self._look.format, self._read_options(),
                self.merge.currentData(), self.suggestions.isChecked(),
            )
        )  # fmt: skip
        self.progress.setRange(0, max(1, self._look.preview.stats.pictures))
        self.progress.setValue(0)
        self._refresh()

    def _on_progress(self, read: int) -> None:
        self.progress.setValue(min(read, self.progress.maximum()))
        self.progress.setFormat(
            tr("{read:,} of {maximum:,} pictures").format(read=read, maximum=self.progress.maximum())
        )

    def _on_ended(self, result: ImportResult) -> None:
        self.pages.setCurrentIndex(1)
        self.report.show_report(summary(result), result.report)
        self._refresh()

    def _on_close(self) -> None:
        if self._datasets.imports.running:
            self.progress.setFormat(tr("Taking back what went in …"))
            self._datasets.imports.cancel()
        elif self._waits_for_project:
            self._waits_for_project = False
            self._session.cancel()
            self._refresh()
        else:
            self.close()

    def reject(self) -> None:
        """Escape: as the button."""
        self._on_close()

    def closeEvent(self, event: object) -> None:
        self._datasets.preview.cancel()
        self._datasets.imports.cancel()


def summary(result: ImportResult) -> str:
    """What happened, in a sentence or two."""
    if result.cancelled:
        return tr("Cancelled: nothing was imported.")
    parts = [plural(result.annotations, "annotation")]
    if result.suggestions:
        parts.append(plural(result.suggestions, "suggestion"))
    text = tr("Imported {shapes} on {pictures}. Undo takes them back in one step.").format(
        shapes=tr(" and ").join(parts), pictures=plural(result.pictures, "picture")
    )
    if not result.pictures:
        text = tr("Nothing was imported.")
    if result.problem is not None:
        text = f"{result.problem.text} {text}"
    counts = [f"{result.report.counts[kind]:,} {kind}" for kind in ("skipped", "lost") if result.report.counts[kind]]
    return tr("{text} {counts}: see below.").format(text=text, counts=tr(" and ").join(counts)) if counts else text


def _left_out(look: Look) -> str:
    skipped = look.report.counts["skipped"]
    if not skipped:
        return ""
    first = look.report.of("skipped")
    reason = tr(", the first: {entry}").format(entry=first[0]) if first else ""
    hint = ""
    if not look.preview.stats.pictures and any("missing" in entry.message for entry in first):
        hint = tr(' If the pictures lie elsewhere, name their folder under "Pictures in".')
    return tr(" {things} will be left out{reason}{hint}").format(
        things=plural(skipped, "thing"), reason=reason, hint=hint
    )


def _row(*parts: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setContentsMargins(0, 0, 0, 0)
    for part in parts:
        row.addWidget(part, 1 if isinstance(part, QLineEdit) else 0)
    return row
