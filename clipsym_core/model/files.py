"""Writing checkpoints and downloads so that a reader never sees half of one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import safetensors

from clipsym_core import files
from clipsym_core.errors import CheckpointError, reason_of


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """`clipsym_core.files.replacing` whose failures say what to do.

    Raises:
        CheckpointError: the folder or the file cannot be written.
    """
    try:
        with files.replacing(path) as temporary:
            yield temporary
    except (OSError, safetensors.SafetensorError) as error:
        raise CheckpointError(
            f"Cannot write {path}.", f"{reason_of(error)}.", "Check the folder, its permissions and the free space."
        ) from error
