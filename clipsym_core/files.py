"""Files are replaced as a whole or not at all."""

from __future__ import annotations

import os
import stat
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_PAUSES: Final = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5) if os.name == "nt" else ()
"""Seconds between tries to move a file; other systems need one alone."""


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A path beside `path` to write to, which takes its place when the block ends well.

    A crash at any moment leaves the old or the new file, never a part. Missing folders are made.

    Raises:
        OSError: the folder or the file cannot be written; the old file is untouched.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # Not tempfile: its files are readable by their owner alone, and results are for others too. Without the name of
    # `path`, which may be as long as names can be.
    temporary = path.with_name(f".{uuid.uuid4().hex}.tmp")
    try:
        temporary.touch()
        mode = temporary.stat().st_mode
        yield temporary
        if temporary.stat().st_mode != mode:  # safetensors makes files that their owner alone can read
            temporary.chmod(stat.S_IMODE(mode))
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        move(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def move(source: Path, target: Path) -> None:
    """`os.replace`, with patience on Windows: there a file cannot be replaced while anybody has it open, and scanners
    of viruses and readers of ours do for moments.

    Raises:
        OSError: it cannot be moved, for longer than a second on Windows.
    """
    for pause in _PAUSES:
        try:
            os.replace(source, target)
        except PermissionError:
            time.sleep(pause)
        else:
            return
    os.replace(source, target)


def write_atomic(path: Path, data: bytes) -> None:
    """Write `data` to `path` by `replacing` it."""
    with replacing(path) as temporary:
        temporary.write_bytes(data)
