"""Semantic-aware prompt grouping (SAPG): a ranked vocabulary of object words becomes M prompts of K words.

The prompts are the same for every picture. A draw depends on the vocabulary, the mode and the seed alone, and its
result is stored in the config (`PromptConfig.texts`), so that the weights learned for a prompt can never meet another
one. Vocabularies are text files: one word or short phrase a line, most frequent first, `#` starts a comment.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

from clipsym_core.errors import ConfigError, reason_of
from clipsym_core.model.config import Config, ModelConfig, PromptConfig, nearest
from clipsym_core.resources import resource_path


def vocabulary_names() -> tuple[str, ...]:
    """Names of the shipped vocabularies."""
    return tuple(sorted(path.stem for path in resource_path("prompts").glob("*.txt")))


def read_vocabulary(name_or_path: str) -> tuple[str, ...]:
    """The words of a shipped vocabulary or of a file, in rank order.

    Raises:
        ConfigError: unknown, unreadable, empty, or with a word twice.
    """
    names = vocabulary_names()
    path = resource_path("prompts", f"{name_or_path}.txt") if name_or_path in names else Path(name_or_path)
    what = f"Cannot read the vocabulary '{name_or_path}'."
    if not path.is_file():
        raise ConfigError(what, "There is no such file.", nearest(name_or_path, names))
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(what, f"{reason_of(error)}.", "Save it as UTF-8 text, one word a line.") from error
    words = tuple(word for line in lines if (word := " ".join(line.partition("#")[0].split())))
    if not words:
        raise ConfigError(what, "It holds no word.", "Write one word a line, most frequent first.")
    twice = next((word for index, word in enumerate(words) if word in words[:index]), None)
    if twice is not None:
        raise ConfigError(what, f"'{twice}' stands in it twice.", "Keep the first.")
    return words


def build_prompts(config: PromptConfig, vocabulary: Sequence[str] | None = None) -> tuple[str, ...]:
    """The prompts: `config.texts` when they were drawn before, a new draw otherwise.

    Args:
        vocabulary: words in rank order; None reads the one that the config names.

    Raises:
        ConfigError: mode `fixed` without texts, or a vocabulary with too few words.
    """
    if config.texts:
        return config.texts
    if config.mode == "fixed":
        raise ConfigError("Prompt mode 'fixed' has no texts.", remedy="Give texts, or choose another mode.")
    if config.mode == "phrase":
        return (config.phrase,)
    words = tuple(vocabulary) if vocabulary is not None else read_vocabulary(config.vocabulary)
    total = config.count * config.words
    needed = config.words if config.mode == "random" else total
    if len(words) < needed:
        raise ConfigError(
            f"The vocabulary has {len(words)} words, the prompts need {needed}.", remedy="Use fewer or shorter prompts."
        )
    draw = random.Random(config.seed)
    if config.mode == "random":
        return tuple(" ".join(draw.sample(words, config.words)) for _ in range(config.count))
    frequent = draw.sample(words[:total], total)
    if config.mode == "long":
        return (" ".join(frequent),)
    return tuple(" ".join(frequent[start : start + config.words]) for start in range(0, total, config.words))


def with_prompts(config: Config, vocabulary: Sequence[str] | None = None) -> Config:
    """The config with its prompts drawn and stored; that of a model without text as it is.

    Raises:
        ConfigError: as `build_prompts`.
    """
    if not isinstance(config, ModelConfig) or config.text.kind == "none":
        return config
    return config.replaced(prompts={"texts": build_prompts(config.prompts, vocabulary)})
