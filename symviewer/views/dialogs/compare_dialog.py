"""Old and new model of a training, side by side on the validation pictures, before the new one is taken."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QProgressBar,
    QSlider,
    QSplitter,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from symviewer.model.comparison import ComparedPicture, Comparison
from symviewer.model.problem import Problem
from symviewer.model.translating import mark
from symviewer.services.comparison_service import Overlays
from symviewer.services.session import Session
from symviewer.views.controls import button, text_label
from symviewer.views.translation import tr
from symviewer.views.wipe_view import WipeView

_HEADERS: Final = (mark("Picture"), mark("Old F1"), mark("New F1"), mark("Change"))
_TICKS: Final = 1000
_SHOWN_DIGITS: Final = 3


class CompareDialog(QDialog):
    """Not modal: pictures can be looked at meanwhile."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._comparison = session, session.comparison
        self._folder: Path | None = None
        self._result: Comparison | None = None
        self.resize(1000, 600)
        self.text = text_label(tr("What came out"))
        self.table = QTableWidget(0, len(_HEADERS))
        self.table.setHorizontalHeaderLabels([tr(name) for name in _HEADERS])
        self.table.setAccessibleName(tr("Validation pictures"))
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setAlternatingRowColors(True)
        self.table.setShowGrid(False)
        self.table.setWordWrap(False)
        self.table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.table.setMinimumWidth(340)
        self.table.verticalHeader().hide()
        header = self.table.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.table.itemSelectionChanged.connect(self._on_row)
        self.wipe = WipeView(tr("Old model"), tr("New model"))
        self.slider = QSlider(Qt.Orientation.Horizontal, minimum=0, maximum=_TICKS, value=_TICKS // 2)
        self.slider.setAccessibleName(tr("Line between old and new"))
        self.slider.valueChanged.connect(lambda value: self.wipe.set_place(value / _TICKS))
        self.wipe.moved.connect(lambda place: self.slider.setValue(round(place * _TICKS)))
        self.progress = QProgressBar()
        self.progress.setAccessibleName(tr("Progress of the comparison"))
        self.use = button(tr("Use the new model"), self._on_use, tr("Keep it among your models and use it now."))
        self._lay_out()
        service = self._comparison
        service.progress.connect(self._on_progress)
        service.compared.connect(self._on_compared)
        service.drawn.connect(self._on_drawn)
        service.failed.connect(self._on_failed)

    def _lay_out(self) -> None:
        right = QWidget()
        column = QVBoxLayout(right)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.wipe, 1)
        column.addWidget(self.slider)
        splitter = QSplitter()
        splitter.addWidget(self.table)
        splitter.addWidget(right)
        splitter.setStretchFactor(0, 2)
        splitter.setStretchFactor(1, 3)
        splitter.setChildrenCollapsible(False)
        bottom = QHBoxLayout()
        bottom.addWidget(self.progress, 1)
        bottom.addStretch()
        bottom.addWidget(self.use)
        bottom.addWidget(button(tr("Close"), self.close))
        layout = QVBoxLayout(self)
        layout.addWidget(self.text)
        layout.addWidget(splitter, 1)
        layout.addLayout(bottom)

    def show_run(self, folder: Path) -> None:
        """Compare the models of this run."""
        self._folder, self._result = folder, None
        self.setWindowTitle(tr("Old and new model of {name}").format(name=folder.name))
        self.text.setText(tr("Asking both models about the validation pictures …"))
        self.table.setRowCount(0)
        self.wipe.show_pictures(None, None)
        self.progress.setRange(0, 0)
        self.progress.show()
        self.use.setEnabled(False)
        self._comparison.compare(folder)

    # -- answers ------------------------------------------------------------------------------------------------------

    def _on_progress(self, done: int, total: int) -> None:
        self.progress.setRange(0, total)
        self.progress.setValue(done)

    def _on_compared(self, result: Comparison) -> None:
        self._result = result
        self.progress.hide()
        self.use.setEnabled(True)
        self.text.setText(result.text)
        self.table.setRowCount(len(result.pictures))
        for row, picture in enumerate(result.pictures):
            for column, text in enumerate(_cells(picture)):
                item = QTableWidgetItem(text)
                if column:
                    item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                item.setToolTip(picture.path)
                self.table.setItem(row, column, item)
        if result.pictures:
            self.table.selectRow(0)

    def _on_row(self) -> None:
        row = self.table.currentRow()
        if self._folder is not None and self._result is not None and 0 <= row < len(self._result.pictures):
            self._comparison.show(self._folder, self._result.pictures[row].path)

    def _on_drawn(self, overlays: Overlays) -> None:
        row = self.table.currentRow()
        if self._result is not None and row >= 0 and self._result.pictures[row].path == overlays.path:
            self.wipe.show_pictures(overlays.old, overlays.new)

    def _on_failed(self, problem: Problem) -> None:
        self.progress.hide()
        self.text.setText(problem.text)

    def _on_use(self) -> None:
        if self._folder is not None:
            self._session.training.keep(self._folder)

    def done(self, result: int) -> None:
        """However it is closed, Escape too."""
        self._comparison.forget()
        super().done(result)


def _cells(picture: ComparedPicture) -> tuple[str, str, str, str]:
    name = picture.path.rpartition("/")[2]
    if picture.old is None:
        return (name, "", f"{picture.new:.{_SHOWN_DIGITS}f}", "")
    return (
        name,
        f"{picture.old:.{_SHOWN_DIGITS}f}",
        f"{picture.new:.{_SHOWN_DIGITS}f}",
        f"{picture.change:+.{_SHOWN_DIGITS}f}",
    )
