"""The named models: the bundled compact one, the paper's model and its variants."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from clipsym_core.model.config import (
    IMAGENET_MEAN,
    IMAGENET_STD,
    DecoderConfig,
    EncoderConfig,
    MatchingConfig,
    ModelConfig,
    NetworkConfig,
    Preprocessing,
    PromptConfig,
    TextConfig,
    UpsamplerConfig,
    parse_group,
)

Config = TypeVar("Config", bound=NetworkConfig, covariant=True)


@dataclass(frozen=True)
class Preset(Generic[Config]):
    """A model and one sentence about it."""

    config: Config
    description: str


_LITE = ModelConfig(
    name="clipsym-lite",
    encoder=EncoderConfig(
        kind="timm", name="tf_efficientnet_lite0", weights="imagenet", taps=(8, 16, 32), position_channels=32
    ),
    text=TextConfig(kind="sentence", name="all-MiniLM-L6-v2", dim=384, scale=10.0),
    prompts=PromptConfig(count=8, words=4),
    decoder=DecoderConfig(feedforward=512),
    upsampler=UpsamplerConfig(group="C4", fields=(24, 16, 8), basis="pixel"),
    matching=MatchingConfig(),
    preprocessing=Preprocessing(size=(256, 256), mean=IMAGENET_MEAN, std=IMAGENET_STD),
)

_B16 = ModelConfig(
    name="clipsym-b16",
    encoder=EncoderConfig(),
    prompts=PromptConfig(count=25, words=4),
    upsampler=UpsamplerConfig(group="C4"),
)
"""The paper's model with what its code gets wrong put right (docs/model.md)."""

_AUTHORS = ModelConfig(
    name="clipsym-b16-authors",
    prompts=PromptConfig(mode="random", count=25, words=4, seed=41),
    upsampler=UpsamplerConfig(group="C8", lift_relu=False, order="up_conv"),
    outputs=("reflection",),
    preprocessing=Preprocessing(size=(417, 417), mean=IMAGENET_MEAN, std=IMAGENET_STD),
    final_align_corners=True,
)
"""Every switch as in the authors' code; loads their checkpoints."""


def matched_plain(upsampler: UpsamplerConfig, width: int, outputs: int) -> UpsamplerConfig:
    """The non-equivariant twin with (nearly) as many parameters: plain convolutions, fields in the ratio 4 : 2 : 1.

    The authors compare against a twin with 6.4 times fewer parameters (recipe 1.7); this one isolates equivariance.
    """
    free = 6 if upsampler.basis == "escnn" else 9
    kind, n = parse_group(upsampler.group)
    order = n if kind == "C" else 2 * n
    a, b, c = upsampler.fields
    wanted = free * (width * a + order * (a * b + b * c) + c * outputs) + a + b + c + outputs

    def count(last: int) -> int:
        return 9 * (width * 4 * last + 8 * last**2 + 2 * last**2 + last * outputs) + 7 * last + outputs

    last = min(range(1, 513), key=lambda size: abs(count(size) - wanted))
    values = upsampler.model_dump()
    values.update(group="C1", basis="pixel", fields=(4 * last, 2 * last, last))
    return UpsamplerConfig(**values)


def _variant(
    name: str, description: str, base: ModelConfig = _B16, **sections: object
) -> tuple[str, Preset[ModelConfig]]:
    full = f"clipsym-b16-{name}"
    return full, Preset(base.replaced(name=full, **sections), description)


_TABLE_5 = "Prompt table of the paper: "

PRESETS: dict[str, Preset[ModelConfig]] = {
    "clipsym-lite": Preset(_LITE, "Compact model for everyday use: both heatmaps in one pass, fast on a CPU."),
    "clipsym-b16": Preset(_B16, "The paper's model, put right: CLIP ViT-B/16, 25 prompts, C4 upsampler, 416 px."),
    "clipsym-b16-authors": Preset(_AUTHORS, "As in the authors' code, for their checkpoints: C8, 417 px, one type."),
    **dict(
        [
            _variant("d4", "Upsampler over D4: quarter turns and mirrors.", upsampler={"group": "D4"}),
            _variant("c8", "Upsampler over C8, as the paper's figures imply.", upsampler={"group": "C8"}),
            _variant("no-text", "Without text: one stream, no FiLM.", text={"kind": "none"}),
            _variant(
                "plain",
                "Non-equivariant twin with as many parameters: isolates what equivariance gives.",
                upsampler=matched_plain(_B16.upsampler, _B16.decoder.width, len(_B16.outputs)),
            ),
            _variant(
                "plain-authors",
                "The authors' non-equivariant variant: three plain convolutions, 64, 32, 16 channels.",
                upsampler={"group": "C1", "basis": "pixel", "lift": False, "fields": (64, 32, 16)},
            ),
            _variant("scratch", "Towers from random weights.", encoder={"weights": None}, text={"training": "tower"}),
            _variant("frozen", "Both towers frozen; only decoder and upsampler learn.", encoder={"trainable": False}),
            _variant(
                "train-text",
                "Image tower frozen, text tower trained.",
                encoder={"trainable": False},
                text={"training": "tower"},
            ),
            _variant("train-both", "Image and text towers trained.", text={"training": "tower"}),
            _variant("film-all", "FiLM on every tap instead of the deepest.", decoder={"film": "all"}),
            _variant(
                "phrase-axis", _TABLE_5 + "'reflection axis'.", prompts={"mode": "phrase", "phrase": "reflection axis"}
            ),
            _variant("phrase", _TABLE_5 + "'symmetry axes in the image'.", prompts={"mode": "phrase"}),
            _variant("long", _TABLE_5 + "one prompt of 25 objects.", prompts={"mode": "long", "count": 25, "words": 1}),
            _variant("random", _TABLE_5 + "words drawn uniformly.", prompts={"mode": "random"}),
            _variant("m25k1", _TABLE_5 + "25 prompts of 1 word.", prompts={"words": 1}),
            _variant(
                "m25k16",
                _TABLE_5 + "25 prompts of 16 words (drawn uniformly).",
                prompts={"words": 16, "mode": "random"},
            ),
            _variant("m50k4", _TABLE_5 + "50 prompts of 4 words.", prompts={"count": 50}),
            _variant("metaclip", "MetaCLIP's weights in the towers.", encoder={"weights": "metaclip_fullcc"}),
        ]
    ),
    "clipsym-l14": Preset(
        _B16.replaced(
            name="clipsym-l14",
            encoder={"name": "ViT-L-14-quickgelu", "weights": "openai", "patch_size": 14, "taps": (8, 14, 20)},
            text={"dim": 768},
            preprocessing={"size": (420, 420)},
        ),
        "CLIP ViT-L/14, tapped at blocks 8, 14 and 20, 420 px.",
    ),
}
"""CLIPSym's presets, the default first."""


def all_presets() -> dict[str, Preset[NetworkConfig]]:
    """Every preset: CLIPSym's, then those of the other papers' models."""
    from clipsym_core.model.peers.presets import PEER_PRESETS

    return {**PRESETS, **PEER_PRESETS}
