"""The Evaluate panel in the real window, with the real child process."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QProcess, Qt

from clipsym_core.data.annotation import AnnotatedPicture, Annotation
from clipsym_core.data.convert import export
from clipsym_core.evaluate.report import read_report
from clipsym_core.symmetry import ReflectionAxis
from symviewer.services.evaluation_service import EvaluationService, new_folder
from symviewer.services.session import Session
from tests.core.evaluate.oracles import Silent


@pytest.fixture
def dataset(pictures, tmp_path) -> Path:
    """The five pictures with their upright axis, made smaller."""
    records = []
    for path in pictures:
        file = Path(path)
        Image.open(file).resize((96, 72)).save(file)
        axis = Annotation(ReflectionAxis(((48, 4), (48, 68))))
        records.append(AnnotatedPicture(file.name, (96, 72), (axis,), state="verified", file=file))
    export(records, tmp_path / "dataset", "native")
    return tmp_path / "dataset"


@pytest.fixture
def panel(start, qtbot, dataset):
    """The panel, shown, with the dataset and the proposals without a network chosen."""
    app = start(str(dataset))
    qtbot.waitUntil(lambda: len(app.session.workspace.pictures) == 5 and app.session.idle)
    app.window.actions_by_id["evaluate"].trigger()
    panel = app.window.evaluate
    qtbot.waitUntil(lambda: panel.setup.models.count() > 0)
    panel.setup.choose_data(str(dataset))
    tick(panel, "features")
    panel.app = app
    return panel


def tick(panel, *names: str) -> None:
    """Choose these models and no others."""
    for i in range(panel.setup.models.count()):
        item = panel.setup.models.item(i)
        chosen = item.data(Qt.ItemDataRole.UserRole) in names
        item.setCheckState(Qt.CheckState.Checked if chosen else Qt.CheckState.Unchecked)


def wait_for_end(panel, qtbot) -> None:
    qtbot.waitUntil(lambda: not panel.service.running, timeout=200_000)


def test_an_evaluation_from_the_button_to_the_picture(panel, qtbot):
    window, setup = panel.app.window, panel.setup
    setup.limit.setValue(2)
    assert setup.chosen == ("features",)
    assert panel.run.isEnabled()
    assert not panel.report.isEnabled()
    qtbot.mouseClick(panel.run, Qt.MouseButton.LeftButton)
    assert panel.service.running
    assert panel.bar.isVisible()
    assert not panel.run.isVisible()
    # The window goes on: another picture is shown while the process works.
    panel.app.session.workspace.pictures.select(3)
    qtbot.waitUntil(lambda: window.windowTitle().startswith("p4"))
    wait_for_end(panel, qtbot)
    qtbot.waitUntil(lambda: panel.report.isEnabled())
    assert panel.tabs.currentWidget() is panel.numbers
    assert panel.numbers.headerItem().text(1) == "features"
    groups = [panel.numbers.topLevelItem(i).text(0) for i in range(panel.numbers.topLevelItemCount())]
    assert groups == ["Drawn shapes", "Axes", "Cost"]
    assert "dataset: 2 pictures" in panel.status.text()
    panel.tabs.setCurrentWidget(panel.curves)
    assert panel.curves.choice.count() == 2
    assert len(panel.curves.plot.getPlotItem().listDataItems()) == 2
    panel.tabs.setCurrentWidget(panel.pictures)
    table = panel.pictures.table
    errors = [float(table.model().index(row, 1).data()) for row in range(2)]
    assert errors == sorted(errors, reverse=True)
    wanted = table.model().index(1, 0).data()
    table.clicked.emit(table.model().index(1, 0))
    qtbot.waitUntil(lambda: window.windowTitle().startswith(Path(wanted).stem))
    assert len(panel.app.session.workspace.pictures) == 5


def test_cancel_ends_the_process_and_leaves_no_report(panel, qtbot):
    panel._begin()
    folder = panel.service._folder
    panel.cancel.click()
    wait_for_end(panel, qtbot)
    assert "Cancelled" in panel.status.text()
    assert panel.run.isVisible()
    assert not (folder / "report.json").exists()
    assert not panel.report.isEnabled()


def test_data_without_a_truth_are_explained(panel, qtbot, dataset):
    for file in dataset.glob("*.sym.json"):
        record = json.loads(file.read_text())
        file.write_text(json.dumps({**record, "shapes": [], "state": "none"}))
    panel._begin()
    wait_for_end(panel, qtbot)
    qtbot.waitUntil(lambda: panel.app.window.error_dialog.isVisible())
    assert "There is no truth" in panel.app.window.error_dialog.problem.what
    assert "There is no truth" in panel.status.text()
    panel.app.window.error_dialog.close()


def test_nothing_can_start_without_a_model_or_data(panel, dataset):
    tick(panel)
    assert not panel.run.isEnabled()
    tick(panel, "features")
    assert panel.run.isEnabled()
    # The folder's own project has no verified picture yet.
    panel.setup.data.setCurrentIndex(panel.setup.data.findData("project"))
    assert not panel.run.isEnabled()
    assert "verify some" in panel.setup.note.text()
    assert panel.setup.request(Path("out")) is None
    # The sample pictures are always there.
    panel.setup.data.setCurrentIndex(panel.setup.data.findData("samples"))
    assert panel.run.isEnabled()
    assert panel.setup.request(Path("out")).data == Path("samples")


def test_the_project_is_evaluated_on_its_verified_pictures(panel, qtbot, tmp_path):
    from symviewer.model import commands
    from symviewer.model.annotation import ReviewState

    session: Session = panel.app.session
    document, stack = session.document, session.stack
    first, second, *_ = document
    for picture in (first, second):
        stack.push(commands.add(document, picture, [ReflectionAxis(((48, 4), (48, 68)))]))
    stack.push(commands.set_state(document, (first,), ReviewState.VERIFIED))
    panel.setup.refresh()
    panel.setup.data.setCurrentIndex(panel.setup.data.findData("project"))
    assert "1 verified picture" in panel.setup.data.currentText()
    request = panel.setup.request(tmp_path / "out")
    assert request is not None
    assert request.verified_only
    # What was just drawn is measured, by another process, while the project is open here.
    panel._begin()
    wait_for_end(panel, qtbot)
    qtbot.waitUntil(lambda: panel.report.isEnabled())
    report = read_report(panel._folder / "report.json")
    assert report.data.format == "project"
    assert [Path(info.file).name for info in report.data.pictures] == [Path(document.entry(first).path).name]
    assert report.data.axes == 1


def test_an_earlier_report_is_shown_and_a_broken_one_explained(panel, qtbot, tmp_path, dataset):
    from clipsym_core.evaluate.run import evaluate
    from clipsym_core.evaluate.source import load_data

    out = tmp_path / "earlier"
    evaluate([Silent(), Silent("other")], load_data(dataset)).save(out / "report.json")
    panel.show_report(out)
    assert panel.pictures.model.rowCount() == 5
    assert [panel.numbers.headerItem().text(i) for i in (1, 2)] == ["silent", "other"]
    assert read_report(out / "report.json").models[0].name == panel.pictures.choice.currentText()
    (out / "report.json").write_text("{}")
    panel.show_report(out)
    qtbot.waitUntil(lambda: panel.app.window.error_dialog.isVisible())
    assert "Cannot read the evaluation" in panel.app.window.error_dialog.problem.what
    panel.app.window.error_dialog.close()


def test_closing_the_window_ends_the_process(panel, qtbot):
    panel._begin()
    process = panel.service._process
    assert process is not None
    panel.app.close()
    assert not panel.service.running
    assert process.state() is QProcess.ProcessState.NotRunning


def test_a_process_that_dies_is_explained(qtbot, home, monkeypatch, dataset, tmp_path):
    from clipsym_core.evaluate.request import EvaluationRequest

    service = EvaluationService()
    problems = []
    service.failed.connect(problems.append)
    request = EvaluationRequest(models=("features",), data=dataset, out=tmp_path / "out")
    monkeypatch.setattr("symviewer.services.evaluation_service.sys.executable", str(tmp_path / "no-python"))
    service.begin(request)
    qtbot.waitUntil(lambda: len(problems) == 1)
    assert not service.running
    monkeypatch.undo()
    service.begin(request)
    service._process.kill()
    qtbot.waitUntil(lambda: len(problems) == 2)
    assert "without a result" in problems[1].what
    (tmp_path / "file").touch()
    service.begin(request.model_copy(update={"out": tmp_path / "file" / "out"}))
    assert "Cannot write" in problems[2].what


def test_folders_of_reports_have_plain_names_of_their_own(home):
    first = new_folder("a/b: c?")
    assert "a-b- c-" in first.name
    first.mkdir(parents=True)
    assert new_folder("a/b: c?") != first
