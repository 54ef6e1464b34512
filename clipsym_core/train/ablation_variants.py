"""The paper's tables as changes of one model: what differs, under which heading, and what was published. No torch.

Every variant starts from the same towers; only what its row names differs. The published numbers (max F1 on DENDI,
reflection and rotation) stand beside ours for orientation; they are from other data and budgets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias

from clipsym_core.errors import ConfigError
from clipsym_core.model.config import ModelConfig, nearest
from clipsym_core.model.presets import matched_plain

Table: TypeAlias = Literal["prompts", "towers", "equivariance", "text", "matching", "scratch"]
Published: TypeAlias = tuple[float | None, float | None]

TABLES: Final[tuple[Table, ...]] = ("prompts", "towers", "equivariance", "text", "matching", "scratch")
FULL: Final = "full"
_PHRASES = (("phrase-axis", "reflection axis", 64.4), ("phrase", "symmetry axes in the image", 64.8))
_DEALT: Final = ((25, 1, 65.3), (25, 4, 66.5), (25, 16, 65.9), (50, 4, 65.4))


@dataclass(frozen=True, slots=True)
class Variant:
    """One row of the tables.

    Attributes:
        name: short, for folders.
        tables: under which headings it stands.
        sections: what differs in the model's config.
        freeze: parts that do not learn, beside what the preset freezes.
        tower: whether the image tower starts with the base's weights.
        prompts: which of the base's prompt embeddings are used, where there is no text tower at hand: the first so
            many, or their `mean`; None = as the config says.
        published: F1 on DENDI in percent, reflection and rotation.
    """

    name: str
    title: str
    tables: tuple[Table, ...]
    sections: Mapping[str, Any] = field(default_factory=dict, hash=False)
    freeze: tuple[str, ...] = ()
    tower: bool = True
    prompts: int | Literal["mean"] | None = None
    published: Published = (None, None)


def variants_of(config: ModelConfig, tables: Sequence[str] = TABLES) -> tuple[Variant, ...]:
    """The variants of a model for these tables, the whole model first.

    Raises:
        ConfigError: an unknown table; tells the nearest.
    """
    for table in tables:
        if table not in TABLES:
            raise ConfigError(f"There is no table '{table}'.", remedy=nearest(table, TABLES))
    clip = config.text.kind == "clip"
    found = [Variant(FULL, _full_title(config), TABLES, published=(66.5, 25.1))]
    found += _clip_prompts(config) if clip else _table_prompts(config)
    found += _towers(config)
    found += _equivariance(config)
    if config.text.kind != "none":
        found.append(Variant("no-text", "without text: one stream, no FiLM", ("text",), {"text": {"kind": "none"}},
                             published=(63.7, 17.7)))  # fmt: skip
    if config.matching is not None:
        found.append(Variant("no-matching", "without mirror matching", ("matching",), {"matching": None}))
    found.append(_scratch(config))
    return tuple(v for v in found if set(v.tables) & set(tables))


def _full_title(config: ModelConfig) -> str:
    prompts = config.prompts
    words = f"{prompts.streams} prompts of {prompts.words}" if config.text.kind != "none" else "no text"
    return f"whole model ({words}, {config.upsampler.group})"


def _clip_prompts(config: ModelConfig) -> list[Variant]:
    """The prompt table and M x K, with the text tower at hand."""

    def prompts(**values: object) -> dict[str, Any]:
        return {"prompts": {"texts": (), **values}}

    found = [
        Variant(name, f'one prompt: "{text}"', ("prompts",), prompts(mode="phrase", phrase=text), published=(f1, None))
        for name, text, f1 in _PHRASES
    ]
    found.append(Variant("long", "one prompt of 25 objects", ("prompts",), prompts(mode="long", count=25, words=1),
                         published=(65.8, None)))  # fmt: skip
    own = (config.prompts.mode, config.prompts.count, config.prompts.words)
    for m, k, f1 in _DEALT:
        # The vocabulary's frequent words do not suffice for 25 x 16: these are drawn uniformly, as the authors do.
        mode = "random" if m * k > 200 else "groups"
        if (mode, m, k) != own:
            found.append(Variant(f"m{m}k{k}", f"{m} prompts of {k}", ("prompts",),
                                 prompts(mode=mode, count=m, words=k), published=(f1, None)))  # fmt: skip
    if config.prompts.mode != "random":
        found.append(Variant("random", "words drawn uniformly (the authors' code)", ("prompts",),
                             prompts(mode="random")))  # fmt: skip
    return found


def _table_prompts(config: ModelConfig) -> list[Variant]:
    """What can be said of prompts with a table of embeddings alone: fewer of them, and one for all."""
    count = config.prompts.streams
    if config.text.kind == "none" or count < 2:
        return []
    found = [
        Variant(f"m{m}", f"{m} of the {count} prompts" if m > 1 else "the first prompt alone", ("prompts",),
                _fixed(config, m), prompts=m)
        for m in sorted({1, count // 2} - {count})
    ]  # fmt: skip
    texts = (" ".join(config.prompts.texts) or "all",)
    mean = {"prompts": {"mode": "fixed", "count": 1, "texts": texts}}
    return [*found, Variant("mean", "one prompt: the mean of all", ("prompts",), mean, prompts="mean")]


def _fixed(config: ModelConfig, count: int) -> dict[str, Any]:
    texts = config.prompts.texts[:count] or tuple(f"prompt {i + 1}" for i in range(count))
    return {"prompts": {"mode": "fixed", "count": count, "texts": texts}}


def _towers(config: ModelConfig) -> list[Variant]:
    """Which towers learn. Without a text tower the table of embeddings stands for it."""
    if config.text.kind == "none":
        return []
    learns = "tower" if config.text.kind == "clip" else "embeddings"
    found = []
    for name, image, text, f1 in (("frozen", False, False, 59.4), ("train-text", False, True, 58.9),
                                  ("train-image", True, False, 65.3), ("train-both", True, True, 66.5)):  # fmt: skip
        training = learns if text else "frozen"
        if image and config.encoder.trainable and config.text.training == training:
            continue  # that is the whole model
        title = {(False, False): "both towers frozen", (False, True): "the text learns", (True, False): "the image "
                 "tower learns", (True, True): "both learn"}[image, text]  # fmt: skip
        found.append(
            Variant(name, title, ("towers",), {"encoder": {"trainable": image}, "text": {"training": training}},
                    () if image else ("encoder",), published=(f1, None))
        )  # fmt: skip
    return found


def _equivariance(config: ModelConfig) -> list[Variant]:
    upsampler, outputs = config.upsampler, len(config.outputs)
    found = [
        Variant("plain", "plain convolutions with as many parameters", ("equivariance",),
                {"upsampler": matched_plain(upsampler, config.decoder.width, outputs).model_dump()}),
        Variant("plain-authors", "plain convolutions as the authors have them (fewer parameters)", ("equivariance",),
                {"upsampler": {"group": "C1", "basis": "pixel", "lift": False, "fields": upsampler.fields}},
                published=(62.9, 24.2)),
    ]  # fmt: skip
    for group in ("C4", "C8", "D4"):
        if group != upsampler.group and not (group == "C8" and upsampler.basis == "pixel"):
            found.append(Variant(group.lower(), f"upsampler over {group}", ("equivariance",),
                                 {"upsampler": {"group": group}}))  # fmt: skip
    return found


def _scratch(config: ModelConfig) -> Variant:
    sections: dict[str, Any] = {"encoder": {"weights": None}}
    if config.text.kind == "clip":
        sections["text"] = {"training": "tower"}
    return Variant("scratch", "from random weights", ("scratch",), sections, tower=False, published=(32.1, None))
