"""One annotation or suggestion on the canvas, made anew from the document whenever that changes."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from clipsym_core.symmetry import RotationCenter
from symviewer.model import words
from symviewer.model.annotation import Annotation, Suggestion
from symviewer.views.canvas.label_item import LabelItem
from symviewer.views.canvas.strokes import MARGIN, MARK, Look, anchor, paint_shape, path_of
from symviewer.views.colors import of_shape

_ANNOTATIONS = 300.0
_STRONG = 50.0


class ShapeItem(QGraphicsItem):
    """Solid where it is an annotation, dashed where it is a suggestion. Lines keep their width on the screen:
    `set_zoom` tells how large a screen pixel is."""

    def __init__(self, holder: Annotation | Suggestion, *, labelled: bool) -> None:
        super().__init__()
        self.holder = holder
        self._path = path_of(holder.shape)
        self._pixel = 1.0
        self._look = Look(dashed=isinstance(holder, Suggestion))
        self._label = self._make_label(labelled)
        self._z = _height(holder)
        self.setZValue(self._z)
        self.setToolTip(words.describe_holder(holder))

    @property
    def is_strong(self) -> bool:
        return self._look.strong

    def set_zoom(self, pixel: float) -> None:
        """`pixel`: size of a pixel of the screen in pixels of the picture."""
        if pixel != self._pixel:
            self.prepareGeometryChange()
            self._pixel = pixel

    def set_strong(self, strong: bool) -> None:
        """Drawn as a selected one."""
        if strong != self._look.strong:
            self._look = Look(self._look.dashed, strong)
            self.setZValue(self._z + (_STRONG if strong else 0.0))
            if self._label:
                self._label.set_strong(strong)
            self.update()

    def boundingRect(self) -> QRectF:
        margin = MARGIN * self._pixel
        return self._path.boundingRect().adjusted(-margin, -margin, margin, margin)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        paint_shape(painter, self.holder.shape, self._path, self._look, self._pixel)

    def _make_label(self, labelled: bool) -> LabelItem | None:
        holder = self.holder
        badge = words.order(holder.shape)
        locked = isinstance(holder, Annotation) and holder.locked
        text = words.score(holder.score) if labelled and isinstance(holder, Suggestion) else ""
        # The order of a center belongs to what is drawn; scores are an extra that can be switched off.
        if not (text or locked or (badge and (labelled or isinstance(holder, Annotation)))):
            return None
        point, outward = anchor(holder.shape)
        label = LabelItem(text, badge, of_shape(holder.shape), outward, MARK + 2 if badge else 0.0, self, locked=locked)
        label.setPos(point)
        return label


def _height(holder: Annotation | Suggestion) -> float:
    """Annotations are above suggestions, in their drawing order; the best suggestions above the others; centers above
    the lines that cross them, also above a selected line."""
    center = isinstance(holder.shape, RotationCenter)
    if isinstance(holder, Suggestion):
        return 10.0 + holder.score + (100.0 if center else 0.0)
    return _ANNOTATIONS + 1e-6 * holder.rank + (100.0 if center else 0.0)
