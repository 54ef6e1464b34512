"""The Train panel on runs whose events are written here: what it shows, and what its buttons do to the folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QApplication, QMessageBox

from clipsym_core.train.events import (
    CheckpointSaved,
    Ended,
    ErrorEvent,
    EventWriter,
    Preview,
    Scores,
    Started,
    Step,
    Validated,
    WarningEvent,
)
from clipsym_core.train.run_file import load_run_file
from symviewer.model.training import RunState
from symviewer.store.paths import runs_folder
from symviewer.store.runs import PROCESS, remember_process
from symviewer.views.dialogs.leave_training import may_leave_training
from symviewer.views.panels.train.panel import TrainPanel


class FakeRun:
    """A run's folder, and a process that does nothing for it."""

    def __init__(self, root: Path, name: str) -> None:
        self.folder = root / name
        (self.folder / "previews").mkdir(parents=True)
        (self.folder / "run.json").write_text('{"accumulate": 2}')
        self.writer = EventWriter(self.folder)
        self.process: subprocess.Popen | None = None

    def start(self, **values) -> None:
        """A process begins to live for it."""
        self.process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        remember_process(self.folder, self.process.pid)
        self.writer.write(
            Started(
                run=str(self.folder), pid=self.process.pid, total_steps=100, epochs=10, steps_per_epoch=10,
                device="cpu", precision="fp32", train=8, val=2, **values,
            )
        )  # fmt: skip

    def steps(self, first: int, last: int) -> None:
        for step in range(first, last + 1):
            self.writer.write(
                Step(
                    step=step, epoch=step / 10, loss=1.0 / step, rate=1e-3, images_per_second=12.5, seconds_left=90.0,
                    memory=512_000_000,
                )
            )  # fmt: skip

    def end(self, reason: str = "finished", **values) -> None:
        if reason:
            self.writer.write(Ended(reason=reason, step=100, **values))  # type: ignore[arg-type]
        self.kill()

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()


@pytest.fixture
def run(app, monkeypatch):
    fake = FakeRun(runs_folder(app.session.project.project.path), "2026-01-02-fine-tune")
    yield fake
    fake.kill()
    # A window that has not heard of the end yet asks what is to become of the training, and nobody would answer.
    press(monkeypatch, "Leave it running")


@pytest.fixture
def panel(app, run) -> TrainPanel:
    return app.window.train.panel


def shown(app, qtbot, run) -> TrainPanel:
    """The panel, opened after the run began: it finds it by itself."""
    app.window.actions_by_id["train"].trigger()
    panel = app.window.train.panel
    qtbot.waitUntil(lambda: panel.run_view.folder == run.folder)
    return panel


def press(monkeypatch, text: str) -> None:
    def exec_box(box: QMessageBox) -> None:
        button = next(b for b in box.buttons() if b.text().replace("&", "") == text)
        monkeypatch.setattr(QMessageBox, "clickedButton", lambda _self: button)

    monkeypatch.setattr(QMessageBox, "exec", exec_box)


def test_curves_follow_the_theme(app, qtbot, run):
    run.start()
    run.steps(1, 5)
    plots = shown(app, qtbot, run).run_view.curves._plots
    for theme in ("theme_dark", "theme_light", "theme_dark"):
        app.window.actions_by_id[theme].trigger()
        ground = QApplication.palette().color(QPalette.ColorRole.Base)
        qtbot.waitUntil(lambda ground=ground: all(p.backgroundBrush().color() == ground for p in plots.values()))


