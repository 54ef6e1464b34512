"""Writing files so that a reader never sees half of one."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import safetensors

from clipsym_core.errors import CheckpointError


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary path in the same folder that takes the place of `path` when the block ends well.

    Raises:
        CheckpointError: the folder or the file cannot be written.
    """
    temporary: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
        os.close(handle)
        temporary = Path(name)
        yield temporary
        temporary.chmod(0o644)  # a temporary file is private, a checkpoint need not be
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        os.replace(temporary, path)
        temporary = None
    except (OSError, safetensors.SafetensorError) as error:
        raise CheckpointError(
            f"Cannot write {path}.", f"{error}.", "Check the folder, its permissions and the free space."
        ) from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
