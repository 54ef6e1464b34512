"""Prompts: frequent words, dealt by seed; stored with the model."""

from __future__ import annotations

from pathlib import Path

import pytest

from clipsym_core.errors import ConfigError
from clipsym_core.model.config import PromptConfig, preset
from clipsym_core.model.prompts import build_prompts, read_vocabulary, vocabulary_names, with_prompts

WORDS = tuple(f"w{index}" for index in range(50))


def test_shipped_vocabularies_are_clean() -> None:
    assert "everyday" in vocabulary_names()
    for name in vocabulary_names():
        assert len(read_vocabulary(name)) > 100
    assert len(read_vocabulary("everyday")) >= 25 * 16


def test_groups_use_every_frequent_word_once_and_no_rare_one() -> None:
    prompts = build_prompts(PromptConfig(count=5, words=4), WORDS)
    assert len(prompts) == 5
    assert sorted(word for prompt in prompts for word in prompt.split()) == sorted(WORDS[:20])


def test_random_draws_differ_by_prompt_and_reach_rare_words() -> None:
    prompts = build_prompts(PromptConfig(mode="random", count=30, words=4), WORDS)
    assert len(prompts) == 30
    assert all(len(set(prompt.split())) == 4 for prompt in prompts)
    assert {word for prompt in prompts for word in prompt.split()} & set(WORDS[40:])


def test_long_is_one_prompt_and_phrase_is_the_phrase() -> None:
    (long,) = build_prompts(PromptConfig(mode="long", count=5, words=4), WORDS)
    assert sorted(long.split()) == sorted(WORDS[:20])
    assert build_prompts(PromptConfig(mode="phrase", phrase="reflection axis")) == ("reflection axis",)


def test_the_seed_decides() -> None:
    draws = [
        build_prompts(PromptConfig(seed=seed), WORDS * 1 + tuple(f"x{i}" for i in range(60))) for seed in (1, 1, 2)
    ]
    assert draws[0] == draws[1] != draws[2]


def test_drawn_texts_stay() -> None:
    config = with_prompts(preset("clipsym-lite"))
    assert len(config.prompts.texts) == 8
    assert build_prompts(config.prompts, WORDS) == config.prompts.texts
    assert with_prompts(preset("clipsym-b16-no-text")).prompts.texts == ()


def test_own_vocabulary(tmp_path: Path) -> None:
    path = tmp_path / "bugs.txt"
    path.write_text("# insects\nbutterfly\nstag  beetle # two words\n\nladybird\n", encoding="utf-8")
    assert read_vocabulary(str(path)) == ("butterfly", "stag beetle", "ladybird")
    prompts = build_prompts(PromptConfig(count=3, words=1, vocabulary=str(path)))
    assert sorted(prompts) == ["butterfly", "ladybird", "stag beetle"]


@pytest.mark.parametrize(
    ("content", "word"), [(b"", "no word"), (b"a\na\n", "twice"), (b"\xff\xfe\x00", "UTF-8"), (b"a b\n", "1 words")]
)
def test_bad_vocabularies(tmp_path: Path, content: bytes, word: str) -> None:
    path = tmp_path / "bad.txt"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=word):
        build_prompts(PromptConfig(count=2, words=2, vocabulary=str(path)))


def test_unknown_vocabulary_and_missing_texts() -> None:
    with pytest.raises(ConfigError, match="Did you mean 'everyday'"):
        read_vocabulary("everydy")
    with pytest.raises(ConfigError, match="no texts"):
        build_prompts(PromptConfig(mode="fixed"))