def test_a_live_run_is_found_and_followed(app, qtbot, run):
    run.start()
    run.steps(1, 30)
    view = shown(app, qtbot, run).run_view
    qtbot.waitUntil(lambda: view.curves.drawn == 30)
    assert view.state.text() == "Training …"
    for part in ("Epoch 3.0 of 10", "step 30 of 100", "12.5 pictures/s", "2 min left", "512 MB"):
        assert part in view.numbers.text()
    assert view.bar.value() == 300
    assert view.stop.isVisible()
    assert not view.resume.isVisible()
    # Half a line is no news yet.
    with run.writer.path.open("a") as file:
        file.write('{"event": "step", "step": 31, "epo')
    run.writer = EventWriter(run.folder)
    run.steps(31, 40)
    for i in range(2):
        Image.fromarray(np.full((32, 40, 3), 90 * i, np.uint8)).save(run.folder / "previews" / f"{i}.png")
        run.writer.write(Preview(step=40, epoch=4.0, name=f"p{i}.png", path=f"previews/{i}.png"))
    run.writer.write(Validated(step=40, epoch=4.0, f1=0.5, reflection_f1=0.6, rotation_f1=None, best=True))
    run.writer.write(CheckpointSaved(kind="best", path="best.safetensors", step=40))
    qtbot.waitUntil(lambda: view.curves.drawn == 40 and view.previews.list.count() == 2)
    assert "F1 0.500 (best so far)" in view.log.toPlainText()
    run.end(before=Scores(f1=0.4), after=Scores(f1=0.5), best="best.safetensors")
    qtbot.waitUntil(lambda: view.run_state is RunState.FINISHED)
    assert "0.400 before, 0.500 after" in view.message.text()
    assert view.use.isVisible()
    assert view.compare.isVisible()
    qtbot.waitUntil(lambda: not app.session.training.live)
    (run.folder / "best.safetensors").write_bytes(b"weights")
    view.use.click()
    qtbot.waitUntil(lambda: app.session.workspace.settings.detection.model.endswith("2026-01-02-fine-tune.safetensors"))


def test_many_thousand_points_are_thinned_for_the_screen(app, qtbot, run):
    run.start()
    run.steps(1, 9000)
    view = shown(app, qtbot, run).run_view
    qtbot.waitUntil(lambda: view.curves.drawn == 9000)
    view.grab()
    plot = view.curves._plots["Loss"]
    assert len(plot.listDataItems()[0].getData()[0]) < 9000
    run.end()


def test_stop_writes_the_file_that_the_trainer_looks_for(app, qtbot, run):
    run.start()
    run.steps(1, 5)
    view = shown(app, qtbot, run).run_view
    qtbot.waitUntil(lambda: view.curves.drawn == 5)
    app.window.actions_by_id["stop_training"].trigger()
    qtbot.waitUntil((run.folder / "stop").exists)
    run.end("stopped")
    qtbot.waitUntil(lambda: view.run_state is RunState.STOPPED and view.resume.isVisible())


def test_a_process_that_died_is_told_and_a_number_given_again_is_no_life(app, qtbot, run):
    run.start()
    run.steps(1, 5)
    view = shown(app, qtbot, run).run_view
    qtbot.waitUntil(lambda: view.curves.drawn == 5)
    (run.folder / "output.log").write_text('{"event": "step"}\nTraceback: killed\n')
    run.end("")
    qtbot.waitUntil(lambda: view.run_state is RunState.DIED)
    assert "without a word" in view.message.text()
    assert "Traceback: killed" in view.log.toPlainText()
    assert view.less_memory.isVisible()
    # Another process has the number by now.
    (run.folder / PROCESS).write_text(json.dumps({"pid": os.getpid(), "created": psutil.boot_time() - 10}))
    view.show_run(run.folder)
    qtbot.waitUntil(lambda: view.run_state is RunState.DIED)


def test_out_of_memory_has_advice_and_a_way_on(app, qtbot, run):
    run.start()
    run.steps(1, 2)
    view = shown(app, qtbot, run).run_view
    run.writer.write(
        ErrorEvent(what="The memory does not suffice for a batch of 8.", why="Out of memory.", remedy="Set accumulate.")
    )
    run.end("failed")
    qtbot.waitUntil(lambda: view.run_state is RunState.FAILED)
    assert "Set accumulate." in view.message.text()
    view.less_memory.click()
    qtbot.waitUntil(lambda: json.loads((run.folder / "run.json").read_text()).get("accumulate") == 4)
    # The process of the trainer says what is wrong with this made-up run, and the panel shows it.
    qtbot.waitUntil(lambda: "names no data" in view.message.text())
    assert view.run_state is RunState.FAILED
    # Closing the window would ask about a process that lives.
    qtbot.waitUntil(lambda: not app.session.training.live)


