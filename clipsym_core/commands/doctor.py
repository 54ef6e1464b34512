"""`clipsym doctor` and `symviewer doctor`: what this installation is, what is wrong with it, what to do about that."""

from __future__ import annotations

import json
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Final, Literal, TypeAlias

from rich.console import Console
from rich.table import Table

from clipsym_core.commands.probes import PYQTGRAPH_PROBE, QT_PROBE, ask, ask_module
from clipsym_core.model.weights import data_folder
from clipsym_core.resources import resource_path

State: TypeAlias = Literal["ok", "note", "warning", "error"]

PACKAGES: Final = (
    "accelerate", "numpy", "opencv-python-headless", "open_clip_torch", "pillow", "platformdirs", "psutil", "pydantic",
    "pyqtgraph", "PySide6-Essentials", "rich", "safetensors", "timm", "torch", "torchvision", "typer",
)  # fmt: skip
OPTIONAL_PACKAGES: Final = ("av", "escnn", "openvino", "onnx", "onnxruntime", "tensorboard")
OTHER_OPENCV: Final = ("opencv-python", "opencv-contrib-python")
BROKEN_PYSIDE: Final = "6.9.1"
LEAST_FREE_BYTES: Final = 500_000_000
PYTHONS: Final = ((3, 10), (3, 12))
X11_PACKAGES: Final = (
    "libegl1 libgl1 libxkbcommon-x11-0 libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 "
    "libxcb-render-util0 libxcb-shape0"
)
_MARKS: Final = {
    "ok": "[green]ok[/]",
    "note": "[cyan]note[/]",
    "warning": "[yellow]warning[/]",
    "error": "[red]error[/]",
}


@dataclass(frozen=True)
class Check:
    """One line of the report. An error means that something does not work; `remedy` says what to do."""

    name: str
    state: State
    detail: str
    remedy: str = ""


def doctor(*, as_json: bool = False, folders: Mapping[str, Path] | None = None, console: Console | None = None) -> int:
    """Print the report; returns the exit code: 1 when something is broken.

    Args:
        as_json: JSON in place of the table.
        folders: name -> folder that the program must be able to write; None takes the library's own.
        console: standard output by default.
    """
    console = console or Console()
    checks = list(examine(folders))
    broken = any(c.state == "error" for c in checks)
    if as_json:
        report = {"ok": not broken, "checks": [asdict(c) for c in checks]}
        console.file.write(json.dumps(report, indent=2) + "\n")
    else:
        _print(checks, console)
    return int(broken)


def examine(folders: Mapping[str, Path] | None = None) -> Iterator[Check]:
    """All checks, the quick ones first."""
    yield _program()
    yield _packages()
    yield _optional()
    yield _opencv(_version_of)
    yield _pyside(_version_of)
    yield from (_folder(name, path) for name, path in (folders or _library_folders()).items())
    yield _resources()
    yield from _torch()
    yield _model()
    yield _qt(os.environ)
    yield _pyqtgraph()


def _version_of(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _program() -> Check:
    python = sys.version_info[:2]
    detail = f"version {_version_of('symviewer') or 'unknown (not installed, running from a checkout)'}; Python "
    detail += f"{platform.python_version()} at {sys.executable}; {platform.platform()}"
    if not PYTHONS[0] <= python <= PYTHONS[1]:
        return Check("Program", "warning", detail, "Tested with Python 3.10 to 3.12: use one of these.")
    return Check("Program", "ok", detail)


def _packages() -> Check:
    versions = {name: _version_of(name) for name in PACKAGES}
    missing = [name for name, version in versions.items() if version is None]
    detail = ", ".join(f"{name} {version or 'MISSING'}" for name, version in versions.items())
    if missing:
        return Check("Packages", "error", detail, f"pip install {' '.join(missing)}")
    return Check("Packages", "ok", detail)


def _optional() -> Check:
    return Check(
        "Optional packages", "note", ", ".join(f"{name} {_version_of(name) or '-'}" for name in OPTIONAL_PACKAGES)
    )


def _opencv(version_of: Callable[[str], str | None]) -> Check:
    others = [name for name in OTHER_OPENCV if version_of(name) is not None]
    if others:
        return Check(
            "OpenCV", "error",
            f"{' and '.join(others)} is installed too; its Qt plugins keep the window from opening.",
            f"pip uninstall -y {' '.join(others)} opencv-python-headless && pip install opencv-python-headless",
        )  # fmt: skip
    return Check("OpenCV", "ok", "only opencv-python-headless, which brings no Qt of its own")


def _pyside(version_of: Callable[[str], str | None]) -> Check:
    versions = {name: version_of(name) for name in ("PySide6-Essentials", "PySide6", "shiboken6")}
    found = ", ".join(f"{name} {version}" for name, version in versions.items() if version)
    if BROKEN_PYSIDE in versions.values():
        return Check(
            "PySide6", "error", f"{found}; {BROKEN_PYSIDE} breaks pyqtgraph.", "pip install -U PySide6-Essentials"
        )
    if len({version for version in versions.values() if version}) > 1:
        return Check(
            "PySide6", "error", f"Parts of different versions: {found}.",
            "pip install --force-reinstall PySide6-Essentials shiboken6",
        )  # fmt: skip
    return Check("PySide6", "ok", found or "not installed")


def _library_folders() -> dict[str, Path]:
    return {"Data folder": data_folder(), "Temporary folder": Path(tempfile.gettempdir())}


def _folder(name: str, path: Path) -> Check:
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path) as file:
            file.write(b"x")
        free = shutil.disk_usage(path).free
    except OSError as error:
        return Check(name, "error", f"{path}: {error.strerror or error}.", "Give yourself the right to write there.")
    if free < LEAST_FREE_BYTES:
        return Check(name, "warning", f"{path}: only {free / 1e6:.0f} MB free.", "Free some space.")
    return Check(name, "ok", f"{path}: writable, {free / 1e9:.1f} GB free")


