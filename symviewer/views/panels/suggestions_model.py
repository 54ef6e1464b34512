"""The shown suggestions of the current picture as table rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QIcon

from clipsym_core.symmetry import Detection
from symviewer.model import words
from symviewer.model.annotation import Suggestion
from symviewer.model.workspace import Workspace
from symviewer.views import colors
from symviewer.views.icons import draw

HEADERS: Final = ("Kind", "Order", "Score", "Where")
_ICON_PX: Final = 32

if TYPE_CHECKING:
    # At run time, `|` between Qt's classes would load PySide's signature parser: 0.1 s at every start.
    Index: TypeAlias = QModelIndex | QPersistentModelIndex


class SuggestionsModel(QAbstractTableModel):
    """Best score first; follows the workspace."""

    def __init__(self, workspace: Workspace, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._rows: tuple[Suggestion, ...] = workspace.shown
        self._icons = {
            "Axis": QIcon(draw("axis", _ICON_PX, colors.AXIS.darker(110).name())),
            "Center": QIcon(draw("rotation", _ICON_PX, colors.CENTER.darker(110).name())),
            "Ellipse": QIcon(draw("ellipse", _ICON_PX, colors.ELLIPSE.darker(110).name())),
        }
        workspace.shapes_changed.connect(lambda _shapes: self._refresh())
        workspace.overlay_changed.connect(lambda _overlay: self._refresh())

    def _refresh(self) -> None:
        rows = self._workspace.shown
        if rows != self._rows:
            self.beginResetModel()
            self._rows = rows
            self.endResetModel()

    def suggestion(self, row: int) -> Suggestion | None:
        return self._rows[row] if 0 <= row < len(self._rows) else None

    def row_of(self, suggestion: object) -> int:
        """The row of a suggestion, -1 where it is not shown."""
        return self._rows.index(suggestion) if suggestion in self._rows else -1

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(HEADERS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return HEADERS[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        suggestion = self.suggestion(index.row())
        if suggestion is None:
            return None
        column = HEADERS[index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return {
                "Kind": words.kind(suggestion.shape),
                "Order": words.order(suggestion.shape),
                "Score": words.score(suggestion.score),
                "Where": words.place(suggestion.shape),
            }[column]
        if role == Qt.ItemDataRole.DecorationRole and column == "Kind":
            return self._icons[words.kind(suggestion.shape)]
        if role == Qt.ItemDataRole.TextAlignmentRole and column in ("Order", "Score"):
            return Qt.AlignmentFlag.AlignCenter
        if role == Qt.ItemDataRole.ToolTipRole:
            return tooltip(suggestion.detection)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return words.describe(suggestion.detection)
        return None


def tooltip(suggestion: Detection) -> str:
    """A sentence, and the parts of the score."""
    lines = [words.describe(suggestion)]
    lines += [f"{name}: {value}" for name, value in words.evidence(suggestion)]
    return "\n".join(lines)
