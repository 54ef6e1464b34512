"""A picture of the whole window, once everything that it waits for has been done."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from PySide6.QtCore import QElapsedTimer, QObject, QTimer

from symviewer.model.pictures import PictureState
from symviewer.views.main_window import MainWindow

_LOOK_MS: Final = 50
_QUIET_LOOKS: Final = 6
"""So many looks in a row at which nothing was under way: thumbnails and late repaints come in between."""


class Screenshot(QObject):
    """Waits until the session is idle, then saves the window (where a path is given) and calls
    `done(error text or "")`."""

    def __init__(self, window: MainWindow, path: Path | None, seconds: float, done: Callable[[str], object]) -> None:
        super().__init__(window)
        self._window = window
        self._path = path
        self._done = done
        self._limit_ms = seconds * 1000
        self._quiet = 0
        self._elapsed = QElapsedTimer()
        self._timer = QTimer(self, interval=_LOOK_MS)
        self._timer.timeout.connect(self._look)

    def start(self) -> None:
        self._elapsed.start()
        self._timer.start()

    def _look(self) -> None:
        self._quiet = self._quiet + 1 if self._window.session.idle else 0
        late = self._elapsed.elapsed() > self._limit_ms
        if self._quiet < _QUIET_LOOKS and not late:
            return
        self._timer.stop()
        error = self._save(self._path) if self._path else ""
        # What is read ahead may be unfinished; the picture that is shown may not.
        picture = self._window.session.workspace.pictures.current_picture
        finished = picture is not None and picture.state in (PictureState.DONE, PictureState.FAILED)
        if not error and late and not finished:
            error = f"Detection was not finished after {self._limit_ms / 1000:.0f} s."
        self._done(error)

    def _save(self, path: Path) -> str:
        reason = "The ending must be that of a picture, such as .png."
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            reason = f"{error.strerror}."
        else:
            if self._window.grab().save(str(path)):
                return ""
        return f"The screenshot cannot be written to {path}. {reason}"
