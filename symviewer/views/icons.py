"""Icons: our own line drawings (SVG with currentColor), tinted with the palette's text color."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication, QToolButton, QWidget

from clipsym_core.resources import resource_path

_SIZES: Final = (16, 20, 32, 40)
"""Menus and tool bar, at 100 % and 200 % scale."""

_MODES: Final = ((QIcon.Mode.Normal, QPalette.ColorGroup.Active), (QIcon.Mode.Disabled, QPalette.ColorGroup.Disabled))


def icon(name: str) -> QIcon:
    """An icon in the colors of the present palette (made again when the theme changes).

    Raises:
        FileNotFoundError: there is no such drawing.
    """
    palette = QApplication.palette()
    result = QIcon()
    for mode, group in _MODES:
        color = palette.color(group, QPalette.ColorRole.ButtonText).name()
        for size in _SIZES:
            result.addPixmap(draw(name, size, color), mode)
    return result


def refresh_more_arrows(window: QWidget) -> None:
    """The arrows behind which tool bars put what they have no room for: Qt's own are hard to see on a dark ground."""
    for button in window.findChildren(QToolButton, "qt_toolbar_ext_button"):
        button.setIcon(icon("more"))


def application_icon() -> QIcon:
    """The program's own, colored icon."""
    result = QIcon()
    for size in (16, 32, 48, 64, 128, 256):
        result.addPixmap(draw("symviewer", size, "#000000"))
    return result


def draw(name: str, size: int, color: str) -> QPixmap:
    """A drawing in one color, `size` px wide and high."""
    pixmap = QPixmap(QSize(size, size))
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    _drawing(name, color).render(painter, QRectF(0, 0, size, size))
    painter.end()
    return pixmap


@lru_cache(maxsize=256)
def _drawing(name: str, color: str) -> QSvgRenderer:
    source = resource_path("icons", f"{name}.svg").read_bytes()
    return QSvgRenderer(QByteArray(source.replace(b"currentColor", color.encode())))
