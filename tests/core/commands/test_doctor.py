"""The doctor: what it finds, what it says to do, and its exit code."""

from __future__ import annotations

import io
import json
import os
import sys
from pathlib import Path

import pytest
from rich.console import Console

from clipsym_core.commands import doctor as module
from clipsym_core.commands.doctor import Check, doctor, examine
from clipsym_core.commands.probes import ask


@pytest.fixture(scope="module")
def checks(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Check]:
    folder = tmp_path_factory.mktemp("settings")
    return {c.name: c for c in examine({"Settings": folder / "new"})}


def test_everything_that_matters_is_looked_at(checks: dict[str, Check]) -> None:
    assert {
        "Program", "Packages", "Optional packages", "OpenCV", "PySide6", "Settings", "Shipped files", "PyTorch",
        "torchvision", "Default model", "Qt", "pyqtgraph",
    } <= set(checks)  # fmt: skip


def test_this_installation_works(checks: dict[str, Check]) -> None:
    assert [c for c in checks.values() if c.state == "error"] == []


def test_versions_and_places_are_named(checks: dict[str, Check]) -> None:
    import torch

    assert sys.executable in checks["Program"].detail
    assert f"torch {torch.__version__}" in checks["Packages"].detail
    assert "cpu" in checks["PyTorch"].detail.lower()
    assert "clipsym-lite" in checks["Default model"].detail
    assert "writable" in checks["Settings"].detail


def versions(**found: str):  # type: ignore[no-untyped-def]
    return lambda name: found.get(name.replace("-", "_"))


def test_a_second_opencv_is_an_error_with_the_line_that_mends_it() -> None:
    check = module._opencv(versions(opencv_python="4.11.0.86", opencv_python_headless="4.11.0.86"))
    assert check.state == "error"
    assert "pip uninstall -y opencv-python " in check.remedy


def test_the_broken_pyside_is_an_error() -> None:
    check = module._pyside(versions(PySide6_Essentials="6.9.1", shiboken6="6.9.1"))
    assert check.state == "error"
    assert "pyqtgraph" in check.detail


def test_parts_of_pyside_of_different_versions_are_an_error() -> None:
    assert module._pyside(versions(PySide6_Essentials="6.12.0", shiboken6="6.11.0")).state == "error"
    assert module._pyside(versions(PySide6_Essentials="6.12.0", shiboken6="6.12.0")).state == "ok"


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    check = module._folder("Settings", tmp_path / "file" / "below")
    assert check.state == "error"
    assert str(tmp_path) in check.detail
    assert check.remedy


def test_qt_without_a_display_is_a_warning_and_with_a_broken_platform_an_error() -> None:
    bare = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")}
    if sys.platform == "linux":
        assert module._qt(bare).state == "warning"
        check = module._qt({**bare, "DISPLAY": ":no-such-display"})
        assert check.state == "error"
        assert "apt-get install" in check.remedy
    check = module._qt({**bare, "QT_QPA_PLATFORM": "offscreen"})
    assert check.state == "ok"
    assert "platform offscreen" in check.detail


def test_a_probe_that_crashes_gives_its_last_words_not_an_exception() -> None:
    answer = ask(["-c", "import sys, os; print('it is broken', file=sys.stderr, flush=True); os.abort()"])
    assert answer.values is None
    assert "it is broken" in answer.complaint
    assert ask(["-c", "raise SystemExit(3)"]).complaint == "It ended with code 3."
    code = "from clipsym_core.errors import InputError; raise InputError('What.', 'Why.')"
    assert ask(["-c", code]).complaint == "InputError: What. Why."


def printed(monkeypatch: pytest.MonkeyPatch, checks: list[Check], *, as_json: bool) -> tuple[int, str]:
    monkeypatch.setattr(module, "examine", lambda folders: iter(checks))
    out = io.StringIO()
    return doctor(as_json=as_json, console=Console(file=out, width=100)), out.getvalue()


GOOD, BAD = Check("Qt", "ok", "6.12 [fast]"), Check("PyTorch", "error", "gone [x]", "Install it.")


def test_the_text_shows_states_details_and_remedies(monkeypatch: pytest.MonkeyPatch) -> None:
    code, text = printed(monkeypatch, [GOOD, BAD], as_json=False)
    assert code == 1
    for part in ("ok", "6.12 [fast]", "error", "gone [x]", "Install it.", "1 of 2 checks failed."):
        assert part in text


def test_the_json_is_for_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    code, text = printed(monkeypatch, [GOOD], as_json=True)
    assert code == 0
    report = {"name": "Qt", "state": "ok", "detail": "6.12 [fast]", "remedy": ""}
    assert json.loads(text) == {"ok": True, "checks": [report]}


def test_a_warning_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    assert printed(monkeypatch, [Check("Qt", "warning", "no display", "-")], as_json=False)[0] == 0
