"""The panel Suggestions & annotations: the table, and the evidence for the one that is selected."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QPoint, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QGroupBox,
    QHeaderView,
    QLabel,
    QSizePolicy,
    QStackedLayout,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from clipsym_core.symmetry import ReflectionAxis
from symviewer.model import words
from symviewer.model.annotation import Annotation, Suggestion
from symviewer.model.pictures import PictureState
from symviewer.model.workspace import Workspace
from symviewer.views.panels.suggestions_model import HEADERS, SuggestionsModel, tooltip
from symviewer.views.translation import tr


class SuggestionsPanel(QWidget):
    """Table and canvas select the same. Signal: `menu_wanted(QPoint)` (global) on a right click on the table."""

    menu_wanted = Signal(QPoint)

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._following = False
        self.model = SuggestionsModel(workspace, self)
        self.table = _table(self.model)
        self.table.customContextMenuRequested.connect(
            lambda position: self.menu_wanted.emit(self.table.viewport().mapToGlobal(position))
        )
        self.table.selectionModel().selectionChanged.connect(self._on_rows_selected)
        self.model.modelAboutToBeReset.connect(lambda: self._set_following(True))
        self.model.modelReset.connect(lambda: self._set_following(False))
        self._empty = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        self._empty.setWordWrap(True)
        self._empty.setMargin(12)
        self._empty.setAccessibleName(tr("Why there are no suggestions"))
        self._stack = QStackedLayout()
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self.table)
        self._evidence = QGroupBox(tr("Evidence"))
        self._text = QLabel(wordWrap=True, textInteractionFlags=Qt.TextInteractionFlag.TextSelectableByMouse)
        self._text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        QVBoxLayout(self._evidence).addWidget(self._text)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 6, 6, 6)
        layout.addLayout(self._stack, 1)
        layout.addWidget(self._evidence)
        workspace.selection_changed.connect(self._on_selection)
        workspace.shapes_changed.connect(lambda _shapes: self._on_rows())
        workspace.overlay_changed.connect(lambda _overlay: self._on_rows())
        workspace.model_changed.connect(lambda _status: self._on_rows())
        workspace.evidence_changed.connect(lambda _score: self._show_evidence())
        workspace.pictures.changed.connect(self._on_picture)
        self._on_rows()

    @property
    def empty_text(self) -> str:
        """What stands in place of an empty table."""
        return self._empty.text()

    def step(self, by: int) -> None:
        """Select the row so many further on, round and round."""
        count = self.model.rowCount()
        if not count:
            return
        ids = self._workspace.desk.selection.shapes
        here = self.model.row_of(ids[-1]) if ids else -1
        row = (here + by) % count if here >= 0 else (0 if by > 0 else count - 1)
        holder = self.model.holder(row)
        if holder is not None:
            self._workspace.select(holder.id)

    # -- selection both ways ------------------------------------------------------------------------------------------

    def _set_following(self, on: bool) -> None:
        self._following = on

    def _on_rows_selected(self, _selected: QItemSelection, _gone: QItemSelection) -> None:
        if self._following:
            return
        rows = sorted(index.row() for index in self.table.selectionModel().selectedRows())
        holders = [self.model.holder(row) for row in rows]
        self._workspace.select(*(holder.id for holder in holders if holder is not None))

    def _on_selection(self) -> None:
        self._follow()
        self._show_evidence()

    def _follow(self) -> None:
        """Select in the table what is selected in the document."""
        rows = [self.model.row_of(id) for id in self._workspace.desk.selection.shapes]
        wanted = {row for row in rows if row >= 0}
        model = self.table.selectionModel()
        if wanted == {index.row() for index in model.selectedRows()}:
            return
        selection = QItemSelection()
        for row in wanted:
            selection.select(self.model.index(row, 0), self.model.index(row, len(HEADERS) - 1))
        self._following = True
        model.select(selection, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        if wanted:
            last = self.model.index(next(row for row in reversed(rows) if row >= 0), 0)
            model.setCurrentIndex(last, QItemSelectionModel.SelectionFlag.NoUpdate)
            self.table.scrollTo(last)
        self._following = False

    def _on_picture(self, index: int) -> None:
        if index == self._workspace.pictures.current:
            self._on_rows()

    def _on_rows(self) -> None:
        self._empty.setText(_why_empty(self._workspace))
        self._stack.setCurrentIndex(1 if self.model.rowCount() else 0)
        self._follow()
        self._show_evidence()

    # -- evidence -----------------------------------------------------------------------------------------------------

    def _show_evidence(self) -> None:
        holder = self._workspace.selected
        self._evidence.setVisible(holder is not None)
        if holder is None:
            return
        title = words.kind(holder.shape)
        if holder.score is not None:
            title += tr(" {score}, from {source}").format(
                score=words.score(holder.score), source=words.source(holder.source)
            )
        self._evidence.setTitle(title)
        self._evidence.setToolTip(tooltip(holder))
        parts = self._parts(holder) or [(tr("Evidence"), tr("no parts are known"))]
        # In running text: a line for each part would leave the table three rows on a small screen.
        self._text.setText(" · ".join(f"{escape(name)} <b>{escape(value)}</b>" for name, value in parts))
        self._text.setAccessibleName(", ".join(f"{name}: {value}" for name, value in parts))

    @property
    def evidence(self) -> str:
        """What speaks for the one that is selected, as it is read aloud."""
        return self._text.accessibleName()

    def _parts(self, holder: Annotation | Suggestion) -> list[tuple[str, str]]:
        """What speaks for a shape: what the pixels say now, then what the detector went by."""
        parts = []
        now = self._workspace.evidence
        if now is not None and isinstance(holder.shape, ReflectionAxis):
            parts.append((tr(words.MIRROR_MATCH), f"{now.score:.2f}"))
        if isinstance(holder, Suggestion):
            # What the detector measured of the same is a moment old where the axis was moved.
            known = dict(parts)
            parts += [part for part in words.evidence(holder.detection) if part[0] not in known][: words.MAIN_PARTS]
        elif not parts:
            parts.append((tr("State"), words.state(holder)))
        return parts


def _table(model: SuggestionsModel) -> QTableView:
    table = QTableView()
    table.setModel(model)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
    table.setAlternatingRowColors(True)
    table.setShowGrid(False)
    table.setWordWrap(False)
    table.setTabKeyNavigation(False)
    table.setAccessibleName(tr("Suggestions and annotations"))
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(table.fontMetrics().height() + 10)
    header = table.horizontalHeader()
    header.setHighlightSections(False)
    header.setMinimumSectionSize(36)
    for column, name in enumerate(HEADERS):
        stretches = name == "Where"
        mode = QHeaderView.ResizeMode.Stretch if stretches else QHeaderView.ResizeMode.ResizeToContents
        header.setSectionResizeMode(column, mode)
    header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    return table


def _why_empty(workspace: Workspace) -> str:
    picture = workspace.pictures.current_picture
    if picture is None:
        return tr("Suggestions and annotations appear here once a picture is open.")
    if picture.state is PictureState.FAILED:
        return tr("This picture cannot be read.")
    if picture.state is PictureState.DETECTING:
        return tr("Looking for symmetries …")
    if picture.state is PictureState.WAITING:
        return (
            tr("Not looked at yet.") if workspace.model.info else tr("Suggestions appear here once a model is loaded.")
        )
    if not workspace.overlay.suggestions:
        return tr("Suggestions are hidden. Press H to show them.")
    if workspace.suggestions:
        best = max(s.score for s in workspace.suggestions)
        hidden = words.plural(len(workspace.suggestions), "less certain suggestion")
        return tr(
            "No suggestion reaches the threshold {threshold:.2f}.\n"
            "There are {hidden}, the best with {best:.2f}: lower the threshold to see them."
        ).format(threshold=workspace.overlay.threshold, hidden=hidden, best=best)
    return tr("No symmetry found in this picture.\nDraw what is there: L an axis, C a center, E an ellipse.")
