"""What each action of the table does: one method an action, named as the action is."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog

from clipsym_core.symmetry import Point, ReflectionAxis, RotationCenter
from symviewer.model.action_spec import ActionSpec
from symviewer.model.actions_table import ACTIONS
from symviewer.model.problem import Problem
from symviewer.views.dialogs.shortcuts_dialog import ShortcutsDialog

if TYPE_CHECKING:
    from symviewer.views.main_window import MainWindow

_STEP = 0.05
PICTURE_FILTER = (
    "Pictures (*.png *.jpg *.jpeg *.jfif *.tif *.tiff *.webp *.bmp *.gif *.pbm *.pgm *.ppm);;"
    "Checkpoints (*.safetensors);;All files (*)"
)


class Handlers:
    """The actions of one window."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._session = window.session
        self._workspace = window.session.workspace

    def by_id(self) -> dict[str, Callable[..., object]]:
        """All of them, for `Actions`."""
        return {spec.id: self._handler(spec) for spec in ACTIONS}

    def _handler(self, spec: ActionSpec) -> Callable[..., object]:
        handler: Callable[..., object] = getattr(self, spec.id)
        return handler

    # -- File ---------------------------------------------------------------------------------------------------------

    def open_files(self) -> None:
        paths, _ = QFileDialog.getOpenFileNames(self._window, "Open pictures", self._last_folder(), PICTURE_FILTER)
        if paths:
            self._session.open(paths)

    def open_folder(self) -> None:
        path = QFileDialog.getExistingDirectory(self._window, "Open all pictures of a folder", self._last_folder())
        if path:
            self._session.open([path])

    def open_samples(self) -> None:
        self._session.open_samples()

    def save_view(self) -> None:
        picture = self._workspace.pictures.current_picture
        if picture is None or self._workspace.image is None:
            return
        stem = os.path.splitext(picture.path)[0]
        path, _ = QFileDialog.getSaveFileName(
            self._window, "Save the view as picture", f"{stem}.symmetry.png", "PNG pictures (*.png)"
        )
        if path:
            self.save_view_as(path)

    def save_view_as(self, path: str) -> None:
        """Write the picture with everything drawn on it."""
        if self._window.canvas.rendered().save(path, "PNG"):
            self._window.status.notice(f"Saved {path}")
        else:
            what = f"The picture cannot be saved as {path}."
            self._window.report(Problem(what, "The file cannot be written.", "Choose another folder."))

    def quit(self) -> None:
        self._window.close()

    # -- Picture ------------------------------------------------------------------------------------------------------

    def previous_picture(self) -> None:
        self._workspace.pictures.step(-1)

    def next_picture(self) -> None:
        self._workspace.pictures.step(1)

    def first_picture(self) -> None:
        self._workspace.pictures.step(-len(self._workspace.pictures))

    def last_picture(self) -> None:
        self._workspace.pictures.step(len(self._workspace.pictures))

    def find_picture(self) -> None:
        self._window.show_panel("files")
        self._window.files.search.setFocus()
        self._window.files.search.selectAll()

    # -- View ---------------------------------------------------------------------------------------------------------

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

    # -- Detection ----------------------------------------------------------------------------------------------------

    def detect(self) -> None:
        self._session.detection.detect_current()

    def cancel(self) -> None:
        self._session.cancel()

    def lower_threshold(self) -> None:
        self._workspace.change_overlay(threshold=round(max(self._workspace.overlay.threshold - _STEP, 0.0), 2))

    def raise_threshold(self) -> None:
        self._workspace.change_overlay(threshold=round(min(self._workspace.overlay.threshold + _STEP, 1.0), 2))

    def propose(self) -> None:
        point = self._place()
        if point is not None:
            self._session.detection.propose(point)

    def analyse_center(self) -> None:
        point = self._place()
        if point is not None:
            self._session.detection.analyse_center(point)

    def snap_axis(self) -> None:
        selected = self._workspace.selected
        if selected is not None and isinstance(selected.shape, ReflectionAxis):
            self._session.detection.snap(selected)

    def dismiss(self) -> None:
        selected = self._workspace.selected
        if selected is not None:
            self._session.detection.dismiss(selected)

    def models(self) -> None:
        self._window.show_models()

    # -- Help ---------------------------------------------------------------------------------------------------------

    def shortcuts(self) -> None:
        self._window.show_dialog(ShortcutsDialog)

    def guide(self) -> None:
        self._window.open_guide()

    def doctor(self) -> None:
        self._window.show_doctor()

    def log_folder(self) -> None:
        folder = self._window.logs.folder
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder))):
            self._window.status.notice(f"The log files are in {folder}")

    # -----------------------------------------------------------------------------------------------------------------

    def _place(self) -> Point | None:
        """Where on the picture: of the open menu, under the pointer, or at the selected center."""
        canvas = self._window.canvas
        image, picture = self._workspace.image, self._workspace.pictures.current_picture
        if image is None or picture is None or image.path != picture.path:
            return None  # what is on the screen is still the picture before
        selected = self._workspace.selected
        point = canvas.menu_point or canvas.pointer
        if point is None and selected is not None and isinstance(selected.shape, RotationCenter):
            point = selected.shape.point
        if point is None:
            self._window.status.notice("Move the pointer to a place on the picture first.")
        return point

    def _last_folder(self) -> str:
        recent = self._workspace.settings.recent
        if not recent:
            return ""
        return recent[0] if os.path.isdir(recent[0]) else os.path.dirname(recent[0])
