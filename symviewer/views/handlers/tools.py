"""What the actions of the menu Tools do."""

from __future__ import annotations

from clipsym_core.errors import ClipsymError
from symviewer.views.handlers.group import HandlerGroup


class ToolHandlers(HandlerGroup):
    """Which tool is in hand, and what the pixels are asked."""

    def tool_select(self, _on: bool) -> None:
        self._choose("select")

    def tool_axis(self, _on: bool) -> None:
        self._choose("axis")

    def tool_center(self, _on: bool) -> None:
        self._choose("center")

    def tool_ellipse(self, _on: bool) -> None:
        self._choose("ellipse")

    def snap(self) -> None:
        self._session.evidence.snap(self._workspace.selection)

    def complete_star(self) -> None:
        try:
            text = self._session.evidence.complete_star()
        except ClipsymError as error:
            text = f"{error.what} {error.remedy}"
        self._window.status.notice(text)

    def snap_while_dragging(self, on: bool) -> None:
        self._workspace.settings = self._workspace.settings.changed(snap=on)

    def toggle_difference(self, on: bool) -> None:
        self._workspace.change_overlay(difference=on)

    def _choose(self, name: str) -> None:
        if name != "select" and self._session.stack.read_only:
            self._window.status.notice(self._session.stack.read_only)
            name = "select"
            self._window.actions_by_id["tool_select"].setChecked(True)
        self._workspace.tools.choose(name)
        self._window.canvas.setFocus()
