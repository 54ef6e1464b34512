"""`symviewer`: command line, start-up and the end, in one place.

Nothing heavy is imported here: the first window is visible before torch, cv2 or pyqtgraph are.
"""

from __future__ import annotations

import argparse
import gc
import logging
import os
import re
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import symviewer

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from symviewer.model.model_status import ModelStatus
    from symviewer.model.problem import Problem
    from symviewer.services.detectors import DetectorSource
    from symviewer.views.main_window import MainWindow

log = logging.getLogger(__name__)

WAIT_SECONDS: Final = 300.0
"""A screenshot waits at most so long for detection: a slow, busy computer needs minutes for all sample pictures."""
_SWITCH_SECONDS: Final = 0.001
"""How long a busy background thread may hold Python's lock while the window waits for it (Python's default: 5 ms)."""
_DEFAULT_SCREENSHOT: Final = "symviewer.png"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the application; returns the exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments[:1] == ["doctor"]:
        return _doctor(arguments[1:])
    options = command_line().parse_args(arguments)
    _choose_platform(options)
    sys.setswitchinterval(_SWITCH_SECONDS)
    # Qt's event loop never gives Python the turn to handle Ctrl+C in the terminal: let the system end the program.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    return Application(options).run()


def command_line() -> argparse.ArgumentParser:
    """What `symviewer` takes."""
    parser = argparse.ArgumentParser(
        prog="symviewer",
        description="Find mirror axes and rotation centers in pictures. Without arguments, the sample pictures open. "
        '"symviewer doctor" checks the installation.',
    )
    parser.add_argument("paths", nargs="*", metavar="PATH", help="pictures, folders, or a checkpoint (.safetensors)")
    parser.add_argument("--model", help="name of a model or path of a checkpoint, instead of the one used last")
    parser.add_argument("--device", type=_device, help="auto, cpu, cuda, cuda:N or mps, instead of the one used last")
    parser.add_argument("--theme", choices=("system", "light", "dark"), help="instead of the one used last")
    parser.add_argument("--size", type=_size, metavar="WxH", help="size of the window, for example 1280x800")
    parser.add_argument(
        "--screenshot", type=Path, metavar="FILE", help="write a picture of the window after detection, and end"
    )
    parser.add_argument(
        "--smoke", action="store_true", help="start, look at one picture, close; exit code 0 if it works"
    )
    parser.add_argument("--version", action="version", version=f"symviewer {symviewer.__version__}")
    return parser


def _size(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d{3,5})x(\d{3,5})", text)
    if match is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not a size such as 1280x800")
    return (int(match[1]), int(match[2]))


def _device(text: str) -> str:
    from symviewer.model.settings import DetectionSettings

    try:
        return DetectionSettings(device=text).device
    except ValueError as error:  # pydantic's errors are ValueErrors
        raise argparse.ArgumentTypeError(f"{text!r} is not a device: auto, cpu, cuda, cuda:N or mps") from error


def _choose_platform(options: argparse.Namespace) -> None:
    """Without a display, render offscreen and write a screenshot, instead of ending with Qt's abort."""
    if sys.platform != "linux" or "QT_QPA_PLATFORM" in os.environ:
        return
    has_display = bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    if has_display and not options.screenshot:
        return
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    if not has_display and not options.screenshot and not options.smoke:
        options.screenshot = Path(_DEFAULT_SCREENSHOT)
        print("There is no display here: the window is rendered to a picture instead.", file=sys.stderr)  # noqa: T201


def _doctor(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="symviewer doctor", description="Check the installation.")
    parser.add_argument("--json", action="store_true", help="for programs")
    options = parser.parse_args(arguments)
    from clipsym_core.commands.doctor import doctor
    from symviewer.store.paths import named_folders

    return doctor(as_json=options.json, folders=named_folders())


