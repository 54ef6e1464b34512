"""Detection in many pictures: which ones, how far it is, and what it came to."""

from __future__ import annotations

import os

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QProgressBar,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from symviewer.model.progress import BatchSummary, Progress
from symviewer.services.session import Session
from symviewer.views.controls import button, text_label
from symviewer.views.translation import tr


class BatchDialog(QDialog):
    """Not modal: work goes on meanwhile, and the dialog may be closed and opened again."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._batch = session.batch
        self.setWindowTitle(tr("Detect in many pictures"))
        self.resize(460, 330)
        self._choices = QButtonGroup(self)
        self._radios: dict[str, QRadioButton] = {}
        layout = QVBoxLayout(self)
        layout.addWidget(QLabel(tr("Look for symmetries in:")))
        for name in ("unverified", "all", "here"):
            radio = QRadioButton()
            self._radios[name] = radio
            self._choices.addButton(radio)
            layout.addWidget(radio)
        self._radios["unverified"].setChecked(True)
        self._choices.buttonToggled.connect(lambda _button, _on: self._refresh())
        self._note = text_label(tr("About the batch"))
        self._note.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
        self._bar = QProgressBar()
        self._bar.setAccessibleName(tr("Progress"))
        self._text = text_label(tr("What the batch came to"))
        self._failed = QListWidget()
        self._failed.setAccessibleName(tr("Pictures that could not be looked at"))
        self._failed.setWordWrap(True)
        for part in (self._note, self._bar, self._text, self._failed):
            layout.addWidget(part)
        layout.addStretch(0)
        self.start = button(tr("&Start"), self._start)
        self.start.setDefault(True)
        self.cancel = button(tr("&Cancel"), self._batch.run.cancel, tr("Stop here; what was found stays."))
        self.shut = button(tr("C&lose"), self.close)
        row = QHBoxLayout()
        row.addStretch(1)
        for part in (self.start, self.cancel, self.shut):
            row.addWidget(part)
        layout.addLayout(row)
        self._batch.run.progressed.connect(self._on_progress)
        self._batch.finished.connect(self._on_finished)
        order = session.workspace.order
        for event in (order.changed, session.workspace.desk.replaced, session.workspace.desk.stack_updated):
            event.connect(self._refresh)
        session.workspace.pictures.current_changed.connect(lambda _index: self._refresh())
        session.workspace.model_changed.connect(lambda _status: self._refresh())
        self._show_summary(self._batch.summary)
        self._on_progress(self._batch.run.progress)

    def _paths(self, name: str) -> list[str]:
        order = self._session.workspace.order
        if name == "all":
            return order.paths()
        return order.unverified() if name == "unverified" else order.from_here()

    @property
    def _chosen(self) -> str:
        return next(name for name, radio in self._radios.items() if radio.isChecked())

    def _refresh(self) -> None:
        if not self.isVisible():
            return
        texts = {
            "unverified": tr("the pictures of the list that are not &verified ({count})"),
            "all": tr("&all pictures of the list ({count})"),
            "here": tr("this picture and those &after it ({count})"),
        }
        for name, radio in self._radios.items():
            radio.setText(texts[name].format(count=f"{len(self._paths(name)):,}"))
            radio.setAccessibleName(radio.text().replace("&", ""))
        read_only = self._session.workspace.desk.read_only
        info = self._session.workspace.model.info
        notes = [tr("What you drew, accepted and verified stays. It is one step for undo.")]
        if read_only:
            notes = [read_only]
        elif info is None:
            notes.append(tr("It begins when a model is loaded."))
        self._note.setText(" ".join(notes))
        idle = not self._batch.run.active
        self.start.setEnabled(idle and not read_only and bool(self._paths(self._chosen)))
        for radio in self._radios.values():
            radio.setEnabled(idle)

    def _start(self) -> None:
        self._show_summary(BatchSummary())
        self._batch.begin(self._paths(self._chosen))
        self.cancel.setFocus()

    def _on_progress(self, progress: Progress) -> None:
        self._bar.setVisible(progress.active)
        self._bar.setRange(0, max(progress.total, 1))
        self._bar.setValue(progress.done)
        self.cancel.setEnabled(progress.active)
        if progress.active:
            self._text.setText(progress.text)
        self._refresh()

    def _on_finished(self, summary: BatchSummary) -> None:
        self._show_summary(summary)
        self.shut.setFocus()

    def _show_summary(self, summary: BatchSummary) -> None:
        self._text.setText(summary.text if summary.total else "")
        self._failed.clear()
        for path, problem in summary.failed:
            self._failed.addItem(f"{os.path.basename(path)}: {problem.why or problem.text}")
            self._failed.item(self._failed.count() - 1).setToolTip(path)
        self._failed.setVisible(bool(summary.failed))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._refresh()
        self.start.setFocus()
