"""What happened, why, what to do next, with details that can be copied. Not modal: work goes on behind it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from symviewer.model.problem import Problem
from symviewer.views.translation import tr

_WIDTH = 460


class ErrorDialog(QDialog):
    """One dialog for all problems: a second one, while the first is open, is counted and found in the Log panel."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("SymViewer"))
        self.setModal(False)
        self.setMinimumWidth(_WIDTH)
        self._problem = Problem("")
        self._more = 0
        self._what = _label()
        font = self._what.font()
        font.setBold(True)
        self._what.setFont(font)
        self._why = _label()
        self._remedy = _label()
        self._others = _label()
        self._details = QPlainTextEdit()
        self._details.setReadOnly(True)
        self._details.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self._details.setAccessibleName(tr("Details"))
        self._details.setMinimumHeight(160)
        self._details.hide()
        self._show_details = QPushButton(tr("Show details"))
        self._show_details.setCheckable(True)
        self._show_details.setAccessibleName(tr("Show details"))
        self._show_details.toggled.connect(self._on_details)
        self.copy_button = QPushButton(tr("Copy details"))
        self.copy_button.setAccessibleName(tr("Copy details"))
        self.copy_button.clicked.connect(lambda: QGuiApplication.clipboard().setText(self._problem.report))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.addButton(self._show_details, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.addButton(self.copy_button, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.close)
        close = buttons.button(QDialogButtonBox.StandardButton.Close)
        close.setAccessibleName(tr("Close"))
        close.setDefault(True)
        layout = QVBoxLayout(self)
        layout.setSpacing(10)
        for part in (self._what, self._why, self._remedy, self._others, self._details, buttons):
            layout.addWidget(part)

    def report(self, problem: Problem) -> None:
        """Show a problem, or count it when one is shown already."""
        if self.isVisible():
            self._more += 1
            self._others.setText(tr("{more} more since then: see the Log panel.").format(more=self._more))
            self._others.show()
            return
        self._problem, self._more = problem, 0
        for label, text in ((self._what, problem.what), (self._why, problem.why), (self._remedy, problem.remedy)):
            label.setText(text)
            label.setVisible(bool(text))
        self._others.hide()
        self._details.setPlainText(problem.details)
        self._show_details.setVisible(bool(problem.details))
        self._show_details.setChecked(False)
        self.setAccessibleDescription(problem.text)
        self.adjustSize()
        self.show()
        self.raise_()

    @property
    def problem(self) -> Problem:
        """The problem that is shown, or was shown last."""
        return self._problem

    def _on_details(self, shown: bool) -> None:
        self._details.setVisible(shown)
        self._show_details.setText(tr("Hide details") if shown else tr("Show details"))
        self.adjustSize()


def _label() -> QLabel:
    label = QLabel()
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
