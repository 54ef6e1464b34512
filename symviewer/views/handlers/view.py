"""What the actions of the menu View do."""

from __future__ import annotations

from symviewer.views.handlers.group import HandlerGroup


class ViewHandlers(HandlerGroup):
    """What is shown, and how."""

    def zoom_in(self) -> None:
        self._window.canvas.zoom_in()

    def zoom_out(self) -> None:
        self._window.canvas.zoom_out()

    def fit(self) -> None:
        self._window.canvas.fit()

    def actual_size(self) -> None:
        self._window.canvas.actual_size()

    def toggle_suggestions(self, shown: bool) -> None:
        self._workspace.change_overlay(suggestions=shown)

    def toggle_labels(self, shown: bool) -> None:
        self._workspace.change_overlay(labels=shown)

    def toggle_heatmap(self, _shown: bool) -> None:
        self._workspace.change_overlay(heatmap=self._workspace.overlay.toggled_heatmap().heatmap)

    def switch_heatmap(self) -> None:
        self._workspace.change_overlay(heatmap=self._workspace.overlay.switched_heatmap().heatmap)

    def theme_system(self, _on: bool) -> None:
        self._workspace.settings = self._workspace.settings.changed(theme="system")

    def theme_light(self, _on: bool) -> None:
        self._workspace.settings = self._workspace.settings.changed(theme="light")

    def theme_dark(self, _on: bool) -> None:
        self._workspace.settings = self._workspace.settings.changed(theme="dark")

    def reset_layout(self) -> None:
        self._window.reset_layout()
