"""A run from its file: files written, errors told, signals heard. What the command line and the panel start."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TextIO

from clipsym_core.errors import ClipsymError, OutputError, reason_of
from clipsym_core.train.events import Ended, EndReason, ErrorEvent, Event, EventWriter, error_event
from clipsym_core.train.run_file import load_run_file
from clipsym_core.train.run_folder import MetricsTable, RunFolder

Listener = Callable[[Event], None]


class _Wishes:
    """What a person wants: the stop file, or a signal."""

    def __init__(self, folder: RunFolder) -> None:
        self.folder = folder
        self.signalled: EndReason | None = None

    def __call__(self) -> EndReason | None:
        return self.signalled or ("stopped" if self.folder.stop_wanted else None)

    @contextmanager
    def heard(self) -> Iterator[None]:
        """Ctrl+C stops and keeps everything; SIGTERM cancels. A second Ctrl+C ends at once."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return

        def on_interrupt(number: int, frame: FrameType | None) -> None:
            if self.signalled is not None:
                raise KeyboardInterrupt
            self.signalled = "stopped"

        def on_terminate(number: int, frame: FrameType | None) -> None:
            self.signalled = "cancelled"

        old = signal.signal(signal.SIGINT, on_interrupt), signal.signal(signal.SIGTERM, on_terminate)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, old[0])
            signal.signal(signal.SIGTERM, old[1])


def run_training(
    path: Path, *, resume: bool = False, echo: TextIO | None = None, listener: Listener | None = None
) -> Ended:
    """Train what a run file describes; everything that happens goes into its folder.

    Args:
        echo: gets the events as JSON lines.
        listener: gets them as objects.

    Returns:
        How it ended; `failed` where an error ended it, which was told as an event before.

    Raises:
        ConfigError: the run file is wrong, or its folder holds another run: nothing was written.
    """
    run = load_run_file(path)
    assert run.folder is not None
    folder = RunFolder(Path(run.folder))
    main = _is_main()
    if main:
        (folder.check_resumable if resume else folder.check_new)()
    try:
        if main:
            folder.begin(run)
            folder.clear_stop()
        writer = EventWriter(folder.path, echo) if main else None
    except OSError as error:
        raise OutputError(
            f"Cannot write the run's folder {folder.path}.", f"{reason_of(error)}.", "Choose another."
        ) from error
    table: MetricsTable | None = None
    step = 0

    def tell(event: Event) -> None:
        nonlocal table, step
        if event.event == "started":
            table = MetricsTable(folder.path, resumed_step=event.resumed_step if event.resumed_from else None)
        step = getattr(event, "step", step)
        if writer is not None:
            writer.write(event)
        if table is not None:
            table.add(event)
        if listener is not None:
            listener(event)

    wishes = _Wishes(folder)
    try:
        with wishes.heard():
            from clipsym_core.train.start import load_start
            from clipsym_core.train.trainer import Trainer

            # A run that was killed before it saved anything begins anew.
            going_on = resume and folder.state.is_file()
            return Trainer(run, load_start(run), tell, stop_wanted=wishes, resume=going_on).fit()
    except ClipsymError as error:
        return _failed(tell, error_event(error), step)
    except OSError as error:
        # What is read reports itself; what is left is a disk that is full or gone.
        return _failed(tell, ErrorEvent(what="The run cannot go on.", why=f"{error}.", remedy="Resume later."), step)
    finally:
        if table is not None:
            table.close()


def _failed(tell: Listener, error: ErrorEvent, step: int) -> Ended:
    ended = Ended(reason="failed", step=step)
    tell(error)
    tell(ended)
    return ended


def _is_main() -> bool:
    """Whether this is the first of torchrun's processes, or the only one."""
    import os

    return os.environ.get("RANK", "0") == "0"
