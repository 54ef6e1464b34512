"""Asks the pixels in a thread of its own, so that a click is answered while the network computes.

Clicks are answered one after the other, none is lost; of what follows a drag, the latest question wins.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QObject, Signal

from clipsym_core.errors import InputError
from clipsym_core.inference.center_evidence.star import complete_star
from clipsym_core.symmetry import Point, ReflectionAxis, RotationCenter, Shape, line_offsets
from symviewer.model import commands
from symviewer.model.annotation import Annotation, PictureId, ShapeId, Suggestion
from symviewer.model.axis_evidence import AxisScore
from symviewer.model.document import Document
from symviewer.model.problem import Problem
from symviewer.model.snapping import SnapQuestion
from symviewer.model.tools.center import Click
from symviewer.model.tools.draft import Draft
from symviewer.model.translating import tr
from symviewer.model.workspace import Workspace
from symviewer.services import evidence_tools
from symviewer.services.mailbox import Mailbox
from symviewer.services.picture_cache import PictureCache
from symviewer.services.worker_thread import WorkerThread

log = logging.getLogger(__name__)

SLOTS: Final = ("click", "snap", "score")
"""In order of urgency."""


_NEAR: Final = 0.04
"""An axis passes a center nearer than this part of its length: it is one of the center's star."""


@dataclass(frozen=True, slots=True)
class Question:
    """`ask(pixels)` in the thread, then `answer(result)` in the window, if `document` is still the open one."""

    slot: str
    path: str
    ask: Callable[[npt.NDArray[np.uint8]], object]
    answer: Callable[[Any], None]
    document: Document


