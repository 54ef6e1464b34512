"""Labels of photos: reading them, and the competition's rule for dominant axes and stars."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from clipsym_core.errors import InputError
from clipsym_core.evaluate.photo_labels import PhotoLabel, Star, load_photo_labels
from clipsym_core.symmetry import ReflectionAxis

SHIPPED = Path(__file__).parents[3] / "benchmarks" / "cq100_labels.json"
TRUE = ReflectionAxis(((100.0, 0.0), (100.0, 200.0)))
LABEL = PhotoLabel("dominant", (TRUE,), (ReflectionAxis(((0.0, 50.0), (80.0, 50.0))),), (Star((300.0, 300.0), 50.0),))


def _axis(x0: float, y0: float, x1: float, y1: float) -> ReflectionAxis:
    return ReflectionAxis(((x0, y0), (x1, y1)))


@pytest.mark.parametrize(
    ("axis", "right"),
    [
        (_axis(110, 20, 110, 180), True),
        (_axis(110, 180, 110, 20), True),
        (_axis(100, 0, 140, 200), False),  # 11.3 degrees
        (_axis(100, 0, 100, 90), False),  # its middle is 55 px off, 0.2 x 90 px are allowed
        (_axis(270, 280, 330, 320), True),  # through the star, in any direction
        (_axis(270, 300, 290, 300), False),
        (_axis(0, 50, 80, 50), False),  # marked, but not dominant
    ],
)
def test_the_rule(axis: ReflectionAxis, right: bool) -> None:
    assert LABEL.is_dominant(axis) is right


def test_what_is_marked_counts_as_marked() -> None:
    assert LABEL.is_marked(_axis(0, 50, 80, 50))
    assert not LABEL.is_marked(_axis(0, 150, 80, 150))
    assert len(LABEL.all_axes()) == 2 + 12
    assert {round(a.length) for a in Star((0.0, 0.0), 5.0, 3).axes()} == {10}


def test_the_shipped_labels_can_be_read() -> None:
    labels = load_photo_labels(SHIPPED)
    kinds = [label.kind for label in labels.values()]
    assert len(labels) == 100
    assert set(kinds) == {"dominant", "none", "unclear"}
    for label in labels.values():
        assert bool(label.dominant or label.dominant_stars) == (label.kind == "dominant")


@pytest.mark.parametrize("content", ["", "{}", '{"photos": {"a.jpg": {}}}', json.dumps({"photos": [1]})])
def test_other_files_are_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "labels.json"
    path.write_text(content)
    with pytest.raises(InputError):
        load_photo_labels(path)
    with pytest.raises(InputError):
        load_photo_labels(tmp_path / "none.json")
