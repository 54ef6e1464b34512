"""A hand for tests of tools: presses, moves, releases and keys, with the modifiers that are held."""

from __future__ import annotations

from symviewer.model.annotation import Annotation
from symviewer.model.document import Document
from symviewer.model.selection import Selection
from symviewer.model.tools import Draft, KeyEvent, Modifiers, PointerEvent, Tool, ToolContext
from symviewer.model.tools.events import Key
from symviewer.model.undo import UndoStack

PICTURE = 1


def make_context() -> ToolContext:
    document = Document()
    document.add_pictures(["1.png", "2.png"])
    stack = UndoStack(document)
    selection = Selection(document)
    selection.show_picture(PICTURE)
    return ToolContext(document, stack, selection)


class Hand:
    """Drives one tool; every press, move and release is at picture coordinates."""

    def __init__(self, tool: Tool, zoom: float = 1.0) -> None:
        self.tool = tool
        self.zoom = zoom
        self.drafts: list[Draft | None] = []
        self._held = "none"
        tool.draft_changed.connect(self.drafts.append)

    @property
    def context(self) -> ToolContext:
        return self.tool.context

    @property
    def annotations(self) -> tuple[Annotation, ...]:
        return self.context.document.annotations(PICTURE)

    @property
    def shapes(self) -> list[object]:
        return [annotation.shape for annotation in self.annotations]

    def press(self, x: float, y: float, **held: bool) -> None:
        self._held = "left"
        self.tool.pointer(PointerEvent("press", (x, y), self.zoom, "left", Modifiers(**held)))

    def move(self, x: float, y: float, **held: bool) -> None:
        self.tool.pointer(PointerEvent("move", (x, y), self.zoom, self._held, Modifiers(**held)))  # type: ignore[arg-type]

    def release(self, x: float, y: float, **held: bool) -> None:
        self._held = "none"
        self.tool.pointer(PointerEvent("release", (x, y), self.zoom, "left", Modifiers(**held)))

    def click(self, x: float, y: float, **held: bool) -> None:
        self.move(x, y, **held)
        self.press(x, y, **held)
        self.release(x, y, **held)

    def double_click(self, x: float, y: float) -> None:
        self.click(x, y)
        self.tool.pointer(PointerEvent("double", (x, y), self.zoom))
        self.release(x, y)

    def drag(self, *points: tuple[float, float], **held: bool) -> None:
        self.press(*points[0], **held)
        for point in points[1:]:
            self.move(*point, **held)
        self.release(*points[-1], **held)

    def key(self, key: Key, *, shift: bool = False, time: float = 0.0) -> bool:
        return self.tool.key(KeyEvent(key, Modifiers(shift=shift), time))

    def pan(self) -> None:
        """The middle button in the middle of things; a canvas that pans may let its events through to the tool."""
        for kind, x in (("press", 900.0), ("move", 950.0), ("release", 950.0)):
            if kind != "move":
                self.tool.pointer(PointerEvent(kind, (x, 900.0), self.zoom, "middle"))  # type: ignore[arg-type]
