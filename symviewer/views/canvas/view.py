"""The canvas: the current picture with its layers, zoomed with the wheel, moved with Space or the middle button."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPoint, QPointF, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QEnterEvent,
    QFocusEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QGraphicsScene, QGraphicsView, QWidget

from clipsym_core.symmetry import Point
from symviewer.model.heatmaps import PictureImage
from symviewer.model.picking import pick
from symviewer.model.workspace import Workspace
from symviewer.views.canvas.heatmap_item import HeatmapItem
from symviewer.views.canvas.image_item import ImageItem
from symviewer.views.canvas.suggestion_items import SuggestionItem

_STEP: Final = 1.25
_LARGEST: Final = 64.0
_SMALLEST_SIDE: Final = 24.0
"""A picture is not zoomed out to less than this many pixels of the screen."""
_MARGIN: Final = 30.0
"""Free pixels of the screen around a picture that fits, room for the labels of axes that end at its edge."""
_REACH: Final = 8.0
"""A click selects a suggestion within this many pixels of the screen."""
_CLICK: Final = 4
"""A press and release closer than this, px of the screen, is a click."""


class Canvas(QGraphicsView):
    """Signals: `pointer_moved(x, y)` in pixels of the picture, `pointer_left()`, `zoom_changed(scale)` where 1 is one
    picture pixel on one pixel of the screen, `menu_wanted(QPoint)` (global) after `menu_point` was set."""

    pointer_moved = Signal(float, float)
    pointer_left = Signal()
    zoom_changed = Signal(float)
    menu_wanted = Signal(QPoint)

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._image = ImageItem()
        self._heatmap = HeatmapItem()
        self._items: list[SuggestionItem] = []
        self._fitted = True
        self._pan_from: QPoint | None = None
        self._press: QPoint | None = None
        self._space = False
        self.menu_point: Point | None = None
        self._pointer: QPoint | None = None
        self._set_up()
        workspace.image_changed.connect(self._on_image)
        workspace.heatmaps_changed.connect(lambda _pair: self._refresh_heatmap())
        workspace.overlay_changed.connect(lambda _overlay: self._on_overlay())
        workspace.shapes_changed.connect(lambda _shapes: self._rebuild())
        workspace.selection_changed.connect(self._mark_selected)

    def _set_up(self) -> None:
        self.setScene(QGraphicsScene(self))
        # A few hundred items are found faster without an index, and moving ones cost no re-indexing.
        self.scene().setItemIndexMethod(QGraphicsScene.ItemIndexMethod.NoIndex)
        self.scene().addItem(self._image)
        self._heatmap.setZValue(1)
        self.scene().addItem(self._heatmap)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.AnchorUnderMouse)
        self.setResizeAnchor(QGraphicsView.ViewportAnchor.AnchorViewCenter)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.MinimalViewportUpdate)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAcceptDrops(False)  # the window takes what is dropped, wherever
        self.setAccessibleName("Picture")
        self.setAccessibleDescription("The current picture with heatmap and suggestions. F fits, Ctrl+0 is 100 %.")

    def set_ground(self, color: QColor) -> None:
        """Color around the picture."""
        self.setBackgroundBrush(color)

    # -- zoom ---------------------------------------------------------------------------------------------------------

    @property
    def zoom(self) -> float:
        """Pixels of the screen for one pixel of the picture."""
        return self.transform().m11() * self.devicePixelRatioF()

    @property
    def pointer(self) -> Point | None:
        """The pointer in pixels of the picture, None when it is not on the picture."""
        if self._pointer is None:
            return None
        # From its place on the screen: the picture may have been zoomed or changed under a pointer that rests.
        point = self.mapToScene(self._pointer)
        place = (point.x(), point.y())
        return place if self._inside(place) else None

    def fit(self) -> None:
        """Show the whole picture, never larger than 8 times."""
        size = self._size()
        if size is None:
            return
        room = QSizeF(
            max(self.viewport().width() - 2 * _MARGIN, _SMALLEST_SIDE),
            max(self.viewport().height() - 2 * _MARGIN, _SMALLEST_SIDE),
        )
        scale = min(room.width() / size[0], room.height() / size[1], 8.0)
        self._set_scale(scale)
        self.centerOn(QPointF(size[0] / 2, size[1] / 2))
        self._fitted = True

    def actual_size(self) -> None:
        """One pixel of the picture on one pixel of the screen."""
        self._set_scale(1 / self.devicePixelRatioF())
        self._fitted = False

    def zoom_in(self) -> None:
        """One step larger, around the middle of the view."""
        self._zoom_by(_STEP, QGraphicsView.ViewportAnchor.AnchorViewCenter)

    def zoom_out(self) -> None:
        """One step smaller, around the middle of the view."""
        self._zoom_by(1 / _STEP, QGraphicsView.ViewportAnchor.AnchorViewCenter)

    def _zoom_by(self, factor: float, anchor: QGraphicsView.ViewportAnchor) -> None:
        size = self._size()
        if size is None:
            return
        ratio = self.devicePixelRatioF()
        smallest = _SMALLEST_SIDE / max(size)
        wanted = min(max(self.transform().m11() * factor, smallest), _LARGEST / ratio)
        self.setTransformationAnchor(anchor)
        self._set_scale(wanted)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.AnchorUnderMouse)
        self._fitted = False

    def _set_scale(self, scale: float) -> None:
        now = self.transform().m11()
        if scale != now:
            self.scale(scale / now, scale / now)
        self._on_zoom()

    def _on_zoom(self) -> None:
        pixel = 1 / self.transform().m11()
        for item in self._items:
            item.set_zoom(pixel)
        self.zoom_changed.emit(self.zoom)

    # -- following the workspace --------------------------------------------------------------------------------------

    def _size(self) -> tuple[int, int] | None:
        image = self._workspace.image
        return image.size if image else None

    def _inside(self, point: Point) -> bool:
        size = self._size()
        return size is not None and 0 <= point[0] < size[0] and 0 <= point[1] < size[1]

    def _on_image(self, image: PictureImage | None) -> None:
        self._image.show_image(image)
        size = self._size()
        if size is not None:
            # Room to move the picture fully aside at any zoom.
            room = QRectF(0, 0, *size).adjusted(-size[0], -size[1], size[0], size[1])
            self.setSceneRect(room)
            self.fit()
        self._refresh_heatmap()
        self._rebuild()

    def _on_overlay(self) -> None:
        self._refresh_heatmap()
        self._rebuild()

    def _refresh_heatmap(self) -> None:
        self._heatmap.show_heatmap(self._workspace.heatmaps, self._workspace.overlay, self._size())

    def _rebuild(self) -> None:
        for item in self._items:
            self.scene().removeItem(item)
        self._items = []
        image, picture = self._workspace.image, self._workspace.pictures.current_picture
        if image is None or picture is None or image.path != picture.path:
            return  # the picture of these suggestions is still being decoded
        pixel = 1 / self.transform().m11()
        for suggestion in self._workspace.shown:
            item = SuggestionItem(suggestion.detection, labelled=self._workspace.overlay.labels)
            item.set_zoom(pixel)
            self.scene().addItem(item)
            self._items.append(item)
        self._mark_selected()

    def _mark_selected(self) -> None:
        for item in self._items:
            item.set_strong(any(item.suggestion.shape == shape.shape for shape in self._workspace.selection))

    # -- picture of the view ------------------------------------------------------------------------------------------

    def rendered(self) -> QImage:
        """The picture with everything drawn on it, at the size of the picture (at most 8192 px), as lines and labels
        look when that is shown at 100 %."""
        size = self._size()
        if size is None:
            return QImage()
        scale = min(1.0, 8192 / max(size))
        image = QImage(round(size[0] * scale), round(size[1] * scale), QImage.Format.Format_RGB32)
        image.fill(Qt.GlobalColor.black)
        painter = QPainter(image)
        for item in self._items:
            item.set_zoom(1 / scale)
        self.scene().render(painter, QRectF(image.rect()), QRectF(0, 0, *size))
        painter.end()
        self._on_zoom()
        return image

    # -- events -------------------------------------------------------------------------------------------------------

    def wheelEvent(self, event: QWheelEvent) -> None:
        steps = event.angleDelta().y() / 120
        if steps:
            self._zoom_by(_STEP**steps, QGraphicsView.ViewportAnchor.AnchorUnderMouse)
        event.accept()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._fitted:
            self.fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space:
            if not event.isAutoRepeat():
                self._space = True
                self._refresh_cursor()
            event.accept()
            return
        super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space:
            if not event.isAutoRepeat():
                self._space = False
                self._refresh_cursor()
            event.accept()
            return
        super().keyReleaseEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        # Whoever has the focus now is told that Space is released.
        self._space = False
        self._refresh_cursor()
        super().focusOutEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        position = event.position().toPoint()
        pans = event.button() == Qt.MouseButton.MiddleButton
        pans = pans or (event.button() == Qt.MouseButton.LeftButton and self._space)
        if pans:
            self._pan_from = position
            self._refresh_cursor()
        elif event.button() == Qt.MouseButton.LeftButton:
            self._press = position
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        position = event.position().toPoint()
        if self._pan_from is not None:
            moved = position - self._pan_from
            self._pan_from = position
            self._fitted = False
            for bar, by in ((self.horizontalScrollBar(), moved.x()), (self.verticalScrollBar(), moved.y())):
                bar.setValue(bar.value() - by)
        point = self.mapToScene(position)
        self._pointer = position
        self.pointer_moved.emit(point.x(), point.y())
        # QGraphicsView remembers the place for AnchorUnderMouse in here.
        super().mouseMoveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        position = event.position().toPoint()
        if self._pan_from is not None:
            self._pan_from = None
            self._refresh_cursor()
        elif self._press is not None:
            if (position - self._press).manhattanLength() <= _CLICK:
                self._select_at(position)
            self._press = None
        event.accept()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        point = self.mapToScene(event.pos())
        inside = self._inside((point.x(), point.y()))
        self.menu_point = (point.x(), point.y()) if inside else None
        if self._size() is not None:
            self._select_at(event.pos())
            self.menu_wanted.emit(event.globalPos())
        event.accept()

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self._refresh_cursor()

    def leaveEvent(self, event: object) -> None:
        self._pointer = None
        self.pointer_left.emit()

    def _select_at(self, position: QPoint) -> None:
        point = self.mapToScene(position)
        reach = _REACH / self.transform().m11()
        found = pick([s.detection for s in self._workspace.shown], (point.x(), point.y()), reach)
        self._workspace.select(*(s.id for s in self._workspace.shown if s.detection == found))

    def _refresh_cursor(self) -> None:
        if self._pan_from is not None:
            self.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)
        elif self._space:
            self.viewport().setCursor(Qt.CursorShape.OpenHandCursor)
        else:
            self.viewport().setCursor(Qt.CursorShape.ArrowCursor)
