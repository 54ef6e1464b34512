"""From the command line to the first window and back: nothing heavy before the window, exit codes, screenshots."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtGui import QImage

from symviewer.app import _choose_platform, command_line, main

_FIRST_WINDOW = """
import sys
from symviewer.app import Application, command_line
application = Application(command_line().parse_args([]))
application.start = lambda: None
application.show()
application.qt.processEvents()
assert application.window.isVisible()
heavy = [m for m in ("torch", "cv2", "PIL", "pyqtgraph", "timm", "open_clip", "scipy") if m in sys.modules]
print("heavy:", heavy)
application.close()
"""


def environment(home: Path) -> dict[str, str]:
    return os.environ | {"QT_QPA_PLATFORM": "offscreen", "SYMVIEWER_HOME": str(home), "OMP_NUM_THREADS": "1"}


def test_the_first_window_is_visible_before_anything_heavy_is_imported(tmp_path):
    run = subprocess.run(
        [sys.executable, "-c", _FIRST_WINDOW], env=environment(tmp_path), capture_output=True, text=True, timeout=120
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip() == "heavy: []"


def test_qt_that_cannot_start_is_a_failure_and_not_a_skip(tmp_path):
    """What the whole folder relies on: a missing platform ends the process with an error."""
    run = subprocess.run(
        [sys.executable, "-c", "from PySide6.QtWidgets import QApplication; QApplication([])"],
        env=environment(tmp_path) | {"QT_QPA_PLATFORM": "no_such_platform"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert run.returncode != 0


@pytest.mark.parametrize("arguments", [["--size", "big"], ["--theme", "pink"], ["--device", "gpu"], ["--nonsense"]])
def test_a_wrong_command_line_is_explained(arguments, capsys):
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == 2
    assert "usage: symviewer" in capsys.readouterr().err


def test_version_and_help(capsys):
    for argument, text in (("--version", "symviewer "), ("--help", "--screenshot")):
        with pytest.raises(SystemExit) as end:
            main([argument])
        assert end.value.code == 0
        assert text in capsys.readouterr().out


@pytest.mark.skipif(sys.platform != "linux", reason="other systems always have a display")
def test_without_a_display_a_screenshot_is_made(monkeypatch, capsys):
    monkeypatch.delenv("QT_QPA_PLATFORM")
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    options = command_line().parse_args([])
    _choose_platform(options)
    assert os.environ["QT_QPA_PLATFORM"] == "offscreen"
    assert options.screenshot is not None
    assert "no display" in capsys.readouterr().err
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")


@pytest.mark.skipif(sys.platform != "linux", reason="other systems always have a display")
def test_with_a_display_nothing_is_changed(monkeypatch):
    monkeypatch.delenv("QT_QPA_PLATFORM")
    monkeypatch.setenv("DISPLAY", ":0")
    options = command_line().parse_args([])
    _choose_platform(options)
    assert "QT_QPA_PLATFORM" not in os.environ
    assert options.screenshot is None
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")


def test_a_screenshot_waits_for_detection(start, qtbot, pictures, tmp_path, capsys):
    target = tmp_path / "out" / "window.png"
    app = start(pictures[0], "--screenshot", str(target), "--size", "900x650", model_ready=False)
    codes = []
    app._end = codes.append
    app._watch()
    qtbot.waitUntil(lambda: codes == [0], timeout=20000)
    image = QImage(str(target))
    assert (image.width(), image.height()) == (900, 650)
    printed = capsys.readouterr().out
    assert str(target) in printed
    assert "p1.png: looked at, 4 suggestions shown" in printed


def test_a_screenshot_that_cannot_be_written_is_exit_code_1(start, qtbot, pictures, tmp_path, capsys):
    (tmp_path / "file").write_text("")
    app = start(pictures[0], "--screenshot", str(tmp_path / "file" / "x.png"), model_ready=False)
    codes = []
    app._end = codes.append
    app._watch()
    qtbot.waitUntil(lambda: codes == [1], timeout=20000)
    assert "cannot be written" in capsys.readouterr().err


def test_smoke_fails_when_the_model_cannot_be_loaded(start, qtbot, pictures, capsys):
    app = start(pictures[0], "--smoke", "--model", "broken.safetensors", model_ready=False)
    codes = []
    app._end = codes.append
    app._watch()
    qtbot.waitUntil(lambda: codes == [1], timeout=20000)
    assert "broken cannot be loaded" in capsys.readouterr().err


def test_a_screenshot_leaves_the_settings_alone(start, qtbot, pictures, tmp_path, home):
    app = start(pictures[0], "--screenshot", str(tmp_path / "x.png"), "--theme", "dark")
    app.close()
    assert not (home / "config" / "settings.json").exists()
