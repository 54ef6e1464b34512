"""The numbers of an evaluation: one row a number, one column a model, the best of each row in bold."""

from __future__ import annotations

from itertools import groupby

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTreeWidget, QTreeWidgetItem

from clipsym_core.evaluate.columns import columns_of
from clipsym_core.evaluate.report import EvaluationReport
from symviewer.views.translation import tr

_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class NumbersView(QTreeWidget):
    """A tree of groups."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(tr("Numbers of the evaluation"))
        self.setAlternatingRowColors(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setRootIsDecorated(False)
        self.setIndentation(10)
        self.setUniformRowHeights(True)
        self.setHeaderLabels(["No evaluation yet"])

    def show_report(self, report: EvaluationReport) -> None:
        """Show these numbers in place of others."""
        self.clear()
        self.setHeaderLabels(["", *(model.name for model in report.models)])
        header = self.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setMinimumSectionSize(46)
        for column in range(1, self.columnCount()):
            self.headerItem().setTextAlignment(column, _RIGHT)
        strong = QFont(self.font())
        strong.setBold(True)
        for group, members in groupby(columns_of(report.models), key=lambda c: c.group):
            top = QTreeWidgetItem(self, [group])
            top.setFirstColumnSpanned(True)
            top.setFont(0, strong)
            top.setFlags(Qt.ItemFlag.ItemIsEnabled)
            for member in members:
                item = QTreeWidgetItem(top, [member.title, *(member.text(m) for m in report.models)])
                item.setToolTip(0, member.help)
                best = member.best(report.models)
                for place, model in enumerate(report.models, start=1):
                    item.setTextAlignment(place, _RIGHT)
                    item.setToolTip(place, member.help)
                    if best is not None and member.value(model) == best:
                        item.setFont(place, strong)
        self.expandAll()
