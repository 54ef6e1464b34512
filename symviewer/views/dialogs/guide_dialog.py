"""The guide, inside the program: it works without a network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QImage, QTextDocument
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QTextBrowser, QVBoxLayout, QWidget

from clipsym_core.resources import resource_path
from symviewer.views.translation import tr

_CHECKOUT = Path(__file__).resolve().parents[3]
_WIDTH = 940
_BESIDE = 80
"""Frame, margins and scroll bar beside the text, px."""


class GuideDialog(QDialog):
    """docs/guide.md with its pictures; links to the web open in the browser."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Guide"))
        self.resize(_WIDTH, 740)
        self.text = _Pages()
        self.text.setAccessibleName(tr("Guide"))
        self.text.setOpenLinks(False)
        self.text.anchorClicked.connect(self._on_link)
        folder = guide_folder()
        if folder is None:
            self.text.setPlainText(
                tr("The guide is missing: the installation is incomplete. Install the program again.")
            )
        else:
            self._folder = folder
            self.text.setSearchPaths([str(folder)])
            self._open("guide.md")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.close)
        buttons.button(QDialogButtonBox.StandardButton.Close).setAccessibleName(tr("Close"))
        layout = QVBoxLayout(self)
        layout.addWidget(self.text)
        layout.addWidget(buttons)

    def _open(self, name: str) -> None:
        self.text.setMarkdown((self._folder / name).read_text(encoding="utf-8"))

    def _on_link(self, url: QUrl) -> None:
        if url.scheme() in ("http", "https"):
            QDesktopServices.openUrl(url)
        elif url.path().endswith(".md") and (self._folder / Path(url.path()).name).is_file():
            self._open(Path(url.path()).name)
        elif url.hasFragment():
            self.text.scrollToAnchor(url.fragment())


class _Pages(QTextBrowser):
    """Shows pictures no wider than itself."""

    def loadResource(self, kind: int, name: QUrl) -> Any:
        loaded = super().loadResource(kind, name)
        if kind != QTextDocument.ResourceType.ImageResource.value:
            return loaded
        image = QImage(str(Path(self.searchPaths()[0]) / name.path())) if self.searchPaths() else QImage()
        ratio = self.devicePixelRatioF()
        width = round((_WIDTH - _BESIDE) * ratio)
        if image.width() > width:
            image = image.scaledToWidth(width, Qt.TransformationMode.SmoothTransformation)
        image.setDevicePixelRatio(ratio)
        return image


def guide_folder() -> Path | None:
    """The folder of the guide: packed into a wheel as a resource, docs/ in a checkout."""
    checkout = _CHECKOUT / "docs"
    if (checkout / "guide.md").is_file():
        return checkout
    try:
        return resource_path("docs", "guide.md").parent
    except FileNotFoundError:
        return None
