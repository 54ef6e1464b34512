"""Pictures of the guide about import, export and training: a real, short training on the sample pictures."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

_STEPS = 24
_LEAST_SCORE = 0.5


def accepted(studio: Any) -> None:
    """What the detector is sure of in the sample pictures, accepted and verified; one undo step each."""
    from symviewer.model import commands
    from symviewer.model.annotation import ReviewState

    document, stack = studio.session.document, studio.session.stack
    if any(entry.state is ReviewState.VERIFIED for entry in document.entries()):
        return
    pictures = [entry.id for entry in document.entries()]
    stack.push(commands.accept_above(document, pictures, _LEAST_SCORE))
    stack.push(commands.set_state(document, pictures, ReviewState.VERIFIED))
    studio.wait(lambda: studio.session.idle)


def export_scene(studio: Any) -> object:
    """The Export dialog."""
    from symviewer.views.dialogs.datasets.export_dialog import ExportDialog

    accepted(studio)
    studio.window.actions_by_id["export_dataset"].trigger()
    dialog = studio.window._dialogs[ExportDialog]
    form = dialog.form
    form.format.setCurrentIndex(form.format.findData("dendi"))
    form.splits.setCurrentIndex(form.splits.findData("picture"))
    form.target.setText("pictures/samples-dendi")
    studio.wait(lambda: dialog._look is not None and dialog._look.preview.finished)
    picture = dialog.grab()
    dialog.close()
    return picture


def import_scene(studio: Any) -> object:
    """The Import dialog on a labelme dataset with a fault in it."""
    from clipsym_core.data.convert import convert
    from clipsym_core.data.formats.base import ReadOptions
    from symviewer.views.dialogs.datasets.import_dialog import ImportDialog

    accepted(studio)
    project = studio.session.project.project
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "labelme"
        read = ReadOptions(images=project.folder)
        convert(project.path, source, source_format="project", target_format="labelme", read=read)
        broken = max(source.glob("*.json"))
        broken.write_text(broken.read_text()[:200])
        studio.window.actions_by_id["import_dataset"].trigger()
        dialog = studio.window._dialogs[ImportDialog]
        dialog.begin(str(source))
        studio.wait(lambda: dialog._look is not None and dialog._look.preview.finished)
        dialog.source.setText("pictures/labelme")
        picture = dialog.grab()
        dialog.close()
    return picture


def train_scene(studio: Any) -> object:
    """The Train panel with a run on the sample pictures that was just finished."""
    from PySide6.QtCore import Qt

    accepted(studio)
    studio.show("butterfly.jpg")
    window = studio.window
    window.actions_by_id["new_training"].trigger()
    panel = window.train.panel
    choices = panel.choices
    studio.wait(lambda: choices.start.isEnabled())
    choices.unit.setCurrentIndex(choices.unit.findData("steps"))
    choices.length.setValue(_STEPS)
    choices.batch.setValue(4)
    choices.validation.setValue(25)
    choices.rehearsal.setValue(0)
    choices.start.click()
    studio.wait(lambda: panel.run_view.progress.ended is not None and not studio.session.training.live)
    dock = window.train.parentWidget()
    window.resizeDocks([dock], [560], Qt.Orientation.Vertical)
    studio.wait(lambda: True)
    picture = studio.grab()
    window.reset_layout()
    return picture


def compare_scene(studio: Any) -> object:
    """Old and new model of that run."""
    from symviewer.views.dialogs.compare_dialog import CompareDialog

    panel = studio.window.train.panel
    if panel.run_view.folder is None:
        train_scene(studio)
    studio.window.show_comparison(panel.run_view.folder)
    dialog = studio.window._dialogs[CompareDialog]
    studio.wait(lambda: dialog.table.rowCount() > 0 and None not in dialog.wipe._images)
    picture = dialog.grab()
    dialog.close()
    return picture


TRAINING_SCENES = {"export": export_scene, "import": import_scene, "train": train_scene, "compare": compare_scene}
