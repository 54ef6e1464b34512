"""What a person names on the command line (files, folders, globs) as a list of pictures, with names for results."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from clipsym_core.imaging import IMAGE_SUFFIXES
from clipsym_core.natural_order import natural_key


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture to work on.

    Attributes:
        path: where it lies, as the person named it, below a named folder where that was named.
        stem: where its results go below an output folder, without a suffix: the folder structure below a named folder
            is kept, and no two pictures of a run share a stem.
    """

    path: Path
    stem: PurePosixPath


@dataclass(frozen=True, slots=True)
class Nothing:
    """A name on the command line behind which no picture was found, and why."""

    name: str
    reason: str


def find_pictures(names: Sequence[str]) -> list[Picture | Nothing]:
    """Files as they are, folders with all pictures below them, globs (also `**`) where the shell left them to us.

    Each picture comes once, in the order of the names and in natural order inside a folder (2 before 10).
    """
    found: list[Picture | Nothing] = []
    seen: set[str] = set()
    stems: set[str] = set()
    for name in names:
        entries = _entries(name)
        if isinstance(entries, Nothing):
            found.append(entries)
            continue
        for path, below in entries:
            key = os.path.normcase(os.path.abspath(path))
            if key in seen:
                continue
            seen.add(key)
            found.append(Picture(path, _free_stem(below, stems)))
    return found


def _entries(name: str) -> list[tuple[Path, PurePosixPath]] | Nothing:
    """(path, path below the output folder) for one name."""
    path = Path(name)
    if path.is_dir():
        below = _below(path)
        return below if below else Nothing(name, "There is no picture in this folder.")
    if path.exists() or not glob.has_magic(name):
        # A missing file stays in the list: reading it says what is wrong.
        return [(path, PurePosixPath(path.name))]
    entries: list[tuple[Path, PurePosixPath]] = []
    for match in sorted(glob.glob(name, recursive=True), key=natural_key):
        hit = Path(match)
        if hit.is_dir():
            entries += _below(hit)
        elif hit.suffix.lower() in IMAGE_SUFFIXES:
            entries.append((hit, PurePosixPath(hit.name)))
    return entries if entries else Nothing(name, "No picture matches this pattern.")


def _below(folder: Path) -> list[tuple[Path, PurePosixPath]]:
    found: list[tuple[Path, PurePosixPath]] = []
    for root, folders, files in os.walk(folder):
        folders[:] = _sorted(f for f in folders if not f.startswith("."))
        for file in _sorted(files):
            if Path(file).suffix.lower() in IMAGE_SUFFIXES and not file.startswith("."):
                path = Path(root) / file
                found.append((path, PurePosixPath(path.relative_to(folder).as_posix())))
    return found


def _sorted(names: Iterable[str]) -> list[str]:
    return sorted(names, key=natural_key)


def _free_stem(below: PurePosixPath, taken: set[str]) -> PurePosixPath:
    """The path without its suffix, with -2, -3, ... where another picture has that name already."""
    stem, n = below.with_suffix(""), 1
    while (key := str(stem).casefold()) in taken:
        n += 1
        stem = below.with_name(f"{below.stem}-{n}")
    taken.add(key)
    return stem
