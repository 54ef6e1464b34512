"""Datasets in and out through the window: what a person sees, and what is on disk and in the project afterwards."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMessageBox

from clipsym_core.data.convert import read_dataset
from clipsym_core.symmetry import ReflectionAxis, RotationCenter
from symviewer.model import commands
from symviewer.model.annotation import AnnotationState, ReviewState
from symviewer.views.dialogs.datasets.export_dialog import ExportDialog
from symviewer.views.dialogs.datasets.import_dialog import BESIDE, HERE, ImportDialog

AXIS = ReflectionAxis(((160.0, 20.0), (160.0, 220.0)))
CENTER = RotationCenter(100.0, 90.0, 5)


def labelme(path: Path, *points: list[list[float]], **changes) -> Path:
    """A labelme file of axes beside the picture at `path`."""
    shapes = [{"label": "reflection", "shape_type": "line", "points": p, "flags": {"a": True}} for p in points]
    data = {"imagePath": path.name, "imageWidth": 320, "imageHeight": 240, "imageData": None, "shapes": shapes}
    file = path.with_suffix(".json")
    file.write_text(json.dumps(data | changes))
    return file


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    """Two good pictures, one whose file is cut off, one without its picture, one with a shape that is none."""
    folder = tmp_path / "from colleague"
    folder.mkdir()
    for name in ("a", "b", "cut", "bad"):
        Image.new("RGB", (320, 240), (90, 140, 200)).save(folder / f"{name}.png")
    labelme(folder / "a.png", [[160, 20], [160, 220]], [[10, 100], [300, 110]])
    labelme(folder / "b.png", [[30, 30], [90, 200]])
    cut = labelme(folder / "cut.png", [[1, 2], [3, 4]])
    cut.write_text(cut.read_text()[:60])
    labelme(folder / "gone.png", [[1, 2], [3, 4]])
    labelme(folder / "bad.png", [[1, 2], [float("nan"), 4]], [[20, 20], [40, 200]])
    return folder


@pytest.fixture
def importing(app, qtbot):
    """Opens the dialog on a dataset, waits for the preview."""

    def open_dialog(source: Path) -> ImportDialog:
        app.window.actions_by_id["import_dataset"].trigger()
        dialog = app.window._dialogs[ImportDialog]
        dialog.begin(str(source))
        qtbot.waitUntil(lambda: "Reading" not in dialog.contents.summary.text() and dialog._look is not None)
        qtbot.waitUntil(lambda: dialog._look is None or dialog._look.preview.finished)
        return dialog

    return open_dialog


@pytest.fixture
def exporting(app, qtbot):
    """Opens the dialog, waits for the preview."""

    def open_dialog() -> ExportDialog:
        app.window.actions_by_id["export_dataset"].trigger()
        dialog = app.window._dialogs[ExportDialog]
        settle(qtbot, dialog)
        return dialog

    return open_dialog


def settle(qtbot, dialog: ExportDialog) -> None:
    qtbot.waitUntil(lambda: not dialog._settle.isActive())
    qtbot.waitUntil(lambda: dialog._look is not None and dialog._look.preview.finished)


def ended(qtbot, dialog: ImportDialog | ExportDialog) -> str:
    qtbot.waitUntil(lambda: dialog.pages.currentIndex() == 1 and not dialog.busy)
    return dialog.report.title.text()


def annotate(app, verified: tuple[int, ...] = ()) -> list[int]:
    """The first three pictures get an axis and a center; some are verified."""
    session = app.session
    document = session.document
    ids = [document.find(f"p{i}.png") for i in range(1, 6)]
    for picture in ids[:3]:
        session.stack.push(commands.add(document, picture, [AXIS, CENTER]))
    session.stack.push(commands.set_state(document, [ids[i] for i in verified], ReviewState.VERIFIED))
    return ids


# -- in ---------------------------------------------------------------------------------------------------------------


def test_a_colleagues_annotations_come_into_the_open_project_in_one_step(app, qtbot, dataset, importing):
    steps = app.session.stack.steps
    dialog = importing(dataset)
    assert dialog.target.currentData() == HERE
    text = dialog.contents.summary.text()
    assert "Labelme JSON: 3 pictures, 4 axes" in text
    assert "3 things will be left out" in text
    assert dialog.contents.samples.count() == 3
    dialog.start()
    assert "4 annotations on 3 pictures" in ended(qtbot, dialog)
    entries = dialog.report.model.entries
    assert {Path(e.file).name for e in entries if e.kind == "skipped"} == {"cut.json", "gone.json", "bad.json"}
    assert all(e.place or e.message for e in entries)
    document = app.session.document
    a = document.find((dataset / "a.png").as_posix())
    drawn = document.annotations(a)
    assert [x.state for x in drawn] == [AnnotationState.IMPORTED] * 2
    assert drawn[0].extra["labelme"]["flags"] == {"a": True}
    assert document.entry(a).state is ReviewState.VERIFIED
    assert app.session.workspace.pictures.index_of(str(dataset / "a.png")) >= 0
    assert app.session.stack.steps == steps + 1
    dialog.close()
    app.window.actions_by_id["undo"].trigger()
    assert document.annotations(a) == ()


def test_a_dataset_opens_as_a_project_beside_its_pictures(app, qtbot, dataset, importing):
    dialog = importing(dataset)
    dialog.target.setCurrentIndex(dialog.target.findData(BESIDE))
    dialog.start()
    ended(qtbot, dialog)
    qtbot.waitUntil(lambda: app.session.idle)
    assert app.session.project.project.folder == dataset
    assert (dataset / "symviewer.symproj").is_file()
    a = app.session.document.find("a.png")
    assert len(app.session.document.annotations(a)) == 2
    assert len(app.session.workspace.pictures) == 4
    assert [len(p.annotations) for p in read_dataset(dataset / "symviewer.symproj")] == [2, 1, 1]


def test_cancelling_takes_everything_back(app, qtbot, tmp_path, importing):
    folder = tmp_path / "many"
    folder.mkdir()
    for i in range(230):
        Image.new("RGB", (32, 24)).save(folder / f"{i:03}.png")
        labelme(folder / f"{i:03}.png", [[1, 2], [30, 20]], imageWidth=32, imageHeight=24)
    steps = app.session.stack.steps
    dialog = importing(folder)
    imports = app.session.datasets.imports
    imports.progress.connect(lambda read: dialog.close_button.click() if read >= 50 else None)
    dialog.start()
    assert "nothing was imported" in ended(qtbot, dialog)
    document = app.session.document
    assert all(not entry.annotations for entry in document.entries())
    assert app.session.stack.steps == steps
    # and again, to the end
    imports.progress.disconnect()
    imports.progress.connect(dialog._on_progress)
    dialog = importing(folder)
    dialog.start()
    assert "230 annotations on 230 pictures" in ended(qtbot, dialog)
    assert app.session.stack.steps == steps + 1


def test_nothing_and_nonsense_are_said_not_imported(app, qtbot, tmp_path, importing):
    (tmp_path / "empty").mkdir()
    app.window.actions_by_id["import_dataset"].trigger()
    dialog = app.window._dialogs[ImportDialog]
    for source, words in ((tmp_path / "empty", "Choose its format"), (tmp_path / "nowhere", "does not exist")):
        dialog.begin(str(source))
        qtbot.waitUntil(lambda words=words: words in dialog.contents.summary.text())
        assert not dialog.run.isEnabled()
    coco = tmp_path / "annotations.json"
    coco.write_text('{"images": [{"id": 1, "file_name": "../x.png", "width": 3, "height": 3}], "annotations": []}')
    dialog = importing(coco)
    assert "0 pictures" in dialog.contents.summary.text()
    assert not dialog.run.isEnabled()


def test_annotations_find_their_pictures_in_another_folder(app, qtbot, pictures, tmp_path, importing):
    table = tmp_path / "table.csv"
    table.write_text("file,kind,points,order\np1.png,axis,160 20; 160 220,\np2.png,center,90 100,4\n")
    dialog = importing(table)
    assert "name their folder" in dialog.contents.summary.text()
    dialog.images.setText(str(Path(pictures[0]).parent))
    dialog.images.editingFinished.emit()
    qtbot.waitUntil(lambda: dialog.run.isEnabled())
    dialog.start()
    assert "2 annotations on 2 pictures" in ended(qtbot, dialog)
    document = app.session.document
    assert [a.shape for a in document.annotations(document.find("p1.png"))] == [AXIS]


# -- out --------------------------------------------------------------------------------------------------------------


def test_verified_pictures_go_out_and_come_back_the_same(app, qtbot, tmp_path, exporting):
    annotate(app, verified=(0, 1, 4))
    dialog = exporting()
    assert dialog.contents.summary.text().startswith("To export: 3 pictures, 2 axes, 2 centers")
    dialog.form.format.setCurrentIndex(dialog.form.format.findData("coco"))
    dialog.form.splits.setCurrentIndex(dialog.form.splits.findData("picture"))
    dialog.form.target.setText(str(tmp_path / "out"))
    settle(qtbot, dialog)
    dialog.start()
    assert "3 written (2 axes, 2 centers)" in ended(qtbot, dialog)
    found = {p.path: p for p in read_dataset(tmp_path / "out")}
    assert found["p1.png"].shapes == (AXIS, CENTER)
    assert set(found) == {"p1.png", "p2.png", "p5.png"}
    assert found["p5.png"].shapes == ()
    assert all(p.split for p in found.values())
    assert not list(tmp_path.glob(".out*"))


def test_an_export_is_never_silently_empty(app, qtbot, tmp_path, exporting):
    dialog = exporting()
    assert "No picture is verified yet" in dialog.contents.summary.text()
    assert not dialog.run.isEnabled()
    ids = annotate(app)
    dialog.form.which.setCurrentIndex(1)
    settle(qtbot, dialog)
    assert dialog.run.isEnabled()
    document = app.session.document
    axes = [a.id for p in ids for a in document.annotations(p) if isinstance(a.shape, ReflectionAxis)]
    for picture in ids:
        app.session.stack.push(commands.remove(document, picture, axes))
    dialog.form.format.setCurrentIndex(dialog.form.format.findData("sdrw"))
    dialog.begin()
    settle(qtbot, dialog)
    assert "no place for 3 rotation centers" in dialog.form.losses.text()
    dialog.form.target.setText(str(tmp_path / "out"))
    dialog.start()
    assert "Nothing was exported" in ended(qtbot, dialog)
    assert not (tmp_path / "out").exists()
    dialog.report.copy.click()
    assert "cannot hold" in QGuiApplication.clipboard().text()
    dialog.report.save_to(tmp_path / "report.jsonl")
    assert {json.loads(line)["kind"] for line in (tmp_path / "report.jsonl").read_text().splitlines()} >= {"lost"}


def test_suggestions_go_out_only_when_asked_for(app, qtbot, tmp_path, exporting):
    annotate(app)
    dialog = exporting()
    form = dialog.form
    form.which.setCurrentIndex(1)
    for choice, expected in (("drop", 0), ("keep", 6), ("accept", 0)):
        form.suggestions.setCurrentIndex(form.suggestions.findData(choice))
        settle(qtbot, dialog)
        assert dialog._look.preview.stats.suggestions > 0 if expected else not dialog._look.preview.stats.suggestions
    assert dialog._look.preview.stats.shapes["axis"] > 3


def test_what_is_there_is_replaced_only_after_a_question(app, qtbot, tmp_path, exporting, monkeypatch):
    annotate(app, verified=(0,))
    out = tmp_path / "out"
    out.mkdir()
    (out / "precious.txt").write_text("mine")
    dialog = exporting()
    dialog.form.target.setText(str(out))
    asked: list[str] = []

    def answer(role):
        def exec_box(box: QMessageBox) -> None:
            asked.append(box.text())
            button = next(b for b in box.buttons() if box.buttonRole(b) is role)
            monkeypatch.setattr(QMessageBox, "clickedButton", lambda _self: button)

        return exec_box

    monkeypatch.setattr(QMessageBox, "exec", answer(QMessageBox.ButtonRole.RejectRole))
    dialog.start()
    assert not dialog.busy
    assert "1 files" in asked[0]
    monkeypatch.setattr(QMessageBox, "exec", answer(QMessageBox.ButtonRole.DestructiveRole))
    dialog.start()
    assert "Exported to" in ended(qtbot, dialog)
    assert not (out / "precious.txt").exists()
    # The folder of the pictures themselves is never replaced.
    dialog = exporting()
    dialog.form.target.setText(str(app.session.project.project.folder))
    dialog.start()
    assert "would replace what it reads" in ended(qtbot, dialog)
    assert app.session.project.project.path.is_file()


def test_an_export_that_is_cancelled_leaves_nothing(app, qtbot, tmp_path, exporting):
    annotate(app, verified=(0, 1, 2))
    dialog = exporting()
    dialog.form.target.setText(str(tmp_path / "out"))
    dialog.start()
    dialog.close_button.click()
    text = ended(qtbot, dialog)
    assert "nothing was left behind" in text
    assert not (tmp_path / "out").exists()
    assert not list(tmp_path.glob(".out*"))
