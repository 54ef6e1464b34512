"""From a folder to its project: where the file is, what is said about it, and all parts wired together."""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from symviewer.model.document import Document
from symviewer.model.problem import Problem
from symviewer.model.translating import tr
from symviewer.model.undo import UndoStack
from symviewer.store.autosave import Autosave
from symviewer.store.database import connect_reader, is_project
from symviewer.store.lock import WriterLock
from symviewer.store.paths import data_folder
from symviewer.store.problems import ProjectError
from symviewer.store.project import Project

PROJECT_SUFFIX: Final = ".symproj"
PROJECT_NAME: Final = f"symviewer{PROJECT_SUFFIX}"


@dataclass(frozen=True, slots=True)
class OpenedProject:
    """A project with everything that works on it. `notices` are to be shown: read-only, elsewhere, brought forward."""

    project: Project
    stack: UndoStack
    autosave: Autosave
    notices: tuple[Problem, ...]

    @property
    def document(self) -> Document:
        return self.project.document

    def close(self) -> bool:
        """Save and let go; whether all is on disk."""
        saved = self.autosave.stop()
        self.project.close()
        return saved


def open_folder(folder: Path, *, leave_alone: bool = False) -> OpenedProject:
    """The project of a folder, made without asking where there is none.

    It lies in the folder; in the user's data folder where that cannot be written (a notice says so), or is to be left
    alone (the pictures that come with the program; no notice). A folder inside one whose project has work on its
    pictures uses that project, so that nothing seems lost.

    Raises:
        ProjectError: refused, with the reason; the file is left as it was.
    """
    folder = folder.absolute()
    if leave_alone:
        return _open(_made(_outside_path(folder), folder), folder, [])
    for root in (folder, *folder.parents):
        inside, outside = root / PROJECT_NAME, _outside_path(root)
        if root == folder:
            if inside.exists() or outside.exists():
                return _open_root(root)
        elif _has_work_below(inside, root, folder) or _has_work_below(outside, root, folder):
            return _open_root(root)
    return _open_root(folder)


def open_file(path: Path) -> OpenedProject:
    """A project by its file, which a person chose.

    Raises:
        ProjectError: refused, with the reason; the file is left as it was.
    """
    path = path.absolute()
    if path.name == PROJECT_NAME:
        return _open_root(path.parent)
    return _open(path, path.parent, [])


def folder_for(paths: Sequence[str]) -> Path:
    """The folder whose project holds these files and folders: the deepest that holds them all.

    Raises:
        ValueError: no paths, or none in common (two drives).
    """
    folders = [path if os.path.isdir(path) else os.path.dirname(path) for path in map(os.path.abspath, paths)]
    return Path(os.path.commonpath(folders))


def _open_root(folder: Path) -> OpenedProject:
    """The project of just this folder, wherever it has to be."""
    inside, outside = folder / PROJECT_NAME, _outside_path(folder)
    if _can_write(folder) and (inside.exists() or not outside.exists()):
        return _open(inside, folder, [])
    outside = _made(outside, folder)
    reason = (
        tr("The folder {folder} cannot be written.").format(folder=folder)
        if not _can_write(folder)
        else tr("It was begun there.")
    )
    remedy = tr("Keep this file if you move to another computer.")
    try:
        if not outside.exists() and inside.exists():
            _copy(inside, outside)
            reason += tr(" The work in it was taken over.")
    except OSError as error:
        raise _no_place(folder, f"{reason} {error}.") from error
    return _open(
        outside,
        folder,
        [Problem(tr("Your work on this folder is kept in {outside}.").format(outside=outside), reason, remedy)],
    )


def _made(path: Path, folder: Path) -> Path:
    """The same path, with its folder there."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _no_place(folder, f"{error}.") from error
    return path


def _no_place(folder: Path, why: str) -> ProjectError:
    return ProjectError(
        tr("There is no place for the project of {folder}.").format(folder=folder),
        why,
        tr("Copy the pictures elsewhere."),
    )


def _open(path: Path, folder: Path, notices: list[Problem]) -> OpenedProject:
    project = Project(path, folder)
    stack = UndoStack(project.document)
    stack.read_only = project.read_only
    if project.read_only:
        remedy = tr("Close it there and open the folder again to make changes here.")
        notices = [*notices, Problem(tr("This project is open for reading only."), project.read_only, remedy)]
    for backup in project.backups:
        notices = [
            *notices,
            Problem(
                tr("The project was brought to a newer version."),
                "",
                tr("The old one is in {backup}.").format(backup=backup),
            ),
        ]
    return OpenedProject(project, stack, Autosave(stack, project), tuple(notices))


def _outside_path(folder: Path) -> Path:
    """Where the project of a folder lies that cannot be written."""
    name = hashlib.blake2b(os.fsencode(folder), digest_size=6).hexdigest()
    return data_folder() / "projects" / f"{folder.name or 'root'}-{name}{PROJECT_SUFFIX}"


def _has_work_below(path: Path, root: Path, folder: Path) -> bool:
    """Whether the project at `path`, of the folder `root`, knows pictures below `folder`."""
    if not path.exists() or not is_project(path):
        return False
    prefix = folder.relative_to(root).as_posix() + "/"
    try:
        with closing(connect_reader(path)) as connection:
            # The character after "/" ends the range of paths that begin with the prefix.
            query = "SELECT 1 FROM pictures WHERE path >= ? AND path < ? LIMIT 1"
            return connection.execute(query, (prefix, prefix[:-1] + "0")).fetchone() is not None
    except (sqlite3.Error, UnicodeEncodeError):
        return False


def _can_write(folder: Path) -> bool:
    """Whether files can be made and locked in a folder. Tried, not asked: permissions say little on network drives."""
    try:
        with tempfile.TemporaryDirectory(dir=folder, prefix=".symviewer-") as trial:
            lock = WriterLock(Path(trial) / "lock")
            try:
                return lock.acquire()
            finally:
                lock.release()
    except OSError:
        return False


def _copy(source: Path, target: Path) -> None:
    """Copy a project with its log, the log first: without the project it means nothing."""
    log = source.with_name(source.name + "-wal")
    if log.exists():
        shutil.copyfile(log, target.with_name(target.name + "-wal"))
    temporary = target.with_name(f".{target.name}.tmp")
    shutil.copyfile(source, temporary)
    os.replace(temporary, target)
