"""One writer a project: a lock of the operating system, which ends with the process that holds it, however that ends.

The lock file itself stays and means nothing; only the lock on it does. Its text says who holds it, for the message.
"""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path
from typing import Final

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_LOCKED_BYTE: Final = 1 << 20
"""Windows locks bytes against reading, too; one far behind the text leaves that readable."""
_NO_LOCKS: Final = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP}


class LockUnavailableError(OSError):
    """The file system has no locks."""


class WriterLock:
    """Held from `acquire` until `release` or the end of the process.

    A child process that is forked (not spawned) shares it; this program starts its children by spawning.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._handle: int | None = None

    @property
    def is_held(self) -> bool:
        return self._handle is not None

    def acquire(self) -> bool:
        """Take the lock; False where another window or process holds it.

        Raises:
            LockUnavailableError: the file system has no locks.
            OSError: the lock file cannot be made.
        """
        handle = os.open(self.path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o644)
        try:
            taken = _try_lock(handle)
        except OSError as error:
            os.close(handle)
            if error.errno in _NO_LOCKS:
                raise LockUnavailableError(error.errno, "the file system has no locks", str(self.path)) from error
            raise
        if not taken:
            os.close(handle)
            return False
        self._handle = handle
        os.ftruncate(handle, 0)
        os.lseek(handle, 0, os.SEEK_SET)
        os.write(handle, f"process {os.getpid()}".encode())
        return True

    def holder(self) -> str:
        """Who holds the lock, in words, empty where that cannot be told."""
        try:
            return self.path.read_bytes()[:200].decode("utf-8", errors="replace").strip()
        except OSError:
            return ""

    def release(self) -> None:
        """Give the lock back; harmless where it is not held."""
        if self._handle is not None:
            # Closing drops the lock. The file stays: removing it could take it from under a next holder.
            os.close(self._handle)
            self._handle = None


if sys.platform == "win32":

    def _try_lock(handle: int) -> bool:
        os.lseek(handle, _LOCKED_BYTE, os.SEEK_SET)
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError as error:
            if error.errno in (errno.EACCES, errno.EDEADLK):
                return False
            raise
        return True

else:

    def _try_lock(handle: int) -> bool:
        try:
            # flock, not lockf: it also holds between two windows of one process, and survives closing another handle.
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
                return False
            raise
        return True
