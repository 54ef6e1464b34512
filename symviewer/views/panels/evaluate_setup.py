"""What to evaluate: data, models and options of the Evaluate panel."""

from __future__ import annotations

import os
from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QScrollArea,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from clipsym_core.data.formats.registry import FORMATS
from clipsym_core.evaluate.report import EvaluationOptions
from clipsym_core.evaluate.request import EvaluationRequest
from clipsym_core.evaluate.source import SAMPLES
from symviewer.model.annotation import ReviewState
from symviewer.model.model_entry import ModelEntry
from symviewer.model.model_status import short_name
from symviewer.model.words import plural
from symviewer.services.session import Session
from symviewer.views.translation import tr

PROJECT = "project"
FEATURES = "features"
_ID = Qt.ItemDataRole.UserRole


class EvaluateSetup(QScrollArea):
    """Signal: `changed()`, when what is chosen, or whether it can be evaluated, may have changed."""

    changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._files: list[str] = []
        self.data = QComboBox()
        self.format, self.split, self.proposals = QComboBox(), QComboBox(), QComboBox()
        self.models = QListWidget()
        self.turned = QCheckBox(tr("Turned pictures, too"))
        self.limit = QSpinBox()
        self.note = QLabel()
        self._lay_out()
        session.models.listed.connect(self._list_models)
        self.data.currentIndexChanged.connect(self._on_data)
        self.models.itemChanged.connect(lambda _item: self.changed.emit())

    def _lay_out(self) -> None:
        content = QWidget()
        layout = QVBoxLayout(content)
        layout.setContentsMargins(2, 8, 2, 2)
        for box, name, tip in (
            (self.data, "Data", "Pictures with the truth to compare with."),
            (self.format, "Format", "How the truth is stored."),
            (self.split, "Split", "Which part of the data."),
            (self.proposals, "Shapes", "Where a network's axes and centers come from. Its heatmaps are judged anyway."),
        ):
            box.setAccessibleName(name)
            box.setToolTip(tip)
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.setMinimumContentsLength(8)
        self.format.addItem(tr("What it looks like"), "")
        for candidate in FORMATS:
            if candidate.readable:
                self.format.addItem(candidate.title, candidate.name)
        for text, value in (("All", ""), ("Training", "train"), ("Validation", "val"), ("Test", "test")):
            self.split.addItem(text, value)
        for text, value in (("The network's own", "network"), ("Network and pixels", "both")):
            self.proposals.addItem(text, value)
        self.limit.setRange(0, 1_000_000)
        self.limit.setSpecialValueText(tr("All"))
        self.limit.setAccessibleName(tr("Most pictures"))
        self.limit.setToolTip(tr("At most so many pictures, picked evenly and always the same ones."))
        self.turned.setToolTip(
            tr("Robustness and consistency: each picture turned by a random angle in ±45°. Takes three times as long.")
        )
        self.models.setAccessibleName(tr("Models"))
        self.models.setMinimumHeight(90)
        self.note.setWordWrap(True)
        row = QHBoxLayout()
        for text, tip, choose in (
            ("Folder …", "Choose a dataset in a folder.", self._choose_folder),
            ("File …", "Choose a dataset that is one file.", self._choose_file),
        ):
            button = QPushButton(text)
            button.setToolTip(tip)
            button.clicked.connect(choose)
            row.addWidget(button)
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow(tr("Data"), self.data)
        form.addRow("", row)
        form.addRow(self.note)
        form.addRow(tr("Format"), self.format)
        form.addRow(tr("Split"), self.split)
        form.addRow(tr("Pictures"), self.limit)
        form.addRow(tr("Shapes"), self.proposals)
        add = QPushButton(tr("Add …"))
        add.setToolTip(tr("Compare a checkpoint file, too."))
        add.setAccessibleName(tr("Add a checkpoint"))
        add.clicked.connect(self._choose_checkpoint)
        layout.addLayout(form)
        layout.addWidget(self.turned)
        heading = QLabel(tr("Models to compare"))
        line = QHBoxLayout()
        line.addWidget(heading, 1)
        line.addWidget(add)
        layout.addLayout(line)
        layout.addWidget(self.models, 1)
        self.setWidget(content)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumWidth(content.minimumSizeHint().width() + self.verticalScrollBar().sizeHint().width())
        self.viewport().setAutoFillBackground(False)
        content.setAutoFillBackground(False)

    # -- what is chosen -----------------------------------------------------------------------------------------------

    @property
    def chosen(self) -> tuple[str, ...]:
        """Names or files of the models with a tick."""
        items = (self.models.item(i) for i in range(self.models.count()))
        return tuple(item.data(_ID) for item in items if item.checkState() is Qt.CheckState.Checked)

    @property
    def data_name(self) -> str:
        """The data, for the name of a folder."""
        project = self._session.project
        source = str(project.project.folder) if self._is_project and project else self.data.currentText()
        return os.path.basename(os.path.normpath(source)) if source else ""

    @property
    def ready(self) -> bool:
        """Whether there are data and a model."""
        return bool(self.chosen) and (not self._is_project or self._verified() > 0)

    def request(self, out: Path) -> EvaluationRequest | None:
        """What to evaluate; None where something is missing."""
        project = self._session.project
        if not self.ready or (self._is_project and project is None):
            return None
        settings = self._session.workspace.settings
        options = EvaluationOptions(
            proposals=self.proposals.currentData(), robustness=self.turned.isChecked(),
            limit=self.limit.value() or None, device=settings.detection.device, precision=settings.detection.precision,
            threshold=settings.overlay.threshold,
        )  # fmt: skip
        split = self.split.currentData() or None
        if self._is_project and project is not None:
            return EvaluationRequest(
                models=self.chosen, data=project.project.path, format=PROJECT, images=project.project.folder,
                split=split, verified_only=True, options=options, out=out,
            )  # fmt: skip
        return EvaluationRequest(
            models=self.chosen, data=Path(self.data.currentData()), format=self.format.currentData() or None,
            split=split, options=options, out=out,
        )  # fmt: skip

    @property
    def _is_project(self) -> bool:
        return bool(self.data.currentData() == PROJECT)

    def _verified(self) -> int:
        return sum(entry.state is ReviewState.VERIFIED for entry in self._session.document.entries())

    # -- lists --------------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Look again at the open project and at the models."""
        self._list_data(self.data.currentData())
        self._session.models.refresh()

    def choose_data(self, path: str) -> None:
        """Evaluate on the dataset in this folder or file."""
        if path not in self._files:
            self._files.insert(0, path)
        self._list_data(path)

    def add_model(self, path: str) -> None:
        """Compare this checkpoint, too."""
        if path not in self._known():
            self._add(path, short_name(path), path)
        self._tick(path)

    def _list_data(self, wanted: object) -> None:
        project = self._session.project
        with QSignalBlocker(self.data):
            self.data.clear()
            if project is not None:
                self.data.addItem(
                    tr("This project: {pictures}").format(pictures=plural(self._verified(), "verified picture")),
                    PROJECT,
                )
            self.data.addItem(tr("The sample pictures"), SAMPLES)
            for path in self._files:
                self.data.addItem(os.path.basename(os.path.normpath(path)), path)
                self.data.setItemData(self.data.count() - 1, path, Qt.ItemDataRole.ToolTipRole)
            index = self.data.findData(wanted)
            self.data.setCurrentIndex(index if index >= 0 else 0)
        self._on_data()

    def _on_data(self) -> None:
        self.format.setEnabled(not self._is_project)
        text = ""
        if self._is_project and not self._verified():
            text = "No picture of this project is verified yet: verify some, or choose a dataset."
        self.note.setText(text)
        self.note.setVisible(bool(text))
        self.changed.emit()

    def _known(self) -> list[str]:
        return [self.models.item(i).data(_ID) for i in range(self.models.count())]

    def _list_models(self, entries: tuple[ModelEntry, ...]) -> None:
        ticked = set(self.chosen) if self.models.count() else {self._session.workspace.settings.detection.model}
        own = [name for name in self._known() if os.path.isfile(name)]
        settings = self._session.workspace.settings
        own += [p for p in (*settings.recent_models, settings.detection.model) if os.path.isfile(p) and p not in own]
        with QSignalBlocker(self.models):
            self.models.clear()
            for entry in entries:
                if entry.usable:
                    self._add(entry.name, short_name(entry.name), entry.description)
            for path in own:
                if path not in self._known():
                    self._add(path, short_name(path), path)
            self._add(FEATURES, "Without a network", "Axes and centers from the pixels alone.")
            for i in range(self.models.count()):
                item = self.models.item(i)
                item.setCheckState(Qt.CheckState.Checked if item.data(_ID) in ticked else Qt.CheckState.Unchecked)
        self.changed.emit()

    def _add(self, name: str, text: str, tip: str) -> None:
        item = QListWidgetItem(text)
        item.setData(_ID, name)
        item.setToolTip(tip)
        item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
        item.setCheckState(Qt.CheckState.Unchecked)
        self.models.addItem(item)

    def _tick(self, name: str) -> None:
        for i in range(self.models.count()):
            if self.models.item(i).data(_ID) == name:
                self.models.item(i).setCheckState(Qt.CheckState.Checked)

    # -- dialogs ------------------------------------------------------------------------------------------------------

    def _choose_folder(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, tr("Dataset in a folder"))
        if folder:
            self.choose_data(folder)

    def _choose_file(self) -> None:
        file, _ = QFileDialog.getOpenFileName(self, tr("Dataset in a file"))
        if file:
            self.choose_data(file)

    def _choose_checkpoint(self) -> None:
        file, _ = QFileDialog.getOpenFileName(self, tr("Checkpoint to compare"), "", tr("Checkpoints (*.safetensors)"))
        if file:
            self.add_model(file)
