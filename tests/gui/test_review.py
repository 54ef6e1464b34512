"""The review loop: from picture to picture by keyboard alone, filter and order of the list, trash, long undo."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMessageBox

from clipsym_core.symmetry import Detection, ReflectionAxis
from symviewer.model import commands
from symviewer.model.annotation import ReviewState
from symviewer.model.picture_order import Ordering, RowState
from symviewer.model.pictures import PictureState
from symviewer.views.dialogs.batch_dialog import BatchDialog
from symviewer.views.panels.file_list_model import RowRole

COUNT = 20


@pytest.fixture
def twenty(tmp_path: Path) -> Path:
    folder = tmp_path / "twenty"
    folder.mkdir()
    for i in range(COUNT):
        Image.fromarray(np.full((48, 64, 3), 250 - 10 * i, dtype=np.uint8)).save(folder / f"{i:02}.png")
    return folder


@pytest.fixture
def opened(start, qtbot, twenty):
    app = start(str(twenty))
    qtbot.waitUntil(lambda: len(app.session.workspace.pictures) == COUNT and app.session.idle)
    app.window.activateWindow()
    qtbot.waitUntil(lambda: app.session.workspace.image is not None)
    app.window.canvas.setFocus()
    return app


def press(key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    """A key where the focus is, as from a keyboard."""
    widget = QApplication.focusWidget()
    assert widget is not None, "nothing has the focus"
    QTest.keyClick(widget, key, modifiers)


def entries(app) -> list:
    return list(app.session.document.entries())


def test_twenty_pictures_by_keyboard_alone(opened, qtbot, twenty, start):
    """Detect in all, then for each picture: accept the best, reject the next, nudge, verify, go on."""
    workspace = opened.session.workspace
    ctrl_shift = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    press(Qt.Key.Key_I, ctrl_shift)
    dialog = opened.window._dialogs[BatchDialog]
    qtbot.waitUntil(lambda: dialog.isVisible() and dialog.start.hasFocus())
    with qtbot.waitSignal(opened.session.batch.finished, timeout=60_000):
        press(Qt.Key.Key_Return)
    assert "Looked at 20 pictures" in dialog._text.text()
    qtbot.waitUntil(lambda: dialog.shut.hasFocus())
    press(Qt.Key.Key_Escape)
    assert not dialog.isVisible()
    opened.window.activateWindow()  # what a window manager does
    qtbot.waitUntil(lambda: QApplication.focusWidget() is not None)
    opened.window.canvas.setFocus()
    seen = []
    for _ in range(COUNT):
        path = workspace.pictures.current_picture.path
        seen.append(path)
        qtbot.waitUntil(lambda path=path: workspace.image.path == path and opened.session.idle)
        best = workspace.shown[0]
        press(Qt.Key.Key_Return)  # selects the best one
        press(Qt.Key.Key_Return)  # accepts it
        assert [a.shape for a in workspace.annotations] == [best.shape]
        press(Qt.Key.Key_X)  # rejects the next one, which is selected then
        press(Qt.Key.Key_M)
        assert workspace.desk.entry(path).state is ReviewState.VERIFIED
        press(Qt.Key.Key_N)
    assert len(set(seen)) == COUNT
    assert "No other picture" in opened.window.status.currentMessage()
    assert [(e.state, e.annotations, e.suggestions) for e in entries(opened)] == [(ReviewState.VERIFIED, 1, 4)] * COUNT
    qtbot.waitUntil(lambda: "20 verified of 20 pictures" in opened.window.files._count.text())
    opened.close()
    again = start(str(twenty))
    qtbot.waitUntil(lambda: len(again.session.workspace.pictures) == COUNT and again.session.idle)
    assert [(e.state, e.annotations, e.suggestions) for e in entries(again)] == [(ReviewState.VERIFIED, 1, 4)] * COUNT


def test_previous_to_review_goes_round(opened):
    workspace = opened.session.workspace
    press(Qt.Key.Key_N, Qt.KeyboardModifier.ShiftModifier)
    assert workspace.pictures.current == COUNT - 1
    assert "Round the end" in opened.window.status.currentMessage()


def test_a_verified_picture_leaves_the_filtered_list_when_it_is_left(opened, qtbot):
    workspace, files = opened.session.workspace, opened.window.files
    files.filter.states.setCurrentIndex(files.filter.states.findData("unverified"))
    press(Qt.Key.Key_M)
    assert files.list.model().rowCount() == COUNT
    assert files.list.currentIndex().row() == 0
    press(Qt.Key.Key_D)
    assert workspace.pictures.current == 1
    qtbot.waitUntil(lambda: files.list.model().rowCount() == COUNT - 1)
    assert files.list.currentIndex().row() == 0
    files.filter.states.setCurrentIndex(files.filter.states.findData("verified"))
    assert [files.list.model().index(row, 0).data() for row in range(files.list.model().rowCount())] == ["00.png"]
    assert workspace.pictures.current == 1  # filtering does not change the picture
    qtbot.waitUntil(lambda: "1 shown; 1 verified" in files._count.text())


def test_the_list_is_ordered_by_disagreement_and_next_follows_it(opened, qtbot):
    workspace, files, queue = opened.session.workspace, opened.window.files, opened.session.disagreement
    assert not files.measuring.isVisible()
    press(Qt.Key.Key_M, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: queue.run.active or workspace.desk.entry(workspace.pictures[0].path).disagreement)
    qtbot.waitUntil(lambda: not queue.run.active)
    files.filter.orders.setCurrentIndex(files.filter.orders.findData(Ordering.DISAGREEMENT.name))
    names = [files.list.model().index(row, 0).data() for row in range(COUNT)]
    assert names == [f"{i:02}.png" for i in range(COUNT)]  # the darker, the less the stub contradicts itself
    workspace.desk.document.measure(workspace.desk.find(workspace.pictures[COUNT - 1].path), 1.0, "m")
    qtbot.waitUntil(lambda: files.list.model().index(0, 0).data() == "19.png")
    assert files.list.currentIndex().row() == 1
    press(Qt.Key.Key_A)
    assert workspace.pictures.current == COUNT - 1
    assert "disagreement 1.00" in files.list.model().index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole)


def test_measuring_is_paused_and_gone_on_with_from_the_panel(opened, qtbot, source):
    files, queue = opened.window.files, opened.session.disagreement
    source.measure_gate.clear()
    opened.window.actions_by_id["measure_disagreement"].trigger()
    qtbot.waitUntil(files.measuring.isVisible)
    assert files.measuring.pause.accessibleName().startswith("Pause")
    files.measuring.pause.click()
    assert queue.run.progress.paused
    assert files.measuring.pause.accessibleName().startswith("Go on")
    source.measure_gate.set()
    opened.window.actions_by_id["measure_disagreement"].trigger()
    assert not queue.run.progress.paused
    qtbot.waitUntil(lambda: not queue.run.active)
    assert not files.measuring.isVisible()


def test_kinds_filter_the_list(opened):
    session, files = opened.session, opened.window.files
    picture = session.workspace.desk.find(session.workspace.pictures[5].path)
    axis = Detection(ReflectionAxis(((1.0, 1.0), (30.0, 30.0))), 0.5, "m")
    session.stack.push(commands.add_suggestions(session.document, picture, [axis]))
    shown = files.filter.kinds
    looked_at = {f"{i:02}.png" for i, p in enumerate(session.workspace.pictures) if p.state is PictureState.DONE}
    shown.setCurrentIndex(1)
    names = {files.list.model().index(row, 0).data() for row in range(files.list.model().rowCount())}
    assert names == looked_at | {"05.png"}


def test_rows_tell_their_state_in_words_and_form(opened, qtbot):
    """Every state is drawn differently, also without color."""
    from PySide6.QtCore import QPointF
    from PySide6.QtGui import QColor, QImage, QPainter

    from symviewer.views.panels.state_dot import draw_dot

    drawn = set()
    for state in RowState:
        image = QImage(20, 20, QImage.Format.Format_Grayscale8)
        image.fill(QColor("white"))
        painter = QPainter(image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        draw_dot(painter, QPointF(10, 10), state)
        painter.end()
        drawn.add(tuple(image.pixelColor(x, y).value() < 200 for x in range(20) for y in range(20)))
    assert len(drawn) == len(RowState)
    row = opened.window.files.list.model().index(0, 0).data(RowRole)
    assert row.state is RowState.SUGGESTED
    assert row.entry.suggestions == 6


def test_a_file_goes_to_the_trash_after_a_question(opened, qtbot, monkeypatch):
    workspace, trash = opened.session.workspace, opened.session.trash
    victim = workspace.pictures.current_picture.path
    asked: list[str] = []

    def move(path: str) -> None:  # the trash of this computer is left alone
        asked.append(path)
        Path(path).unlink()
        trash.moved.emit(path)

    monkeypatch.setattr(trash, "move", move)
    opened.window.actions_by_id["trash_picture"].trigger()
    box = next(box for box in opened.window.findChildren(QMessageBox) if box.isVisible())
    assert box.defaultButton().text().replace("&", "") == "Cancel"
    box.defaultButton().click()
    assert asked == []
    opened.window.actions_by_id["trash_picture"].trigger()
    box = next(box for box in opened.window.findChildren(QMessageBox) if box.isVisible())
    next(b for b in box.buttons() if "trash" in b.text()).click()
    assert asked == [victim]
    assert len(workspace.pictures) == COUNT - 1
    assert workspace.pictures.current_picture.name == "01.png"
    assert opened.window.files.list.currentIndex().data() == "01.png"
    qtbot.waitUntil(lambda: workspace.image is not None and workspace.image.path.endswith("01.png"))


def test_a_second_window_looks_and_measures_but_changes_nothing(opened, start, twenty, qtbot):
    second = start(str(twenty))
    session = second.session
    qtbot.waitUntil(lambda: len(session.workspace.pictures) == COUNT and session.idle)
    second.window.actions_by_id["toggle_verified"].trigger()
    assert "Another window" in second.window.status.currentMessage()
    second.window.actions_by_id["detect_range"].trigger()
    dialog = second.window._dialogs[BatchDialog]
    assert not dialog.start.isEnabled()
    assert "Another window" in dialog._note.text()
    second.window.actions_by_id["measure_disagreement"].trigger()
    qtbot.waitUntil(lambda: not session.disagreement.run.active)
    assert all(entry.disagreement is not None for entry in entries(second))
    assert all(entry.disagreement is None for entry in entries(opened))
    assert all(entry.state is not ReviewState.VERIFIED for entry in entries(second))


def test_the_service_of_the_trash_says_why_not(qtbot, tmp_path, no_leftovers):
    from symviewer.services.trash import Trash

    trash = Trash()
    failed = []
    trash.failed.connect(lambda path, problem: failed.append((Path(path).name, problem.what)))
    for number in range(3):  # faster than they can be moved: none is passed over
        trash.move(str(tmp_path / f"nothing{number}.png"))
    qtbot.waitUntil(lambda: len(failed) == 3)
    assert [name for name, _ in failed] == ["nothing0.png", "nothing1.png", "nothing2.png"]
    assert all("cannot be moved to the trash" in what for _, what in failed)
    assert trash.stop()


def test_a_long_undo_goes_on_between_other_events(opened, qtbot):
    session = opened.session
    session.long_steps._part = 10
    with qtbot.waitSignal(session.batch.finished, timeout=60_000):
        session.batch.begin(picture.path for picture in session.workspace.pictures)
    before = [e.suggestions for e in entries(opened)]
    session.undo()
    assert session.workspace.background.text.startswith("Undo and redo: ")
    assert [e.suggestions for e in entries(opened)] == before  # it has not begun: the window is free at once
    qtbot.waitUntil(lambda: not session.long_steps.progress.active)
    assert sum(e.suggestions for e in entries(opened)) < sum(before) / 2
    session.redo()
    qtbot.waitUntil(lambda: session.stack.undo_size > 20)
    opened.window.actions_by_id["cancel"].trigger()
    assert not session.long_steps.progress.active
    half = [e.suggestions for e in entries(opened)]
    assert sum(half) < sum(before)
    session.redo()
    qtbot.waitUntil(lambda: not session.long_steps.progress.active)
    assert [e.suggestions for e in entries(opened)] == before
