"""Errors that nobody handled: from slots, from threads and from Qt itself. They are logged and shown; nothing ends."""

from __future__ import annotations

import logging
import sys
import threading
from types import TracebackType

from PySide6.QtCore import QMessageLogContext, QObject, QtMsgType, Signal, qInstallMessageHandler

from symviewer.model.problem import Problem

log = logging.getLogger("symviewer.errors")

_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}
# What the offscreen platform says at every window.
_HARMLESS = ("This plugin does not support",)


class ExceptionHooks(QObject):
    """Installed while it lives; `remove` puts the old hooks back. Signal: `problem(Problem)`, from any thread."""

    problem = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._old_sys = sys.excepthook
        self._old_threading = threading.excepthook
        self._old_qt = qInstallMessageHandler(self._on_qt_message)
        sys.excepthook = self._on_exception
        threading.excepthook = self._on_thread_exception

    def remove(self) -> None:
        """Put the old hooks back."""
        sys.excepthook = self._old_sys
        threading.excepthook = self._old_threading
        qInstallMessageHandler(self._old_qt)

    def _on_exception(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            self._old_sys(kind, error, trace)
            return
        problem = Problem.of(error.with_traceback(trace))
        log.error("%s\n%s", problem.text, problem.details)
        self.problem.emit(problem)

    def _on_thread_exception(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None and not issubclass(args.exc_type, SystemExit):
            self._on_exception(args.exc_type, args.exc_value, args.exc_traceback)

    @staticmethod
    def _on_qt_message(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
        level = logging.DEBUG if message.startswith(_HARMLESS) else _LEVELS.get(kind, logging.WARNING)
        logging.getLogger(f"qt.{context.category or 'default'}").log(level, "%s", message)
