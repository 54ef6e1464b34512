"""Where a project lies: in the folder, above it, or in the user's data folder."""

from __future__ import annotations

import errno
import shutil
import sys
from pathlib import Path

import pytest

from clipsym_core.symmetry import RotationCenter
from symviewer.model import commands
from symviewer.store import lock, opening
from symviewer.store.opening import PROJECT_NAME, folder_for, open_file, open_folder
from symviewer.store.problems import ProjectError
from tests.model.workbench_machine import snapshot

CENTER = RotationCenter(1.0, 2.0, 3)


@pytest.fixture
def sealed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which nothing can be made. Permissions do not stop root, so the trial itself is told to fail."""
    real = opening.tempfile.TemporaryDirectory

    def refuse(*, dir: Path, prefix: str) -> object:
        if Path(dir) == folder or folder in Path(dir).parents:
            raise OSError(errno.EROFS, "Read-only file system", str(dir))
        return real(dir=dir, prefix=prefix)

    monkeypatch.setattr(opening.tempfile, "TemporaryDirectory", refuse)
    return folder


def test_a_folder_gets_its_project_without_asking(folder: Path) -> None:
    opened = open_folder(folder)
    assert opened.project.path == folder / PROJECT_NAME
    assert opened.project.path.exists()
    opened.close()


def test_a_read_only_folder_has_its_project_in_the_data_folder(sealed: Path, home: Path) -> None:
    opened = open_folder(sealed)
    assert home in opened.project.path.parents
    assert str(opened.project.path) in opened.notices[0].text
    assert "cannot be written" in opened.notices[0].text
    (picture,) = opened.project.add_files([str(sealed / "a.png")])
    opened.stack.push(commands.add(opened.document, picture, [CENTER]))
    end = snapshot(opened.document)
    opened.close()
    assert not (sealed / PROJECT_NAME).exists()
    again = open_folder(sealed)
    assert snapshot(again.document) == end
    assert again.project.path_of(picture) == str(sealed / "a.png")
    again.close()
    below = open_folder(sealed / "sub")
    assert below.project.path != again.project.path
    below.close()


def test_work_in_a_folder_that_became_read_only_is_taken_over(
    folder: Path, home: Path, request: pytest.FixtureRequest
) -> None:
    opened = open_folder(folder)
    (picture,) = opened.project.add_files([str(folder / "a.png")])
    opened.stack.push(commands.add(opened.document, picture, [CENTER]))
    end = snapshot(opened.document)
    # As a crash leaves it: what was done is still in the log.
    copy = folder.with_name("copy")
    shutil.copytree(folder, copy)
    opened.close()
    shutil.rmtree(folder)
    copy.rename(folder)
    assert (folder / f"{PROJECT_NAME}-wal").stat().st_size > 0
    request.getfixturevalue("sealed")
    before = {path: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    again = open_folder(folder)
    assert home in again.project.path.parents
    assert "taken over" in again.notices[0].text
    assert snapshot(again.document) == end
    again.close()
    assert {path: path.read_bytes() for path in folder.iterdir() if path.is_file()} == before


def test_a_place_that_really_cannot_be_written(home: Path) -> None:
    if sys.platform != "linux":
        pytest.skip("only Linux has a folder that nobody can write")
    opened = open_folder(Path("/proc/sys/kernel"))
    assert home in opened.project.path.parents
    opened.close()


def test_a_file_system_without_locks_counts_as_read_only(
    folder: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = lock._try_lock

    def no_locks(handle: int) -> bool:
        monkeypatch.setattr(lock, "_try_lock", real)  # the data folder has them
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(lock, "_try_lock", no_locks)
    opened = open_folder(folder)
    assert home in opened.project.path.parents
    opened.close()


def test_nowhere_to_write_is_said(sealed: Path, home: Path) -> None:
    home.parent.mkdir(exist_ok=True)
    home.write_text("a file where the data folder should be")
    with pytest.raises(ProjectError, match="no place for the project"):
        open_folder(sealed)


def test_a_folder_below_uses_the_project_that_knows_its_pictures(folder: Path) -> None:
    opened = open_folder(folder)
    (picture,) = opened.project.add_files([str(folder / "sub" / "c.png")])
    opened.stack.push(commands.add(opened.document, picture, [CENTER]))
    opened.close()
    below = open_folder(folder / "sub")
    assert below.project.path == folder / PROJECT_NAME
    assert below.project.key_of(str(folder / "sub" / "c.png")) == "sub/c.png"
    assert below.document.annotations(picture)[0].shape == CENTER
    below.close()


def test_a_project_above_that_knows_nothing_here_is_left_alone(folder: Path) -> None:
    opened = open_folder(folder)
    (picture,) = opened.project.add_files([str(folder / "a.png")])
    opened.stack.push(commands.add(opened.document, picture, [CENTER]))
    opened.close()
    below = open_folder(folder / "sub")
    assert below.project.path == folder / "sub" / PROJECT_NAME
    below.close()


def test_a_foreign_file_above_does_not_matter(folder: Path) -> None:
    (folder / PROJECT_NAME).write_bytes(b"something else")
    below = open_folder(folder / "sub")
    assert below.project.path == folder / "sub" / PROJECT_NAME
    below.close()


def test_open_file_of_a_folder_is_the_folder(folder: Path) -> None:
    open_folder(folder).close()
    opened = open_file(folder / PROJECT_NAME)
    assert opened.project.folder == folder
    opened.close()


def test_folder_for(folder: Path) -> None:
    assert folder_for([str(folder)]) == folder
    assert folder_for([str(folder / "a.png")]) == folder
    assert folder_for([str(folder / "a.png"), str(folder / "sub" / "c.png")]) == folder
    assert folder_for([str(folder / "sub"), str(folder / "sub" / "c.png")]) == folder / "sub"
    with pytest.raises(ValueError):
        folder_for([])
