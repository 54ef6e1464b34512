"""The Prompts panel: the words that the model goes by, and how much each group of them weighs."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QLabel,
    QLineEdit,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from symviewer.model.model_status import ModelStatus
from symviewer.model.words import plural
from symviewer.model.workspace import Workspace
from symviewer.views.translation import mark, tr

HEADERS: Final = (mark("Prompt"), mark("Weight"), mark("Share"))


class PromptsPanel(QWidget):
    """Follows the model that answers; the heaviest prompt first."""

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.note = QLabel()
        self.note.setWordWrap(True)
        self.search = QLineEdit()
        self.search.setPlaceholderText(tr("Find a word"))
        self.search.setAccessibleName(tr("Find a word"))
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._filter)
        self.table = QTreeWidget()
        self.table.setHeaderLabels([tr(name) for name in HEADERS])
        self.table.setRootIsDecorated(False)
        self.table.setAlternatingRowColors(True)
        self.table.setUniformRowHeights(True)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setAccessibleName(tr("Prompts"))
        header = self.table.header()
        header.setAccessibleName(tr("Columns of the prompts"))
        header.setStretchLastSection(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 6, 6, 6)
        for part in (self.note, self.search, self.table):
            layout.addWidget(part)
        workspace.model_changed.connect(self._on_model)
        self._on_model(workspace.model)

    def _on_model(self, status: ModelStatus) -> None:
        prompts = status.info.prompts if status.info is not None else ()
        self.search.setVisible(bool(prompts))
        self.table.setVisible(bool(prompts))
        self.note.setText(_note(status))
        self.layout().setAlignment(self.note, Qt.AlignmentFlag(0) if prompts else Qt.AlignmentFlag.AlignTop)
        self.table.clear()
        total = sum(abs(weight) for _, weight in prompts) or 1.0
        for text, weight in sorted(prompts, key=lambda prompt: -abs(prompt[1])):
            row = QTreeWidgetItem([text, f"{weight:+.3f}", f"{abs(weight) / total:.0%}"])
            row.setToolTip(0, text)
            for column in (1, 2):
                row.setTextAlignment(column, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self.table.addTopLevelItem(row)
        self._filter(self.search.text())

    def _filter(self, text: str) -> None:
        wanted = text.strip().casefold()
        for place in range(self.table.topLevelItemCount()):
            row = self.table.topLevelItem(place)
            if row is not None:
                row.setHidden(wanted not in row.text(0).casefold())


def _note(status: ModelStatus) -> str:
    if status.info is None:
        return tr("The prompts of a model appear here once it is loaded.")
    if not status.info.prompts:
        return tr("{model} works without words: it has no prompts.").format(model=status.info.name)
    return tr(
        "{model} reads {prompts}, the same for every picture. Each changes what is seen, and all are added up by the "
        "weights that were learned."
    ).format(model=status.info.name, prompts=plural(len(status.info.prompts), "prompt"))
