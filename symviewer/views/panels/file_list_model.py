"""The picture list for a view: rows in the order of the workspace, thumbnails made when they come into sight."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, QTimer
from PySide6.QtGui import QImage, QPixmap

from symviewer.model.picture_content import PictureEntry
from symviewer.model.picture_order import RowState
from symviewer.model.pictures import Picture
from symviewer.model.problem import Problem
from symviewer.model.workspace import Workspace
from symviewer.services.thumbnails import Thumbnails
from symviewer.views.translation import tr

RowRole: Final = Qt.ItemDataRole.UserRole + 1
THUMBNAILS_KEPT: Final = 1000
LONG: Final = 2000
_GROWTH_MS: Final = 200
"""With every insertion a view lays out all of its rows anew: a long list grows a few times a second."""

if TYPE_CHECKING:
    # At run time, `|` between Qt's classes would load PySide's signature parser: 0.1 s at every start.
    Index: TypeAlias = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class FileRow:
    """What is known of the picture in a row; `entry` is what the document knows."""

    picture: Picture
    state: RowState
    entry: PictureEntry | None


class FileListModel(QAbstractListModel):
    """Rows are pictures: `RowRole` gives a `FileRow`, DecorationRole the thumbnail (None until it is made)."""

    def __init__(self, workspace: Workspace, thumbnails: Thumbnails, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pictures = workspace.pictures
        self._order = workspace.order
        self._thumbnails = thumbnails
        self._count = len(self._order)
        self._growth = QTimer(self, singleShot=True, interval=_GROWTH_MS)
        self._growth.timeout.connect(self._grow)
        self._made: OrderedDict[str, QPixmap | None] = OrderedDict()
        self._asked: set[str] = set()
        thumbnails.ready.connect(self._on_thumbnail)
        thumbnails.failed.connect(self._on_no_thumbnail)
        self._order.appended.connect(self._on_appended)
        self._order.changed.connect(self._on_rows)
        self._pictures.changed.connect(self._on_changed)
        self._pictures.cleared.connect(self._asked.clear)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else self._count

    def stop(self) -> None:
        """No timer after this."""
        self._growth.stop()

    def row_of(self, index: int) -> int:
        """The row of a picture of the list, -1 where it is not shown."""
        row = self._order.row_of(index)
        if row >= self._count:
            self._grow()
        return row

    def picture_index(self, row: int) -> int:
        """The picture of a row, as an index into the picture list."""
        return self._order[row]

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= self._count:
            return None
        place = self._order[index.row()]
        picture = self._pictures[place]
        if role == Qt.ItemDataRole.DisplayRole:
            return picture.name
        if role == Qt.ItemDataRole.DecorationRole:
            return self._thumbnail(picture)
        row = FileRow(picture, self._order.state(place), self._order.entry(place))
        if role == RowRole:
            return row
        if role == Qt.ItemDataRole.ToolTipRole:
            return _tip(row)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ", ".join([picture.name, *row_words(row)])
        return None

    def _thumbnail(self, picture: Picture) -> QPixmap | None:
        if picture.path in self._made:
            self._made.move_to_end(picture.path)
            return self._made[picture.path]
        if picture.path not in self._asked:
            self._asked.add(picture.path)
            given_up = self._thumbnails.request(picture.path)
            if given_up is not None:
                self._asked.discard(given_up)
        return None

    def _on_no_thumbnail(self, path: str, _problem: Problem) -> None:
        # A method, not a lambda: Qt disconnects it when the model is destroyed.
        self._on_thumbnail(path, None)

    def _on_thumbnail(self, path: str, pixels: Any) -> None:
        self._asked.discard(path)
        self._made[path] = _pixmap(pixels)
        while len(self._made) > THUMBNAILS_KEPT:
            self._made.popitem(last=False)
        self._tell(self._pictures.index_of(path), Qt.ItemDataRole.DecorationRole)

    def _on_appended(self, _first: int, _count: int) -> None:
        if len(self._order) <= LONG:
            self._grow()
        elif not self._growth.isActive():
            self._growth.start()

    def _grow(self) -> None:
        """Show what was appended."""
        count = len(self._order)
        if count > self._count:
            self.beginInsertRows(QModelIndex(), self._count, count - 1)
            self._count = count
            self.endInsertRows()

    def _on_changed(self, index: int) -> None:
        self._tell(index)

    def _on_rows(self) -> None:
        self.beginResetModel()
        self._count = len(self._order)
        self.endResetModel()

    def _tell(self, place: int, *roles: int) -> None:
        row = self._order.row_of(place)
        if 0 <= row < self._count:
            self.dataChanged.emit(self.index(row), self.index(row), list(roles))


def state_words() -> dict[RowState, str]:
    """The states in a few words."""
    return {
        RowState.NONE: tr("Not looked at"),
        RowState.LOOKING: tr("Looking …"),
        RowState.SUGGESTED: tr("To be reviewed"),
        RowState.VERIFIED: tr("Verified"),
        RowState.FAILED: tr("Cannot be read"),
    }


def row_words(row: FileRow) -> list[str]:
    """What is known of a picture, in phrases."""
    words, entry = [state_words()[row.state]], row.entry
    if entry is not None and entry.annotations:
        words.append(tr("{count} annotated").format(count=entry.annotations))
    if entry is not None and entry.suggestions:
        words.append(tr("{count} suggested").format(count=entry.suggestions))
    if entry is not None and entry.disagreement is not None:
        words.append(tr("disagreement {value}").format(value=f"{entry.disagreement:.2f}"))
    return words


def _tip(row: FileRow) -> str:
    problem = row.picture.problem
    lines = [row.picture.path, ", ".join(row_words(row)), problem.why if problem else ""]
    if row.entry is not None and row.entry.disagreement is not None:
        lines.append(tr("Disagreement: how much the model contradicts itself when the picture is turned and mirrored."))
    return "\n".join(line for line in lines if line)


def _pixmap(pixels: Any) -> QPixmap | None:
    if pixels is None:
        return None
    height, width, _ = pixels.shape
    # fromImage copies, so numpy's memory may go.
    return QPixmap.fromImage(QImage(pixels.data, width, height, pixels.strides[0], QImage.Format.Format_RGB888))
