"""What a tool shows while a gesture goes on, painted over a still picture of everything else."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QTransform

from clipsym_core.symmetry import ReflectionAxis
from symviewer.model import words
from symviewer.model.shape_edit import ROTATE_DISTANCE
from symviewer.model.tools.draft import Draft
from symviewer.views.canvas.label_item import label_font
from symviewer.views.canvas.strokes import HANDLE, MARGIN, Look, paint_handles, paint_shape, path_of, pen
from symviewer.views.colors import AXIS, CASING, LABEL_GROUND, SELECTED, SNAPPED
from symviewer.views.translation import tr

_REACH = MARGIN + ROTATE_DISTANCE + HANDLE + 4
_TAG = QRectF(0, 0, 130, 28)
_BAND_FILL = QColor(86, 180, 233, 40)


def draft_bounds(draft: Draft | None, to_screen: QTransform) -> QRectF:
    """What a draft paints on, in pixels of the view."""
    if draft is None:
        return QRectF()
    bounds = QRectF()
    for shape in draft.shapes:
        bounds = bounds.united(to_screen.mapRect(path_of(shape.shape).boundingRect()).adjusted(-1, -1, 1, 1))
    for point in (*draft.points, *(draft.band or ())):
        at = to_screen.map(QPointF(*point))
        bounds = bounds.united(QRectF(at.x() - 1, at.y() - 1, 2, 2))
    # Room for handles, and for the tag that stands beside the shape.
    return bounds.adjusted(-_REACH - _TAG.width(), -_REACH - _TAG.height(), _REACH + _TAG.width(), _REACH)


def paint_draft(painter: QPainter, draft: Draft, to_screen: QTransform, score: float | None) -> None:
    """Paint a draft; `score`: the evidence for the axis in it, where it is known."""
    pixel = 1.0 / to_screen.m11()
    painter.setTransform(to_screen, True)
    few = len(draft.shapes) == 1
    for shape in draft.shapes:
        look = Look(strong=True, snapped=shape.snapped)
        paint_shape(painter, shape.shape, path_of(shape.shape), look, pixel)
        if few:
            paint_handles(painter, shape.shape, pixel)
    _paint_points(painter, draft, pixel)
    if draft.band is not None:
        _paint_band(painter, draft)
    painter.setTransform(to_screen.inverted()[0], True)
    if few and score is not None and isinstance(draft.shapes[0].shape, ReflectionAxis):
        shape = draft.shapes[0]
        text = tr("match {score}").format(score=words.score(score))
        paint_tag(painter, to_screen.map(QPointF(*shape.shape.midpoint)), text, snapped=shape.snapped)


def paint_tag(painter: QPainter, at: QPointF, text: str, *, snapped: bool = False) -> None:
    """A small label beside a point of the view."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    font = label_font()
    painter.setFont(font)
    box = QRectF(0, 0, QFontMetricsF(font).horizontalAdvance(text) + 14, QFontMetricsF(font).height() + 4)
    box.moveCenter(at + QPointF(16 + box.width() / 2, -18))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(LABEL_GROUND)
    painter.drawRoundedRect(box, box.height() / 2, box.height() / 2)
    painter.setPen(SNAPPED if snapped else AXIS.lighter(120))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)


def _paint_points(painter: QPainter, draft: Draft, pixel: float) -> None:
    """Points set so far; joined while they make no shape yet."""
    points = [QPointF(*point) for point in draft.points]
    ratio = painter.device().devicePixelRatioF()
    if not draft.shapes and len(points) > 1:
        for color, width in ((CASING, 4.0), (SELECTED, 1.6)):
            painter.setPen(pen(color, width * ratio))
            painter.drawPolyline(points)
    painter.setBrush(SELECTED)
    painter.setPen(pen(QColor("#10141b"), 1.4 * ratio))
    for point in points:
        painter.drawEllipse(point, HANDLE * pixel, HANDLE * pixel)
    painter.setBrush(Qt.BrushStyle.NoBrush)


def _paint_band(painter: QPainter, draft: Draft) -> None:
    assert draft.band is not None
    ratio = painter.device().devicePixelRatioF()
    box = QRectF(QPointF(*draft.band[0]), QPointF(*draft.band[1])).normalized()
    painter.setBrush(_BAND_FILL)
    painter.setPen(pen(CASING, 2.6 * ratio))
    painter.drawRect(box)
    dashed = pen(SELECTED, 1.2 * ratio)
    dashed.setDashPattern((4.0, 3.0))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(dashed)
    painter.drawRect(box)
