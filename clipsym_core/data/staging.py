"""A folder or file is exported as a whole or not at all: written beside its place under a hidden name, then renamed."""

from __future__ import annotations

import contextlib
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from clipsym_core.errors import InputError
from clipsym_core.files import move


@contextmanager
def staged_folder(target: Path, *, overwrite: bool = False) -> Iterator[Path]:
    """A new empty folder beside `target`, which takes its place when the block ends well and vanishes when not.

    Args:
        overwrite: replace a folder that exists; it stays untouched until the new one is complete.

    Raises:
        InputError: `target` exists and `overwrite` is false, or is a file.
        OSError: the place cannot be written.
    """
    target = Path(os.path.abspath(target))
    if target.is_dir():
        if any(target.iterdir()) and not overwrite:
            raise InputError(
                f"The folder {target} exists and is not empty.",
                "An export never mixes with older files.",
                "Choose another name, or say that it may be replaced (--overwrite).",
            )
    elif target.exists():
        raise InputError(f"{target} is a file, not a folder.", remedy="Choose another name.")
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{uuid.uuid4().hex}.part")
    temporary.mkdir()
    try:
        yield temporary
        _replace_folder(temporary, target)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise


def _replace_folder(new: Path, target: Path) -> None:
    """Put `new` where `target` is; a failure in between puts the old one back."""
    if not target.exists():
        move(new, target)
        return
    old = target.with_name(f".{uuid.uuid4().hex}.old")
    move(target, old)
    try:
        move(new, target)
    except BaseException:
        move(old, target)
        raise
    with contextlib.suppress(OSError):
        shutil.rmtree(old)


@contextmanager
def staged_file(target: Path, name: str, *, overwrite: bool = False) -> Iterator[Path]:
    """A new empty folder beside `target`; the file `name` in it takes the place of `target` when the block ends well.

    Raises:
        InputError: `target` exists and `overwrite` is false, or is a folder.
        OSError: the place cannot be written.
    """
    target = Path(os.path.abspath(target))
    if target.is_dir() or (target.exists() and not overwrite):
        remedy = "Choose another name, or say that it may be replaced (--overwrite)."
        raise InputError(f"{target} exists.", remedy=remedy)
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{uuid.uuid4().hex}.part")
    temporary.mkdir()
    try:
        yield temporary
        move(temporary / name, target)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
