"""The Detection panel: which model looks, where it computes, and what is shown of its answer."""

from __future__ import annotations

import os

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QFrame,
    QGroupBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from symviewer.model.model_status import ModelState, ModelStatus, short_name
from symviewer.model.settings import DEFAULT_MODEL, Settings
from symviewer.model.translating import mark
from symviewer.services.detectors import Device
from symviewer.services.session import Session
from symviewer.views.panels.overlay_controls import OverlayControls
from symviewer.views.translation import tr

_DEVICES = {"auto": mark("Automatic"), "cpu": "CPU", "cuda": mark("CUDA (NVIDIA GPU)"), "mps": mark("MPS (Apple GPU)")}
_PRECISIONS = {
    "auto": mark("Automatic"),
    "fp32": mark("Full (fp32)"),
    "bf16": mark("Half (bf16)"),
    "fp16": mark("Half (fp16, GPU only)"),
}
_PROPOSALS = {
    "both": mark("Network and pixels"),
    "network": mark("Network only"),
    "features": mark("Pixels only, no network"),
}
_LEAST_WIDTH = 10


class DetectionPanel(QScrollArea):
    """Shows and changes the detection settings of the session."""

    def __init__(self, session: Session, models_action: QAction) -> None:
        super().__init__()
        self._session = session
        self.model = _combo(tr("Model"), tr("The model that looks at the pictures."))
        self.device = _combo(tr("Device"), tr("Where the model computes."), _DEVICES)
        self.precision = _combo(
            tr("Precision"), tr("Half precision is faster on GPUs and on some processors."), _PRECISIONS
        )
        self.proposals = _combo(tr("Candidates"), tr("Where suggestions come from."), _PROPOSALS)
        self.status = QLabel()
        self.status.setWordWrap(True)
        self.status.setAccessibleName(tr("State of the model"))
        self.overlay = OverlayControls(session.workspace)
        self._models_button = _button(models_action, tr("Manage"))
        self._lay_out()
        self.model.activated.connect(lambda: session.use_model(self.model.currentData()))
        self.device.activated.connect(lambda: session.change_detection(device=self.device.currentData()))
        self.precision.activated.connect(lambda: session.change_detection(precision=self.precision.currentData()))
        self.proposals.activated.connect(lambda: session.change_detection(proposals=self.proposals.currentData()))
        workspace = session.workspace
        workspace.settings_changed.connect(self._show)
        workspace.model_changed.connect(self._show_status)
        session.detection.devices_found.connect(self._on_devices)
        self._show(workspace.settings)
        self._show_status(workspace.model)

    def _lay_out(self) -> None:
        content = QWidget()
        layout = QVBoxLayout(content)
        layout.setContentsMargins(6, 6, 6, 6)
        group = QGroupBox(tr("Model"))
        form = QFormLayout(group)
        row = QHBoxLayout()
        row.addWidget(self.model, 1)
        row.addWidget(self._models_button)
        form.addRow(tr("Model"), row)
        form.addRow(tr("Device"), self.device)
        form.addRow(tr("Precision"), self.precision)
        form.addRow(tr("Candidates"), self.proposals)
        form.addRow(self.status)
        layout.addWidget(group)
        layout.addWidget(self.overlay)
        layout.addStretch()
        self.setWidget(content)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(tr("Detection"))
        bar = self.verticalScrollBar().sizeHint().width()
        self.setMinimumWidth(content.minimumSizeHint().width() + bar)
        # The panel's own ground, not the white of lists.
        self.viewport().setAutoFillBackground(False)
        content.setAutoFillBackground(False)

    def _show(self, settings: Settings) -> None:
        self._list_models(settings)
        _choose(self.device, settings.detection.device)
        _choose(self.precision, settings.detection.precision)
        _choose(self.proposals, settings.detection.proposals)

    def _list_models(self, settings: Settings) -> None:
        known = [DEFAULT_MODEL, *(path for path in settings.recent_models if os.path.isfile(path))]
        if settings.detection.model not in known:
            known.append(settings.detection.model)
        with QSignalBlocker(self.model):
            self.model.clear()
            for model in known:
                self.model.addItem(short_name(model) if os.sep in model else model, model)
                self.model.setItemData(self.model.count() - 1, model, Qt.ItemDataRole.ToolTipRole)
            self.model.setCurrentIndex(known.index(settings.detection.model))

    def _show_status(self, status: ModelStatus) -> None:
        if status.state is ModelState.LOADING:
            text = status.text
            if status.info:
                text += tr(" {name} answers until then.").format(name=status.info.name)
        elif status.info is None:
            text = status.problem.text if status.problem else tr("No model is loaded.")
        else:
            text = ""
            if status.problem:
                text = tr("{model} could not be loaded, {name} answers. ").format(
                    model=short_name(status.wanted), name=status.info.name
                )
            if not status.info.trained:
                text += tr(
                    "{name} was never trained for symmetry, so its network is not asked: the suggestions come from the "
                    "pixels alone. Train it in the Train panel (Ctrl+T), or choose another model."
                ).format(name=status.info.name)
        self.status.setText(text)
        self.status.setVisible(bool(text))

    def _on_devices(self, devices: tuple[Device, ...]) -> None:
        chosen = self._session.workspace.settings.detection.device
        with QSignalBlocker(self.device):
            self.device.clear()
            best = devices[0].name.upper() if devices else "CPU"
            self.device.addItem(tr("Automatic ({best})").format(best=best), "auto")
            for device in devices:
                self.device.addItem(device.label, device.name)
            for absent in ("cuda", "mps"):
                if not any(device.name.startswith(absent) for device in devices):
                    self.device.addItem(tr("{device}: none here").format(device=tr(_DEVICES[absent])), absent)
                    item = self.device.model().item(self.device.count() - 1)  # type: ignore[attr-defined]
                    item.setEnabled(False)
            _choose(self.device, chosen)


def _combo(name: str, tip: str, items: dict[str, str] | None = None) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(name)
    box.setToolTip(tip)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(_LEAST_WIDTH)
    for data, text in (items or {}).items():
        box.addItem(tr(text), data)
    return box


def _button(action: QAction, text: str = "") -> QPushButton:
    button = QPushButton(text or action.text())
    button.setToolTip(action.toolTip())
    button.setAccessibleName(action.text().replace("&", "").rstrip("…"))
    button.clicked.connect(action.trigger)
    button.setEnabled(action.isEnabled())
    action.enabledChanged.connect(button.setEnabled)
    return button


def _choose(box: QComboBox, data: str) -> None:
    with QSignalBlocker(box):
        index = box.findData(data)
        if index < 0:
            box.addItem(data, data)
            index = box.count() - 1
        box.setCurrentIndex(index)
