"""Precision over recall of an evaluation. pyqtgraph is imported when the first report is shown."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QComboBox, QVBoxLayout, QWidget

from clipsym_core.evaluate.chart_colors import DARK, LIGHT
from clipsym_core.evaluate.columns import CHARTS
from clipsym_core.evaluate.report import EvaluationReport
from symviewer.views.translation import tr


class CurvesView(QWidget):
    """One chart at a time, all models in it."""

    def __init__(self) -> None:
        super().__init__()
        self._report: EvaluationReport | None = None
        self.plot: Any = None
        self.choice = QComboBox()
        self.choice.setAccessibleName(tr("Curve"))
        self.choice.setToolTip(tr("What the curve is of."))
        self.choice.currentIndexChanged.connect(lambda _index: self._draw())
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 6, 0, 0)
        self._layout.addWidget(self.choice)
        self._layout.addStretch()

    def show_report(self, report: EvaluationReport) -> None:
        """Show the curves of this report in place of others."""
        self._report = report
        if self.plot is None:
            self._make_plot()
        self.choice.blockSignals(True)
        self.choice.clear()
        for title, part in CHARTS:
            if any(part(model) is not None for model in report.models):
                self.choice.addItem(title)
        self.choice.blockSignals(False)
        self._draw()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._draw()

    def _make_plot(self) -> None:
        import pyqtgraph

        self.plot = pyqtgraph.PlotWidget()
        self.plot.setAccessibleName(tr("Precision over recall"))
        self.plot.setMouseEnabled(x=False, y=False)
        self.plot.hideButtons()
        self.plot.setMenuEnabled(False)
        self._layout.takeAt(self._layout.count() - 1)
        self._layout.addWidget(self.plot, 1)

    def _draw(self) -> None:
        if self._report is None or self.plot is None:
            return
        import pyqtgraph

        palette = self.palette()
        ink, ground = palette.text().color(), palette.base().color()
        colors = DARK if ground.lightness() < 128 else LIGHT
        self.plot.setBackground(ground)
        item = self.plot.getPlotItem()
        item.clear()
        if item.legend is not None:
            item.legend.scene().removeItem(item.legend)
            item.legend = None
        item.addLegend(
            offset=(-8, -8), labelTextColor=ink, brush=QColor(ground.red(), ground.green(), ground.blue(), 200)
        )
        for side, text in (("bottom", "recall"), ("left", "precision")):
            axis = item.getAxis(side)
            axis.setPen(palette.mid().color())
            axis.setTextPen(ink)
            item.setLabel(side, text, color=ink.name())
        item.showGrid(x=True, y=True, alpha=0.18)
        item.setRange(xRange=(0, 1), yRange=(0, 1), padding=0.02)
        part_of = dict(CHARTS).get(self.choice.currentText())
        if part_of is None:
            return
        for index, model in enumerate(self._report.models):
            part = part_of(model)
            if part is None:
                continue
            color = QColor(colors[index % len(colors)])
            style = Qt.PenStyle.DashLine if index >= len(colors) else Qt.PenStyle.SolidLine
            pairs = [(r, p) for r, p in zip(part.curve.recall, part.curve.precision, strict=True) if r or p]
            recall, precision = [r for r, _ in pairs], [p for _, p in pairs]
            pen = pyqtgraph.mkPen(color, width=2, style=style)
            item.plot(recall, precision, pen=pen, name=f"{model.name} (F1 {100 * part.f1:.1f})")
            item.plot([part.recall], [part.precision], pen=None, symbol="o", symbolSize=8, symbolBrush=color,
                      symbolPen=None)  # fmt: skip
