"""How both dialogs are laid out: a page to choose on, beside what is in the data, and a page for the report."""

from __future__ import annotations

from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QProgressBar,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)


def lay_out_pages(
    dialog: QDialog, form: QWidget, contents: QWidget, report: QWidget, progress: QProgressBar, *buttons: QPushButton
) -> QStackedWidget:
    """Fill a dialog; gives its two pages: `form` beside `contents`, and `report`. Progress and buttons are below."""
    setup = QSplitter()
    setup.addWidget(form)
    setup.addWidget(contents)
    setup.setStretchFactor(1, 1)
    setup.setChildrenCollapsible(False)
    pages = QStackedWidget()
    pages.addWidget(setup)
    pages.addWidget(report)
    box = QDialogButtonBox()
    for button in buttons:
        box.addButton(button, QDialogButtonBox.ButtonRole.ActionRole)
    bottom = QHBoxLayout()
    bottom.addWidget(progress, 1)
    bottom.addWidget(box)
    layout = QVBoxLayout(dialog)
    layout.addWidget(pages, 1)
    layout.addLayout(bottom)
    return pages
