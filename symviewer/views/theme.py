"""Light and dark: Qt's Fusion style with two palettes of our own, following the system where that is asked for."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

from symviewer.model.settings import Theme

_Role = QPalette.ColorRole

_LIGHT: Final[dict[QPalette.ColorRole, str]] = {
    _Role.Window: "#f3f4f6",
    _Role.WindowText: "#1b222c",
    _Role.Base: "#ffffff",
    _Role.AlternateBase: "#f7f8fa",
    _Role.Text: "#1b222c",
    _Role.Button: "#fafbfc",
    _Role.ButtonText: "#1b222c",
    _Role.BrightText: "#ffffff",
    _Role.ToolTipBase: "#ffffff",
    _Role.ToolTipText: "#1b222c",
    _Role.PlaceholderText: "#626c7a",
    _Role.Highlight: "#1f63c4",
    _Role.HighlightedText: "#ffffff",
    _Role.Accent: "#1f63c4",
    _Role.Link: "#1456b8",
    _Role.LinkVisited: "#6b3fa0",
    _Role.Light: "#ffffff",
    _Role.Midlight: "#e9ebef",
    _Role.Mid: "#c3c8d0",
    _Role.Dark: "#9aa2ae",
    _Role.Shadow: "#6d7684",
}
_DARK: Final[dict[QPalette.ColorRole, str]] = {
    _Role.Window: "#22252b",
    _Role.WindowText: "#e6e9ee",
    _Role.Base: "#191b20",
    _Role.AlternateBase: "#1e2126",
    _Role.Text: "#e6e9ee",
    _Role.Button: "#2e323a",
    _Role.ButtonText: "#e6e9ee",
    _Role.BrightText: "#ffffff",
    _Role.ToolTipBase: "#2e323a",
    _Role.ToolTipText: "#e6e9ee",
    _Role.PlaceholderText: "#98a1ae",
    _Role.Highlight: "#2f6fd0",
    _Role.HighlightedText: "#ffffff",
    _Role.Accent: "#5b9bff",
    _Role.Link: "#7fb2ff",
    _Role.LinkVisited: "#c0a2f0",
    _Role.Light: "#3a3f48",
    _Role.Midlight: "#32363e",
    _Role.Mid: "#3d424b",
    _Role.Dark: "#14161a",
    _Role.Shadow: "#0b0c0e",
}
_OUTLINE: Final = QColor("#aab2be")
"""Fusion outlines boxes and circles in a darker tone of the window's color, on a dark window in next to nothing."""
_OUTLINED: Final = ("QCheckBox", "QRadioButton", "QListWidget")
_FADED: Final = (_Role.WindowText, _Role.Text, _Role.ButtonText)
_SCHEMES: Final[dict[Theme, Qt.ColorScheme]] = {
    "system": Qt.ColorScheme.Unknown,
    "light": Qt.ColorScheme.Light,
    "dark": Qt.ColorScheme.Dark,
}


def palette(*, dark: bool) -> QPalette:
    """One of the two palettes. Text has a contrast of at least 4.5 to its ground in both (tested)."""
    colors = QPalette()
    for role, name in (_DARK if dark else _LIGHT).items():
        colors.setColor(role, QColor(name))
    faded = QColor("#747d8b" if dark else "#8a929e")
    for role in _FADED:
        colors.setColor(QPalette.ColorGroup.Disabled, role, faded)
    colors.setColor(QPalette.ColorGroup.Disabled, _Role.Highlight, QColor("#4a505b" if dark else "#b6bcc6"))
    colors.setColor(QPalette.ColorGroup.Disabled, _Role.Accent, QColor("#4a505b" if dark else "#b6bcc6"))
    return colors


def outlined_palette(*, dark: bool) -> QPalette:
    """The palette of what is told by its outline: check boxes, radio buttons. Their own ground is the window's."""
    colors = palette(dark=dark)
    if dark:
        colors.setColor(_Role.Window, _OUTLINE)
    return colors


class ThemeManager(QObject):
    """Applies a theme to the application. Signal: `changed(dark)`."""

    changed = Signal(bool)

    def __init__(self, application: QApplication) -> None:
        super().__init__()
        self._application = application
        self._theme: Theme = "system"
        self._dark: bool | None = None
        application.setStyle("Fusion")
        application.styleHints().colorSchemeChanged.connect(self._refresh)

    @property
    def dark(self) -> bool:
        return bool(self._dark)

    def apply(self, theme: Theme) -> None:
        """Switch to a theme; "system" follows the system from now on."""
        self._theme = theme
        self._application.styleHints().setColorScheme(_SCHEMES[theme])
        self._refresh()

    def _refresh(self) -> None:
        # Platforms without color schemes (offscreen, some window managers) answer Unknown: the choice itself decides.
        scheme = self._application.styleHints().colorScheme()
        dark = self._theme == "dark" if self._theme != "system" else scheme is Qt.ColorScheme.Dark
        if dark != self._dark:
            self._dark = dark
            self._application.setPalette(palette(dark=dark))
            for kind in _OUTLINED:
                self._application.setPalette(outlined_palette(dark=dark), kind)
            self.changed.emit(dark)
