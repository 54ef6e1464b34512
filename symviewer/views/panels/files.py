"""The Files panel: the list of pictures with a search line."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QSignalBlocker, QSortFilterProxyModel, Qt, QTimer
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QAbstractItemView, QLabel, QLineEdit, QListView, QVBoxLayout, QWidget

from symviewer.model.pictures import NOTHING, Picture, PictureState
from symviewer.model.words import plural
from symviewer.model.workspace import Workspace
from symviewer.services.thumbnails import Thumbnails
from symviewer.views.icons import icon
from symviewer.views.panels.file_delegate import FileDelegate
from symviewer.views.panels.file_list_model import FileListModel

_COUNT_DELAY_MS = 100


class FilesPanel(QWidget):
    """Selecting a row makes its picture the current one, and the other way round."""

    def __init__(self, workspace: Workspace, thumbnails: Thumbnails, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._model = FileListModel(workspace.pictures, thumbnails, self)
        self._proxy = QSortFilterProxyModel(self)
        self._proxy.setSourceModel(self._model)
        self._proxy.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        # The filter looks at names, which do not change: a new state or thumbnail must not filter 50,000 rows again.
        self._proxy.setDynamicSortFilter(False)
        self.search = QLineEdit()
        self.search.setPlaceholderText("Find by name")
        self.search.setClearButtonEnabled(True)
        self.search.setAccessibleName("Find a picture by name")
        self._search_icon = QAction(icon("search"), "", self)
        self.search.addAction(self._search_icon, QLineEdit.ActionPosition.LeadingPosition)
        self.search.textChanged.connect(self._on_search)
        self.list = QListView()
        self.list.setModel(self._proxy)
        self.list.setItemDelegate(FileDelegate(self._shown_count, self.list))
        self.list.setUniformItemSizes(True)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.list.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setAccessibleName("Pictures")
        self.list.selectionModel().currentChanged.connect(self._on_row)
        self._count = QLabel()
        self._count.setWordWrap(True)
        self._count.setAccessibleName("Number of pictures")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 6, 6, 6)
        for part in (self.search, self.list, self._count):
            layout.addWidget(part)
        self._timer = QTimer(self, singleShot=True, interval=_COUNT_DELAY_MS)
        self._timer.timeout.connect(self._show_count)
        pictures = workspace.pictures
        pictures.current_changed.connect(self._on_current)
        pictures.added.connect(lambda _first, _count: self._timer.start())
        pictures.changed.connect(lambda _index: self._timer.start())
        pictures.cleared.connect(self._timer.start)
        workspace.overlay_changed.connect(lambda _overlay: self.list.viewport().update())
        self._show_count()

    def stop(self) -> None:
        """No timer after this."""
        self._timer.stop()

    def refresh_icons(self) -> None:
        """Draw the icons in the colors of the present palette."""
        self._search_icon.setIcon(icon("search"))

    def _shown_count(self, picture: Picture) -> int:
        desk = self._workspace.desk
        id = desk.find(picture.path)
        if id is None:
            return 0
        return sum(self._workspace.overlay.shows(s.detection) for s in desk.document.suggestions(id))

    def _on_search(self, text: str) -> None:
        # Rows that go away take the current row with them; that must not change the picture.
        with QSignalBlocker(self.list.selectionModel()):
            self._proxy.setFilterFixedString(text.strip())
            self.list.selectionModel().clear()
        self._on_current(self._workspace.pictures.current)
        self._show_count()

    def _on_row(self, row: QModelIndex, _previous: QModelIndex) -> None:
        source = self._proxy.mapToSource(row)
        if source.isValid():
            self._workspace.pictures.select(source.row())

    def _on_current(self, index: int) -> None:
        if index == NOTHING:
            return
        row = self._proxy.mapFromSource(self._model.index(index))
        if row.isValid() and row != self.list.currentIndex():
            self.list.setCurrentIndex(row)
            self.list.scrollTo(row)

    def _show_count(self) -> None:
        pictures = self._workspace.pictures
        total, shown = len(pictures), self._proxy.rowCount()
        text = plural(total, "picture") if total else "No pictures. Open some, or drop them on the window."
        if shown != total:
            text = f"{shown:,} of {text}"
        broken = pictures.count(PictureState.FAILED)
        if broken:
            text += f", {broken:,} cannot be read"
        self._count.setText(text)