class Application:
    """One run of the program: everything is made, connected and taken down here.

    Args:
        options: of the command line.
        source: where detectors come from; tests hand in their own.
    """

    def __init__(self, options: argparse.Namespace, source: DetectorSource | None = None) -> None:

        from symviewer.services.detectors import LibrarySource
        from symviewer.services.exception_hooks import ExceptionHooks
        from symviewer.services.logs import Logs
        from symviewer.services.session import Session
        from symviewer.store.paths import log_folder
        from symviewer.store.settings_store import SettingsStore
        from symviewer.views.icons import application_icon
        from symviewer.views.main_window import MainWindow
        from symviewer.views.theme import ThemeManager
        from symviewer.views.translation import install

        self._options = options
        self._exit_code = 0
        self.qt: QApplication = _qt_application()
        self._translator = install()
        self.qt.setWindowIcon(application_icon())
        self.logs = Logs(log_folder())
        self.hooks = ExceptionHooks()
        # A run for a screenshot leaves the settings as the person has them.
        automatic = bool(options.screenshot or options.smoke)
        self.session = Session(SettingsStore(), source or LibrarySource(), keep_settings=not automatic)
        self._apply_options()
        self.theme = ThemeManager(self.qt)
        self.theme.apply(self.session.workspace.settings.theme)
        self.window = MainWindow(self.session, self.logs, self.theme)
        self.hooks.problem.connect(lambda problem: self.window.on_problem(problem))
        self._closed = False

    def _apply_options(self) -> None:
        workspace = self.session.workspace
        settings = workspace.settings
        if self._options.theme:
            settings = settings.changed(theme=self._options.theme)
        given = {name: getattr(self._options, name) for name in ("model", "device") if getattr(self._options, name)}
        if given:
            settings = settings.changed(detection=settings.detection.changed(**given))
        workspace.settings = settings

    def show(self) -> None:
        """Show the window; the heavy part starts when it is visible."""
        from PySide6.QtCore import QTimer

        if not (self._options.size or self._options.screenshot):
            self.window.restore_layout()
        if self._options.size:
            self.window.resize(*self._options.size)
        self.window.show()
        log.info("SymViewer %s", symviewer.__version__)
        QTimer.singleShot(0, self.start)

    def start(self) -> None:
        """Start the services and open what the command line names, else the samples."""
        self.session.start()
        if self._options.paths:
            self.session.open(self._options.paths)
        else:
            self.session.open_samples()

    def run(self) -> int:
        """Show, work, close; returns the exit code."""
        self.show()
        self.session.workspace.model_changed.connect(_spare_the_collector)
        if self._options.screenshot or self._options.smoke:
            self._watch()
        self.qt.exec()
        self.close()
        return self._exit_code

    def close(self) -> None:
        """The one shutdown: window, threads, timers, hooks, log. May be called twice."""
        if self._closed:
            return
        self._closed = True
        self.window.close()
        ended = self.session.shutdown()
        self.hooks.remove()
        self.logs.close()
        if not ended:
            # A thread inside a library call cannot be ended; Qt would abort while destroying it. All is saved.
            sys.stderr.flush()
            os._exit(self._exit_code)

    def _watch(self) -> None:
        from symviewer.views.screenshot import Screenshot

        problems: list[Problem] = []
        # Nobody is there to close a dialog.
        self.window.on_problem = problems.append
        path: Path | None = self._options.screenshot
        done = _reporter(self.window, path, problems, self._end)
        self._screenshot = Screenshot(self.window, path, WAIT_SECONDS, done)
        self._screenshot.start()

    def _end(self, code: int) -> None:
        self._exit_code = code
        self.qt.quit()


def _spare_the_collector(status: ModelStatus) -> None:
    """What was imported with the first model stays for good: 400,000 objects. Where the garbage collector looks through
    them, all threads stand still for 0.3 s, the window's, too."""
    from symviewer.model.model_status import ModelState

    if status.state is ModelState.READY:
        gc.freeze()


def _reporter(
    window: MainWindow, path: Path | None, problems: list[Problem], end: Callable[[int], object]
) -> Callable[[str], None]:
    """What is printed at the end of a run without a person."""

    def done(error: str) -> None:
        pictures = window.session.workspace.pictures
        picture = pictures.current_picture
        for text in dict.fromkeys(problem.text for problem in problems):
            print(text, file=sys.stderr)  # noqa: T201
        if error:
            print(error, file=sys.stderr)  # noqa: T201
        elif path is not None:
            print(f"Screenshot of the window: {path.resolve()}")  # noqa: T201
        if picture is not None:
            print(  # noqa: T201
                f"{picture.name}: {picture.state.value}, {len(window.session.workspace.shown)} suggestions shown"
            )
        end(1 if error or problems else 0)

    return done


def _qt_application() -> QApplication:
    from PySide6.QtCore import QCoreApplication
    from PySide6.QtWidgets import QApplication

    QCoreApplication.setApplicationName("SymViewer")
    QCoreApplication.setApplicationVersion(symviewer.__version__)
    existing = QApplication.instance()
    if isinstance(existing, QApplication):
        return existing
    return QApplication(["symviewer"])


if __name__ == "__main__":
    sys.exit(main())
