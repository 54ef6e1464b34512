"""The shown suggestions and all annotations of the current picture as table rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor, QFont, QIcon

from clipsym_core.symmetry import ReflectionAxis, ReflectionEllipse, RotationCenter
from symviewer.model import words
from symviewer.model.annotation import Annotation, ShapeId, Suggestion
from symviewer.model.workspace import Workspace
from symviewer.views import colors
from symviewer.views.icons import draw
from symviewer.views.translation import mark, tr

HEADERS: Final = (mark("Kind"), mark("Order"), mark("Score"), mark("State"), mark("Where"))
_ICON_PX: Final = 32
_NOWHERE: Final = QModelIndex()

if TYPE_CHECKING:
    # At run time, `|` between Qt's classes would load PySide's signature parser: 0.1 s at every start.
    Index: TypeAlias = QModelIndex | QPersistentModelIndex
    Holder: TypeAlias = Annotation | Suggestion


class SuggestionsModel(QAbstractTableModel):
    """Suggestions first, best score first, then annotations, the one nearest to the viewer first; follows the
    workspace."""

    def __init__(self, workspace: Workspace, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._rows: tuple[Holder, ...] = self._wanted()
        self._places: dict[ShapeId, int] = {holder.id: row for row, holder in enumerate(self._rows)}
        self._icons = {
            ReflectionAxis: _icon("axis", colors.AXIS),
            RotationCenter: _icon("rotation", colors.CENTER),
            ReflectionEllipse: _icon("ellipse", colors.ELLIPSE),
        }
        workspace.shapes_changed.connect(lambda _shapes: self._refresh())
        workspace.overlay_changed.connect(lambda _overlay: self._refresh())

    def _wanted(self) -> tuple[Holder, ...]:
        return (*self._workspace.shown, *reversed(self._workspace.annotations))

    def _refresh(self) -> None:
        rows = self._wanted()
        if rows == self._rows:
            return
        if [holder.id for holder in rows] == [holder.id for holder in self._rows]:
            # The same shapes elsewhere, as after every drag: no row moves, and what is selected stays selected.
            self._rows = rows
            self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, len(HEADERS) - 1))
            return
        self.beginResetModel()
        self._rows = rows
        self._places = {holder.id: row for row, holder in enumerate(rows)}
        self.endResetModel()

    def holder(self, row: int) -> Holder | None:
        """The suggestion or annotation of a row."""
        return self._rows[row] if 0 <= row < len(self._rows) else None

    def row_of(self, shape: ShapeId) -> int:
        """The row of a shape, -1 where it is not listed."""
        return self._places.get(shape, -1)

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(HEADERS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return tr(HEADERS[section])
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        holder = self.holder(index.row())
        if holder is None:
            return None
        column = HEADERS[index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return {
                "Kind": words.kind(holder.shape),
                "Order": words.order(holder.shape),
                "Score": "" if holder.score is None else words.score(holder.score),
                "State": words.state(holder),
                "Where": words.place(holder.shape),
            }[column]
        if role == Qt.ItemDataRole.DecorationRole and column == "Kind":
            return self._icons[type(holder.shape)]
        if role == Qt.ItemDataRole.TextAlignmentRole and column in ("Order", "Score"):
            return Qt.AlignmentFlag.AlignCenter
        if role == Qt.ItemDataRole.FontRole and isinstance(holder, Suggestion):
            font = QFont()
            font.setItalic(True)
            return font
        if role == Qt.ItemDataRole.ToolTipRole:
            return tooltip(holder)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return words.describe_holder(holder)
        return None


def tooltip(holder: Holder) -> str:
    """A sentence, and the parts of the score."""
    lines = [words.describe_holder(holder)]
    if isinstance(holder, Suggestion):
        lines += [f"{name}: {value}" for name, value in words.evidence(holder.detection)]
    return "\n".join(lines)


def _icon(name: str, color: QColor) -> QIcon:
    """In the color of the shape; white on the ground of a selected row, where that would not be seen."""
    icon = QIcon(draw(name, _ICON_PX, color.darker(110).name()))
    icon.addPixmap(draw(name, _ICON_PX, "#ffffff"), QIcon.Mode.Selected)
    return icon
