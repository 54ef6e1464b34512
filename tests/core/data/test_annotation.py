"""Records and reports."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipsym_core.data.annotation import AnnotatedPicture, Annotation, fraction_of, safe_path
from clipsym_core.data.report import Entry, Report
from clipsym_core.symmetry import Detection, ReflectionAxis, ReflectionEllipse, RotationCenter


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("a.jpg", "a.jpg"),
        ("a/b c/d.jpg", "a/b c/d.jpg"),
        ("a\\b.jpg", "a/b.jpg"),
        ("./a/../b.jpg", "b.jpg"),
        ("a//b.jpg", "a/b.jpg"),
        ("..a/b..jpg", "..a/b..jpg"),
    ],
)
def test_safe_paths(text: str, plain: str) -> None:
    assert safe_path(text) == plain


@pytest.mark.parametrize(
    "text",
    ["", "/", "..", "../a", "a/../..", "/a", "\\a", "//host/a", "C:/a", "c:a", "a\nb", "a\0", "con", "a/NUL.jpg", "a:b",
     "\ud800", "é" * 200, " a.jpg", "a.jpg ", "a /b.jpg", " "],
)  # fmt: skip
def test_unsafe_paths(text: str) -> None:
    with pytest.raises(ValueError):
        safe_path(text)


@given(st.text())
def test_safe_paths_stay_inside_and_are_their_own_plain_form(text: str) -> None:
    try:
        path = safe_path(text)
    except ValueError:
        return
    assert safe_path(path) == path
    assert not path.startswith("/")
    assert ".." not in path.split("/")


def test_a_record_knows_its_shapes_by_kind() -> None:
    axis, center, disc = ReflectionAxis(((0, 0), (1, 0))), RotationCenter(1, 1, 3), ReflectionEllipse(0, 0, 2, 1)
    picture = AnnotatedPicture("a/b.png", annotations=tuple(map(Annotation, (disc, axis, center))))
    assert (picture.axes, picture.centers, picture.ellipses) == ((axis,), (center,), (disc,))
    assert picture.kinds == ("axis", "center", "ellipse")
    assert picture.folder == "a"


def test_accepting_takes_good_suggestions_and_drops_the_others() -> None:
    good, bad = (Detection(RotationCenter(i, 0, 2), score, "m") for i, score in enumerate((0.5, 0.4)))
    picture = AnnotatedPicture("a.png", suggestions=(good, bad)).accepted(0.5)
    assert picture.shapes == (good.shape,)
    assert picture.suggestions == ()


@pytest.mark.parametrize(
    "wrong",
    [{"path": "../a"}, {"path": "a//b"}, {"size": (0, 4)}, {"state": "maybe"}, {"split": "dev"}, {"group": "a\nb"}],
)
def test_impossible_records(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        AnnotatedPicture(**({"path": "a.png"} | wrong))  # type: ignore[arg-type]


def test_fractions_are_the_same_everywhere() -> None:
    assert fraction_of("a", 0) == pytest.approx(0.0853399876, abs=1e-9)
    assert fraction_of("a", 1) != fraction_of("a", 0)


def test_reports_keep_a_few_entries_and_count_all() -> None:
    told: list[Entry] = []
    report = Report(keep=3, sink=told.append)
    for i in range(10):
        report.skipped(f"{i}.json", "line 1", "Broken.")
    report.note("x", "", "Odd.")
    assert len(report.entries) == 3
    assert len(told) == 11
    assert report.counts["skipped"] == 10
    assert report.topics["skipped", "Broken."] == 10
    assert report.summary() == "0 pictures read, 0 written (no shapes); 10 skipped, 1 note"


def test_reports_cannot_play_tricks_on_the_terminal() -> None:
    report = Report()
    report.skipped("a\x1b[2Jb\udce4.json", "", "x\ny")
    assert str(report.entries[0]) == "a\\x1b[2Jb?.json: x\\x0ay"
