"""A panel that is built when it is shown first: what it imports, the first window does not wait for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from PySide6.QtCore import QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

T = TypeVar("T", bound=QWidget)


class LazyPanel(QWidget, Generic[T]):
    """Holds the panel that `make` makes."""

    def __init__(self, make: Callable[[], T]) -> None:
        super().__init__()
        self._make = make
        self._panel: T | None = None
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        self._soon = QTimer(self, interval=0, singleShot=True)
        self._soon.timeout.connect(lambda: self.panel)

    @property
    def panel(self) -> T:
        """The panel, built now if it was not yet."""
        if self._panel is None:
            self._panel = self._make()
            self.layout().addWidget(self._panel)
        return self._panel

    @property
    def built(self) -> T | None:
        """The panel if it was built."""
        return self._panel

    def showEvent(self, event: QShowEvent) -> None:
        """Somebody looks: built as soon as the window is painted."""
        if self._panel is None:
            self._soon.start()
        super().showEvent(event)
