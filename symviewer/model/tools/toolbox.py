"""All tools on the document that is on the desk, one of them in hand: what the canvas feeds and draws."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from clipsym_core.symmetry import Detection, Point, RotationCenter
from symviewer.model.desk import Desk
from symviewer.model.events import Event
from symviewer.model.hit_test import Hit
from symviewer.model.snapping import LateSnap
from symviewer.model.tools import TOOLS
from symviewer.model.tools.center import CenterTool, Click
from symviewer.model.tools.context import ToolContext
from symviewer.model.tools.draft import Draft
from symviewer.model.tools.events import KeyEvent, PointerEvent
from symviewer.model.tools.select import SelectTool
from symviewer.model.tools.tool import Tool
from symviewer.model.translating import tr

SELECT: Final = SelectTool.name


class ToolBox:
    """Feeds the tool in hand. A gesture is finished, not lost, when the picture or the project changes in the middle.

    Events: `tool_changed(name)`, `draft_changed(draft or None)`, `clicked(click)`: a center was drawn, its order and
    axes are wanted; `finished(text)`: a gesture in progress was brought to its end by the program.
    """

    def __init__(self, desk: Desk, shows: Callable[[Detection], bool]) -> None:
        self.tool_changed: Event[[str]] = Event()
        self.draft_changed: Event[[Draft | None]] = Event()
        self.clicked: Event[[Click]] = Event()
        self.finished: Event[[str]] = Event()
        self.snap = LateSnap()
        self._desk = desk
        self._shows = shows
        self._last: PointerEvent | None = None
        self._name = SELECT
        self._make()
        desk.replaced.connect(self._make)
        desk.closing.connect(self.finish)
        self.snap.answered.connect(self._show_again)

    @property
    def name(self) -> str:
        """The tool in hand."""
        return self._name

    @property
    def context(self) -> ToolContext:
        return self._context

    @property
    def draft(self) -> Draft | None:
        return self._tool.draft

    @property
    def busy(self) -> bool:
        """Whether a gesture is in progress."""
        return self._tool.is_busy

    def choose(self, name: str) -> None:
        """Take another tool; a gesture of the old one is given up.

        Raises:
            KeyError: no such tool.
        """
        if name not in self._tools:
            raise KeyError(name)
        self.cancel()
        if name != self._name:
            self._name = name
            self.tool_changed.emit(name)

    def pointer(self, event: PointerEvent) -> None:
        """A pointer event for the tool in hand."""
        self._last = event
        self.snap.begin(self._context.picture, event.zoom)
        self._tool.pointer(event)
        if not self._tool.is_busy:
            self.snap.forget()

    def draw_center(self, point: Point) -> None:
        """Draw a center here, whatever tool is in hand, with what the pixels tell about it."""
        center = RotationCenter(*point, self._context.center_order)
        if self._context.can_edit:
            CenterTool(self._context).draw(center, ask=True)

    def key(self, event: KeyEvent) -> bool:
        """A key; whether it was used. Esc with nothing to give up goes back to selecting."""
        if self._tool.key(event):
            return True
        if event.key == "escape" and self._name != SELECT:
            self.choose(SELECT)
            return True
        return False

    def hit(self, event: PointerEvent) -> Hit | None:
        """What a press would take hold of, where the tool in hand takes hold of things."""
        return self._context.hit(event.point, event.zoom) if self._name == SELECT else None

    def cancel(self) -> bool:
        """Give the gesture in progress up; whether there was one."""
        self.snap.forget()
        return self._tool.cancel()

    def finish(self) -> None:
        """End the gesture in progress as if the button was released here."""
        if not self._tool.is_busy:
            return
        steps = self._context.stack.steps
        if self._last is not None:
            self._tool.finish(self._last)
        self._tool.cancel()
        self.snap.forget()
        done = self._context.stack.steps > steps
        self.finished.emit(
            tr("Finished: {step}").format(step=self._context.stack.undo_text)
            if done
            else tr("The drawing was given up.")
        )

    # -----------------------------------------------------------------------------------------------------------------

    @property
    def _tool(self) -> Tool:
        return self._tools[self._name]

    def _make(self) -> None:
        desk = self._desk
        self._context = ToolContext(
            desk.document, desk.stack, desk.selection, self.snap, self._shows, clicked=self.clicked.emit
        )
        self._tools = {kind.name: kind(self._context) for kind in TOOLS}
        for tool in self._tools.values():
            tool.draft_changed.connect(self.draft_changed.emit)
        self._last = None
        self.snap.forget()
        self.draft_changed.emit(None)

    def _show_again(self) -> None:
        """The pixels answered in the middle of a gesture: show it as it is now."""
        if self._tool.is_busy and self._last is not None and self._last.kind == "move":
            self._tool.pointer(self._last)
