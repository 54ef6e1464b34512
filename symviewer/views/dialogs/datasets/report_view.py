"""The report of an import or export: every entry with its file and place, to read, filter, copy and save."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from clipsym_core.data.report import Entry, EntryKind, Report
from clipsym_core.files import write_atomic
from symviewer.model.translating import mark
from symviewer.views.controls import button, combo, text_label
from symviewer.views.translation import tr

_KINDS: Final[dict[EntryKind, str]] = {
    "skipped": mark("Skipped"), "lost": mark("Lost, the format has no place for it"),
    "changed": mark("Changed"), "note": mark("Notes"),
}  # fmt: skip
_HEADERS: Final = (mark("What"), mark("File"), mark("Place"), mark("Why"))
_COLUMN_WIDTHS: Final = (80, 190, 120)
_Index = QModelIndex | QPersistentModelIndex


class ReportModel(QAbstractTableModel):
    """One row an entry."""

    def __init__(self) -> None:
        super().__init__()
        self.entries: list[Entry] = []

    def show_entries(self, entries: list[Entry]) -> None:
        self.beginResetModel()
        self.entries = entries
        self.endResetModel()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self.entries)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(_HEADERS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return tr(_HEADERS[section])
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return None
        entry = self.entries[index.row()]
        return (entry.kind.capitalize(), entry.file, entry.place, entry.message)[index.column()]


class ReportView(QWidget):
    """Shows one report at a time."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._report = Report()
        self.title = text_label(tr("Result"))
        self.filter = combo(tr("Which entries"), {"": tr("All entries")}, self._show)
        self.model = ReportModel()
        self.table = QTableView()
        self.table.setModel(self.model)
        self.table.setAccessibleName(tr("What was skipped, lost or changed"))
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setAlternatingRowColors(True)
        self.table.setShowGrid(False)
        self.table.setWordWrap(False)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(self.table.fontMetrics().height() + 8)
        header = self.table.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for column, width in enumerate(_COLUMN_WIDTHS):
            header.resizeSection(column, width)
        header.setSectionResizeMode(len(_HEADERS) - 1, QHeaderView.ResizeMode.Stretch)
        self.copy = button(tr("Copy report"), self._copy, tr("Put all entries on the clipboard."))
        self.save = button(
            tr("Save report…"), self._on_save, tr("Write all entries to a text file, or as lines of JSON.")
        )
        row = QHBoxLayout()
        row.addWidget(self.filter)
        row.addStretch()
        row.addWidget(self.copy)
        row.addWidget(self.save)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.title)
        layout.addLayout(row)
        layout.addWidget(self.table, 1)
        layout.addStretch(0)  # without entries the title stays at the top

    def show_report(self, title: str, report: Report) -> None:
        """Show a report under a title; without entries the title alone."""
        self._report = report
        self.title.setText(title)
        self.filter.clear()
        self.filter.addItem(tr("All entries ({total:,})").format(total=report.counts.total()), "")
        for kind, text in _KINDS.items():
            if report.counts[kind]:
                self.filter.addItem(f"{tr(text)} ({report.counts[kind]:,})", kind)
        for part in (self.filter, self.copy, self.save, self.table):
            part.setVisible(bool(report.entries))
        self._show()

    @property
    def text(self) -> str:
        """All kept entries as text, a line each."""
        lines = [f"{entry.kind}: {entry}" for entry in self._report.entries]
        more = self._report.counts.total() - len(lines)
        return "\n".join([*lines, *([tr("... and {more:,} more").format(more=more)] if more > 0 else [])])

    def save_to(self, path: Path) -> None:
        """Write the entries; a file `.jsonl` gets lines of JSON as `clipsym convert --report` writes them.

        Raises:
            OSError: it cannot be written.
        """
        json = "".join(f"{entry.to_json()}\n" for entry in self._report.entries)
        write_atomic(path, (json if path.suffix == ".jsonl" else f"{self.title.text()}\n\n{self.text}\n").encode())

    def _show(self) -> None:
        kind = self.filter.currentData()
        order = list(_KINDS)
        chosen = [entry for entry in self._report.entries if not kind or entry.kind == kind]
        self.model.show_entries(sorted(chosen, key=lambda entry: order.index(entry.kind)))  # the worst first

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(f"{self.title.text()}\n\n{self.text}")

    def _on_save(self) -> None:
        path, _ = QFileDialog.getSaveFileName(
            self, tr("Save the report"), "report.txt", tr("Text (*.txt);;JSON (*.jsonl)")
        )
        if path:
            try:
                self.save_to(Path(path))
            except OSError as error:
                self.title.setText(
                    tr("The report cannot be saved as {path}: {why}.").format(path=path, why=error.strerror or error)
                )
