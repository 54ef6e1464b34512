"""The named models: the bundled compact one, the paper's model and its variants."""

from __future__ import annotations

from dataclasses import dataclass

from clipsym_core.model.config import (
    IMAGENET_MEAN,
    IMAGENET_STD,
    DecoderConfig,
    EncoderConfig,
    ModelConfig,
    Preprocessing,
    PromptConfig,
    TextConfig,
    UpsamplerConfig,
)


@dataclass(frozen=True, slots=True)
class Preset:
    """A model and one sentence about it."""

    config: ModelConfig
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
    preprocessing=Preprocessing(size=(256, 256), mean=IMAGENET_MEAN, std=IMAGENET_STD),
)

PRESETS: dict[str, Preset] = {
    "clipsym-lite": Preset(_LITE, "Compact model for everyday use: both heatmaps in one pass, fast on a CPU."),
}
