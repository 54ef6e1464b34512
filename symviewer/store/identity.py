"""What a picture is known by apart from its name: size and hash of the file, so that moved files are found again."""

from __future__ import annotations

import hashlib
import os
import queue
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from clipsym_core.video.address import file_of
from symviewer.model.annotation import PictureId

_CHUNK: Final = 1 << 20
_PAUSE: Final = 0.002
"""Seconds between two files: whoever waits for the window goes first."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Size, bytes, and BLAKE2b hash (128 bits, hexadecimal) of a file's content."""

    size: int
    hash: str


@dataclass(frozen=True, slots=True)
class KnownPicture:
    """A picture of the project with its identity, for `plan_moves`. `path` is the file on this computer."""

    id: PictureId
    path: str
    identity: Identity


@dataclass(frozen=True, slots=True)
class Move:
    """A picture that is found at another place."""

    picture: PictureId
    path: str


def read_identity(path: str) -> Identity:
    """Read a file to its end. Of a frame of a video: the size of the video, and its hash with the frame behind it; the
    video is read once for all of its frames.

    Raises:
        OSError: it cannot be read.
    """
    file = file_of(path)
    if file == path:
        return _read(file)
    status = os.stat(file)
    whole = _read_once(file, status.st_size, status.st_mtime_ns)
    return Identity(whole.size, whole.hash + path[len(file) :])


@lru_cache(maxsize=32)
def _read_once(path: str, _size: int, _changed: int) -> Identity:
    return _read(path)


def _read(path: str) -> Identity:
    digest = hashlib.blake2b(digest_size=16)
    size = 0
    with open(path, "rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return Identity(size, digest.hexdigest())


def not_in_place(known: Iterable[KnownPicture]) -> list[KnownPicture]:
    """The pictures whose file is gone, or is of another size."""
    return [picture for picture in known if _size(picture.path) != picture.identity.size]


def plan_moves(known: Sequence[KnownPicture], found: Iterable[str]) -> list[Move]:
    """Which pictures of a project now lie where, given the files that a scan found. For a worker: it reads files.

    A picture whose file is gone, or is of another size, is looked for among the found files that are not in their old
    place, by size and then by hash; among equal ones the same file name wins. Files that cannot be read are left out.
    """
    missing = not_in_place(known)
    if not missing:
        return []
    in_place = {picture.path for picture in known}.difference(picture.path for picture in missing)
    sizes = {picture.identity.size for picture in missing}
    candidates: dict[Identity, list[str]] = {}
    for path in found:
        if path in in_place or _size(path) not in sizes:
            continue
        try:
            candidates.setdefault(read_identity(path), []).append(path)
        except OSError:
            continue
    moves = []
    for picture in missing:
        paths = candidates.get(picture.identity)
        if paths:
            name = os.path.basename(picture.path)
            chosen = next((path for path in paths if os.path.basename(path) == name), paths[0])
            paths.remove(chosen)
            moves.append(Move(picture.id, chosen))
    return moves


def _size(path: str) -> int | None:
    try:
        return os.stat(file_of(path)).st_size
    except OSError:
        return None


class IdentityReader:
    """Reads identities in a thread of its own; results are collected by the thread that asked."""

    def __init__(self) -> None:
        self._requests: queue.SimpleQueue[tuple[PictureId, str] | None] = queue.SimpleQueue()
        self._results: queue.SimpleQueue[tuple[PictureId, Identity]] = queue.SimpleQueue()
        self._hurry = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def request(self, picture: PictureId, path: str) -> None:
        """Read the identity of a file when there is time."""
        self._requests.put((picture, path))
        if self._thread is None:
            # A daemon: a file on a network drive that hangs must not keep the program from ending.
            self._thread = threading.Thread(target=self._run, name="identities", daemon=True)
            self._thread.start()

    def results(self) -> list[tuple[PictureId, Identity]]:
        """What was read since the last call."""
        found = []
        while True:
            try:
                found.append(self._results.get_nowait())
            except queue.Empty:
                return found

    def stop(self, *, seconds: float) -> None:
        """Finish what was asked for within this time; the rest is read when the project is opened again."""
        if self._thread is not None:
            self._hurry.set()
            self._requests.put(None)
            self._thread.join(seconds)
            self._stopping.set()
            self._thread = None

    def _run(self) -> None:
        while (request := self._requests.get()) is not None:
            if self._stopping.is_set():
                return
            self._hurry.wait(_PAUSE)
            picture, path = request
            try:
                self._results.put((picture, read_identity(path)))
            except OSError:
                continue  # gone or unreadable: it stays without identity, and is tried again at the next opening
