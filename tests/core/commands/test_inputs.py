"""Names on the command line become pictures."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from clipsym_core.commands.inputs import Nothing, Picture, find_pictures


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in (
        "photos/10.jpg", "photos/2.JPG", "photos/sub/a.png", "photos/.hidden/x.png", "photos/._a.png",
        "photos/notes.txt", "more/2.png", "empty/readme.md",
    ):  # fmt: skip
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def found(*names: str) -> list[tuple[str, str]]:
    return [(p.path.as_posix(), str(p.stem)) for p in find_pictures(names) if isinstance(p, Picture)]


def test_a_folder_gives_all_pictures_below_it_in_natural_order(tree: Path) -> None:
    assert found("photos") == [("photos/2.JPG", "2"), ("photos/10.jpg", "10"), ("photos/sub/a.png", "sub/a")]


def test_a_file_is_taken_whatever_its_suffix(tree: Path) -> None:
    assert found("photos/notes.txt") == [("photos/notes.txt", "notes")]


def test_a_missing_file_stays_so_that_reading_it_says_why(tree: Path) -> None:
    assert found("nowhere.jpg") == [("nowhere.jpg", "nowhere")]


def test_globs_that_the_shell_left_are_expanded(tree: Path) -> None:
    assert found("photos/*.jpg", "more/*") == [("photos/10.jpg", "10"), ("more/2.png", "2")]
    assert [path for path, _ in found("**/*.png")] == ["more/2.png", "photos/sub/a.png"]
    assert [path for path, _ in found("pho*")] == ["photos/2.JPG", "photos/10.jpg", "photos/sub/a.png"]


def test_a_file_whose_name_looks_like_a_glob_is_that_file(tree: Path) -> None:
    (tree / "a[1].png").touch()
    assert found("a[1].png") == [("a[1].png", "a[1]")]


def test_each_picture_comes_once(tree: Path) -> None:
    assert len(found("photos", "photos/10.jpg", "./photos/sub")) == 3


def test_pictures_of_one_name_get_results_of_different_names(tree: Path) -> None:
    assert [stem for _, stem in found("photos/2.JPG", "more")] == ["2", "2-2"]


def test_nothing_found_is_said_not_dropped(tree: Path) -> None:
    assert find_pictures(["empty", "*.webp"]) == [
        Nothing("empty", "There is no picture in this folder."),
        Nothing("*.webp", "No picture matches this pattern."),
    ]


def test_stems_keep_the_folders_below_a_named_folder(tree: Path) -> None:
    stems = [p.stem for p in find_pictures([str(tree)]) if isinstance(p, Picture)]
    assert PurePosixPath("photos/sub/a") in stems
