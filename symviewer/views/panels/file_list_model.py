"""The picture list for a view: rows from the workspace, thumbnails made when they come into sight."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QImage, QPixmap

from symviewer.model.pictures import Picture, PictureList, PictureState
from symviewer.services.thumbnails import Thumbnails

PictureRole: Final = Qt.ItemDataRole.UserRole + 1
THUMBNAILS_KEPT: Final = 1000

if TYPE_CHECKING:
    # At run time, `|` between Qt's classes would load PySide's signature parser: 0.1 s at every start.
    Index: TypeAlias = QModelIndex | QPersistentModelIndex


class FileListModel(QAbstractListModel):
    """Rows are pictures; `PictureRole` gives the `Picture`, DecorationRole its thumbnail (None until it is made)."""

    def __init__(self, pictures: PictureList, thumbnails: Thumbnails, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pictures = pictures
        self._thumbnails = thumbnails
        self._count = len(pictures)
        self._made: OrderedDict[str, QPixmap | None] = OrderedDict()
        self._asked: set[str] = set()
        thumbnails.ready.connect(self._on_thumbnail)
        thumbnails.failed.connect(lambda path, _problem: self._on_thumbnail(path, None))
        pictures.added.connect(self._on_added)
        pictures.changed.connect(self._on_changed)
        pictures.cleared.connect(self._on_cleared)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else self._count

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= self._count:
            return None
        picture = self._pictures[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return picture.name
        if role == PictureRole:
            return picture
        if role == Qt.ItemDataRole.DecorationRole:
            return self._thumbnail(picture)
        if role == Qt.ItemDataRole.ToolTipRole:
            lines = [picture.path, status_text(picture), picture.problem.why if picture.problem else ""]
            return "\n".join(line for line in lines if line)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{picture.name}, {status_text(picture)}"
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

    def _on_thumbnail(self, path: str, pixels: Any) -> None:
        self._asked.discard(path)
        self._made[path] = _pixmap(pixels)
        while len(self._made) > THUMBNAILS_KEPT:
            self._made.popitem(last=False)
        row = self._pictures.index_of(path)
        if row >= 0:
            self.dataChanged.emit(self.index(row), self.index(row), [Qt.ItemDataRole.DecorationRole])

    def _on_added(self, first: int, count: int) -> None:
        self.beginInsertRows(QModelIndex(), first, first + count - 1)
        self._count = first + count
        self.endInsertRows()

    def _on_changed(self, row: int) -> None:
        self.dataChanged.emit(self.index(row), self.index(row))

    def _on_cleared(self) -> None:
        self.beginResetModel()
        self._count = 0
        self._asked.clear()
        self.endResetModel()


def status_text(picture: Picture) -> str:
    """The state of a picture in a few words."""
    if picture.state is PictureState.FAILED:
        return "Cannot be read"
    if picture.state is PictureState.DETECTING:
        return "Looking …"
    if picture.state is PictureState.DONE:
        return "Looked at"
    return "Not looked at yet"


def _pixmap(pixels: Any) -> QPixmap | None:
    if pixels is None:
        return None
    height, width, _ = pixels.shape
    # fromImage copies, so numpy's memory may go.
    return QPixmap.fromImage(QImage(pixels.data, width, height, pixels.strides[0], QImage.Format.Format_RGB888))
