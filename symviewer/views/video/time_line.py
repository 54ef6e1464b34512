"""The time line under the picture: play, step, jump, and a mark for every frame on which something was done."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from symviewer.model.film import Film, Mark
from symviewer.model.pictures import NOTHING
from symviewer.model.workspace import Workspace
from symviewer.views.actions import Actions
from symviewer.views.translation import tr

COLORS: Final = {Mark.SUGGESTED: QColor("#2f8fd8"), Mark.ANNOTATED: QColor("#f0a30a"), Mark.VERIFIED: QColor("#009e73")}
_HEIGHT, _MARK_WIDTH, _EDGE = 34, 2.0, 8
_SETTLE_MS: Final = 120
"""Marks are counted again so long after a change: a batch changes many frames in a row."""
_KEYS: Final = frozenset(
    {Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown}
)
_BUTTONS: Final = ("video_play", "previous_picture", "next_picture", "video_previous_mark", "video_next_mark")


class Track(QWidget):
    """Signal: `wanted(place)`: a person points at a frame."""

    wanted = Signal(int)

    def __init__(self, film: Film, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._film = film
        self.marks: dict[int, Mark] = {}
        self._columns: tuple[int, dict[Mark, list[int]]] | None = None
        self.setAccessibleName(tr("Time line"))
        self.setAccessibleDescription(tr("Frames of the video. Arrow keys step, Page keys jump by a second."))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(200, _HEIGHT)

    def show_marks(self, marks: dict[int, Mark]) -> None:
        """Show what has been done on these frames."""
        self.marks, self._columns = marks, None
        self.update()

    def x_of(self, place: int) -> float:
        """Where a frame is, px."""
        last = self._film.seconds(len(self._film) - 1)
        share = self._film.seconds(place) / last if last > 0 else 0.0
        return _EDGE + share * (self.width() - 2 * _EDGE)

    def place_at(self, x: float) -> int:
        """The frame at a place, px."""
        share = min(max((x - _EDGE) / max(self.width() - 2 * _EDGE, 1), 0.0), 1.0)
        return self._film.at(share * self._film.seconds(len(self._film) - 1))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette = self.palette()
        middle = self.height() / 2
        ground = palette.color(QPalette.ColorRole.Mid)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(_EDGE - 3, int(middle) - 3, self.width() - 2 * _EDGE + 6, 6, 3, 3)
        if not len(self._film):
            return
        for mark, columns in self._mark_columns().items():
            painter.setBrush(COLORS[mark])
            for x in columns:
                painter.drawRect(x, round(middle - 8), int(_MARK_WIDTH), 16)
        if self._film.current != NOTHING:
            x = self.x_of(self._film.current)
            painter.setBrush(palette.color(QPalette.ColorRole.Highlight))
            painter.drawRoundedRect(round(x) - 3, 3, 6, self.height() - 6, 3, 3)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(palette.color(QPalette.ColorRole.Highlight))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def _mark_columns(self) -> dict[Mark, list[int]]:
        """Where marks are drawn, px, the verified ones last, on top. A long video has many frames to a pixel, and is
        painted anew for each frame that is played."""
        width = self.width()
        if self._columns is None or self._columns[0] != width:
            found: dict[Mark, set[int]] = {mark: set() for mark in Mark}
            for place, mark in self.marks.items():
                found[mark].add(round(self.x_of(place) - _MARK_WIDTH / 2))
            self._columns = width, {mark: sorted(columns) for mark, columns in found.items()}
        return self._columns[1]

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.wanted.emit(self.place_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self.wanted.emit(self.place_at(event.position().x()))

    def event(self, event: QEvent) -> bool:
        # While the time line has the focus its keys are its own, not those of the window's actions.
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and event.key() in _KEYS:
            event.accept()
            return True
        return bool(super().event(event))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        here, key = self._film.current, event.key()
        if here == NOTHING:
            return
        now = self._film.seconds(here)
        places = {
            Qt.Key.Key_Left: here - 1,
            Qt.Key.Key_Right: here + 1,
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: len(self._film) - 1,
            Qt.Key.Key_PageUp: self._film.at(now - 1.0),
            Qt.Key.Key_PageDown: self._film.at(now + 1.0),
        }
        if key in places:
            self.wanted.emit(min(max(places[Qt.Key(key)], 0), len(self._film) - 1))
        else:
            super().keyPressEvent(event)


class TimeLine(QWidget):
    """Shown while the list is a video."""

    def __init__(self, workspace: Workspace, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self.film = Film(workspace)
        self.track = Track(self.film)
        self.track.wanted.connect(self.show_frame)
        self.label = QLabel()
        self.label.setAccessibleName(tr("Frame and time"))
        self.label.setMinimumWidth(190)
        self.label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        row = QHBoxLayout(self)
        row.setContentsMargins(6, 2, 8, 2)
        row.setSpacing(2)
        for id in _BUTTONS:
            button = QToolButton()
            button.setDefaultAction(actions[id])
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
            button.setAccessibleName(actions[id].text().replace("&", ""))
            button.setAutoRaise(True)
            row.addWidget(button)
        row.addWidget(self.track, 1)
        row.addWidget(self.label)
        self._settle = QTimer(self, singleShot=True, interval=_SETTLE_MS)
        self._settle.timeout.connect(self._read_marks)
        self._player = QTimer(self, singleShot=True, timerType=Qt.TimerType.PreciseTimer)
        self._player.timeout.connect(self._play_on)
        self.playing = False
        pictures = workspace.pictures
        pictures.added.connect(lambda _first, _count: self._on_list())
        pictures.cleared.connect(self._on_list)
        pictures.current_changed.connect(lambda _index: self._on_current())
        workspace.desk.picture_changed.connect(lambda _picture: self._settle.start())
        workspace.desk.replaced.connect(self._settle.start)
        workspace.image_changed.connect(lambda _image: self._on_image())
        self._on_list()

    def stop(self) -> None:
        """No timer goes on."""
        self.play(False)
        self._settle.stop()

    def show_frame(self, place: int) -> None:
        """Go to a frame."""
        if 0 <= place < len(self.film):
            self._workspace.pictures.select(place)

    def play(self, on: bool) -> None:
        """Show frame after frame at the pace of the video, as fast as they can be shown."""
        self.playing = on and len(self.film) > 1
        self._player.stop()
        if self.playing:
            if self.film.current == len(self.film) - 1:
                self.show_frame(0)
            self._wait_for_next()

    # -----------------------------------------------------------------------------------------------------------------

    def _wait_for_next(self) -> None:
        here = self.film.current
        if not self.playing or here == NOTHING or here + 1 >= len(self.film):
            self.playing = False
            return
        self._player.start(max(1, round(1000 * (self.film.seconds(here + 1) - self.film.seconds(here)))))

    def _play_on(self) -> None:
        image, picture = self._workspace.image, self._workspace.pictures.current_picture
        if image is not None and picture is not None and image.path == picture.path:
            self.show_frame(self.film.current + 1)
            self._wait_for_next()
        # Else the frame is still being decoded: it goes on when it is there.

    def _on_image(self) -> None:
        if self.playing and not self._player.isActive():
            self._play_on()

    def _on_list(self) -> None:
        self.film.refresh()
        self.setVisible(len(self.film) > 0)
        if not len(self.film):
            self.play(False)
        self._on_current()
        self._settle.start()

    def _on_current(self) -> None:
        here = self.film.current
        if here == NOTHING:
            self.label.setText("")
        else:
            text = tr("{seconds:.3f} s  ·  frame {number} of {count}")
            self.label.setText(text.format(seconds=self.film.seconds(here), number=here, count=len(self.film)))
        self.track.update()

    def _read_marks(self) -> None:
        self.track.show_marks(self.film.marks() if len(self.film) else {})
