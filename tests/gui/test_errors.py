"""Errors that nobody handled: logged, shown, and the application stays alive."""

from __future__ import annotations

import logging
import threading

import pytest
from PySide6.QtCore import QTimer, qWarning
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPlainTextEdit

from clipsym_core.errors import CheckpointError
from symviewer.model.problem import Problem


def raise_in_slot(message: str) -> None:
    def slot() -> None:
        raise RuntimeError(message)

    QTimer.singleShot(0, slot)


@pytest.mark.qt_no_exception_capture
def test_an_error_in_a_slot_is_shown_and_the_window_lives(app, qtbot):
    raise_in_slot("a slot went wrong")
    qtbot.waitUntil(lambda: app.window.error_dialog.isVisible())
    assert "a slot went wrong" in app.window.error_dialog.problem.report
    assert "Traceback" in app.window.error_dialog.problem.details
    assert "a slot went wrong" in app.window.log.text.toPlainText()
    app.window.actions_by_id["next_picture"].trigger()
    qtbot.waitUntil(lambda: app.session.workspace.pictures.current == 1 and app.session.idle)


@pytest.mark.qt_no_exception_capture
def test_a_second_error_is_counted_in_the_same_dialog(app, qtbot):
    raise_in_slot("first")
    qtbot.waitUntil(lambda: app.window.error_dialog.isVisible())
    raise_in_slot("second")
    qtbot.waitUntil(lambda: "1 more" in app.window.error_dialog._others.text())
    assert "first" in app.window.error_dialog.problem.report


def test_an_error_in_a_thread_is_shown(app, qtbot):
    def work() -> None:
        raise OSError("a thread went wrong")

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: app.window.error_dialog.isVisible())
    assert "a thread went wrong" in app.window.error_dialog.problem.report


def test_messages_of_qt_reach_the_log(app, qtbot, caplog):
    with caplog.at_level(logging.WARNING):
        qWarning("something that Qt says")
    assert "something that Qt says" in caplog.text
    assert "something that Qt says" in app.window.log.text.toPlainText()


def test_details_can_be_seen_and_copied(app, qtbot):
    try:
        raise CheckpointError("Cannot load it.", "It is torn.", "Get another.")
    except CheckpointError as error:
        app.window.report(Problem.of(error))
    dialog = app.window.error_dialog
    assert [dialog._what.text(), dialog._why.text(), dialog._remedy.text()] == [
        "Cannot load it.", "It is torn.", "Get another.",
    ]  # fmt: skip
    details = dialog.findChild(QPlainTextEdit)
    assert not details.isVisible()
    dialog._show_details.click()
    assert details.isVisible()
    dialog.copy_button.click()
    assert "CheckpointError" in QGuiApplication.clipboard().text()


def test_the_same_hooks_are_put_back(start, pictures):
    import sys

    before = (sys.excepthook, threading.excepthook)
    app = start(pictures[0])
    assert sys.excepthook != before[0]
    app.close()
    assert (sys.excepthook, threading.excepthook) == before
