"""One run: how it stands, its curves, previews and log, and what can be done with it."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from PySide6.QtCore import QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QGridLayout,
    QMessageBox,
    QPlainTextEdit,
    QProgressBar,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from symviewer.model.training import STATE_WORDS, LogLine, RunProgress, RunState
from symviewer.services.training_service import News, TrainingService
from symviewer.views.controls import button, text_label
from symviewer.views.panels.train.curves import Curves
from symviewer.views.panels.train.previews import Previews
from symviewer.views.translation import tr

_LINES: Final = 5000
_RESUMABLE: Final = (RunState.STOPPED, RunState.FAILED, RunState.DIED, RunState.CANCELLED)


class RunView(QWidget):
    """Signals: `compare_wanted(folder)`, `model_wanted(folder)`: the new model is to be used."""

    compare_wanted = Signal(object)
    model_wanted = Signal(object)

    def __init__(self, training: TrainingService) -> None:
        super().__init__()
        self._training = training
        self.folder: Path | None = None
        self.progress = RunProgress()
        self._alive = False
        self._stopping = False
        self._told = 0
        self.state = text_label(tr("State of the run"))
        font = self.state.font()
        font.setBold(True)
        self.state.setFont(font)
        self.bar = QProgressBar()
        self.bar.setAccessibleName(tr("Progress of the run"))
        self.numbers = text_label(tr("Numbers of the run"))
        self.message = text_label(tr("What came out, and what to know"))
        self.stop = button(tr("Stop"), self._on_stop, tr("End after this step; the best and the last state are kept."))
        self.cancel = button(tr("Discard…"), self._on_discard, tr("End, and delete all that this run made."))
        self.resume = button(tr("Resume"), self._on_resume, tr("Go on where it ended."))
        self.less_memory = button(
            tr("Resume with less memory"),
            self._on_less_memory,
            tr("Compute each batch in twice as many parts; the result is the same.")
        )  # fmt: skip
        self.compare = button(
            tr("Compare…"), lambda: self.compare_wanted.emit(self.folder), tr("Old and new, picture by picture.")
        )
        self.use = button(
            tr("Use the new model"),
            lambda: self.model_wanted.emit(self.folder),
            tr("Keep it among your models and use it now.")
        )  # fmt: skip
        self.open_folder = button(tr("Open folder"), self._on_folder, tr("Show the files of this run."))
        self.curves = Curves()
        self.previews = Previews(training)
        self.log = QPlainTextEdit()
        self.log.setReadOnly(True)
        self.log.setMaximumBlockCount(_LINES)
        self.log.setAccessibleName(tr("Log of the run"))
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        for name, part in (("Curves", self.curves), ("Previews", self.previews), ("Log", self.log)):
            self.tabs.addTab(part, name)
        self._lay_out()
        training.news.connect(self._on_news)

    def _lay_out(self) -> None:
        self._grid = QGridLayout()
        self._buttons = (
            self.stop, self.resume, self.less_memory, self.use, self.compare, self.open_folder, self.cancel
        )  # fmt: skip
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for part in (self.state, self.bar, self.numbers, self.message):
            layout.addWidget(part)
        layout.addLayout(self._grid)
        layout.addWidget(self.tabs, 1)

    def show_run(self, folder: Path) -> None:
        """Follow this run from its beginning."""
        self.folder, self.progress, self._alive, self._told = folder, RunProgress(), True, 0
        self._stopping = False
        self.log.clear()
        self.previews.begin(folder)
        self._refresh()
        self._training.follow(folder)

    # -- what it tells ------------------------------------------------------------------------------------------------

    def _on_news(self, news: News) -> None:
        if news.folder != self.folder:
            return
        self.progress.take(news.events)
        self._alive = news.alive
        if news.more:
            return
        if not news.alive and news.output and self.progress.ended is None:
            self.log.appendPlainText(news.output)
        self._refresh()

    @property
    def run_state(self) -> RunState:
        """How the run stands."""
        return self.progress.state(alive=self._alive)

    def _refresh(self) -> None:
        progress, state = self.progress, self.run_state
        words = STATE_WORDS[state]
        if self._stopping and state.is_live:
            words = "Stopping after this step"
        self.state.setText(f"{words}{' …' if state.is_live else ''}")
        self.numbers.setText(progress.numbers)
        self.numbers.setVisible(bool(progress.numbers))
        fraction = progress.fraction
        self.bar.setVisible(state.is_live)
        self.bar.setRange(0, 0 if fraction is None else 1000)
        self.bar.setValue(round(1000 * (fraction or 0.0)))
        message = self._message()
        self.message.setText(message)
        self.message.setVisible(bool(message))
        self._show_buttons(state)
        self._tell(progress.lines[self._told :])
        self._told = len(progress.lines)
        self.curves.show_progress(progress)
        self.previews.show_progress(progress)

    def _message(self) -> str:
        problem = self.progress.problem(alive=self._alive)
        parts = [self.progress.verdict, *([problem.text] if problem else [])]
        # Why, with its numbers, is in the log, and all but the last one: here the curves below need the room.
        warnings = self.progress.warnings
        parts += [" ".join(p for p in (w.what, w.remedy) if p) for w in warnings[-1:]]
        if len(warnings) > 1:
            parts.append(tr("Of {count} more warnings the log tells.").format(count=len(warnings) - 1))
        return "\n".join(part for part in parts if part)

    def _show_buttons(self, state: RunState) -> None:
        has_model = self.progress.best_saved and not state.is_live
        failed_short = self.progress.short_of_memory or state is RunState.DIED
        shown = {
            self.stop: state.is_live,
            self.resume: state in _RESUMABLE,
            self.less_memory: state in _RESUMABLE and failed_short,
            self.use: has_model,
            self.compare: has_model,
            self.open_folder: True,
            self.cancel: True,
        }
        self.stop.setEnabled(not self._stopping)
        for part in self._buttons:
            self._grid.removeWidget(part)
            part.setVisible(shown[part])
        visible = [part for part in self._buttons if shown[part]]
        columns = 3 if len(visible) == 3 else 2
        for i, part in enumerate(visible):
            rest = columns if i == len(visible) - 1 and i % columns == 0 else 1
            self._grid.addWidget(part, i // columns, i % columns, 1, rest)

    def _tell(self, lines: Sequence[LogLine]) -> None:
        for line in lines:
            at = datetime.datetime.fromtimestamp(line.time)
            self.log.appendPlainText(f"{at:%H:%M:%S} {'! ' * line.bad}{line.text}")

    # -- what a person wants ------------------------------------------------------------------------------------------

    def _on_stop(self) -> None:
        if self.folder is not None:
            self._stopping = True
            self._training.stop_run(self.folder)
            self._refresh()

    def _on_resume(self, **changes: object) -> None:
        if self.folder is not None:
            self._training.resume(self.folder, **changes)

    def _on_less_memory(self) -> None:
        from symviewer.store.runs import read_values

        if self.folder is not None:
            parts = read_values(self.folder).get("accumulate", 1)
            self._on_resume(accumulate=2 * parts if isinstance(parts, int) else 2)

    def _on_discard(self) -> None:
        if self.folder is None:
            return
        box = QMessageBox(QMessageBox.Icon.Warning, tr("Discard the run"), f"Discard {self.folder.name}?", parent=self)
        box.setInformativeText(tr("Its checkpoints, curves and previews are deleted. This cannot be undone."))
        discard = box.addButton(tr("Discard"), QMessageBox.ButtonRole.DestructiveRole)
        box.setDefaultButton(box.addButton(tr("Keep"), QMessageBox.ButtonRole.RejectRole))
        box.exec()
        if box.clickedButton() is discard and self.folder is not None:
            self._training.discard(self.folder)

    def _on_folder(self) -> None:
        if self.folder is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self.folder)))
