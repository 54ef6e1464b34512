"""A line about work over many pictures: how far it has come, pause and stop. Hidden while there is none."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from symviewer.model.progress import Progress
from symviewer.services.picture_run import PictureRun
from symviewer.views.icons import icon
from symviewer.views.translation import tr


class RunLine(QWidget):
    """Follows a run. `name` is what it does."""

    def __init__(self, run: PictureRun, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._run = run
        self._name = name
        self._text = QLabel()
        self._text.setAccessibleName(name)
        self._text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setMaximumHeight(8)
        self._bar.setAccessibleName(name)
        self.pause = _button(self._toggle)
        self.stop = _button(run.cancel)
        self.stop.setAccessibleName(tr("Stop: {work}").format(work=name))
        self.stop.setToolTip(tr("Stop here; what is done is kept."))
        top = QHBoxLayout()
        top.setSpacing(2)
        top.addWidget(self._bar, 1)
        top.addWidget(self.pause)
        top.addWidget(self.stop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self._text)
        layout.addLayout(top)
        run.progressed.connect(self._show)
        self._show(run.progress)

    def refresh_icons(self) -> None:
        """Draw the icons in the colors of the present palette."""
        self.stop.setIcon(icon("stop"))
        self._show(self._run.progress)

    def _toggle(self) -> None:
        if self._run.progress.paused:
            self._run.resume()
        else:
            self._run.pause()

    def _show(self, progress: Progress) -> None:
        self.setVisible(progress.active)
        self._text.setText(f"{self._name}: {progress.text}")
        self._text.setToolTip(self._text.text())
        self._bar.setRange(0, max(progress.total, 1))
        self._bar.setValue(progress.done)
        self.pause.setIcon(icon("play" if progress.paused else "pause"))
        tip = tr("Go on") if progress.paused else tr("Pause")
        self.pause.setToolTip(tip)
        self.pause.setAccessibleName(f"{tip}: {self._name}")


def _button(on_click: Callable[[], object]) -> QToolButton:
    made = QToolButton()
    made.setAutoRaise(True)
    made.clicked.connect(lambda _checked=False: on_click())
    return made
