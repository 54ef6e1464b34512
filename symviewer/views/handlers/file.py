"""What the actions of the menu File do."""

from __future__ import annotations

import os
from typing import Final

from PySide6.QtWidgets import QFileDialog

from symviewer.model.problem import Problem
from symviewer.model.translating import mark
from symviewer.views.handlers.group import HandlerGroup
from symviewer.views.translation import tr

PICTURE_FILTER: Final = mark(
    "Pictures (*.png *.jpg *.jpeg *.jfif *.tif *.tiff *.webp *.bmp *.gif *.pbm *.pgm *.ppm);;"
    "Videos (*.mp4 *.m4v *.mov *.mkv *.webm *.avi *.mpg *.mpeg *.ts *.mts *.ogv *.wmv);;"
    "Projects (*.symproj);;Checkpoints (*.safetensors);;All files (*)"
)


class FileHandlers(HandlerGroup):
    """Opening and saving."""

    def open_files(self) -> None:
        paths, _ = QFileDialog.getOpenFileNames(
            self._window, tr("Open pictures"), last_folder(self._workspace.settings.recent), tr(PICTURE_FILTER)
        )
        if paths:
            self._session.open(paths)

    def open_folder(self) -> None:
        path = QFileDialog.getExistingDirectory(
            self._window, tr("Open all pictures of a folder"), last_folder(self._workspace.settings.recent)
        )
        if path:
            self._session.open([path])

    def open_samples(self) -> None:
        self._session.open_samples()

    def import_dataset(self) -> None:
        # Imported late: formats bring OpenCV, which the first window does not wait for.
        from symviewer.views.dialogs.datasets.import_dialog import ImportDialog

        dialog = self._window.show_dialog(ImportDialog, lambda: ImportDialog(self._session, self._window))
        if isinstance(dialog, ImportDialog) and not dialog.busy:
            dialog.begin()

    def export_dataset(self) -> None:
        from symviewer.views.dialogs.datasets.export_dialog import ExportDialog

        dialog = self._window.show_dialog(ExportDialog, lambda: ExportDialog(self._session, self._window))
        if isinstance(dialog, ExportDialog) and not dialog.busy:
            dialog.begin()

    def save_view(self) -> None:
        picture = self._workspace.pictures.current_picture
        if picture is None or self._workspace.image is None:
            return
        stem = os.path.splitext(picture.path)[0]
        path, _ = QFileDialog.getSaveFileName(
            self._window, tr("Save the view as picture"), f"{stem}.symmetry.png", tr("PNG pictures (*.png)")
        )
        if path:
            self.save_view_as(path)

    def save_view_as(self, path: str) -> None:
        """Write the picture with everything drawn on it."""
        if self._window.canvas.rendered().save(path, "PNG"):
            self._window.status.notice(tr("Saved {path}").format(path=path))
        else:
            what = tr("The picture cannot be saved as {path}.").format(path=path)
            self._window.report(Problem(what, tr("The file cannot be written."), tr("Choose another folder.")))

    def quit(self) -> None:
        self._window.close()


def last_folder(recent: tuple[str, ...]) -> str:
    """Where a file dialog begins."""
    if not recent:
        return ""
    return recent[0] if os.path.isdir(recent[0]) else os.path.dirname(recent[0])