def _resources() -> Check:
    try:
        samples = sum(1 for f in resource_path("samples").iterdir() if f.suffix in (".png", ".jpg"))
        return Check("Shipped files", "ok", f"{resource_path()} with {samples} sample pictures")
    except FileNotFoundError as error:
        return Check("Shipped files", "error", str(error), "pip install --force-reinstall --no-deps symviewer")


def _torch() -> Iterator[Check]:
    answer = ask_module("torch")
    if answer.values is None:
        remedy = "Install torch again, from the wheels for this system; on Windows also the Visual C++ runtime."
        yield Check("PyTorch", "error", answer.complaint, remedy)
        return
    v = answer.values
    yield Check("PyTorch", "ok", f"{v['torch']}, CUDA {v['cuda'] or '-'}; devices: {'; '.join(v['devices'])}")
    if v["torchvision_operators"]:
        yield Check("torchvision", "ok", "complete")
    else:
        detail = "Its compiled half does not fit this torch. Nothing here needs it; other programs may."
        yield Check("torchvision", "note", detail, "")


def _model() -> Check:
    answer = ask_module("model")
    if answer.values is None:
        remedy = "Install the program again, or choose another model with --model."
        return Check("Default model", "error", answer.complaint, remedy)
    v = answer.values
    detail = f"{v['name']} on {v['device']}: loaded in {v['load_s']} s, first answer after {v['first_answer_s']} s more"
    return Check("Default model", "ok", detail)


def _qt(environment: Mapping[str, str]) -> Check:
    answer = ask(["-c", QT_PROBE], environment)
    if answer.values is not None:
        v = answer.values
        wanted = environment.get("QT_QPA_PLATFORM")
        chosen = f" (QT_QPA_PLATFORM={wanted})" if wanted else ""
        return Check("Qt", "ok", f"{v['qt']}, platform {v['platform']}{chosen}, screens: {', '.join(v['screens'])}")
    offscreen = ask(["-c", QT_PROBE], {**environment, "QT_QPA_PLATFORM": "offscreen"})
    if offscreen.values is None:
        remedy = f"On Debian: sudo apt-get install -y {X11_PACKAGES} libdbus-1-3 libfontconfig1"
        return Check(
            "Qt", "error", answer.complaint, remedy if sys.platform == "linux" else "Install PySide6-Essentials again."
        )
    shown = environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY")
    if sys.platform == "linux" and not shown:
        remedy = "Windows need a display (DISPLAY or WAYLAND_DISPLAY); `symviewer --screenshot FILE` works without."
        return Check("Qt", "warning", f"{offscreen.values['qt']}, no display: only offscreen.", remedy)
    remedy = f"On Debian: sudo apt-get install -y {X11_PACKAGES}" if sys.platform == "linux" else ""
    return Check("Qt", "error", answer.complaint, remedy)


def _pyqtgraph() -> Check:
    answer = ask(["-c", PYQTGRAPH_PROBE], {**os.environ, "QT_QPA_PLATFORM": "offscreen"})
    if answer.values is None:
        return Check("pyqtgraph", "error", answer.complaint, "pip install -U pyqtgraph PySide6-Essentials")
    return Check("pyqtgraph", "ok", f"{answer.values['version']} on {answer.values['binding']}")


def _print(checks: list[Check], console: Console) -> None:
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for c in checks:
        table.add_row(_MARKS[c.state], c.name, _plain(c.detail))
        if c.remedy:
            table.add_row("", "", f"[bold]-> [/]{_plain(c.remedy)}")
    console.print(table, highlight=False)
    wrong = sum(c.state == "error" for c in checks)
    console.print("Everything that is needed works." if not wrong else f"{wrong} of {len(checks)} checks failed.")


def _plain(text: str) -> str:
    """Text in which square brackets are no markup."""
    return text.replace("[", "\\[")
