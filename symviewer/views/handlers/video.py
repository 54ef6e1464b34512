"""What the actions of the menu Video do."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog

from clipsym_core.symmetry import Detection
from symviewer.model.annotation import Annotation, Suggestion
from symviewer.model.film import Film, diagonal_of
from symviewer.model.overlay import Overlay
from symviewer.model.pictures import NOTHING
from symviewer.views.handlers.group import HandlerGroup
from symviewer.views.translation import tr

if TYPE_CHECKING:
    from symviewer.services.film_work import FilmWork
    from symviewer.views.main_window import MainWindow


class VideoHandlers(HandlerGroup):
    """Along the frames of a video."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._made: FilmWork | None = None

    @property
    def _film(self) -> Film:
        return self._window.time_line.film

    @property
    def _work(self) -> FilmWork:
        """What works in the background, made with the first call."""
        if self._made is None:
            from symviewer.services.film_work import FilmWork

            self._made = FilmWork(self._workspace)
            self._made.problem.connect(self._session.problem)
            self._made.notice.connect(self._session.notice)
            self._session.adopt(self._made)
        return self._made

    def video_play(self, on: bool) -> None:
        self._window.time_line.play(on)
        self._window.actions_by_id["video_play"].setChecked(self._window.time_line.playing)

    def video_previous_mark(self) -> None:
        self._go_to_mark(-1)

    def video_next_mark(self) -> None:
        self._go_to_mark(1)

    def video_copy(self) -> None:
        here = self._film.current
        before = [place for place in self._film.annotated() if place < here]
        if before:
            self._session.stack.push(self._film.copy(before[-1], here))
        else:
            self._say(tr("No frame before this one is annotated."))

    def video_interpolate(self) -> None:
        span, image = self._film.span(), self._workspace.image
        if span is None or image is None:
            self._say(tr("Annotate a frame before and one after this one first."))
            return
        command = self._film.interpolate(span, diagonal_of(image.size))
        self._session.stack.push(command)
        if command is None:
            self._say(tr("There is nothing to fill between these key frames."))
        else:
            self._say(tr("Filled {count} frames.").format(count=len(command.pictures)))

    def video_follow_on(self) -> None:
        self._follow(1)

    def video_follow_back(self) -> None:
        self._follow(-1)

    def video_overlay(self) -> None:
        if not len(self._film):
            self._say(tr("Open a video first."))
            return
        stem = os.path.splitext(self._film.address(0).video)[0]
        path, _ = QFileDialog.getSaveFileName(
            self._window,
            tr("Save the video with its shapes"),
            f"{stem}.symmetry.mp4",
            tr("Videos (*.mp4 *.mkv *.mov *.webm)"),
        )
        if path:
            self.write_overlay(path)

    def write_overlay(self, path: str) -> None:
        """Write the video with its shapes to a file."""
        from symviewer.services.film_work import WriteRequest

        places = range(len(self._film))
        paths = tuple(self._workspace.pictures[place].path for place in places)
        times = tuple(self._film.seconds(place) for place in places)
        overlay = self._workspace.overlay
        self._work.write(WriteRequest(path, paths, (_drawn(*held, overlay) for held in self._held(paths)), times))

    def _held(self, paths: Sequence[str]) -> Iterable[tuple[Sequence[Annotation], Sequence[Suggestion]]]:
        """The shapes of each frame. A long film has many: they are read by the thread that writes the video."""
        desk, project = self._workspace.desk, self._session.project
        pictures = [desk.find(path) for path in paths]
        if project is not None and self._session.projects.flush():
            return ((held.annotations, held.suggestions) for held in project.project.contents(pictures))
        document = desk.document  # not saved, so in memory
        return [((), ()) if p is None else (document.annotations(p), document.suggestions(p)) for p in pictures]

    def _go_to_mark(self, step: int) -> None:
        here = self._film.current
        places = [place for place in self._film.annotated() if (place - here) * step > 0]
        if places:
            self._window.time_line.show_frame(places[0] if step > 0 else places[-1])

    def _follow(self, step: int) -> None:
        here = self._film.current
        shapes = self._film.shapes(here) if here != NOTHING else []
        if not shapes:
            self._say(tr("Annotate this frame first; what is drawn on it is followed."))
            return
        others = [place for place in self._film.annotated() if (place - here) * step > 0]
        stop = (others[0] if step > 0 else others[-1]) if others else (len(self._film) if step > 0 else -1)
        places = range(here, stop, step)  # up to the next key frame, which is left as it is
        self._work.follow([self._workspace.pictures[place].path for place in places], shapes)

    def _say(self, text: str) -> None:
        self._window.status.notice(text)


def _drawn(
    annotations: Sequence[Annotation], suggestions: Sequence[Suggestion], overlay: Overlay
) -> tuple[Detection, ...]:
    """Annotations of a frame; where there are none, the suggestions that the overlay shows."""
    if annotations:
        return tuple(Detection(a.shape, 1.0, "annotation") for a in annotations if not a.hidden)
    return tuple(s.detection for s in suggestions if overlay.shows(s.detection))
