"""What becomes of a training when the window is closed."""

from __future__ import annotations

from PySide6.QtWidgets import QMessageBox, QWidget

from symviewer.model.words import plural
from symviewer.services.training_service import TrainingService
from symviewer.views.translation import tr


def may_leave_training(training: TrainingService, parent: QWidget) -> bool:
    """Ask, where a run is going on; does what is answered. False: the window stays open."""
    live = training.live
    if not live:
        return True
    names = ", ".join(sorted(folder.name for folder in live))
    box = QMessageBox(
        QMessageBox.Icon.Question,
        tr("Training"),
        tr("A training is running: {names}.").format(names=names),
        parent=parent,
    )
    if len(live) > 1:
        box.setText(
            tr("{trainings} are running: {names}.").format(trainings=plural(len(live), "training"), names=names)
        )
    box.setInformativeText(tr("It can go on without the window; you find it again when you open these pictures."))
    leave = box.addButton(tr("Leave it running"), QMessageBox.ButtonRole.AcceptRole)
    stop = box.addButton(tr("Stop and keep"), QMessageBox.ButtonRole.AcceptRole)
    discard = box.addButton(tr("Discard"), QMessageBox.ButtonRole.DestructiveRole)
    stay = box.addButton(tr("Keep the window open"), QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(leave)
    box.setEscapeButton(stay)
    box.exec()
    chosen = box.clickedButton()
    for folder in live:
        if chosen is stop:
            training.stop_run(folder)
        elif chosen is discard:
            training.discard(folder)
    return chosen in (leave, stop, discard)
