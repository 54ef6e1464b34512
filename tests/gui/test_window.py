"""The window as a person uses it: opening, looking, sliders, themes, broken files, errors."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QPalette
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QPushButton,
    QSlider,
)

from clipsym_core.symmetry import ReflectionAxis, RotationCenter
from symviewer.model.actions_table import ACTIONS
from symviewer.model.pictures import PictureState
from symviewer.model.workspace import Work
from symviewer.views.panels.file_list_model import RowRole


def test_the_folder_is_listed_and_the_first_picture_is_looked_at(app, pictures):
    workspace = app.session.workspace
    assert [picture.path for picture in workspace.pictures] == pictures
    assert workspace.image is not None
    assert workspace.image.path == pictures[0]
    assert [round(d.score, 2) for d in workspace.shown] == [0.91, 0.83, 0.62, 0.55]
    assert app.window.suggestions.model.rowCount() == 4
    assert len(app.window.canvas._shapes.items) == 4
    assert app.window.windowTitle() == "p1.png - SymViewer"


def test_one_file_lists_its_folder_with_that_file_chosen(start, qtbot, pictures):
    app = start(pictures[3])
    pictures_of = app.session.workspace.pictures
    qtbot.waitUntil(lambda: len(pictures_of) == 5 and pictures_of.current == 3)
    assert app.session.workspace.settings.recent == (pictures[3],)


def test_without_arguments_the_samples_open_or_their_absence_is_said(start, qtbot, tmp_path, monkeypatch, pictures):
    monkeypatch.setattr("symviewer.services.session.sample_folder", lambda: str(Path(pictures[0]).parent))
    app = start()
    states = app.session.workspace.pictures
    qtbot.waitUntil(lambda: len(states) == 5 and all(p.state is PictureState.DONE for p in states))
    assert app.session.workspace.settings.recent == ()


@pytest.mark.parametrize("named", ["not", "absolute", "relative"])
def test_the_samples_open_on_the_butterfly(start, qtbot, tmp_path, monkeypatch, pictures, named):
    folder = Path(pictures[0]).parent
    Path(pictures[2]).rename(folder / "butterfly.jpg")
    monkeypatch.setattr("symviewer.services.session.sample_folder", lambda: str(folder))
    monkeypatch.chdir(folder.parent)  # as `make run` names them
    app = start(*{"not": [], "absolute": [str(folder)], "relative": [folder.name]}[named])
    qtbot.waitUntil(lambda: app.session.idle and app.session.workspace.image is not None)
    assert app.session.workspace.pictures.current_picture.name == "butterfly.jpg"
    assert len(app.session.workspace.pictures) == 5


def test_missing_samples_are_said(start, qtbot, monkeypatch):
    monkeypatch.setattr("symviewer.services.session.sample_folder", lambda: None)
    app = start()
    qtbot.waitUntil(lambda: app.window.error_dialog.isVisible())
    assert "sample pictures are missing" in app.window.error_dialog.problem.what
    assert app.window.page.isVisible()


def test_the_threshold_filters_without_running_the_network(app, source, qtbot):
    calls = len(source.calls)
    slider = app.window.detection.overlay.threshold
    slider.slider.setValue(20)
    assert app.window.suggestions.model.rowCount() == 5
    slider.slider.setValue(95)
    assert app.window.suggestions.model.rowCount() == 0
    assert "lower the threshold" in app.window.suggestions.empty_text
    assert len(app.window.canvas._shapes.items) == 0
    assert len(source.calls) == calls


def test_the_list_tells_hidden_suggestions_from_none(app):
    files = app.window.files.list
    row = files.model().index(0, 0).data(RowRole)
    words = files.itemDelegate()._second_line
    assert words(row) == "4 suggested"
    app.window.detection.overlay.threshold.slider.setValue(95)
    assert words(row) == "6 hidden"


def test_the_list_says_of_a_finished_picture_what_was_kept(app):
    files = app.window.files.list
    app.window.detection.overlay.threshold.slider.setValue(90)
    app.window.actions_by_id["accept_shown"].trigger()
    app.window.detection.overlay.threshold.slider.setValue(50)
    words = files.itemDelegate()._second_line
    assert words(files.model().index(0, 0).data(RowRole)) == "1 annotated, 3 suggested"
    app.window.actions_by_id["toggle_verified"].trigger()
    assert words(files.model().index(0, 0).data(RowRole)) == "1 annotated"


def test_kinds_labels_and_suggestions_can_be_hidden(app):
    workspace = app.session.workspace
    app.window.detection.overlay._kinds["axes"].setChecked(False)
    assert {type(d.shape) for d in workspace.shown}.isdisjoint({ReflectionAxis})
    app.window.actions_by_id["toggle_suggestions"].trigger()
    assert workspace.shown == ()
    assert "Press H" in app.window.suggestions.empty_text


def test_heatmap_off_and_other_kind(app, qtbot):
    window, workspace = app.window, app.session.workspace
    assert window.canvas._heatmap.isVisible()
    window.actions_by_id["toggle_heatmap"].trigger()
    assert not window.canvas._heatmap.isVisible()
    window.actions_by_id["switch_heatmap"].trigger()
    assert workspace.overlay.heatmap == "reflection"
    before = window.grab().toImage()
    window.actions_by_id["switch_heatmap"].trigger()
    assert workspace.overlay.heatmap == "rotation"
    assert window.grab().toImage() != before


def test_next_and_previous_stop_at_the_ends(app, qtbot, pictures):
    workspace = app.session.workspace
    app.window.actions_by_id["previous_picture"].trigger()
    assert workspace.pictures.current == 0
    app.window.actions_by_id["next_picture"].trigger()
    qtbot.waitUntil(lambda: workspace.image.path == pictures[1])
    app.window.actions_by_id["last_picture"].trigger()
    app.window.actions_by_id["next_picture"].trigger()
    assert workspace.pictures.current == 4
    qtbot.waitUntil(lambda: workspace.pictures[4].state is PictureState.DONE)


def test_keys_reach_the_actions(app, qtbot, pictures):
    workspace = app.session.workspace
    app.window.activateWindow()
    app.window.canvas.setFocus()
    qtbot.keyClick(app.window.canvas, Qt.Key.Key_D)
    assert workspace.pictures.current == 1
    qtbot.keyClick(app.window.canvas, Qt.Key.Key_A)
    assert workspace.pictures.current == 0
    qtbot.keyClick(app.window.canvas, Qt.Key.Key_BracketRight)
    assert workspace.overlay.threshold == pytest.approx(0.55)


def test_a_broken_picture_gets_a_red_dot_and_the_rest_goes_on(start, qtbot, pictures):
    broken = Path(pictures[0]).parent / "a_broken.png"
    broken.write_bytes(b"\x89PNG\r\n\x1a\nnonsense")
    app = start(str(broken.parent))
    workspace = app.session.workspace
    qtbot.waitUntil(lambda: len(workspace.pictures) == 6 and workspace.pictures[0].state is PictureState.FAILED)
    qtbot.waitUntil(lambda: app.window.page.title == "a_broken.png cannot be read")
    assert app.window.page.isVisible()
    assert workspace.pictures[0].problem.remedy in app.window.page.text
    assert not app.window.error_dialog.isVisible()
    app.window.actions_by_id["next_picture"].trigger()
    qtbot.waitUntil(lambda: workspace.pictures[1].state is PictureState.DONE)
    qtbot.waitUntil(app.window.canvas.isVisible)


def test_a_repaired_picture_is_looked_at(start, qtbot, pictures, tmp_path):
    good = Path(pictures[1]).read_bytes()
    Path(pictures[0]).write_bytes(b"nonsense")
    app = start(pictures[0])
    workspace = app.session.workspace
    qtbot.waitUntil(lambda: len(workspace.pictures) == 5 and workspace.pictures[0].state is PictureState.FAILED)
    Path(pictures[0]).write_bytes(good)
    workspace.pictures.step(1)
    workspace.pictures.step(-1)
    qtbot.waitUntil(lambda: workspace.pictures[0].state is PictureState.DONE)


def test_an_empty_folder_and_a_missing_file_are_explained(app, qtbot, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    app.session.open([str(empty)])
    qtbot.waitUntil(lambda: app.window.error_dialog.isVisible())
    assert app.window.error_dialog.problem.what == "There are no pictures here."
    assert len(app.session.workspace.pictures) == 5  # what was open stays open
    app.window.error_dialog.close()
    app.session.open([str(tmp_path / "missing.png")])
    qtbot.waitUntil(lambda: app.window.error_dialog.isVisible())
    assert "missing.png" in app.window.error_dialog.problem.what


def test_pictures_and_folders_can_be_dropped(app, qtbot, pictures, tmp_path):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(path) for path in pictures[1:3]])
    copy, left = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    none = Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(300, 300), copy, data, left, none)
    app.window.dragEnterEvent(enter)
    assert enter.isAccepted()
    app.window.dropEvent(QDropEvent(QPointF(300, 300), copy, data, left, none))
    workspace = app.session.workspace
    qtbot.waitUntil(lambda: [p.path for p in workspace.pictures] == pictures[1:3])
    nothing = QMimeData()
    nothing.setText("hello")
    refused = QDragEnterEvent(QPoint(300, 300), copy, nothing, left, none)
    refused.ignore()
    app.window.dragEnterEvent(refused)
    assert not refused.isAccepted()


def test_the_search_line_shortens_the_list(app, qtbot):
    files = app.window.files
    app.window.actions_by_id["find_picture"].trigger()
    qtbot.keyClicks(files.search, "p4")
    assert files.list.model().rowCount() == 1
    qtbot.waitUntil(lambda: "1 shown" in files._count.text())
    files.search.clear()
    assert files.list.model().rowCount() == 5
    assert files.list.currentIndex().row() == 0


def test_table_and_canvas_select_the_same(app, qtbot):
    window, workspace = app.window, app.session.workspace
    window.suggestions.table.selectRow(1)
    assert isinstance(workspace.selected.shape, RotationCenter)
    strong = [item for item in window.canvas._shapes.items.values() if item.is_strong]
    assert [item.holder for item in strong] == [workspace.selected]
    assert window.suggestions._evidence.title() == "Center 0.83, from clipsym-lite"
    assert window.suggestions.evidence == "Order: 0.70"
    axis = workspace.shown[2].shape  # the level one
    at = window.canvas.mapFromScene(QPointF(*axis.points[0]) + QPointF(20, 0))
    qtbot.mouseClick(window.canvas.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert workspace.selected is not None
    assert workspace.selected.shape == axis
    assert window.suggestions.table.currentIndex().row() == 2
    assert window.actions_by_id["snap"].isEnabled()
    qtbot.mouseClick(window.canvas.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(3, 3))
    assert workspace.selected is None
    assert not window.actions_by_id["snap"].isEnabled()


def test_dismissed_suggestions_come_back_when_looked_at_again(app, qtbot, source):
    workspace = app.session.workspace
    workspace.select(workspace.shown[0].id)
    app.window.actions_by_id["reject"].trigger()
    assert len(workspace.shown) == 3
    assert workspace.selected == workspace.shown[0]  # the next one, to go on with
    app.window.actions_by_id["detect"].trigger()
    qtbot.waitUntil(lambda: app.session.idle)
    assert len(workspace.shown) == 4


def _lightness(window, widget, x):
    """How light the window is `x` px from the left of a widget, at half its height."""
    at = widget.mapTo(window, QPoint(x, widget.height() // 2))
    picture = window.grab().toImage()
    ratio = picture.devicePixelRatio()
    return picture.pixelColor(round(at.x() * ratio), round(at.y() * ratio)).lightness()


def test_dark_and_light_change_palette_icons_and_ground(app, qapp, qtbot):
    window = app.window
    window.actions_by_id["theme_light"].trigger()
    light = qapp.palette().color(QPalette.ColorRole.Window).lightness()
    icon = window.actions_by_id["fit"].icon().pixmap(24).toImage()
    window.actions_by_id["theme_dark"].trigger()
    assert app.theme.dark
    assert qapp.palette().color(QPalette.ColorRole.Window).lightness() < light - 100
    # A box that is not checked is nothing but its outline.
    box = app.window.detection.overlay._kinds["axes"]
    box.setChecked(False)
    qtbot.waitUntil(lambda: _lightness(window, box, 0) > _lightness(window, box, -4) + 50)
    assert window.actions_by_id["fit"].icon().pixmap(24).toImage() != icon
    assert window.canvas.backgroundBrush().color().lightness() < 60
    assert app.session.workspace.settings.theme == "dark"


def test_the_window_fits_on_a_small_screen(app, qtbot):
    app.window.show_panel("evaluate")
    app.window.show_panel("train")
    app.session.workspace.background = Work("Looking at " + "a very long name of a file " * 20)
    app.window.resize(900, 640)
    qtbot.waitUntil(lambda: app.window.width() == 900)
    assert app.window.minimumSizeHint().width() <= 900


def test_on_a_small_screen_names_are_read_and_the_page_has_its_buttons_below_each_other(start, qtbot, monkeypatch):
    monkeypatch.setattr("symviewer.services.session.sample_folder", lambda: None)
    app = start()
    window, page = app.window, app.window.page
    qtbot.waitUntil(lambda: window.error_dialog.isVisible())
    window.error_dialog.close()

    def tops() -> set[int]:
        return {button.y() for button in page.findChildren(QPushButton) if button.isVisible()}

    window.resize(1280, 800)
    qtbot.waitUntil(lambda: len(tops()) == 1)
    window.resize(900, 640)
    qtbot.waitUntil(lambda: window.width() == 900 and len(tops()) > 1)
    assert window.files.width() >= 176


def test_everything_has_an_accessible_name(app):
    kinds = (QAbstractButton, QAbstractItemView, QAbstractSpinBox, QComboBox, QLineEdit, QSlider)
    window = app.window
    nameless = [
        f"{type(w).__name__} {w.objectName()} in {type(w.parent()).__name__}"
        for w in window.findChildren(object)
        if isinstance(w, kinds)
        and not w.objectName().startswith("qt_")
        and not w.accessibleName()
        and not (isinstance(w, QAbstractButton) and w.text())
    ]
    inner = ("QDockWidget", "QLineEdit", "QComboBox", "QTableView", "QMenuBar", "QToolBar", "QDoubleSpinBox", "QFrame")
    nameless = [name for name in nameless if not name.endswith(inner)]  # parts that Qt itself made
    assert nameless == []
    assert window.canvas.accessibleName() == "Picture"


def test_every_action_is_in_a_menu_with_a_tooltip(app):
    in_menus = set()

    def walk(menu):
        for action in menu.actions():
            if action.menu():
                walk(action.menu())
            in_menus.add(action.objectName())

    for action in app.window.menuBar().actions():
        walk(action.menu())
    for spec in ACTIONS:
        assert spec.id in in_menus
        action = app.window.actions_by_id[spec.id]
        assert action.toolTip().startswith(spec.tip)
        assert [key.toString() for key in action.shortcuts()] == list(spec.shortcuts)


def test_the_shortcut_sheet_lists_every_shortcut(app):
    app.window.actions_by_id["shortcuts"].trigger()
    from symviewer.views.dialogs.shortcuts_dialog import ShortcutsDialog

    dialog = app.window._dialogs[ShortcutsDialog]
    assert dialog.isVisible()
    text = dialog.text.toPlainText()
    assert all(spec.title in text for spec in ACTIONS if spec.shortcuts)


def test_settings_and_layout_are_kept(start, qtbot, pictures, home):
    first = start(pictures[0])
    qtbot.waitUntil(lambda: first.session.idle and first.session.workspace.image is not None)
    first.window.detection.overlay.threshold.slider.setValue(33)
    first.window.actions_by_id["theme_dark"].trigger()
    first.window.show_panel("log")
    first.window.resize(900, 640)
    first.close()
    assert (home / "config" / "settings.json").is_file()
    second = start(pictures[0])
    settings = second.session.workspace.settings
    assert settings.overlay.threshold == pytest.approx(0.33)
    assert settings.theme == "dark"
    assert settings.recent == (pictures[0],)
    assert second.window._docks["log"].isVisible()
    assert second.window.size().height() == 640


def test_unreadable_settings_are_said_and_kept_aside(start, qtbot, pictures, home):
    (home / "config").mkdir(parents=True)
    (home / "config" / "settings.json").write_text("{ this is not JSON")
    app = start(pictures[0])
    qtbot.waitUntil(lambda: app.window.error_dialog.isVisible())
    assert "starts with its defaults" in app.window.error_dialog.problem.what
    assert (home / "config" / "settings.json.bak").read_text() == "{ this is not JSON"


def test_save_view_writes_the_picture_with_its_overlay(app, tmp_path):
    from PySide6.QtGui import QImage

    app.window.actions_by_id["toggle_labels"].trigger()
    path = tmp_path / "view.png"
    from symviewer.views.handlers.file import FileHandlers

    FileHandlers(app.window).save_view_as(str(path))
    saved = QImage(str(path))
    assert (saved.width(), saved.height()) == app.session.workspace.image.size
    x, y = 160, 40  # on the upright axis: covered by its line
    original = QImage(app.session.workspace.image.path).pixelColor(x, y)
    assert saved.pixelColor(x, y) != original


def test_the_log_panel_shows_what_happened(app, qtbot):
    assert "ready" in app.window.log.text.toPlainText()
    assert app.logs.file.is_file()
