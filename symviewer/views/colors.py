"""Colors of data: the same in light and dark, told apart by color-blind people (after Okabe and Ito 2008)."""

from __future__ import annotations

from typing import Final

from PySide6.QtGui import QColor

from clipsym_core.symmetry import ReflectionAxis, RotationCenter, Shape
from symviewer.model.picture_order import RowState

AXIS: Final = QColor("#f0a30a")
CENTER: Final = QColor("#56b4e9")
ELLIPSE: Final = QColor("#d98cb8")
SELECTED: Final = QColor("#ffffff")
SNAPPED: Final = QColor("#6ee7b7")
"""The rim of a dragged shape that lies on pixel evidence."""
CASING: Final = QColor(12, 16, 22)
"""Under every line, so that it is seen on any picture. Opaque: blending made 300 lines three times as dear."""
LABEL_GROUND: Final = QColor(16, 20, 27, 225)

STATES: Final = {
    RowState.NONE: QColor("#8a929e"),
    RowState.LOOKING: QColor("#2f8fd8"),
    RowState.SUGGESTED: QColor("#2f8fd8"),
    RowState.VERIFIED: QColor("#00875f"),
    RowState.FAILED: QColor("#d5302a"),
}


def of_shape(shape: Shape) -> QColor:
    """The color of a suggestion."""
    if isinstance(shape, ReflectionAxis):
        return AXIS
    return CENTER if isinstance(shape, RotationCenter) else ELLIPSE
