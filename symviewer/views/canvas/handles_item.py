"""The handles of what is selected, on top of everything."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from clipsym_core.symmetry import Shape
from symviewer.model.annotation import ShapeId
from symviewer.model.selection import ActiveHandle
from symviewer.model.shape_edit import ROTATE_DISTANCE
from symviewer.views.canvas.strokes import HANDLE, paint_handles, path_of

MOST: Final = 12
"""Of more selected shapes no handles are drawn: they would hide the picture."""


class HandlesItem(QGraphicsItem):
    """Painted at the size of the screen; the document says where."""

    def __init__(self) -> None:
        super().__init__()
        self._shapes: dict[ShapeId, Shape] = {}
        self._active: ActiveHandle | None = None
        self._pixel = 1.0
        self._bounds = QRectF()
        self.setZValue(1000)

    def show_handles(self, shapes: Sequence[tuple[ShapeId, Shape]], active: ActiveHandle | None) -> None:
        """Handles of these shapes."""
        self.prepareGeometryChange()
        self._shapes = dict(shapes) if len(shapes) <= MOST else {}
        self._active = active
        self._bounds = QRectF()
        for shape in self._shapes.values():
            self._bounds = self._bounds.united(path_of(shape).boundingRect().adjusted(-0.1, -0.1, 0.1, 0.1))
        self.update()

    def set_zoom(self, pixel: float) -> None:
        """`pixel`: size of a pixel of the screen in pixels of the picture."""
        self.prepareGeometryChange()
        self._pixel = pixel

    def boundingRect(self) -> QRectF:
        if self._bounds.isNull():
            return QRectF()
        margin = (ROTATE_DISTANCE + HANDLE + 3) * self._pixel
        return self._bounds.adjusted(-margin, -margin, margin, margin)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        for id, shape in self._shapes.items():
            active = self._active
            part = (active.part, active.index) if active is not None and active.shape == id else None
            paint_handles(painter, shape, self._pixel, part)
