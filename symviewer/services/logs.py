"""Log records to a rotating file and to the Log panel."""

from __future__ import annotations

import logging
import logging.handlers
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, Signal

FILE_NAME: Final = "symviewer.log"
FILE_BYTES: Final = 1_000_000
FILE_COUNT: Final = 5
_FORMAT: Final = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"


class LogBridge(QObject):
    """Hands log records to the window, from any thread. Signal: `line(level, text)`."""

    line = Signal(int, str)

    def __init__(self) -> None:
        super().__init__()
        self.handler = _BridgeHandler(self)
        self.handler.setFormatter(logging.Formatter("%(asctime)s  %(message)s", datefmt="%H:%M:%S"))


class _BridgeHandler(logging.Handler):
    def __init__(self, bridge: LogBridge) -> None:
        super().__init__(logging.INFO)
        self._bridge: LogBridge | None = bridge

    def emit(self, record: logging.LogRecord) -> None:
        bridge = self._bridge
        if bridge is not None:
            bridge.line.emit(record.levelno, self.format(record))

    def close(self) -> None:
        self._bridge = None
        super().close()


class Logs:
    """The log handlers of one run; `close` takes them off again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bridge = LogBridge()
        self._handlers: list[logging.Handler] = [self.bridge.handler]
        try:
            folder.mkdir(parents=True, exist_ok=True)
            file = logging.handlers.RotatingFileHandler(
                folder / FILE_NAME, maxBytes=FILE_BYTES, backupCount=FILE_COUNT, encoding="utf-8", delay=True
            )
            file.setFormatter(logging.Formatter(_FORMAT))
            self._handlers.append(file)
        except OSError as error:
            # A log that cannot be written must not keep anybody from working.
            logging.getLogger(__name__).warning("No log file in %s: %s", folder, error)
        root = logging.getLogger()
        self._old_level = root.level
        root.setLevel(logging.INFO)
        for handler in self._handlers:
            root.addHandler(handler)

    @property
    def file(self) -> Path:
        return self.folder / FILE_NAME

    def close(self) -> None:
        """Take the handlers off and close the file."""
        root = logging.getLogger()
        root.setLevel(self._old_level)
        for handler in self._handlers:
            root.removeHandler(handler)
            handler.close()
