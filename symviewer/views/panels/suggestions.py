"""The Suggestions panel: the table, and the evidence for the selected one."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPoint, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFormLayout,
    QGroupBox,
    QHeaderView,
    QLabel,
    QStackedLayout,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from clipsym_core.symmetry import Detection
from symviewer.model import words
from symviewer.model.annotation import Suggestion
from symviewer.model.pictures import PictureState
from symviewer.model.workspace import Workspace
from symviewer.views.panels.suggestions_model import HEADERS, SuggestionsModel, tooltip


class SuggestionsPanel(QWidget):
    """Signal: `menu_wanted(QPoint)` (global) on a right click on the table."""

    menu_wanted = Signal(QPoint)

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self.model = SuggestionsModel(workspace, self)
        self.table = _table(self.model)
        self.table.customContextMenuRequested.connect(
            lambda position: self.menu_wanted.emit(self.table.viewport().mapToGlobal(position))
        )
        self.table.selectionModel().currentRowChanged.connect(self._on_row)
        self.model.modelReset.connect(self._on_rows)
        self._empty = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        self._empty.setWordWrap(True)
        self._empty.setMargin(12)
        self._empty.setAccessibleName("Why there are no suggestions")
        self._stack = QStackedLayout()
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self.table)
        self._evidence = QGroupBox("Evidence")
        self._form = QFormLayout(self._evidence)
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 6, 6, 6)
        layout.addLayout(self._stack, 1)
        layout.addWidget(self._evidence)
        workspace.selection_changed.connect(self._on_selection)
        workspace.shapes_changed.connect(lambda _shapes: self._on_rows())
        workspace.pictures.changed.connect(lambda _index: self._on_rows())
        workspace.overlay_changed.connect(lambda _overlay: self._on_rows())
        workspace.model_changed.connect(lambda _status: self._on_rows())
        self._on_rows()
        self._on_selection()

    @property
    def empty_text(self) -> str:
        """What stands in place of an empty table."""
        return self._empty.text()

    def _on_row(self, row: QModelIndex, _previous: QModelIndex) -> None:
        suggestion = self.model.suggestion(row.row())
        if suggestion is not None:
            self._workspace.select(suggestion.id)

    def _on_rows(self) -> None:
        self._empty.setText(_why_empty(self._workspace))
        self._stack.setCurrentIndex(1 if self.model.rowCount() else 0)
        self._follow(self._workspace.selected)

    def _on_selection(self) -> None:
        selected = self._workspace.selected
        self._follow(selected)
        self._show_evidence(selected.detection if isinstance(selected, Suggestion) else None)

    def _follow(self, suggestion: object) -> None:
        row = self.model.row_of(suggestion)
        if row < 0:
            self.table.selectionModel().clear()
        elif row != self.table.currentIndex().row():
            self.table.selectRow(row)
            self.table.scrollTo(self.model.index(row, 0))

    def _show_evidence(self, suggestion: Detection | None) -> None:
        while self._form.rowCount():
            self._form.removeRow(0)
        self._evidence.setVisible(suggestion is not None)
        if suggestion is None:
            return
        kind = words.kind(suggestion.shape)
        self._evidence.setTitle(f"{kind} {words.score(suggestion.score)}, from {words.source(suggestion.source)}")
        self._evidence.setToolTip(tooltip(suggestion))
        parts = words.evidence(suggestion)[: words.MAIN_PARTS]
        for name, value in parts or [("Evidence", "no parts are known")]:
            label = QLabel(value)
            label.setAccessibleName(f"{name}: {value}")
            label.setWordWrap(True)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self._form.addRow(f"{name}:", label)


def _table(model: SuggestionsModel) -> QTableView:
    table = QTableView()
    table.setModel(model)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
    table.setAlternatingRowColors(True)
    table.setShowGrid(False)
    table.setWordWrap(False)
    table.setTabKeyNavigation(False)
    table.setAccessibleName("Suggestions")
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(table.fontMetrics().height() + 10)
    header = table.horizontalHeader()
    header.setHighlightSections(False)
    header.setMinimumSectionSize(40)
    for column, name in enumerate(HEADERS):
        stretches = name == "Where"
        mode = QHeaderView.ResizeMode.Stretch if stretches else QHeaderView.ResizeMode.ResizeToContents
        header.setSectionResizeMode(column, mode)
    header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    return table


def _why_empty(workspace: Workspace) -> str:
    picture = workspace.pictures.current_picture
    if picture is None:
        return "Suggestions appear here once a picture is open."
    if picture.state is PictureState.FAILED:
        return "This picture cannot be read."
    if picture.state is PictureState.DETECTING:
        return "Looking for symmetries …"
    if picture.state is PictureState.WAITING:
        return "Not looked at yet." if workspace.model.info else "Suggestions appear here once a model is loaded."
    if not workspace.overlay.suggestions:
        return "Suggestions are hidden. Press H to show them."
    if workspace.suggestions:
        best = max(s.score for s in workspace.suggestions)
        hidden = words.plural(len(workspace.suggestions), "less certain suggestion")
        return (
            f"No suggestion reaches the threshold {workspace.overlay.threshold:.2f}.\n"
            f"There are {hidden}, the best with {best:.2f}: lower the threshold to see them."
        )
    return "No symmetry found in this picture."
