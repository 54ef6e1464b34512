"""What can be chosen about an export."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QSpinBox,
    QWidget,
)

from clipsym_core.data.convert import Choice
from clipsym_core.data.formats.base import Format, WriteOptions
from clipsym_core.data.formats.registry import FORMATS, get_format
from clipsym_core.data.splits import SplitPlan
from symviewer.model.translating import mark
from symviewer.views.controls import button, check, combo, text_label
from symviewer.views.translation import tr

VERIFIED, ALL = "verified", "all"
_WHICH: Final = {VERIFIED: mark("Verified pictures"), ALL: mark("All pictures with annotations")}
_SUGGESTIONS: Final = {
    "drop": mark("Leave them out"), "keep": mark("Keep them as suggestions"),
    "accept": mark("Take as annotations from score"),
}  # fmt: skip
_PICTURES: Final = {
    "copy": mark("Copy them"),
    "link": mark("Hard links where possible"),
    "none": mark("Annotations alone"),
}
_SPLITS: Final = {
    "": mark("None"), "group": mark("Frames of a video stay together"), "folder": mark("Folders stay together"),
    "picture": mark("Each picture by itself"),
}  # fmt: skip
_ELLIPSES: Final = {"oriented_rectangle": mark("Oriented rectangles"), "polygon": mark("Polygons of 72 points")}
_FILES: Final = {"png": mark("PNG, 8 bit grey"), "npz": mark("npz, float16")}
_SHARES: Final = (80, 10, 10)


class ExportForm(QWidget):
    """Signals: `content_changed()`: other pictures or shapes go out; `changed()`: their form or place differs;
    `place_wanted()`: a person wants to choose where it goes."""

    content_changed = Signal()
    changed = Signal()
    place_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        on_content, on_change = self.content_changed.emit, self.changed.emit
        formats: dict[object, str] = {f.name: _title(f) for f in FORMATS if f.writable}
        self.format = combo(tr("Format"), formats, self._on_format, tr("What kind of files are written."))
        self.layout_text = text_label(tr("Files of this format"))
        self.losses = text_label(tr("What this format has no place for"))
        self.which = combo(tr("Which pictures"), _WHICH, on_content)
        self.suggestions = combo(tr("Suggestions"), _SUGGESTIONS, self._on_suggestions)
        self.score = QDoubleSpinBox(minimum=0.0, maximum=1.0, singleStep=0.05, decimals=2, value=0.5)
        self.score.setAccessibleName(tr("Least score"))
        self.score.valueChanged.connect(lambda _value: on_content())
        self.score.setEnabled(False)
        self.pictures = combo(
            tr("Pictures"), _PICTURES, self._on_pictures, tr("What becomes of the pictures themselves.")
        )
        self.splits = combo(tr("Splits"), _SPLITS, self._on_splits, tr("Sets for training, validation and test."))
        self.shares = [_share(tr(name), value, on_change) for name, value in zip(_NAMES, _SHARES, strict=True)]
        self.seed = QSpinBox(minimum=0, maximum=999_999)
        self.seed.setAccessibleName(tr("Seed"))
        self.seed.setToolTip(tr("The same seed makes the same split, also when pictures are added."))
        self.balanced = check(
            tr("Meet the shares closely"), on_change, tr("By counting all pictures first, type by type.")
        )
        self.ellipses = combo(tr("Ellipses as"), _ELLIPSES, on_change)
        self.side = QSpinBox(minimum=0, maximum=8192, singleStep=32)
        self.side.setAccessibleName(tr("Side of the heatmaps"))
        self.side.setSpecialValueText(tr("As the picture"))
        self.side.setSuffix(" px")
        self.file = combo(tr("Files"), _FILES, on_change)
        self.field = check(
            tr("As the published loaders draw them"), on_change, tr("Blurred at the size of the picture.")
        )
        self.target = QLineEdit()
        self.target.setAccessibleName(tr("Export to"))
        self.target.textChanged.connect(lambda _text: on_change())
        self._lay_out(button(tr("Choose…"), self.place_wanted.emit, tr("Choose where the export goes.")))
        self._on_format()
        self._on_splits()

    def _lay_out(self, choose: QWidget) -> None:
        self._form = form = QFormLayout(self)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow(tr("Format"), self.format)
        form.addRow(self.layout_text)
        form.addRow(self.losses)
        form.addRow(tr("Export"), self.which)
        form.addRow(tr("Suggestions"), _row(self.suggestions, self.score))
        form.addRow(tr("Pictures"), self.pictures)
        form.addRow(tr("Splits"), self.splits)
        self._split_row = _widget(*self.shares)
        form.addRow(tr("Train, val, test"), self._split_row)
        self._seed_row = _widget(self.seed, self.balanced)
        form.addRow(tr("Seed"), self._seed_row)
        form.addRow(tr("Ellipses as"), self.ellipses)
        form.addRow(tr("Side"), self.side)
        form.addRow(tr("Files"), self.file)
        form.addRow("", self.field)
        form.addRow(tr("Export to"), _row(self.target, choose))

    # -- what it says -------------------------------------------------------------------------------------------------

    @property
    def is_one_file(self) -> bool:
        """Whether the destination is a file: annotations alone, of a format that is one."""
        return self.pictures.currentData() == "none" and self._chosen.single_file is not None

    @property
    def why_empty(self) -> str:
        """What to do when nothing would go out."""
        if self.which.currentData() == VERIFIED:
            return tr("No picture is verified yet. Mark pictures as verified with M, or export all with annotations.")
        return tr("No picture has annotations yet.")

    def choice(self, *, with_plan: bool = True) -> Choice:
        """Which pictures and shapes go out."""
        suggestions = self.suggestions.currentData()
        plan = None
        if with_plan and self.splits.currentData():
            train, val, test = (float(share.value()) for share in self.shares)
            plan = SplitPlan((train, val, test), self.seed.value(), self.splits.currentData())
        return Choice(
            accept=self.score.value() if suggestions == "accept" else None,
            suggestions=suggestions == "keep",
            states=frozenset({"verified"}) if self.which.currentData() == VERIFIED else None,
            labelled=True,
            plan=plan,
            balanced=self.balanced.isChecked(),
        )

    def write_options(self) -> WriteOptions:
        """How the files are written."""
        side = self.side.value()
        return WriteOptions(
            pictures=self.pictures.currentData(),
            ellipses=self.ellipses.currentData(),
            size=(side, side) if side else None,
            target_file=self.file.currentData(),
            field_targets=self.field.isChecked(),
        )

    def propose(self, folder: Path) -> None:
        """A destination, until a person gives another one."""
        self.target.setText(str(folder))
        self._fit_target()

    def show_losses(self, text: str) -> None:
        self.losses.setText(text)
        self._form.setRowVisible(self.losses, bool(text))

    # -----------------------------------------------------------------------------------------------------------------

    @property
    def _chosen(self) -> Format:
        return get_format(self.format.currentData())

    def _on_format(self) -> None:
        chosen = self._chosen
        self.layout_text.setText(tr("Files: {layout}").format(layout=chosen.layout))
        self._form.setRowVisible(self.ellipses, chosen.name == "labelme")
        for part in (self.side, self.file, self.field):
            self._form.setRowVisible(part, chosen.name == "targets")
        for part in (self.splits, self._split_row, self._seed_row):
            self._form.setRowVisible(part, "split" in chosen.holds)
        self._on_splits()
        if chosen.needs_pictures and self.pictures.currentData() == "none":
            self.pictures.setCurrentIndex(0)
        self._fit_target()

    def _on_suggestions(self) -> None:
        self.score.setEnabled(self.suggestions.currentData() == "accept")
        self.content_changed.emit()

    def _on_pictures(self) -> None:
        self._fit_target()

    def _on_splits(self) -> None:
        shown = bool(self.splits.currentData()) and "split" in self._chosen.holds
        self._form.setRowVisible(self._split_row, shown)
        self._form.setRowVisible(self._seed_row, shown)
        self.changed.emit()

    def _fit_target(self) -> None:
        """A file's suffix where the export is one file, none where it is a folder."""
        text = self.target.text().strip()
        suffixes = {Path(f.single_file).suffix for f in FORMATS if f.single_file}
        path = Path(text)
        if text and path.suffix in suffixes:
            path = path.with_suffix("")
        if text and self.is_one_file and self._chosen.single_file:
            path = path.with_name(path.name + Path(self._chosen.single_file).suffix)
        if text and str(path) != text:
            self.target.setText(str(path))
        self.changed.emit()


_NAMES: Final = (mark("Training"), mark("Validation"), mark("Test"))


def _title(found: Format) -> str:
    return found.title[:1].upper() + found.title[1:]


def _share(name: str, value: int, on_change: Callable[[], object]) -> QSpinBox:
    box = QSpinBox(minimum=0, maximum=100, value=value, suffix=" %")
    box.setAccessibleName(tr("{name}, percent").format(name=name))
    box.setToolTip(name)
    box.valueChanged.connect(lambda _value: on_change())
    return box


def _row(*parts: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setContentsMargins(0, 0, 0, 0)
    for part in parts:
        row.addWidget(part, 1 if isinstance(part, QLineEdit) else 0)
    return row


def _widget(*parts: QWidget) -> QWidget:
    made = QWidget()
    made.setLayout(_row(*parts))
    return made