def test_discard_deletes_only_after_a_question(app, qtbot, run, monkeypatch):
    run.start()
    run.steps(1, 3)
    panel = shown(app, qtbot, run)
    view = panel.run_view
    press(monkeypatch, "Keep")
    view.cancel.click()
    assert run.folder.is_dir()
    press(monkeypatch, "Discard")
    view.cancel.click()
    qtbot.waitUntil(lambda: not run.folder.exists())
    qtbot.waitUntil(lambda: panel.runs.count() == 1 and panel.choices.isVisible())
    assert run.process.wait(60) is not None


@pytest.mark.parametrize("words", ["Keep the window open", "Stop and keep", "Leave it running", "Discard"])
def test_closing_the_window_asks_about_a_training(app, qtbot, run, monkeypatch, words):
    run.start()
    run.steps(1, 3)
    shown(app, qtbot, run)
    qtbot.waitUntil(lambda: run.folder in app.session.training.live)
    press(monkeypatch, words)
    assert may_leave_training(app.session.training, app.window) is (words != "Keep the window open")
    assert app.session.training.stop()
    assert (run.folder / "stop").exists() is (words == "Stop and keep")
    assert run.folder.exists() is (words != "Discard")
    assert (run.process.poll() is None) is (words != "Discard")
    press(monkeypatch, "Leave it running")


def test_warnings_and_a_model_that_is_no_better_are_said(app, qtbot, run):
    run.start()
    run.steps(1, 3)
    view = shown(app, qtbot, run).run_view
    run.writer.write(WarningEvent(what="A picture is left out."))
    run.writer.write(WarningEvent(what="Training made the model no better.", remedy="Keep the old one."))
    run.end(before=Scores(f1=0.6), after=Scores(f1=0.6), unchanged=True)
    qtbot.waitUntil(lambda: "Keep the old one." in view.message.text())
    assert "0.600 before, and nothing better since" in view.message.text()
    assert "left out" not in view.message.text()  # the curves need the room
    assert "1 more" in view.message.text()
    assert "left out" in view.log.toPlainText()


def test_a_run_that_nobody_follows_ends_too(app, qtbot, run):
    training = app.session.training
    training._watch.setInterval(20)
    run.start()
    panel = shown(app, qtbot, run)
    qtbot.waitUntil(lambda: run.folder in training.live)
    panel.new_training()
    assert training.followed is None
    with qtbot.waitSignal(training.ran_out) as told:
        run.kill()
    assert told.args == [run.folder]
    assert run.folder not in training.live
    qtbot.waitUntil(lambda: not training._watch.isActive())


def test_runs_of_a_project_that_was_closed_are_not_listed(app, qtbot, run):
    run.start()
    panel = shown(app, qtbot, run)
    panel._on_listed(run.folder / "other.symproj", (), None)
    assert panel.runs.findData(str(run.folder)) > 0


def test_choices_make_a_run_file_that_the_trainer_takes(app, qtbot, tmp_path):
    app.window.actions_by_id["new_training"].trigger()
    panel = app.window.train.panel
    choices = panel.choices
    project = app.session.project.project.path
    for preset in ("fine-tune", "lite-from-scratch", "authors", "paper"):
        choices.preset.setCurrentIndex(choices.preset.findData(preset))
        choices.source.setCurrentIndex(choices.source.findData("project"))
        file = tmp_path / preset / "run.json"
        file.parent.mkdir()
        file.write_text(json.dumps(choices.choices.values(project, project.parent)))
        run = load_run_file(file)
        assert (run.preset, run.folder) == (preset, str(file.parent))
        assert run.data.path == str(project)
        assert run.data.scenes is None
    choices.source.setCurrentIndex(choices.source.findData("dataset"))
    assert "Choose the folder" in choices.why.text()
    choices.dataset.setText(str(tmp_path))
    assert choices.start.isEnabled()
