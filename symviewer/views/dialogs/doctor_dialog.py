"""About the program, and what is right or wrong with this installation."""

from __future__ import annotations

from html import escape

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QPushButton, QTextBrowser, QVBoxLayout, QWidget

from symviewer.model.translating import mark
from symviewer.services.diagnosis import Diagnosis
from symviewer.views.icons import draw
from symviewer.views.translation import tr

_MARKS = {"ok": ("#009e73", "OK"), "note": ("#2f8fd8", mark("Note")), "warning": ("#c77700", mark("Warning"))}
_BROKEN = ("#d5302a", mark("Wrong"))


class DoctorDialog(QDialog):
    """Fills while the checks run; everything can be copied for a bug report."""

    def __init__(self, diagnosis: Diagnosis, version: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("About SymViewer and diagnosis"))
        self.resize(720, 560)
        self._lines: list[str] = [f"SymViewer {version}"]
        self._rows: list[str] = []
        logo = QLabel()
        ratio = self.devicePixelRatioF()
        pixmap = draw("symviewer", round(48 * ratio), "#000000")
        pixmap.setDevicePixelRatio(ratio)
        logo.setPixmap(pixmap)
        title = QLabel(
            f"<b>SymViewer {escape(version)}</b><br>"
            + tr(
                "Finds mirror axes and rotation centers in pictures. Apache License 2.0. "
                "Everything runs on this computer."
            )
        )
        title.setWordWrap(True)
        self.text = QTextBrowser()
        self.text.setAccessibleName(tr("Diagnosis"))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.close)
        buttons.button(QDialogButtonBox.StandardButton.Close).setAccessibleName(tr("Close"))
        copy = QPushButton(tr("Copy report"))
        copy.setAccessibleName(tr("Copy report"))
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.report))
        buttons.addButton(copy, QDialogButtonBox.ButtonRole.ActionRole)
        layout = QVBoxLayout(self)
        for part in (logo, title, self.text, buttons):
            layout.addWidget(part)
        diagnosis.check.connect(self._on_check)
        diagnosis.finished.connect(self._on_finished)
        self._show(tr("Checking …"))
        diagnosis.run()

    @property
    def report(self) -> str:
        """Plain text."""
        return "\n".join(self._lines)

    def _on_check(self, state: str, name: str, detail: str, remedy: str) -> None:
        color, word = _MARKS.get(state, _BROKEN)
        self._lines.append(f"[{state}] {name}: {detail}" + (f" -> {remedy}" if remedy else ""))
        advice = f"<br><i>{escape(remedy)}</i>" if remedy else ""
        self._rows.append(
            f"<tr><td width='12%'><b style='color:{color}'>{tr(word)}</b></td>"
            f"<td width='26%'>{escape(name)}</td><td>{escape(detail)}{advice}</td></tr>"
        )
        self._show(tr("Checking …"))

    def _on_finished(self) -> None:
        self._show("")

    def _show(self, below: str) -> None:
        self.text.setHtml(f"<table cellpadding='4' width='100%'>{''.join(self._rows)}</table><p>{below}</p>")
