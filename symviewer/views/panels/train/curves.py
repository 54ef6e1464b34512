"""Loss, F1 and learning rate over the steps, live. Many thousand points: what is drawn is what the screen can show."""

from __future__ import annotations

from typing import Final

import pyqtgraph as pg
from PySide6.QtCore import QEvent
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QVBoxLayout, QWidget

from symviewer.model.training import RunProgress
from symviewer.views.translation import tr

_SMOOTH: Final = 25
"""Steps that the bold loss curve averages."""
_SMOOTH_FROM: Final = 50
# Okabe and Ito: apart for everybody, on light and dark ground.
_COLORS: Final = {
    "f1": "#009e73", "reflection_f1": "#e69f00", "rotation_f1": "#56b4e9", "rehearsal_f1": "#cc79a7",
}  # fmt: skip
_NAMES: Final = {"f1": "F1", "reflection_f1": "axes", "rotation_f1": "centers", "rehearsal_f1": "rehearsal"}
_MARKED_POINTS: Final = 60
"""Few points are drawn as dots, many as a line alone."""


class Curves(QWidget):
    """Three plots over one axis of steps."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(tr("Curves of loss, F1 and learning rate"))
        self._plots = {name: _plot(name) for name in ("Loss", "F1", "Learning rate")}
        self._titles = {name: _title(plot, name) for name, plot in self._plots.items()}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        first, *others = self._plots.values()
        for plot in others:
            plot.setXLink(first)
        for name, plot in self._plots.items():
            last = name == "Learning rate"
            plot.getAxis("bottom").setStyle(showValues=last)
            plot.getAxis("bottom").setHeight(None if last else 6)
            layout.addWidget(plot, 2 if last else 3)
        self._raw = self._plots["Loss"].plot()
        self._smooth = self._plots["Loss"].plot()
        self._rate = self._plots["Learning rate"].plot()
        self._scores = {key: self._plots["F1"].plot() for key in _COLORS}
        self._plots["F1"].setYRange(0.0, 1.0, padding=0.02)
        for curve in (self._raw, self._smooth, self._rate, *self._scores.values()):
            curve.setDownsampling(auto=True, method="peak")
            curve.setClipToView(True)
        self.refresh_colors()

    def show_progress(self, progress: RunProgress) -> None:
        """Draw what there is."""
        loss, rate = progress.curves["loss"], progress.curves["rate"]
        # Copies: the series may grow, and move, while a curve that is out of sight keeps what it was given.
        self._raw.setData(loss.x.copy(), loss.y.copy())
        many = len(loss) >= _SMOOTH_FROM
        self._smooth.setData(loss.x.copy(), loss.smoothed(_SMOOTH) if many else loss.y.copy())
        self._rate.setData(rate.x.copy(), rate.y.copy())
        for name, series, form in (("Loss", loss, "{:.4f}"), ("Learning rate", rate, "{:.2g}")):
            latest = f"  {form.format(series.y[-1])}" if len(series) else ""
            self._titles[name].setText(f"{name}{latest}")
        for key, curve in self._scores.items():
            series = progress.curves[key]
            curve.setData(series.x.copy(), series.y.copy(), symbol="o" if len(series) < _MARKED_POINTS else None)

    def changeEvent(self, event: QEvent) -> None:
        """Curves do not follow the palette by themselves."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            self.refresh_colors()

    @property
    def drawn(self) -> int:
        """Points of the loss curve as it was given."""
        return 0 if self._raw.xData is None else len(self._raw.xData)

    def refresh_colors(self) -> None:
        """Ground and lines in the colors of the palette."""
        palette = self.palette()
        ground, text = palette.color(QPalette.ColorRole.Base), palette.color(QPalette.ColorRole.Text)
        accent = palette.color(QPalette.ColorRole.Accent)
        faint = pg.mkColor(accent)
        faint.setAlpha(100)
        for name, plot in self._plots.items():
            plot.setBackground(ground)
            key = " ".join(f'<span style="color: {_COLORS[k]}">{n}</span>' for k, n in _NAMES.items())
            title = self._titles[name]
            title.setText(key if name == "F1" else title.text, color=text)
            for side in ("left", "bottom"):
                plot.getAxis(side).setPen(text)
                plot.getAxis(side).setTextPen(text)
        self._raw.setPen(pg.mkPen(faint, width=1))
        self._smooth.setPen(pg.mkPen(accent, width=2))
        self._rate.setPen(pg.mkPen(accent, width=2))
        for key, curve in self._scores.items():
            curve.setPen(pg.mkPen(_COLORS[key], width=2))
            curve.setSymbolBrush(pg.mkBrush(_COLORS[key]))
            curve.setSymbolPen(None)
            curve.setSymbolSize(6)


def _plot(name: str) -> pg.PlotWidget:
    plot = pg.PlotWidget()
    plot.setAccessibleName(name)
    plot.setMinimumHeight(60)
    plot.setMenuEnabled(False)
    plot.hideButtons()
    plot.showGrid(x=True, y=True, alpha=0.2)
    plot.setMouseEnabled(x=True, y=False)
    plot.getAxis("left").setWidth(44)
    plot.getAxis("left").enableAutoSIPrefix(False)
    plot.getAxis("bottom").enableAutoSIPrefix(False)
    return plot


def _title(plot: pg.PlotWidget, name: str) -> pg.LabelItem:
    """The name, or the key, inside the plot: a line above each would cost a fifth of its height."""
    title = pg.LabelItem(name, size="8pt")
    title.setParentItem(plot.getPlotItem().getViewBox())
    title.anchor(itemPos=(0.5, 0), parentPos=(0.5, 0), offset=(0, -2))
    return title
