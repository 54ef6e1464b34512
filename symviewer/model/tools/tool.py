"""What all tools have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from typing import ClassVar, Final

from symviewer.model.events import Event
from symviewer.model.tools.context import ToolContext
from symviewer.model.tools.draft import Draft
from symviewer.model.tools.events import KeyEvent, PointerEvent

DRAG_START: Final = 4.0
"""Screen pixels that the pointer moves before a press is a drag and no click."""


class Tool(ABC):
    """A state machine that is fed pointer and key events and pushes commands when a gesture is complete.

    Event: `draft_changed(draft or None)`.
    """

    name: ClassVar[str]

    def __init__(self, context: ToolContext) -> None:
        self.draft_changed: Event[[Draft | None]] = Event()
        self.context = context
        self._draft: Draft | None = None

    @property
    def draft(self) -> Draft | None:
        """What the gesture in progress shows, None between gestures."""
        return self._draft

    def pointer(self, event: PointerEvent) -> None:
        """A pointer event. Buttons other than the left one belong to the canvas (panning, context menu)."""
        if event.kind == "move":
            self._move(event)
        elif event.button == "left":
            if event.kind == "press":
                self._press(event)
            elif event.kind == "double":
                self._double(event)
            else:
                self._release(event)

    def key(self, event: KeyEvent) -> bool:
        """A key; whether the tool used it."""
        return event.key == "escape" and self.cancel()

    @property
    @abstractmethod
    def is_busy(self) -> bool:
        """Whether a gesture is in progress."""

    def finish(self, last: PointerEvent) -> None:
        """End the gesture in progress at the last place of the pointer, because the picture is about to change."""
        self._release(replace(last, kind="release", button="left"))

    @abstractmethod
    def cancel(self) -> bool:
        """Give the gesture in progress up without a trace; whether there was one. Also when tool or picture change."""

    @abstractmethod
    def _press(self, event: PointerEvent) -> None: ...

    @abstractmethod
    def _move(self, event: PointerEvent) -> None: ...

    @abstractmethod
    def _release(self, event: PointerEvent) -> None: ...

    def _double(self, event: PointerEvent) -> None:
        self._press(event)

    def _show(self, draft: Draft | None) -> None:
        if draft != self._draft:
            self._draft = draft
            self.draft_changed.emit(draft)
