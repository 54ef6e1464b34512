"""What the file list shows and in which order: a search line and three choices."""

from __future__ import annotations

from typing import Final

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QComboBox, QGridLayout, QLineEdit, QSizePolicy, QWidget

from symviewer.model.picture_content import Kinds
from symviewer.model.picture_order import UNVERIFIED, ListFilter, Ordering, PictureOrder, RowState
from symviewer.views.controls import combo
from symviewer.views.icons import icon
from symviewer.views.translation import tr

_LEAST: Final = 48
_STATES: Final = {
    "all": frozenset[RowState](),
    "unverified": UNVERIFIED,
    "none": frozenset({RowState.NONE, RowState.LOOKING}),
    "suggested": frozenset({RowState.SUGGESTED}),
    "verified": frozenset({RowState.VERIFIED}),
    "failed": frozenset({RowState.FAILED}),
}


class FileFilter(QWidget):
    """Sets `filter` and `ordering` of the order of pictures."""

    def __init__(self, order: PictureOrder, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._order = order
        self.search = QLineEdit()
        self.search.setPlaceholderText(tr("Find by name"))
        self.search.setClearButtonEnabled(True)
        self.search.setAccessibleName(tr("Find a picture by name"))
        self._search_icon = QAction(icon("search"), "", self)
        self.search.addAction(self._search_icon, QLineEdit.ActionPosition.LeadingPosition)
        self.search.textChanged.connect(lambda _text: self._apply())
        states: dict[object, str] = {
            "all": tr("All pictures"),
            "unverified": tr("Not verified"),
            "none": tr("Not looked at"),
            "suggested": tr("To be reviewed"),
            "verified": tr("Verified"),
            "failed": tr("Cannot be read"),
        }
        kinds: dict[object, str] = {
            int(Kinds.NONE): tr("All kinds"),
            int(Kinds.AXES): tr("With axes"),
            int(Kinds.CENTERS): tr("With centers"),
            int(Kinds.ELLIPSES): tr("With ellipses"),
        }
        orders: dict[object, str] = {
            Ordering.FOLDER.name: tr("As in the folder"),
            Ordering.NAME.name: tr("By name"),
            Ordering.DISAGREEMENT.name: tr("Largest disagreement first"),
        }
        self.states = self._choice(tr("Show pictures by state"), states, tr("Show only pictures in this state."))
        self.kinds = self._choice(tr("Show pictures by kind"), kinds, tr("Show only pictures with such symmetries."))
        self.orders = self._choice(tr("Order of the list"), orders, tr("Order of the list, and of D, A and N."))
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.search, 0, 0, 1, 2)
        layout.addWidget(self.states, 1, 0)
        layout.addWidget(self.kinds, 1, 1)
        layout.addWidget(self.orders, 2, 0, 1, 2)
        layout.setColumnStretch(0, 1)
        layout.setColumnStretch(1, 1)

    def refresh_icons(self) -> None:
        """Draw the icon in the color of the present palette."""
        self._search_icon.setIcon(icon("search"))

    def _choice(self, name: str, items: dict[object, str], tip: str) -> QComboBox:
        box = combo(name, items, self._apply, tip)
        # The panel may be made narrow; the texts are then cut, the tooltips are not.
        box.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        box.setMinimumWidth(_LEAST)
        return box

    def _apply(self) -> None:
        states = _STATES[self.states.currentData()]
        self._order.filter = ListFilter(self.search.text(), states, Kinds(self.kinds.currentData()))
        self._order.ordering = Ordering[self.orders.currentData()]