class EvidenceService(QObject):
    """Signal: `notice(str)` for the status bar. Answers go into the document as steps, and into the workspace."""

    notice = Signal(str)
    _done = Signal(object, object)
    _failed = Signal(object, object)

    def __init__(self, workspace: Workspace, pictures: PictureCache) -> None:
        super().__init__()
        self._workspace = workspace
        self._pictures = pictures
        self._mailbox: Mailbox[Question] = Mailbox(*SLOTS)
        self._thread = WorkerThread("evidence", self._mailbox, self._handle, self._failed.emit)
        self._clicks: deque[Question] = deque()
        self._done.connect(self._on_done)
        self._failed.connect(self._on_failed)
        tools = workspace.tools
        tools.clicked.connect(self.complete_click)
        tools.snap.asked.connect(self._ask_snap)
        tools.draft_changed.connect(self._on_draft)
        workspace.selection_changed.connect(self._on_selection)
        workspace.shapes_changed.connect(lambda _shapes: self._on_selection())
        workspace.image_changed.connect(lambda _image: self._on_selection())
        workspace.overlay_changed.connect(lambda _overlay: self._on_selection())
        self._scored: tuple[str, ReflectionAxis, bool] | None = None

    # -- life ---------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> bool:
        """Stop the thread; whether it ended in time."""
        self._clicks.clear()
        return self._thread.stop()

    @property
    def idle(self) -> bool:
        """Whether every click was answered."""
        return not self._clicks

    # -- what a person asks for ---------------------------------------------------------------------------------------

    def complete_click(self, click: Click) -> None:
        """A center was drawn: give it the place, order and axes that the pixels tell, in the same undo step."""

        def answer(star: evidence_tools.Star) -> None:
            desk = self._workspace.desk
            if star.center is not None:
                command = commands.refine_center(
                    desk.document, click.picture, click.shape, star.center, star.axes, gesture=click.gesture
                )
                desk.stack.push(command)
            self.notice.emit(star.text)

        self._click(click.picture, lambda pixels: evidence_tools.find_star(pixels, click.point), answer)

    def snap(self, shapes: Iterable[Annotation | Suggestion]) -> None:
        """Move shapes of the current picture to where the pixels match best, as one step."""
        picture = self._workspace.picture_id
        wanted: dict[ShapeId, Shape] = {
            s.id: s.shape
            for s in shapes
            if isinstance(s.shape, RotationCenter) or (isinstance(s.shape, ReflectionAxis) and s.shape.is_straight)
        }
        if picture is None or not wanted:
            self.notice.emit(tr("Only straight axes and centers can be snapped to the pixels."))
            return

        def ask(pixels: npt.NDArray[np.uint8]) -> dict[ShapeId, tuple[Shape, str]]:
            return {id: evidence_tools.snap(pixels, shape) for id, shape in wanted.items()}

        def answer(snapped: dict[ShapeId, tuple[Shape, str]]) -> None:
            self._take_snapped(picture, wanted, snapped)

        self._click(picture, ask, answer)

    def complete_star(self) -> str:
        """Add the axes that are missing around the selected center; gives words for what was done.

        The axes that are selected with it, else the annotated ones through it, fix the directions; where there are
        none the pixels are asked.

        Raises:
            InputError: no center is selected, or it is continuous.
        """
        picture, document = self._workspace.picture_id, self._workspace.desk.document
        centers = [s.shape for s in self._workspace.selection if isinstance(s.shape, RotationCenter)]
        if picture is None or not centers:
            raise InputError(tr("No center is selected."), remedy=tr("Select one, then complete its star."))
        center = centers[0]
        chosen = [s.shape for s in self._workspace.selection if isinstance(s.shape, ReflectionAxis)]
        through = [a.shape for a in self._workspace.annotations if _passes(a.shape, center)]
        axes = chosen or [axis for axis in through if isinstance(axis, ReflectionAxis)]
        if axes:
            star = complete_star(center, axes)
            done = self._workspace.desk.stack.push(commands.complete_star(document, picture, star))
            return (
                tr("The star has its {count} axes.").format(count=len(star))
                if done
                else tr("No axis of the star was missing.")
            )

        def answer(found: evidence_tools.Star) -> None:
            desk = self._workspace.desk
            done = found.axes and desk.stack.push(commands.complete_star(desk.document, picture, found.axes))
            self.notice.emit(
                found.text if done else tr("The pixels show no mirror axes here: draw one, then try again.")
            )

        self._click(picture, lambda pixels: evidence_tools.find_star(pixels, center.point), answer)
        return tr("Looking for the axes of this center …")

    def propose(self, point: Point) -> None:
        """Suggest around a point of the current picture without the network."""
        picture = self._workspace.picture_id
        if picture is None:
            return

        def answer(found: evidence_tools.Proposals) -> None:
            desk = self._workspace.desk
            new = found.unknown(s.detection for s in desk.document.suggestions(picture))
            desk.stack.push(commands.add_suggestions(desk.document, picture, new))
            if new and picture == self._workspace.picture_id:
                self._workspace.reveal([s.id for s in self._workspace.suggestions if s.detection in new])
            self.notice.emit(found.text)

        self._click(picture, lambda pixels: evidence_tools.propose(pixels, point), answer)

    def _click(
        self, picture: PictureId, ask: Callable[[npt.NDArray[np.uint8]], object], answer: Callable[[Any], None]
    ) -> None:
        desk = self._workspace.desk
        if desk.read_only:
            self.notice.emit(desk.read_only)
            return
        self._clicks.append(Question("click", desk.path_of(picture), ask, answer, desk.document))
        if len(self._clicks) == 1:
            self._mailbox.put("click", self._clicks[0])

    def _take_snapped(
        self, picture: PictureId, asked: dict[ShapeId, Shape], snapped: dict[ShapeId, tuple[Shape, str]]
    ) -> None:
        desk = self._workspace.desk
        document = desk.document
        parts = []
        changed: dict[ShapeId, Shape] = {}
        for id, (shape, _) in snapped.items():
            suggestion = document.suggestion(picture, id)
            holder = suggestion or document.annotation(picture, id)
            if holder is None or holder.shape != asked[id]:
                continue  # moved or removed meanwhile
            if suggestion is not None:
                # It stays a suggestion, with its score: only its place is better known.
                detection = replace(suggestion.detection, shape=shape)
                parts.append(commands.replace_suggestion(document, picture, id, detection))
            else:
                changed[id] = shape
        parts.append(commands.change_shapes(document, picture, changed, verb=tr("Snap")))
        made = [part for part in parts if part is not None]
        if made:
            desk.stack.push(commands.make(made[-1].text, [delta for part in made for delta in part.deltas]))
        texts = [text for _, text in snapped.values()]
        self.notice.emit(
            texts[0] if len(texts) == 1 else tr("{count} shapes snapped to the pixels").format(count=len(texts))
        )

    # -- following a drag and the selection ---------------------------------------------------------------------------

    def _ask_snap(self, question: SnapQuestion) -> None:
        snap = self._workspace.tools.snap
        desk = self._workspace.desk
        self._mailbox.put(
            "snap",
            Question(
                "snap",
                desk.path_of(question.picture),
                lambda pixels: evidence_tools.snap_near(pixels, question.shape, question.reach),
                lambda found: snap.take(question, found),
                desk.document,
            ),
        )

    def _on_draft(self, draft: Draft | None) -> None:
        if draft is None:
            self._on_selection()
        elif len(draft.shapes) == 1 and isinstance(draft.shapes[0].shape, ReflectionAxis):
            self._score(draft.shapes[0].shape)

    def _on_selection(self) -> None:
        selected = self._workspace.selected
        self._score(selected.shape if selected is not None else None)

    def _score(self, shape: Shape | None) -> None:
        """Find the evidence for an axis, unless it is known."""
        image, picture = self._workspace.image, self._workspace.pictures.current_picture
        on_screen = image is not None and picture is not None and image.path == picture.path
        if not on_screen or picture is None or not isinstance(shape, ReflectionAxis):
            self._scored = None
            self._workspace.show_evidence(None)
            return
        wanted = (picture.path, shape, self._workspace.overlay.difference)
        if wanted == self._scored:
            return
        self._scored = wanted
        path, axis, difference = wanted

        def answer(found: AxisScore) -> None:
            # Of an axis that is being dragged, an answer a moment old is better than none.
            if self._scored is not None and self._scored[0] == path:
                self._workspace.show_evidence(found)

        self._mailbox.put(
            "score",
            Question(
                "score",
                path,
                lambda pixels: evidence_tools.score(path, pixels, axis, difference=difference),
                answer,
                self._workspace.desk.document,
            ),
        )

    # -- thread and back ----------------------------------------------------------------------------------------------

    def _handle(self, question: Question) -> None:
        self._done.emit(question, question.ask(self._pictures.get(question.path).pixels))

    def _on_done(self, question: Question, result: object) -> None:
        self._next_click(question)
        if question.document is self._workspace.desk.document:
            question.answer(result)

    def _on_failed(self, question: Question, problem: Problem) -> None:
        self._next_click(question)
        if question.slot == "click":
            self.notice.emit(problem.text)

    def _next_click(self, question: Question) -> None:
        if question.slot == "click" and self._clicks:
            self._clicks.popleft()
            if self._clicks:
                self._mailbox.put("click", self._clicks[0])


def _passes(shape: Shape, center: RotationCenter) -> bool:
    """Whether an axis belongs to the star of a center."""
    if not isinstance(shape, ReflectionAxis) or not shape.is_straight:
        return False
    away = abs(float(line_offsets([center.point], shape.start, shape.end)[0]))
    return away <= _NEAR * shape.length
