"""What can be chosen before a training begins."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import (
    QDoubleSpinBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from clipsym_core.train.presets import DEFAULT_PRESET, PRESETS
from symviewer.model.model_entry import ModelEntry
from symviewer.model.model_status import short_name
from symviewer.model.training_choices import Source, TrainingChoices, Unit
from symviewer.views.controls import button, check, choose, combo, text_label
from symviewer.views.translation import tr

_SOURCES: Final[dict[object, str]] = {
    "project": "The open project", "dataset": "A dataset", "scenes": "Synthetic scenes"
}  # fmt: skip
_UNITS: Final[dict[object, str]] = {"epochs": "epochs", "steps": "steps", "minutes": "minutes"}
_DEVICES: Final[dict[object, str]] = {"auto": "Automatic", "cpu": "CPU", "cuda": "NVIDIA GPU", "mps": "Apple GPU"}
_ADAPTIVE: Final = QDoubleSpinBox.StepType.AdaptiveDecimalStepType
_PRECISIONS: Final[dict[object, str]] = {"auto": "Automatic", "fp32": "Full (fp32)", "bf16": "bf16", "fp16": "fp16"}


class Choices(QWidget):
    """A form; `start_wanted()` when the button is pressed."""

    start_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._verified = 0
        self._has_project = False
        self._batches = True
        self.preset = combo(tr("Preset"), {name: name for name in PRESETS}, self._on_preset)
        self.about = text_label(tr("About this preset"))
        self.source = combo(tr("Learn from"), _SOURCES, self._refresh)
        self.dataset = QLineEdit()
        self.dataset.setAccessibleName(tr("Dataset"))
        self.dataset.setPlaceholderText(tr("Folder or file of a dataset"))
        self.dataset.textChanged.connect(lambda _text: self._refresh())
        self.dataset_row = _row(self.dataset, button("…", self._on_dataset, tr("Choose the folder of a dataset")))
        self.scenes = _whole(tr("Scenes an epoch"), 1, 1_000_000)
        self.pictures = text_label(tr("Pictures"))
        self.start_model = combo(tr("Start from"), {}, self._refresh, tr("The model that goes on learning."))
        self.start_row = _row(self.start_model, button(tr("File…"), self._on_file, tr("Start from a checkpoint file")))
        self.length = QDoubleSpinBox(minimum=1, maximum=1_000_000, decimals=0)
        self.length.setAccessibleName(tr("Length"))
        self.unit = combo(tr("Unit of the length"), _UNITS, self._refresh)
        self.unit.setMinimumContentsLength(6)
        self.batch = _whole(tr("Pictures a step"), 1, 4096)
        self.rate = QDoubleSpinBox(minimum=1e-7, maximum=1.0, decimals=7, stepType=_ADAPTIVE)
        self.rate.setAccessibleName(tr("Learning rate"))
        self.validation = _whole(tr("Share for validation"), 0, 90, " %")
        self.validation.setToolTip(tr("Pictures that are measured on, and never learned from."))
        self.rehearsal = _whole(tr("Share of rehearsal"), 0, 90, " %")
        self.rehearsal.setToolTip(tr("Old things shown again, so that new ones do not displace them."))
        self.parts = _whole(tr("Parts of a batch"), 1, 4096)
        self.parts.setToolTip(tr("A batch computed in more parts takes less memory and gives the same."))
        self.seed = _whole(tr("Seed"), 0, 999_999)
        self.device = combo(tr("Train on"), _DEVICES, self._refresh)
        self.precision = combo(tr("Precision"), _PRECISIONS, self._refresh)
        self.more = check(tr("More settings"), self._refresh)
        self.why = text_label(tr("Why training cannot begin"))
        self.start = button(tr("Start training"), self.start_wanted.emit)
        self._lay_out()
        self.show_choices(TrainingChoices.of_preset(DEFAULT_PRESET))

    def _lay_out(self) -> None:
        self._form = form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow(tr("Preset"), self.preset)
        form.addRow(self.about)
        form.addRow(tr("Learn from"), self.source)
        form.addRow(tr("Dataset"), self.dataset_row)
        form.addRow(tr("Scenes"), self.scenes)
        form.addRow(self.pictures)
        form.addRow(tr("Start from"), self.start_row)
        self.length_row = _row(self.length, self.unit)
        form.addRow(tr("Length"), self.length_row)
        form.addRow(self.more)
        self._extra = {
            "Batch": self.batch, "Rate": self.rate, "Validation": self.validation, "Rehearsal": self.rehearsal,
            "Parts": self.parts, "Seed": self.seed, "Train on": self.device, "Precision": self.precision,
        }  # fmt: skip
        for name, part in self._extra.items():
            form.addRow(name, part)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(form)
        layout.addWidget(self.why)
        layout.addWidget(self.start)
        layout.addStretch()

    # -- values -------------------------------------------------------------------------------------------------------

    @property
    def choices(self) -> TrainingChoices:
        """What is chosen."""
        return TrainingChoices(
            preset=self.preset.currentData(),
            source=self._source,
            dataset=self.dataset.text().strip(),
            scenes=self.scenes.value(),
            start=self.start_model.currentData() or "",
            length=self.length.value(),
            unit=self._unit,
            batch=self.batch.value() if self._batches else None,
            rate=self.rate.value(),
            validation=self.validation.value() / 100,
            rehearsal=self.rehearsal.value() / 100,
            parts=self.parts.value(),
            seed=self.seed.value(),
            device=self.device.currentData(),
            precision=self.precision.currentData(),
        )

    def show_choices(self, choices: TrainingChoices) -> None:
        """Put these into the form."""
        choose(self.preset, choices.preset)
        choose(self.source, choices.source)
        choose(self.unit, choices.unit)
        choose(self.device, choices.device)
        choose(self.precision, choices.precision)
        self._batches = choices.batch is not None
        for box, value in (
            (self.scenes, choices.scenes), (self.length, choices.length), (self.batch, choices.batch or 8),
            (self.rate, choices.rate), (self.validation, round(100 * choices.validation)), (self.parts, choices.parts),
            (self.rehearsal, round(100 * choices.rehearsal)), (self.seed, choices.seed),
        ):  # fmt: skip
            with QSignalBlocker(box):
                box.setValue(value)
        self.dataset.setText(choices.dataset)
        self.choose_start(choices.start)
        self._refresh()

    def choose_start(self, name: str) -> None:
        """Start from this model, by name or path."""
        if self.start_model.findData(name) < 0:
            self.start_model.addItem(short_name(name) if os.sep in name else name, name)
        choose(self.start_model, name)
        self._refresh()

    def list_models(self, entries: tuple[ModelEntry, ...]) -> None:
        """The models that a run can start from: those that can be loaded, trained or not."""
        chosen = self.start_model.currentData()
        with QSignalBlocker(self.start_model):
            self.start_model.clear()
            for entry in entries:
                if not entry.problem and (entry.weights is None or entry.weights_here):
                    untrained = "" if entry.trained else " (not trained yet)"
                    name = short_name(entry.name) if entry.path else entry.name
                    self.start_model.addItem(f"{name}{untrained}", entry.name)
        if chosen:
            self.choose_start(chosen)

    def show_project(self, *, present: bool, verified: int, new: int | None) -> None:
        """How many pictures of the open project are verified, and how many of them the last run did not have."""
        self._has_project, self._verified = present, verified
        text = f"{verified:,} verified pictures"
        self.pictures.setText(
            text + (tr(", {new:,} of them new since the last run.").format(new=new) if new is not None else ".")
        )
        self._refresh()

    # -----------------------------------------------------------------------------------------------------------------

    @property
    def _source(self) -> Source:
        source: Source = self.source.currentData()
        return source

    @property
    def _unit(self) -> Unit:
        unit: Unit = self.unit.currentData()
        return unit

    def _on_preset(self) -> None:
        self.show_choices(self.choices.with_preset(self.preset.currentData()))

    def _on_dataset(self) -> None:
        path = QFileDialog.getExistingDirectory(self, tr("Folder of a dataset"), self.dataset.text())
        if path:
            self.dataset.setText(path)

    def _on_file(self) -> None:
        path, _ = QFileDialog.getOpenFileName(
            self, tr("Start from a checkpoint"), "", tr("Checkpoints (*.safetensors)")
        )
        if path:
            self.choose_start(path)

    def _refresh(self) -> None:
        form, source = self._form, self._source
        self.about.setText(PRESETS[self.preset.currentData()].description)
        form.setRowVisible(self.dataset_row, source == "dataset")
        form.setRowVisible(self.scenes, source == "scenes")
        form.setRowVisible(self.pictures, source == "project")
        for name, part in self._extra.items():
            form.setRowVisible(part, self.more.isChecked() and (name != "Batch" or self._batches))
        why = self._why_not()
        self.why.setText(why)
        self.why.setVisible(bool(why))
        self.start.setEnabled(not why)

    def _why_not(self) -> str:
        if not self.start_model.currentData():
            return "No model can be started from."
        if self._source == "dataset" and not Path(self.dataset.text().strip()).is_absolute():
            return "Choose the folder of a dataset."
        if self._source == "project" and not self._has_project:
            return "Open a folder first."
        if self._source == "project" and self._verified == 0:
            return "Verify pictures first: correct what is suggested, then press M."
        return ""


def _whole(name: str, least: int, most: int, suffix: str = "") -> QSpinBox:
    box = QSpinBox(minimum=least, maximum=most, suffix=suffix)
    box.setAccessibleName(name)
    return box


def _row(*parts: QWidget) -> QWidget:
    made = QWidget()
    row = QHBoxLayout(made)
    row.setContentsMargins(0, 0, 0, 0)
    for i, part in enumerate(parts):
        row.addWidget(part, 1 if i == 0 else 0)
    return made
