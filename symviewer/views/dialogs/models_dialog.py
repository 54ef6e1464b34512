"""The model picker: what there is, what is known about it, and fetching CLIP weights."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QProgressBar,
    QPushButton,
    QSplitter,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from symviewer.model import words
from symviewer.model.model_entry import ModelEntry
from symviewer.model.model_status import ModelStatus, short_name
from symviewer.model.problem import Problem
from symviewer.model.translating import mark
from symviewer.services.session import Session
from symviewer.views.translation import tr

UNTRAINED = mark(
    "The decoder of this model was never trained for symmetry, so its heatmaps would be noise. It can be the start of "
    "a training: get its weights, then Train it."
)
_ROLE = Qt.ItemDataRole.UserRole


class ModelsDialog(QDialog):
    """Not modal: pictures can be looked at while weights are fetched.

    Signal: `train_wanted(name)`: a model that was never trained is to be the start of a training.
    """

    train_wanted = Signal(str)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._library = session.models
        self._busy = False
        self.setWindowTitle(tr("Models"))
        self.resize(820, 520)
        self.list = QListWidget()
        self.list.setAccessibleName(tr("Models"))
        self.list.setMinimumWidth(260)
        self.list.setSpacing(3)
        self.list.setAlternatingRowColors(True)
        self.list.currentItemChanged.connect(lambda _now, _before: self._show_entry())
        self.details = QTextBrowser()
        self.details.setAccessibleName(tr("About this model"))
        self.note = QLabel()
        self.note.setWordWrap(True)
        self.note.setAccessibleName(tr("Message"))
        self.progress = QProgressBar()
        self.progress.setAccessibleName(tr("Progress of the download"))
        self.progress.hide()
        self.use = _button(tr("Use this model"), self._on_use)
        self.train = _button(tr("Train it…"), self._on_train)
        self.get = _button(tr("Get CLIP weights"), self._on_get)
        self.from_file = _button(tr("Weights from file…"), self._on_file)
        self.cancel = _button(tr("Cancel download"), self._library.cancel)
        self.open = _button(tr("Open checkpoint…"), self._on_open)
        self._lay_out()
        self._library.listed.connect(self._on_listed)
        self._library.progress.connect(self._on_progress)
        self._library.fetched.connect(self._on_fetched)
        self._library.cancelled.connect(self._on_cancelled)
        self._library.failed.connect(self._on_failed)
        session.workspace.model_changed.connect(self._on_model)
        self._show_entry()
        self._library.refresh()

    def _lay_out(self) -> None:
        right = QWidget()
        column = QVBoxLayout(right)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.details, 1)
        column.addWidget(self.note)
        column.addWidget(self.progress)
        row = QHBoxLayout()
        for button in (self.use, self.train, self.get, self.from_file, self.cancel):
            row.addWidget(button)
        row.addStretch()
        column.addLayout(row)
        splitter = QSplitter()
        splitter.addWidget(self.list)
        splitter.addWidget(right)
        splitter.setStretchFactor(1, 1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.addButton(self.open, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.close)
        buttons.button(QDialogButtonBox.StandardButton.Close).setAccessibleName(tr("Close"))
        layout = QVBoxLayout(self)
        layout.addWidget(splitter, 1)
        layout.addWidget(buttons)

    @property
    def entry(self) -> ModelEntry | None:
        """The model that is chosen in the list."""
        item = self.list.currentItem()
        return item.data(_ROLE) if item else None

    def choose(self, name: str) -> None:
        """Choose a model in the list by its name or file."""
        for row in range(self.list.count()):
            if self.list.item(row).data(_ROLE).name == name:
                self.list.setCurrentRow(row)

    # -- the library answers ------------------------------------------------------------------------------------------

    def _on_listed(self, entries: tuple[ModelEntry, ...]) -> None:
        chosen = self.entry.name if self.entry else self._session.workspace.settings.detection.model
        known = {entry.name for entry in entries}
        extra = [path for path in self._session.workspace.settings.recent_models if path not in known]
        self.list.clear()
        for entry in [
            *entries,
            *(ModelEntry(path, "own", tr("A checkpoint that you opened."), path) for path in extra),
        ]:
            item = QListWidgetItem(f"{short_name(entry.name) if entry.path else entry.name}\n{entry.state}")
            item.setData(_ROLE, entry)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{entry.name}, {entry.state}")
            item.setToolTip(entry.description)
            self.list.addItem(item)
        self.choose(chosen)
        if self.list.currentRow() < 0 and self.list.count():
            self.list.setCurrentRow(0)
        self._show_entry()

    def _on_progress(self, done: int, total: int) -> None:
        self.progress.show()
        self.progress.setRange(0, 1000 if total else 0)
        self.progress.setValue(round(1000 * done / total) if total else 0)
        of = f" of {words.file_size(total)}" if total else ""
        self.progress.setFormat(f"{words.file_size(done)}{of}")

    def _on_cancelled(self) -> None:
        self._end_fetch(tr("Cancelled. Nothing was kept."))

    def _on_fetched(self, name: str) -> None:
        self._end_fetch(tr("The weights of {name} are here.").format(name=name))

    def _on_failed(self, problem: Problem) -> None:
        self._end_fetch("")
        self._session.problem.emit(problem)

    def _end_fetch(self, text: str) -> None:
        self._busy = False
        self.progress.hide()
        self._show_entry()
        self.note.setText(text or self.note.text())

    # -- a person asks ------------------------------------------------------------------------------------------------

    def _on_use(self) -> None:
        if self.entry is not None:
            self._session.use_model(self.entry.name)

    def _on_train(self) -> None:
        if self.entry is not None:
            self.train_wanted.emit(self.entry.name)
            self.close()

    def _on_get(self) -> None:
        if self.entry is not None:
            self._start_fetch()
            self._library.fetch(self.entry)

    def _on_file(self) -> None:
        entry = self.entry
        path, _ = QFileDialog.getOpenFileName(self, tr("CLIP weights"), "", tr("Safetensors (*.safetensors)"))
        if path and entry is not None:
            self.take_file(path)

    def take_file(self, path: str) -> None:
        """Use a local file as the weights of the chosen CLIP tower."""
        if self.entry is not None:
            self._start_fetch()
            self._library.take(self.entry, path)

    def _on_open(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, tr("Open a checkpoint"), "", tr("Checkpoints (*.safetensors)"))
        if path:
            self._session.use_model(path)
            self._library.refresh()

    def _start_fetch(self) -> None:
        self._busy = True
        self.progress.setRange(0, 0)
        self.progress.setFormat(tr("Connecting …"))
        self.progress.show()
        self._show_entry()

    # -- what is shown ------------------------------------------------------------------------------------------------

    def _on_model(self, _status: ModelStatus) -> None:
        self._show_entry()

    def _show_entry(self) -> None:
        entry = self.entry
        fetchable = entry is not None and entry.weights is not None and not entry.weights_here
        self.get.setVisible(fetchable and not self._busy)
        self.from_file.setVisible(fetchable and not self._busy)
        self.cancel.setVisible(self._busy)
        self.train.setVisible(entry is not None and not entry.trained and not entry.problem and not fetchable)
        self.use.setEnabled(entry is not None and entry.usable)
        self.details.setHtml(_html(entry) if entry else f"<p>{tr('Looking for models …')}</p>")
        self.note.setText(self._note(entry))

    def _note(self, entry: ModelEntry | None) -> str:
        if entry is None:
            return ""
        if entry.problem:
            return entry.problem
        if not entry.trained:
            return tr(UNTRAINED)
        status = self._session.workspace.model
        if status.info is not None and self._session.workspace.settings.detection.model == entry.name:
            return tr("In use, on {device} in {precision}.").format(
                device=status.info.device, precision=status.info.precision
            )
        return ""


def _html(entry: ModelEntry) -> str:
    rows = "".join(f"<tr><td><b>{escape(name)}</b></td><td>{escape(value)}</td></tr>" for name, value in entry.facts())
    title = short_name(entry.name) if entry.path else entry.name
    return (
        f"<h3>{escape(title)}</h3><p>{escape(entry.description)}</p><table cellpadding='3' width='100%'>{rows}</table>"
    )


def _button(text: str, on_click: object) -> QPushButton:
    button = QPushButton(text)
    button.setAccessibleName(text.rstrip("…"))
    button.setAutoDefault(False)
    button.clicked.connect(on_click)
    return button
