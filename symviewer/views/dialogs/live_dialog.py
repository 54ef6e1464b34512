"""Choosing a live source: the demo camera, a camera by name, a stream address, a video file, a folder of pictures."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from symviewer.services.sources.demo import DEMO_NAME, DemoSource
from symviewer.views.controls import button, combo
from symviewer.views.translation import tr

if TYPE_CHECKING:
    from symviewer.services.sources.base import Source
    from symviewer.services.sources.camera_list import CameraList
    from symviewer.services.sources.cameras import Camera

_DEMO, _STREAM, _VIDEO, _FOLDER = "demo", "stream", "video", "folder"
_SIZES = {None: "As the camera likes", (640, 480): "640 x 480", (1280, 720): "1280 x 720", (1920, 1080): "1920 x 1080"}
_RATES = {None: "As the camera likes", 15.0: "15 a second", 30.0: "30 a second", 60.0: "60 a second"}
_PLACES = {
    _STREAM: "rtsp://camera.local/live",
    _VIDEO: "Path of a video file",
    _FOLDER: "Path of a folder with pictures",
}


class LiveDialog(QDialog):
    """Calls `open_source` with what makes the chosen source.

    Cameras are looked for when the dialog is shown; it does not wait for them, also not when it is closed.
    """

    def __init__(
        self,
        open_source: Callable[[Callable[[], Source]], object],
        cameras: CameraList,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Open a live source"))
        self._open_source = open_source
        self._cameras = cameras
        self._cameras.found.connect(self._on_cameras)
        self.source = combo(tr("Source"), {}, self._on_choice)
        self.size_box = combo(tr("Resolution"), _SIZES, lambda: None)
        self.rate_box = combo(tr("Frames a second"), _RATES, lambda: None)
        self.place = QLineEdit()
        self.place.setAccessibleName(tr("Address or path"))
        self.place.textChanged.connect(lambda _text: self._check())
        self._browse = button(tr("&Browse…"), self._choose_file)
        self._hint = QLabel()
        self._hint.setWordWrap(True)
        self._hint.setTextFormat(Qt.TextFormat.PlainText)
        row = QHBoxLayout()
        row.addWidget(self.place, 1)
        row.addWidget(self._browse)
        form = QFormLayout()
        form.addRow(tr("&Source"), self.source)
        form.addRow(tr("&Resolution"), self.size_box)
        form.addRow(tr("&Frames"), self.rate_box)
        # A row of two widgets has no widget of its own for the key.
        place = QLabel(tr("&Place"))
        place.setBuddy(self.place)
        form.addRow(place, row)
        self._buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Open | QDialogButtonBox.StandardButton.Cancel)
        self._buttons.accepted.connect(self._accept)
        self._buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        layout.addWidget(self._hint)
        layout.addWidget(self._buttons)
        self.setMinimumWidth(460)
        self._fill([])

    def refresh(self) -> None:
        """Look for cameras anew."""
        self._hint.setText(tr("Looking for cameras …"))
        self._cameras.look()

    def _on_cameras(self, cameras: list[Camera]) -> None:
        self._fill(cameras)
        self._hint.setText("" if cameras else tr("No camera was found. The demo camera works everywhere."))

    def _fill(self, cameras: list[Camera]) -> None:
        chosen = self.source.currentData()
        self.source.clear()
        self.source.addItem(DEMO_NAME, _DEMO)
        for camera in cameras:
            self.source.addItem(camera.name, camera)
        self.source.addItem(tr("Stream address"), _STREAM)
        self.source.addItem(tr("Video file"), _VIDEO)
        self.source.addItem(tr("Folder of pictures"), _FOLDER)
        self.source.setCurrentIndex(max(0, self.source.findData(chosen)))
        self._on_choice()

    def _on_choice(self) -> None:
        kind = self.source.currentData()
        placed = kind in _PLACES
        self.place.setEnabled(placed)
        self.place.setPlaceholderText(_PLACES.get(kind, "") if placed else "")
        self._browse.setEnabled(kind in (_VIDEO, _FOLDER))
        camera = not placed and kind != _DEMO
        _enable((self.size_box, self.rate_box), camera)
        self._check()

    def _check(self) -> None:
        ready = self.source.currentData() not in _PLACES or bool(self.place.text().strip())
        self._buttons.button(QDialogButtonBox.StandardButton.Open).setEnabled(ready)

    def _choose_file(self) -> None:
        start = os.path.dirname(self.place.text())
        if self.source.currentData() == _FOLDER:
            path = QFileDialog.getExistingDirectory(self, tr("Folder of pictures"), start)
        else:
            path, _ = QFileDialog.getOpenFileName(self, tr("Video file"), start, VIDEO_FILTER)
        if path:
            self.place.setText(path)

    def _accept(self) -> None:
        make = self._maker()
        self.accept()
        self._open_source(make)

    def _maker(self) -> Callable[[], Source]:
        from symviewer.services.sources.capture import CaptureSource
        from symviewer.services.sources.files import FolderSource, VideoSource

        kind, place = self.source.currentData(), self.place.text().strip()
        size, rate = self.size_box.currentData(), self.rate_box.currentData()
        if kind == _DEMO:
            return DemoSource
        if kind == _STREAM:
            return lambda: CaptureSource(place, place)
        if kind == _VIDEO:
            return lambda: VideoSource(place)
        if kind == _FOLDER:
            return lambda: FolderSource(place)
        return lambda: CaptureSource(kind.number, kind.name, size=size, rate=rate)


VIDEO_FILTER = "Videos (*.mp4 *.m4v *.mov *.mkv *.webm *.avi *.mpg *.mpeg *.ts *.mts *.ogv *.wmv);;All files (*)"


def _enable(boxes: tuple[QComboBox, ...], on: bool) -> None:
    for box in boxes:
        box.setEnabled(on)
