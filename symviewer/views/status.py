"""The status bar: what is being computed, where the pointer is, the zoom, the model and its device."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QProgressBar, QStatusBar, QWidget

from symviewer.model.model_status import ModelStatus
from symviewer.model.saving import Saving
from symviewer.model.workspace import Work, Workspace
from symviewer.views.translation import tr

_NOTICE_MS = 6000


class StatusBar(QStatusBar):
    """Follows the workspace; the canvas tells pointer and zoom."""

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Status"))
        self._workspace = workspace
        self._busy = QProgressBar()
        self._busy.setRange(0, 0)
        self._busy.setTextVisible(False)
        self._busy.setMaximumSize(90, 10)
        self._busy.setAccessibleName(tr("Computing"))
        self._work = _field(tr("Being computed"))
        self._background = _field(tr("Work over many pictures"))
        self._position = _field(tr("Pointer"))
        self._size = _field(tr("Size of the picture"))
        self._zoom = _field(tr("Zoom"))
        self._model = _field(tr("Model"))
        self._saving = _field(tr("Saved"))
        for long in (self._work, self._background, self._model):
            long.setMinimumWidth(1)  # a long name must not make the window wide
        for part in (
            self._busy,
            self._work,
            self._background,
            self._position,
            self._size,
            self._zoom,
            self._model,
            self._saving,
        ):
            self.addPermanentWidget(part)
        workspace.work_changed.connect(self._on_work)
        workspace.background_changed.connect(self._on_background)
        workspace.model_changed.connect(self._on_model)
        workspace.image_changed.connect(lambda image: self._size.setText(_size(image.size) if image else ""))
        self._on_work(workspace.work)
        self._on_background(workspace.background)
        self._on_model(workspace.model)

    def notice(self, text: str) -> None:
        """A sentence for a few seconds."""
        self.showMessage(text, _NOTICE_MS)

    def show_pointer(self, x: float, y: float) -> None:
        """Pixel under the pointer; the pixel at the corner is 0, 0."""
        image = self._workspace.image
        if image is not None and 0 <= x < image.size[0] and 0 <= y < image.size[1]:
            self._position.setText(f"x {int(x):,}  y {int(y):,}")
        else:
            self._position.setText("")

    def clear_pointer(self) -> None:
        self._position.setText("")

    def show_zoom(self, zoom: float) -> None:
        """1 is one pixel of the picture on one of the screen."""
        self._zoom.setText(f"{100 * zoom:.0f} %" if zoom >= 0.095 else f"{100 * zoom:.1f} %")

    def show_saving(self, saving: Saving) -> None:
        """ "Saved 12:03", and why not."""
        self._saving.setText(saving.text)
        self._saving.setVisible(bool(saving.text))
        self._saving.setToolTip(saving.banner)
        strong = self._saving.font()
        strong.setBold(bool(saving.pending))
        self._saving.setFont(strong)

    @property
    def saving_text(self) -> str:
        return self._saving.text()

    @property
    def zoom_text(self) -> str:
        return self._zoom.text()

    def _on_work(self, work: Work) -> None:
        self._work.setText(work.text)
        self._work.setVisible(bool(work.text))
        self._busy.setVisible(bool(work.text))
        if work.progress is None:
            self._busy.setRange(0, 0)
        else:
            self._busy.setRange(0, 100)
            self._busy.setValue(round(100 * work.progress))

    def _on_background(self, work: Work) -> None:
        self._background.setText(work.text)
        self._background.setVisible(bool(work.text))

    def _on_model(self, status: ModelStatus) -> None:
        self._model.setText(status.text)


def _field(name: str) -> QLabel:
    label = QLabel()
    label.setAccessibleName(name)
    label.setMargin(4)
    return label


def _size(size: tuple[int, int]) -> str:
    return f"{size[0]:,} × {size[1]:,} px"
