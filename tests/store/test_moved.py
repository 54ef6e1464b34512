"""Moved folders and pictures are found again."""

from __future__ import annotations

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from clipsym_core.symmetry import RotationCenter
from symviewer.model import commands
from symviewer.store.identity import Identity, IdentityReader, plan_moves, read_identity
from symviewer.store.opening import OpenedProject, open_folder
from symviewer.store.problems import ProjectError
from tests.model.workbench_machine import snapshot


def annotate(opened: OpenedProject, *names: str) -> None:
    """Each picture gets as many centers as its place in the list, so that they can be told apart."""
    for count, name in enumerate(names, 1):
        (picture,) = opened.project.add_files([str(opened.project.folder / name)])
        opened.stack.push(commands.add(opened.document, picture, [RotationCenter(i, 1.0, 2) for i in range(count)]))


def counts(opened: OpenedProject) -> dict[str, int]:
    return {entry.path: entry.annotations for entry in opened.document.entries() if entry.annotations}


def files(folder: Path) -> list[str]:
    return sorted(str(path) for path in folder.rglob("*.png"))


def find_moved(opened: OpenedProject) -> None:
    found = files(opened.project.folder)
    opened.project.add_files(found)  # as the scan of the folder does
    opened.project.move_pictures(plan_moves(opened.project.known_pictures(), found))


def test_a_moved_folder_is_the_same_project(folder: Path, tmp_path: Path) -> None:
    opened = open_folder(folder)
    annotate(opened, "a.png", "sub/c.png")
    end = snapshot(opened.document)
    opened.close()
    elsewhere = tmp_path / "other" / "place"
    shutil.move(folder, elsewhere)
    again = open_folder(elsewhere)
    assert again.notices == ()
    assert snapshot(again.document) == end
    assert all(os.path.exists(again.project.path_of(picture)) for picture in again.document)
    assert plan_moves(again.project.known_pictures(), files(elsewhere)) == []
    again.close()


def test_moved_and_renamed_pictures_keep_their_annotations(folder: Path) -> None:
    opened = open_folder(folder)
    annotate(opened, "a.png", "b.png", "sub/c.png")
    opened.close()
    (folder / "a.png").rename(folder / "sub" / "renamed.png")
    (folder / "sub" / "c.png").rename(folder / "c.png")
    again = open_folder(folder)
    relocated: list[int] = []
    again.document.relocated.connect(relocated.append)
    find_moved(again)
    assert counts(again) == {"sub/renamed.png": 1, "b.png": 2, "c.png": 3}
    assert len(relocated) == 2
    again.close()
    third = open_folder(folder)
    assert counts(third) == {"sub/renamed.png": 1, "b.png": 2, "c.png": 3}
    third.close()


def test_two_pictures_that_changed_names(folder: Path) -> None:
    opened = open_folder(folder)
    annotate(opened, "a.png", "b.png")
    opened.close()
    (folder / "a.png").rename(folder / "x")
    (folder / "b.png").rename(folder / "a.png")
    (folder / "x").rename(folder / "b.png")
    again = open_folder(folder)
    find_moved(again)
    assert counts(again) == {"b.png": 1, "a.png": 2}
    again.close()
    third = open_folder(folder)
    assert counts(third) == {"b.png": 1, "a.png": 2}
    third.close()


def test_another_picture_of_the_same_size_is_not_taken_for_the_lost_one(folder: Path) -> None:
    opened = open_folder(folder)
    annotate(opened, "a.png")
    opened.close()
    size = (folder / "a.png").stat().st_size
    (folder / "a.png").unlink()
    (folder / "new.png").write_bytes(b"?" * size)
    again = open_folder(folder)
    find_moved(again)
    assert counts(again) == {"a.png": 1}  # kept, in case the file comes back
    again.close()


def test_work_on_the_new_place_is_not_overwritten(folder: Path) -> None:
    opened = open_folder(folder)
    annotate(opened, "a.png")
    opened.close()
    (folder / "a.png").rename(folder / "moved.png")
    again = open_folder(folder)
    (picture,) = again.project.add_files([str(folder / "moved.png")])
    again.stack.push(commands.add(again.document, picture, [RotationCenter(i, 9.0, 3) for i in range(7)]))
    again.project.move_pictures(plan_moves(again.project.known_pictures(), files(folder)))
    assert counts(again) == {"a.png": 1, "moved.png": 7}
    again.close()


def test_of_equal_files_the_one_of_the_same_name_is_taken(folder: Path) -> None:
    opened = open_folder(folder)
    annotate(opened, "a.png")
    opened.close()
    shutil.copy(folder / "a.png", folder / "sub" / "0 copy.png")
    (folder / "a.png").rename(folder / "sub" / "a.png")
    again = open_folder(folder)
    find_moved(again)
    assert counts(again) == {"sub/a.png": 1}
    again.close()


def test_a_picture_that_could_not_be_read_gets_its_identity_later(folder: Path) -> None:
    content = (folder / "a.png").read_bytes()
    (folder / "a.png").unlink()
    opened = open_folder(folder)
    annotate(opened, "a.png")
    opened.close()
    (folder / "a.png").write_bytes(content)
    again = open_folder(folder)
    again.close()
    third = open_folder(folder)
    assert [known.identity for known in third.project.known_pictures()] == [read_identity(str(folder / "a.png"))]
    third.close()


def test_identity_is_of_the_content_alone(folder: Path) -> None:
    shutil.copy(folder / "a.png", folder / "copy.png")
    identity = read_identity(str(folder / "a.png"))
    assert identity == read_identity(str(folder / "copy.png"))
    assert identity == Identity(len(b"first picture"), identity.hash)
    assert identity != read_identity(str(folder / "b.png"))


def test_the_reader_finishes_what_was_asked_for(folder: Path) -> None:
    reader = IdentityReader()
    for number in range(50):
        reader.request(number, str(folder / ("a.png" if number % 2 else "missing.png")))
    reader.stop(seconds=30)
    assert [number for number, _ in reader.results()] == list(range(1, 50, 2))
    reader.stop(seconds=1)


def test_what_cannot_be_written_is_not_moved_in_memory_either(folder: Path) -> None:
    opened = open_folder(folder)
    annotate(opened, "a.png")
    opened.close()
    (folder / "a.png").rename(folder / "moved.png")
    again = open_folder(folder)
    moves = plan_moves(again.project.known_pictures(), files(folder))
    assert moves
    again.project.read_only = "The disk is full."
    with pytest.raises(ProjectError):
        again.project.move_pictures(moves)
    assert counts(again) == {"a.png": 1}
    again.project.read_only = ""
    again.project.move_pictures(moves)
    assert counts(again) == {"moved.png": 1}
    again.close()


def test_the_row_of_a_picture_without_work_makes_room(folder: Path) -> None:
    opened = open_folder(folder)
    annotate(opened, "a.png")
    annotate(opened, "b.png")
    opened.stack.undo()  # its row stays, there is no work on it
    opened.close()
    (folder / "a.png").replace(folder / "b.png")
    again = open_folder(folder)
    find_moved(again)
    assert counts(again) == {"b.png": 1}
    again.close()
    third = open_folder(folder)
    assert counts(third) == {"b.png": 1}
    third.close()


def test_shapes_are_read_by_another_thread(folder: Path) -> None:
    opened = open_folder(folder)
    annotate(opened, "a.png", "b.png")
    a, b = opened.document.find("a.png"), opened.document.find("b.png")
    with ThreadPoolExecutor(1) as other:
        read = other.submit(lambda: [len(held.annotations) for held in opened.project.contents([b, None, a])])
        assert read.result() == [2, 0, 1]
    opened.close()
