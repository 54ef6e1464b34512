"""Checks that run in a process of their own, because a broken torch or Qt can end the process that imports it.

`python -m clipsym_core.commands.probes torch` and `... model` print one line of JSON.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

TIME_LIMIT_S = 180.0

# Not a function here: clipsym_core must run without Qt and is checked never to import it.
QT_PROBE = """
import json
import PySide6.QtCore as core
import PySide6.QtGui as gui
import PySide6.QtWidgets as widgets
app = widgets.QApplication([])
pixmap = gui.QPixmap(8, 8)
screens = [f"{s.size().width()} x {s.size().height()} at {s.devicePixelRatio():g}" for s in app.screens()]
print(json.dumps({"qt": core.qVersion(), "platform": app.platformName(), "screens": screens}))
"""
PYQTGRAPH_PROBE = """
import json
import pyqtgraph
print(json.dumps({"version": pyqtgraph.__version__, "binding": pyqtgraph.Qt.QT_LIB}))
"""


@dataclass(frozen=True)
class Answer:
    """What a probe printed, or None and the end of what it complained."""

    values: Mapping[str, Any] | None
    complaint: str


def ask(arguments: Sequence[str], environment: Mapping[str, str] | None = None) -> Answer:
    """Run this Python with `arguments` and read the JSON of its last line."""
    try:
        done = subprocess.run(
            [sys.executable, *arguments],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace",
            timeout=TIME_LIMIT_S, env=None if environment is None else dict(environment), check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return Answer(None, f"It did not answer within {TIME_LIMIT_S:.0f} s.")
    if done.returncode != 0:
        return Answer(None, _last_words(done.stderr) or f"It ended with code {done.returncode}.")
    return Answer(json.loads(done.stdout.strip().splitlines()[-1]), done.stderr.strip())


def _last_words(complaint: str) -> str:
    """The message of a traceback, or the last lines of anything else."""
    lines = [line.strip() for line in complaint.strip().splitlines() if line.strip()]
    if any(line.startswith("Traceback ") for line in lines):
        return re.sub(r"^(\w+\.)+(?=\w+: )", "", lines[-1])
    return "\n".join(lines[-4:])


def ask_module(name: str) -> Answer:
    """Run one of the probes of this module."""
    return ask(["-m", "clipsym_core.commands.probes", name])


def probe_torch() -> dict[str, Any]:
    """Versions, devices and whether torchvision's compiled half is there."""
    import torch

    from clipsym_core.inference.devices import list_devices
    from clipsym_core.model.torchvision_compat import ensure_torchvision

    return {
        "torch": torch.__version__,
        "cuda": torch.version.cuda,
        "threads": torch.get_num_threads(),
        "devices": [d.label for d in list_devices()],
        "torchvision_operators": ensure_torchvision(),
    }


def probe_model() -> dict[str, Any]:
    """Load the default model and let it answer once."""
    import time

    import numpy as np

    from clipsym_core.inference.detector import SymmetryDetector
    from clipsym_core.model.zoo import DEFAULT_MODEL

    started = time.perf_counter()
    detector = SymmetryDetector.load()
    loaded = time.perf_counter()
    detector.heatmaps(np.full((64, 64, 3), 128, np.uint8))
    return {
        "name": DEFAULT_MODEL,
        "device": str(detector.device),
        "load_s": round(loaded - started, 2),
        "first_answer_s": round(time.perf_counter() - loaded, 2),
    }


if __name__ == "__main__":
    probe = {"torch": probe_torch, "model": probe_model}[sys.argv[1]]
    sys.stdout.write(json.dumps(probe()) + "\n")
