"""The parts of the training scripts that run without downloads."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"


@pytest.fixture
def scripts(monkeypatch):
    monkeypatch.syspath_prepend(str(SCRIPTS))
    yield
    for name in ("minilm", "source_labels"):
        sys.modules.pop(name, None)


def test_words_are_cut_into_the_longest_known_pieces(scripts):
    from minilm import tokenize

    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "sky", "sky", "##line", "##li", "##ne", ",", "a"]
    vocabulary = {word: index for index, word in enumerate(words)}
    assert tokenize("A skyline, sky", vocabulary) == [2, 10, 5, 6, 9, 5, 3]
    assert tokenize("xyz", vocabulary) == [2, 1, 3]
    assert tokenize("", vocabulary) == [2, 3]


def test_marked_axes_lie_in_their_pictures(scripts):
    from source_labels import MARKED_AXES, NOT_BACKGROUNDS

    for name, axes in MARKED_AXES.items():
        assert name.split("/")[-1] not in NOT_BACKGROUNDS
        for x0, y0, x1, y1 in axes:
            assert 0 <= min(x0, y0, x1, y1) <= max(x0, y0, x1, y1) <= 1
            assert (x1 - x0) ** 2 + (y1 - y0) ** 2 > 0.1
