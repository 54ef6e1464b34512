"""Finds the pictures below folders, in a thread, in batches, in the order that people expect."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from PySide6.QtCore import QObject, Signal

from clipsym_core.errors import VideoError
from clipsym_core.natural_order import natural_key
from clipsym_core.video.address import FrameAddress
from clipsym_core.video.pyav import is_video
from symviewer.model.problem import Problem
from symviewer.model.translating import tr
from symviewer.services.first_look import FirstLook
from symviewer.services.mailbox import Mailbox
from symviewer.services.worker_thread import WorkerThread

BATCH: Final = 2000


@dataclass(frozen=True, slots=True)
class ScanRequest:
    """`paths` are files and folders; one file alone stands for its folder. What comes after the first picture waits
    for `first_look`."""

    id: int
    paths: tuple[str, ...]
    first_look: FirstLook
    cancelled: threading.Event = field(default_factory=threading.Event)


class FolderScan(QObject):
    """`start_scan` ends in `found(id, paths)` any number of times, then `finished(id, problems)`."""

    # `object`, not `list`: Qt would drop the bytes of file names that are no UTF-8.
    found = Signal(int, object)
    finished = Signal(int, object)

    def __init__(self) -> None:
        super().__init__()
        self._mailbox: Mailbox[ScanRequest] = Mailbox("scan")
        self._thread = WorkerThread("folder scan", self._mailbox, self._handle, self._report)
        self._latest: ScanRequest | None = None
        self._count = 0

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> bool:
        self.cancel()
        return self._thread.stop()

    def start_scan(self, paths: tuple[str, ...], first_look: FirstLook) -> int:
        """Scan these instead of what is being scanned; returns the id of the scan."""
        self.cancel()
        self._count += 1
        self._latest = ScanRequest(self._count, paths, first_look)
        self._mailbox.put("scan", self._latest)
        return self._count

    def cancel(self) -> None:
        if self._latest is not None:
            self._latest.cancelled.set()

    def _handle(self, request: ScanRequest) -> None:
        problems: list[Problem] = []
        batch: list[str] = []
        first = True
        for path in find_pictures(request.paths, problems):
            if request.cancelled.is_set():
                return
            batch.append(path)
            # The first picture goes out alone, so that it is visible before the folder is read to its end.
            if first or len(batch) >= BATCH:
                self.found.emit(request.id, batch)
                batch = []
            if first:
                first = False
                request.first_look.wait()
        if batch:
            self.found.emit(request.id, batch)
        self.finished.emit(request.id, problems)

    def _report(self, request: ScanRequest, problem: Problem) -> None:
        self.finished.emit(request.id, [problem])


def find_pictures(paths: tuple[str, ...], problems: list[Problem]) -> Iterator[str]:
    """All pictures: folders recursively, files as they are, one file alone with the other pictures of its folder, of a
    video each frame.

    What cannot be read is appended to `problems` and passed over.
    """
    from clipsym_core.imaging import IMAGE_SUFFIXES

    if len(paths) == 1 and os.path.isfile(paths[0]) and not is_video(paths[0]):
        yield from _folder(os.path.dirname(os.path.abspath(paths[0])), IMAGE_SUFFIXES, problems, recursive=False)
        return
    for path in paths:
        absolute = os.path.abspath(path)
        if is_video(absolute) and os.path.isfile(absolute):
            yield from _frames(absolute, problems)
        elif os.path.isdir(absolute):
            yield from _folder(absolute, IMAGE_SUFFIXES, problems, recursive=True)
        elif os.path.isfile(absolute):
            yield absolute
        else:
            problems.append(
                Problem(tr("There is no file or folder {path}.").format(path=path), "", tr("Check the path."))
            )


def _frames(path: str, problems: list[Problem]) -> Iterator[str]:
    """The frames of a video, by their addresses."""
    from clipsym_core.video.pool import VIDEOS

    try:
        index = VIDEOS.index(path)
    except VideoError as error:
        problems.append(Problem(error.what, error.why, error.remedy))
        return
    if index is not None:
        for number in range(len(index)):
            yield str(FrameAddress(path, number, index.seconds(number)))


def _folder(folder: str, suffixes: frozenset[str], problems: list[Problem], *, recursive: bool) -> Iterator[str]:
    try:
        with os.scandir(folder) as entries:
            found = list(entries)
    except OSError as error:
        problems.append(
            Problem(
                tr("The folder {folder} cannot be read.").format(folder=folder),
                f"{error.strerror}.",
                tr("Check its permissions."),
            )
        )
        return
    found.sort(key=lambda entry: natural_key(entry.name))
    for entry in found:
        if os.path.splitext(entry.name)[1].lower() in suffixes and _is_file(entry):
            yield entry.path
    if recursive:
        for entry in found:
            # Linked folders are not followed: a link to a parent would never end.
            if entry.is_dir(follow_symlinks=False) and not entry.name.startswith("."):
                yield from _folder(entry.path, suffixes, problems, recursive=True)


def _is_file(entry: os.DirEntry[str]) -> bool:
    """Whether it may be a picture. Of a link to itself, say, the system says neither; reading it says what is wrong."""
    try:
        return entry.is_file()
    except OSError:
        return True
