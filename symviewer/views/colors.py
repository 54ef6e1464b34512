"""Colors of data: the same in light and dark, told apart by color-blind people (after Okabe and Ito 2008)."""

from __future__ import annotations

from typing import Final

from PySide6.QtGui import QColor

from clipsym_core.symmetry import ReflectionAxis, RotationCenter, Shape
from symviewer.model.pictures import PictureState

AXIS: Final = QColor("#f0a30a")
CENTER: Final = QColor("#56b4e9")
ELLIPSE: Final = QColor("#d98cb8")
SELECTED: Final = QColor("#ffffff")
CASING: Final = QColor(12, 16, 22, 190)
"""Under every line, so that it is seen on any picture."""
LABEL_GROUND: Final = QColor(16, 20, 27, 225)

STATES: Final = {
    PictureState.WAITING: QColor("#8a929e"),
    PictureState.DETECTING: QColor("#2f8fd8"),
    PictureState.DONE: QColor("#009e73"),
    PictureState.FAILED: QColor("#d5302a"),
}


def of_shape(shape: Shape) -> QColor:
    """The color of a suggestion."""
    if isinstance(shape, ReflectionAxis):
        return AXIS
    return CENTER if isinstance(shape, RotationCenter) else ELLIPSE
