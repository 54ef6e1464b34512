"""What the middle of the window says when there is no picture to show."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QPalette, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from symviewer.views.icons import draw


class MessagePage(QWidget):
    """An icon, a title, a sentence, and buttons for what can be done; below each other where it is narrow."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon_name = "samples"
        self._icon = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        self._title = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        self._text = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._buttons = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        for label in (self._title, self._text):
            label.setWordWrap(True)
        font = self._title.font()
        font.setPointSizeF(font.pointSizeF() * 1.5)
        self._title.setFont(font)
        self._shown: list[QPushButton] = []
        self._layout = layout = QVBoxLayout(self)
        layout.setSpacing(12)
        layout.addStretch(2)
        for part in (self._icon, self._title, self._text):
            layout.addWidget(part)
        layout.addLayout(self._buttons)
        layout.addStretch(3)

    def show_message(self, icon_name: str, title: str, text: str, actions: Sequence[QAction] = ()) -> None:
        """Show this. `title` is also what screen readers announce."""
        self._icon_name = icon_name
        self._title.setText(title)
        self._text.setText(text)
        self.setAccessibleName(title)
        self.setAccessibleDescription(text)
        while item := self._buttons.takeAt(0):
            if widget := item.widget():
                widget.hide()  # it is drawn until it is deleted
                widget.deleteLater()
        self._shown = []
        self._buttons.addStretch()
        for action in actions:
            button = QPushButton(action.icon(), action.text())
            button.setToolTip(action.toolTip())
            button.setAccessibleName(action.text().replace("&", "").rstrip("…"))
            button.clicked.connect(action.trigger)
            self._buttons.addWidget(button)
            self._shown.append(button)
        self._buttons.addStretch()
        self._arrange()
        self.refresh_icon()

    @property
    def title(self) -> str:
        return self._title.text()

    @property
    def text(self) -> str:
        return self._text.text()

    def minimumSizeHint(self) -> QSize:
        least = super().minimumSizeHint()
        widest = max((button.sizeHint().width() for button in self._shown), default=0)
        return QSize(min(least.width(), widest + self._margins), least.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    @property
    def _margins(self) -> int:
        margins = self._layout.contentsMargins()
        return margins.left() + margins.right()

    def _arrange(self) -> None:
        """Buttons side by side where there is room."""
        row = sum(button.sizeHint().width() + self._layout.spacing() for button in self._shown)
        fits = row <= self.width() - self._margins
        self._buttons.setDirection(QBoxLayout.Direction.LeftToRight if fits else QBoxLayout.Direction.TopToBottom)

    def refresh_icon(self) -> None:
        """Draw the icon in the colors of the present palette."""
        ratio = self.devicePixelRatioF()
        color = self.palette().color(QPalette.ColorRole.PlaceholderText).name()
        pixmap = draw(self._icon_name, round(64 * ratio), color)
        pixmap.setDevicePixelRatio(ratio)
        self._icon.setPixmap(pixmap)
