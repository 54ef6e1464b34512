"""The canvas: the current picture with its layers, zoomed with the wheel, moved with Space or the middle button; the
tool in hand gets the rest."""

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
    QPaintEvent,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QGraphicsScene, QGraphicsView, QWidget

from clipsym_core.symmetry import Point
from symviewer.model import words
from symviewer.model.annotation import ShapeId
from symviewer.model.heatmaps import PictureImage
from symviewer.model.tools.draft import Draft
from symviewer.model.tools.events import KeyEvent, PointerEvent, PointerKind
from symviewer.model.workspace import Workspace
from symviewer.views.canvas.difference_item import DifferenceItem
from symviewer.views.canvas.draft_painter import draft_bounds, paint_draft, paint_tag
from symviewer.views.canvas.heatmap_item import HeatmapItem
from symviewer.views.canvas.image_item import ImageItem
from symviewer.views.canvas.pointing import cursor_for, key_event, pointer_event
from symviewer.views.canvas.shape_layer import ShapeLayer
from symviewer.views.translation import tr

_STEP: Final = 1.25
_LARGEST: Final = 64.0
_SMALLEST_SIDE: Final = 24.0
"""A picture is not zoomed out to less than this many pixels of the screen."""
_MARGIN: Final = 30.0
"""Free pixels of the screen around a picture that fits, room for the labels of axes that end at its edge."""


