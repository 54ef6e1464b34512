"""The pictures of an evaluation, the worst first; a click opens one."""

from __future__ import annotations

from typing import Any, Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QSortFilterProxyModel, Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QComboBox, QHeaderView, QTableView, QVBoxLayout, QWidget

from clipsym_core.evaluate.columns import shown
from clipsym_core.evaluate.report import EvaluationReport, PictureRow
from symviewer.views.translation import tr

HEADERS: Final = ("Picture", "Error", "Axes", "Centers")
_TIPS: Final = (
    "Click to open it.",
    "1 − mean of its F1 values, in percent.",
    "Hits / shown / true",
    "Hits / shown / true",
)
SORT_ROLE: Final = Qt.ItemDataRole.UserRole
_Index = QModelIndex | QPersistentModelIndex


class RowsModel(QAbstractTableModel):
    """The rows of one model."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: tuple[PictureRow, ...] = ()

    def show_rows(self, rows: tuple[PictureRow, ...]) -> None:
        """Show these in place of others."""
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def rowCount(self, parent: _Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.rows)

    def columnCount(self, parent: _Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(HEADERS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return HEADERS[section]
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.ToolTipRole:
            return _TIPS[section]
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row, column = self.rows[index.row()], index.column()
        if role == SORT_ROLE:
            return (row.path, row.error, _f1(row.axes), _f1(row.centers))[column]
        if role == Qt.ItemDataRole.DisplayRole:
            counts = row.axes if column == 2 else row.centers
            return (row.path, shown(row.error, "percent"))[column] if column < 2 else " / ".join(map(str, counts))
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{row.path}\n{_TIPS[column]}"
        if role == Qt.ItemDataRole.TextAlignmentRole and column:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None


class PicturesView(QWidget):
    """Signal: `wanted(file)`, when a person clicks on a picture."""

    wanted = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._report: EvaluationReport | None = None
        self._files: dict[str, str] = {}
        self.choice = QComboBox()
        self.choice.setAccessibleName(tr("Model"))
        self.choice.setToolTip(tr("Whose answers are listed."))
        self.model = RowsModel()
        self._order = QSortFilterProxyModel()
        self._order.setSourceModel(self.model)
        self._order.setSortRole(SORT_ROLE)
        self.table = QTableView()
        self.table.setModel(self._order)
        self.table.setAccessibleName(tr("Pictures, worst first"))
        self.table.setSortingEnabled(True)
        self.table.sortByColumn(1, Qt.SortOrder.DescendingOrder)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setAlternatingRowColors(True)
        self.table.setShowGrid(False)
        self.table.setTabKeyNavigation(False)
        self.table.setTextElideMode(Qt.TextElideMode.ElideLeft)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(self.table.fontMetrics().height() + 10)
        header = self.table.horizontalHeader()
        header.setHighlightSections(False)
        for column in range(len(HEADERS)):
            mode = QHeaderView.ResizeMode.ResizeToContents if column else QHeaderView.ResizeMode.Stretch
            header.setSectionResizeMode(column, mode)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 6, 0, 0)
        layout.addWidget(self.choice)
        layout.addWidget(self.table, 1)
        self.choice.currentIndexChanged.connect(self._on_choice)
        self.table.clicked.connect(self._open)
        self.table.activated.connect(self._open)

    def show_report(self, report: EvaluationReport) -> None:
        """List the pictures of this report in place of others."""
        self._report = report
        self._files = {info.path: info.file for info in report.data.pictures}
        self.choice.blockSignals(True)
        self.choice.clear()
        self.choice.addItems([model.name for model in report.models])
        self.choice.blockSignals(False)
        self._on_choice(0)

    def _on_choice(self, index: int) -> None:
        if self._report is not None and 0 <= index < len(self._report.models):
            self.model.show_rows(self._report.models[index].rows)
            self.table.sortByColumn(1, Qt.SortOrder.DescendingOrder)

    def _open(self, index: QModelIndex) -> None:
        path = self._order.data(self._order.index(index.row(), 0), SORT_ROLE)
        if path in self._files:
            self.wanted.emit(self._files[path])


def _f1(counts: tuple[int, int, int]) -> float:
    hits, found, true = counts
    return 2.0 * hits / (found + true) if found + true else -1.0
