"""The Files panel: the list of pictures with filter, order, counts and the measurement of disagreement."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QModelIndex, QSignalBlocker, Qt, QTimer
from PySide6.QtWidgets import QAbstractItemView, QLabel, QListView, QVBoxLayout, QWidget

from symviewer.model.picture_order import PictureOrder, RowState
from symviewer.model.pictures import NOTHING, Picture
from symviewer.services.session import Session
from symviewer.views.panels.file_delegate import FileDelegate
from symviewer.views.panels.file_filter import FileFilter
from symviewer.views.panels.file_list_model import FileListModel
from symviewer.views.panels.run_line import RunLine
from symviewer.views.translation import tr

_COUNT_DELAY_MS: Final = 100
_LEAST_WIDTH: Final = 176
"""Room for a thumbnail and the beginning of a name."""
_REFRESH_DELAY_MS: Final = 1000
"""Rows that do not fit the filter any more, or stand in the wrong place, go to where they belong after this time."""


class FilesPanel(QWidget):
    """Selecting a row makes its picture the current one, and the other way round."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMinimumWidth(_LEAST_WIDTH)
        self._workspace = workspace = session.workspace
        self._order = order = workspace.order
        self.filter = FileFilter(order)
        self.search = self.filter.search
        self._model = FileListModel(workspace, session.thumbnails, self)
        self.list = QListView()
        self.list.setModel(self._model)
        self.list.setItemDelegate(FileDelegate(self._shown_count, self.list))
        self.list.setUniformItemSizes(True)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.list.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setAccessibleName(tr("Pictures"))
        self.list.selectionModel().currentChanged.connect(self._on_row)
        self.measuring = RunLine(session.disagreement.run, tr("Disagreement"))
        self._count = QLabel()
        self._count.setWordWrap(True)
        self._count.setAccessibleName(tr("Number of pictures"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 6, 6, 6)
        for part in (self.filter, self.list, self.measuring, self._count):
            layout.addWidget(part)
        self._timer = QTimer(self, singleShot=True, interval=_COUNT_DELAY_MS)
        self._timer.timeout.connect(self._show_count)
        self._outdated = QTimer(self, singleShot=True, interval=_REFRESH_DELAY_MS)
        self._outdated.timeout.connect(lambda: order.refresh(keep_current=True))
        self._connect()
        self._show_count()

    def _connect(self) -> None:
        workspace, order, pictures = self._workspace, self._order, self._workspace.pictures
        pictures.current_changed.connect(self._on_current)
        pictures.added.connect(lambda _first, _count: self._timer.start())
        pictures.changed.connect(lambda _index: self._timer.start())
        pictures.removed.connect(lambda _index: self._timer.start())
        pictures.cleared.connect(self._timer.start)
        # Not restarted: while a batch goes on, rows are put in order now and then, not at its end.
        order.outdated.connect(lambda: self._outdated.isActive() or self._outdated.start())
        order.changed.connect(self._on_rows)
        workspace.overlay_changed.connect(lambda _overlay: self.list.viewport().update())

    def stop(self) -> None:
        """No timer after this."""
        self._model.stop()
        self._timer.stop()
        self._outdated.stop()

    def refresh_icons(self) -> None:
        """Draw the icons in the colors of the present palette."""
        self.filter.refresh_icons()
        self.measuring.refresh_icons()

    def _shown_count(self, picture: Picture) -> int:
        desk = self._workspace.desk
        id = desk.find(picture.path)
        if id is None:
            return 0
        return sum(self._workspace.overlay.shows(s.detection) for s in desk.document.suggestions(id))

    def _on_rows(self) -> None:
        self._outdated.stop()
        self._on_current(self._workspace.pictures.current)
        self._timer.start()

    def _on_row(self, row: QModelIndex, _previous: QModelIndex) -> None:
        if row.isValid():
            self._workspace.pictures.select(self._model.picture_index(row.row()))

    def _on_current(self, index: int) -> None:
        row = self._model.row_of(index) if index != NOTHING else NOTHING
        if row == NOTHING:
            # Rows that go away take the current row with them; that must not change the picture.
            with QSignalBlocker(self.list.selectionModel()):
                self.list.selectionModel().clear()
            self.list.viewport().update()
            return
        place = self._model.index(row)
        if place != self.list.currentIndex():
            self.list.setCurrentIndex(place)
            self.list.scrollTo(place)
        if self._order.is_outdated and not self._outdated.isActive():
            self._outdated.start()

    def _show_count(self) -> None:
        self._count.setText(_counts_text(self._order))


def _counts_text(order: PictureOrder) -> str:
    """ "12 verified, 3 to be reviewed of 50 pictures"."""
    if not order.total:
        return tr("No pictures. Open some, or drop them on the window.")
    parts = []
    for state, text in (
        (RowState.VERIFIED, tr("{count} verified")),
        (RowState.SUGGESTED, tr("{count} to be reviewed")),
        (RowState.FAILED, tr("{count} cannot be read")),
    ):
        if order.count(state):
            parts.append(text.format(count=f"{order.count(state):,}"))
    total = tr("1 picture") if order.total == 1 else tr("{count} pictures").format(count=f"{order.total:,}")
    words = tr("{parts} of {total}").format(parts=", ".join(parts), total=total) if parts else total
    if len(order) != order.total:
        words = tr("{shown} shown; {words}").format(shown=f"{len(order):,}", words=words)
    return words