class Canvas(QGraphicsView):
    """Signals: `pointer_moved(x, y)` in pixels of the picture, `pointer_left()`, `zoom_changed(scale)` where 1 is one
    picture pixel on one pixel of the screen, `menu_wanted(QPoint)` (global) after `menu_point` was set.

    While a gesture goes on, everything but what it moves is a still picture that is made once: each step costs no more
    than that shape, however many others there are.
    """

    pointer_moved = Signal(float, float)
    pointer_left = Signal()
    zoom_changed = Signal(float)
    menu_wanted = Signal(QPoint)

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._image = ImageItem()
        self._heatmap = HeatmapItem()
        self._difference = DifferenceItem()
        self._fitted = True
        self._pan_from: QPoint | None = None
        self._space = False
        self._draft: Draft | None = None
        self._draft_rect = QRectF()
        self._still: QPixmap | None = None
        self.menu_point: Point | None = None
        self._pointer: QPoint | None = None
        self._set_up()
        self._shapes = ShapeLayer(self.scene(), workspace)
        workspace.image_changed.connect(self._on_image)
        workspace.heatmaps_changed.connect(lambda _pair: self._refresh_heatmap())
        workspace.overlay_changed.connect(lambda _overlay: self._on_overlay())
        workspace.shapes_changed.connect(self._on_shapes)
        workspace.selection_changed.connect(self._on_selection)
        workspace.evidence_changed.connect(lambda _evidence: self._on_evidence())
        workspace.tools.draft_changed.connect(self._on_draft)
        workspace.tools.tool_changed.connect(lambda _name: self._refresh_cursor())

    def _set_up(self) -> None:
        self.setScene(QGraphicsScene(self))
        # A few hundred items are found faster without an index, and moving ones cost no re-indexing.
        self.scene().setItemIndexMethod(QGraphicsScene.ItemIndexMethod.NoIndex)
        self.scene().addItem(self._image)
        self._heatmap.setZValue(1)
        self.scene().addItem(self._heatmap)
        self.scene().addItem(self._difference)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.AnchorUnderMouse)
        self.setResizeAnchor(QGraphicsView.ViewportAnchor.AnchorViewCenter)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.MinimalViewportUpdate)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAcceptDrops(False)  # the window takes what is dropped, wherever
        self.setAccessibleName(tr("Picture"))
        self.setAccessibleDescription(
            tr("The current picture with heatmap, suggestions and annotations. F fits, Ctrl+0 is 100 %.")
        )

    def set_ground(self, color: QColor) -> None:
        """Color around the picture."""
        self.setBackgroundBrush(color)
        self._melt()

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
        self._shapes.set_zoom(1 / self.transform().m11())
        self._melt()
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
        self._on_shapes(None)

    def _on_overlay(self) -> None:
        self._refresh_heatmap()
        self._on_evidence()
        self._on_shapes(None)

    def _refresh_heatmap(self) -> None:
        self._heatmap.show_heatmap(self._workspace.heatmaps, self._workspace.overlay, self._size())
        self._melt()

    def _on_shapes(self, shapes: frozenset[ShapeId] | None) -> None:
        image, picture = self._workspace.image, self._workspace.pictures.current_picture
        # Otherwise the picture of these shapes is still being decoded.
        on_screen = image is not None and picture is not None and image.path == picture.path
        self._shapes.refresh(shapes, on_screen=on_screen)
        self._melt()

    def _on_selection(self) -> None:
        self._shapes.mark_selected()
        self._melt()

    def _on_evidence(self) -> None:
        evidence = self._workspace.evidence if self._workspace.overlay.difference else None
        self._difference.show_difference(evidence, self._size())
        if self._draft is not None:
            # Drawn with the draft, so that the still picture stays.
            self._difference.hide()
            if evidence is not None:
                self.viewport().update()
            else:
                self.viewport().update(self._draft_rect.toAlignedRect())

    # -- a gesture in progress ----------------------------------------------------------------------------------------

    @property
    def draft(self) -> Draft | None:
        """What is drawn on top at the moment."""
        return self._draft

    def _on_draft(self, draft: Draft | None) -> None:
        before, rect = self._draft, self._draft_rect
        self._draft = draft
        self._draft_rect = draft_bounds(draft, self.viewportTransform())
        if (before is None) != (draft is None) or _ids(before) != _ids(draft):
            self._shapes.leave_out(_ids(draft) if draft is not None else None)
            self._on_evidence()
            self._melt()
        self.viewport().update(rect.united(self._draft_rect).toAlignedRect())

    def _melt(self) -> None:
        """The still picture is no longer true."""
        if self._still is not None:
            self._still = None
            self.viewport().update()

    def _freeze(self) -> QPixmap:
        ratio = self.devicePixelRatioF()
        still = QPixmap(self.viewport().size() * ratio)
        still.setDevicePixelRatio(ratio)
        painter = QPainter(still)
        view = self.viewport().rect()
        self.render(painter, QRectF(view), view)
        painter.end()
        return still

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._draft is None:
            super().paintEvent(event)
            return
        if self._still is None:
            self._still = self._freeze()
            self._draft_rect = draft_bounds(self._draft, self.viewportTransform())
        painter = QPainter(self.viewport())
        painter.setClipRegion(event.region())
        painter.drawPixmap(0, 0, self._still)
        to_screen = self.viewportTransform()
        evidence = self._workspace.evidence
        if evidence is not None and self._workspace.overlay.difference:
            painter.save()
            painter.setTransform(to_screen, True)
            self._difference.draw(painter)
            painter.restore()
        paint_draft(painter, self._draft, to_screen, evidence.score if evidence else None)
        painter.end()

    def drawForeground(self, painter: QPainter, rect: QRectF) -> None:
        """The evidence for the selected axis beside it, while its difference is shown."""
        evidence = self._workspace.evidence
        if self._draft is None and evidence is not None and self._difference.isVisible():
            painter.save()
            at = painter.worldTransform().map(QPointF(*evidence.axis.midpoint))
            painter.resetTransform()
            paint_tag(painter, at, tr("match {score}").format(score=words.score(evidence.score)))
            painter.restore()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        super().scrollContentsBy(dx, dy)
        self._melt()

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
        self._shapes.set_zoom(1 / scale)
        self._shapes.handles.hide()
        self.scene().render(painter, QRectF(image.rect()), QRectF(0, 0, *size))
        self._shapes.handles.show()
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
        key = key_event(event)
        if key is not None and self._workspace.tools.key(key):
            event.accept()
            return
        if key is not None and key.key in ("left", "right", "up", "down"):
            event.accept()  # the view would scroll
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

    def focusNextPrevChild(self, next: bool) -> bool:
        # Tab goes through what lies under the pointer; over nothing it leaves the canvas, as everywhere.
        if next and self._pointer is not None and self._workspace.tools.key(KeyEvent("tab")):
            return True
        return bool(super().focusNextPrevChild(next))

    def focusOutEvent(self, event: QFocusEvent) -> None:
        # Whoever has the focus now is told that Space is released.
        self._space = False
        self._refresh_cursor()
        super().focusOutEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        pans = event.button() == Qt.MouseButton.MiddleButton
        pans = pans or (event.button() == Qt.MouseButton.LeftButton and self._space)
        if pans:
            self._pan_from = event.position().toPoint()
            self._refresh_cursor()
        elif event.button() == Qt.MouseButton.LeftButton:
            self._use_tool(event, "press")
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and not self._space:
            self._use_tool(event, "double")
            event.accept()
        else:
            self.mousePressEvent(event)

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
        if self._pan_from is None:
            self._use_tool(event, "move")

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._pan_from is not None:
            self._pan_from = None
            self._refresh_cursor()
        elif event.button() == Qt.MouseButton.LeftButton:
            self._use_tool(event, "release")
        event.accept()

    def _use_tool(self, event: QMouseEvent, kind: PointerKind) -> None:
        if self._size() is None:
            return
        # With all of its digits: at high zoom a pixel of the screen is a small part of one of the picture.
        place = self.viewportTransform().inverted()[0].map(event.position())
        made = pointer_event(event, kind, place, self.transform().m11())
        self._workspace.tools.pointer(made)
        self._refresh_cursor(made)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        point = self.mapToScene(event.pos())
        inside = self._inside((point.x(), point.y()))
        self.menu_point = (point.x(), point.y()) if inside else None
        if self._size() is not None and not self._workspace.tools.busy:
            hit = self._workspace.tools.context.hit((point.x(), point.y()), self.transform().m11())
            selection = self._workspace.desk.selection
            if hit is None:
                selection.clear()
            elif hit.id not in selection:
                selection.set([hit.id])
            self.menu_wanted.emit(event.globalPos())
        event.accept()

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self._refresh_cursor()

    def leaveEvent(self, event: object) -> None:
        self._pointer = None
        self.pointer_left.emit()

    def _refresh_cursor(self, event: PointerEvent | None = None) -> None:
        tools = self._workspace.tools
        if self._pan_from is not None:
            shape = Qt.CursorShape.ClosedHandCursor
        elif self._space:
            shape = Qt.CursorShape.OpenHandCursor
        elif tools.busy and event is not None:
            return  # as it was when the gesture began
        else:
            shape = cursor_for(tools.name, tools.hit(event) if event is not None else None)
        if self.viewport().cursor().shape() != shape:
            self.viewport().setCursor(shape)


def _ids(draft: Draft | None) -> frozenset[ShapeId]:
    """The shapes of the document that a draft is drawn instead of."""
    return frozenset(shape.id for shape in draft.shapes if shape.id is not None) if draft is not None else frozenset()
