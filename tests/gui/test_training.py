"""The story of a training: annotate, train, see curves move, stop, close, reopen, resume, swap, detect."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest
from PySide6.QtWidgets import QMessageBox

from clipsym_core.symmetry import ReflectionAxis
from symviewer.model import commands
from symviewer.model.annotation import ReviewState
from symviewer.model.training import RunState
from symviewer.views.dialogs.compare_dialog import CompareDialog
from symviewer.views.panels.train.panel import TrainPanel
from tests.core.train.tiny import tiny_checkpoint

AXIS = ReflectionAxis(((160.0, 20.0), (160.0, 220.0)))


@pytest.fixture(scope="session")
def tiny(tmp_path_factory) -> Path:
    """A model that trains in seconds."""
    return tiny_checkpoint(tmp_path_factory.mktemp("models") / "tiny.safetensors")


@pytest.fixture
def no_orphans():
    """No training outlives a test."""
    before = {child.pid for child in psutil.Process().children(recursive=True)}
    yield
    for child in psutil.Process().children(recursive=True):
        if child.pid not in before:
            child.kill()


def panel_of(app) -> TrainPanel:
    app.window.actions_by_id["train"].trigger()
    return app.window.train.panel


def annotate(app, count: int = 5) -> None:
    document, stack = app.session.document, app.session.stack
    ids = [document.find(f"p{i}.png") for i in range(1, count + 1)]
    for picture in ids:
        stack.push(commands.add(document, picture, [AXIS]))
    stack.push(commands.set_state(document, ids, ReviewState.VERIFIED))


def choose_tiny(panel: TrainPanel, tiny: Path, *, length: float, unit: str = "epochs") -> None:
    choices = panel.choices
    choices.choose_start(str(tiny))
    choices.unit.setCurrentIndex(choices.unit.findData(unit))
    choices.length.setValue(length)
    choices.batch.setValue(2)
    choices.rehearsal.setValue(0)
    choices.validation.setValue(40)


def answer(monkeypatch, text: str) -> None:
    """Press the button with this text in the next question."""

    def exec_box(box: QMessageBox) -> None:
        button = next(b for b in box.buttons() if b.text().replace("&", "") == text)
        monkeypatch.setattr(QMessageBox, "clickedButton", lambda _self: button)

    monkeypatch.setattr(QMessageBox, "exec", exec_box)


@pytest.mark.slow
@pytest.mark.usefixtures("no_orphans")
def test_the_whole_story(app, start, qtbot, source, tiny, monkeypatch, home):
    panel = panel_of(app)
    assert "Verify pictures first" in panel.choices.why.text()
    annotate(app)
    qtbot.waitUntil(lambda: "5 verified pictures." in panel.choices.pictures.text())
    choose_tiny(panel, tiny, length=100_000)
    assert panel.choices.start.isEnabled()
    panel.choices.start.click()
    view = panel.run_view
    qtbot.waitUntil(lambda: view.curves.drawn > 2)
    first = view.curves.drawn
    qtbot.waitUntil(lambda: view.curves.drawn > first)
    assert "step" in view.numbers.text()
    # Detection goes on meanwhile.
    calls = len(source.calls)
    app.window.actions_by_id["detect"].trigger()
    qtbot.waitUntil(lambda: len(source.calls) > calls)
    # The window closes, the run goes on.
    folder = view.folder
    answer(monkeypatch, "Leave it running")
    app.window.close()
    assert not app.window.isVisible()
    again = start(str(app.session.workspace.settings.recent[0]))
    qtbot.waitUntil(lambda: again.window.train.built is not None)
    view = again.window.train.panel.run_view
    qtbot.waitUntil(lambda: view.folder == folder and view.curves.drawn > first)
    assert view.run_state is RunState.RUNNING
    # Stop keeps everything.
    view.stop.click()
    qtbot.waitUntil(lambda: view.run_state is RunState.STOPPED and not again.session.training.live)
    stopped = view.progress.ended.step
    assert (folder / "last.pt").is_file()
    # Resume, to an end that comes soon.
    values = folder / "run.json"
    values.write_text(values.read_text().replace("100000.0", str(view.progress.step.epoch + 2)))
    view.resume.click()
    view = again.window.train.panel.run_view
    qtbot.waitUntil(lambda: view.run_state is RunState.FINISHED and not again.session.training.live)
    assert view.progress.started.resumed_step == stopped
    assert view.progress.ended.step > stopped
    assert "F1 on the validation pictures" in view.message.text()
    assert view.previews.list.count() > 0
    # Old and new, picture by picture.
    view.compare.click()
    dialog = again.window._dialogs[CompareDialog]
    qtbot.waitUntil(lambda: dialog.table.rowCount() == 2)
    assert "axes" in dialog.text.text()
    qtbot.waitUntil(lambda: None not in dialog.wipe._images)
    dialog.slider.setValue(250)
    assert dialog.wipe.place == 0.25
    dialog.close()
    # The new model answers.
    view.use.click()
    qtbot.waitUntil(lambda: folder.name in again.session.workspace.settings.detection.model)
    kept = Path(again.session.workspace.settings.detection.model)
    assert kept.parent == home / "data" / "models"
    assert kept.read_bytes() == (folder / "best.safetensors").read_bytes()
    qtbot.waitUntil(lambda: again.session.workspace.model.info.name == kept.stem)
    again.window.actions_by_id["detect"].trigger()
    qtbot.waitUntil(lambda: source.calls[-1][0] == kept.stem)
