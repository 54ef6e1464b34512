"""Zoom, pan, pointer and painting of the canvas."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QFocusEvent, QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from symviewer.model.heatmaps import PictureImage
from symviewer.services.picture_loader import build_levels


def wheel(canvas, at: QPoint, steps: int) -> None:
    none = Qt.KeyboardModifier.NoModifier
    event = QWheelEvent(
        QPointF(at), QPointF(canvas.viewport().mapToGlobal(at)), QPoint(), QPoint(0, 120 * steps),
        Qt.MouseButton.NoButton, none, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QTest.mouseMove(canvas.viewport(), at)
    canvas.wheelEvent(event)


def test_fit_shows_the_whole_picture(app):
    canvas = app.window.canvas
    canvas.fit()
    shown = canvas.mapToScene(canvas.viewport().rect()).boundingRect()
    assert shown.contains(0, 0)
    assert shown.contains(*app.session.workspace.image.size)
    assert shown.center().x() == pytest.approx(160, abs=1)


def test_actual_size_is_one_pixel_on_one_pixel(app):
    app.window.actions_by_id["actual_size"].trigger()
    assert app.window.canvas.zoom == pytest.approx(1.0)
    assert app.window.status.zoom_text == "100 %"


def test_the_wheel_zooms_to_the_pointer(app):
    canvas = app.window.canvas
    at = QPoint(canvas.viewport().width() // 3, canvas.viewport().height() // 3)
    before = canvas.mapToScene(at)
    zoom = canvas.zoom
    wheel(canvas, at, 4)
    after = canvas.mapToScene(at)
    assert canvas.zoom > 2 * zoom
    # Scroll bars move by whole pixels of the screen.
    assert (after - before).manhattanLength() <= 2 / canvas.transform().m11() + 2
    wheel(canvas, at, -200)
    assert canvas.zoom * max(app.session.workspace.image.size) >= 20
    wheel(canvas, at, 200)
    assert canvas.zoom <= 64.001


@pytest.mark.parametrize("space", [False, True])
def test_middle_button_and_space_move_the_picture(app, qtbot, space):
    canvas = app.window.canvas
    app.window.actions_by_id["zoom_in"].trigger()
    start, end = QPoint(200, 200), QPoint(260, 170)
    before = canvas.mapToScene(start)
    button = Qt.MouseButton.LeftButton if space else Qt.MouseButton.MiddleButton
    if space:
        canvas.setFocus()
        qtbot.keyPress(canvas, Qt.Key.Key_Space)
    qtbot.mousePress(canvas.viewport(), button, pos=start)
    qtbot.mouseMove(canvas.viewport(), end)
    qtbot.mouseRelease(canvas.viewport(), button, pos=end)
    if space:
        qtbot.keyRelease(canvas, Qt.Key.Key_Space)
    after = canvas.mapToScene(end)
    assert (after - before).manhattanLength() <= 2
    assert app.session.workspace.selected is None  # moving is not clicking


def test_a_resized_window_keeps_the_picture_fitted(app, qtbot):
    canvas = app.window.canvas
    canvas.fit()
    app.window.resize(1000, 600)
    qtbot.waitUntil(lambda: canvas.mapToScene(canvas.viewport().rect()).boundingRect().contains(0, 0))
    assert canvas.mapToScene(canvas.viewport().rect()).boundingRect().contains(320, 240)


def test_the_status_bar_names_the_pixel_under_the_pointer(app, qtbot):
    canvas = app.window.canvas
    qtbot.mouseMove(canvas.viewport(), canvas.mapFromScene(QPointF(100.5, 50.5)))
    assert app.window.status._position.text() == "x 100  y 50"
    qtbot.mouseMove(canvas.viewport(), QPoint(1, 1))
    assert app.window.status._position.text() == ""


def test_a_pointer_that_rests_is_where_it_is_after_zooming(app, qtbot):
    canvas = app.window.canvas
    place = canvas.mapFromScene(QPointF(40.5, 30.5))
    qtbot.mouseMove(canvas.viewport(), place)
    assert canvas.pointer == pytest.approx((40.5, 30.5), abs=1)
    app.window.actions_by_id["zoom_in"].trigger()
    now = canvas.mapToScene(place)
    assert abs(now.x() - 40.5) > 5
    assert canvas.pointer == pytest.approx((now.x(), now.y()))


def test_space_that_is_released_elsewhere_does_not_stay_pressed(app, qtbot):
    canvas = app.window.canvas
    qtbot.keyPress(canvas, Qt.Key.Key_Space)
    assert canvas.viewport().cursor().shape() == Qt.CursorShape.OpenHandCursor
    QApplication.sendEvent(canvas, QFocusEvent(QEvent.Type.FocusOut))
    assert canvas.viewport().cursor().shape() == Qt.CursorShape.ArrowCursor


@pytest.mark.parametrize(("width", "height"), [(5000, 3000), (1025, 7), (33, 2049)])
def test_levels_show_the_same_picture_at_every_zoom(app, width, height):
    """Left half red, right half blue: wherever it is looked at, and from whichever level."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[:, : width // 2, 0] = 255
    pixels[:, width // 2 :, 2] = 255
    levels = build_levels(pixels)
    assert max(levels[-1].shape[:2]) <= 1024
    image = PictureImage(app.session.workspace.image.path, pixels, levels, "test")
    app.session.workspace.change_overlay(heatmap="off", suggestions=False)
    app.session.workspace.show_image(image)
    canvas = app.window.canvas
    for zoom in (None, 1.0, 3.0):
        if zoom is None:
            canvas.fit()
        else:
            canvas.actual_size()
            canvas._zoom_by(zoom, canvas.ViewportAnchor.AnchorViewCenter)
        canvas.centerOn(width / 2, height / 2)
        shot: QImage = canvas.grab().toImage()
        middle = canvas.mapFromScene(QPointF(width / 2, height / 2))
        away = max(4, round(canvas.transform().m11() * min(3, width / 8)))
        left, right = (shot.pixelColor(middle + QPoint(side * away, 0)) for side in (-1, 1))
        assert (left.red() > 200) > (left.blue() > 200)
        assert (right.blue() > 200) > (right.red() > 200)


def test_huge_pictures_are_not_copied_to_four_channels(monkeypatch):
    monkeypatch.setattr("symviewer.services.picture_loader.LARGEST_CONVERTED", 1000)
    pixels = np.zeros((1500, 40, 3), np.uint8)
    levels = build_levels(pixels)
    assert np.shares_memory(levels[0], pixels)
    assert levels[1].shape == (750, 20, 4)
