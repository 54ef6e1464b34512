"""What a model is made of, as data: strict, immutable, stored in every checkpoint. Does not import torch.

`ModelConfig` describes a whole CLIPSym, `peers.configs` the models of the other papers; `NetworkConfig` is what they
have in common and `family` tells them apart. `preset` gives the named ones. Unknown keys and values that do not fit
raise `ConfigError` with the nearest name.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, TypeAlias, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from clipsym_core.errors import ConfigError

IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
CLIP_MEAN, CLIP_STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)

PositionInterpolation = Literal["bicubic", "bicubic-antialias", "bilinear"]
"""How a ViT's position table is resized. The authors use plain bicubic; open_clip and timm antialias."""

Offsets: TypeAlias = tuple[Annotated[int, Field(ge=1)], ...]

_GROUP = re.compile(r"([CD])([1-9][0-9]?)")
_DOWN = 16


def nearest(name: str, known: Sequence[str], listed: Sequence[str] | None = None) -> str:
    """A sentence that names the known word closest to `name`, or lists them all, or `listed` of them."""
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    words = sorted(set(known if listed is None else listed))
    return f"Did you mean '{close[0]}'?" if close else f"Known: {', '.join(words)}."


class StrictModel(BaseModel):
    """A frozen pydantic model whose errors are `ConfigError`s that name the key and the remedy."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def __init__(self, **data: Any) -> None:
        fields = list(type(self).model_fields)
        for key in data:
            if key not in fields:
                raise ConfigError(f"{type(self).__name__} has no key '{key}'.", remedy=nearest(key, fields))
        try:
            super().__init__(**data)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"])
            raise ConfigError(
                f"{type(self).__name__}.{place} does not fit." if place else f"{type(self).__name__} does not fit.",
                f"{first['msg']}; got {first['input']!r}.",
                "Correct the value.",
            ) from error


class Preprocessing(StrictModel):
    """How a picture becomes network input: letterboxed onto a canvas, scaled to 0..1, normalised inside the model.

    Attributes:
        size: canvas (width, height), px.
        mean, std: of the channels R, G, B at scale 0..1.
        fill: value of the padding at scale 0..1.
        looks: sides of the inputs from which a detector makes the maps, over those of the canvas: 1, and larger ones,
            in which small things show, and smaller ones, in which large things light up and their parts do not. The
            reflection map is the geometric mean of all, the rotation map that of those from 1 on.
    """

    size: tuple[int, int] = (416, 416)
    mean: tuple[float, float, float] = CLIP_MEAN
    std: tuple[float, float, float] = CLIP_STD
    fill: float = 0.0
    looks: tuple[Annotated[float, Field(gt=0, le=2)], ...] = (1.0,)

    def model_post_init(self, context: Any, /) -> None:
        if not self.looks or self.looks[0] != 1.0:
            raise ConfigError(f"Looks {self.looks} must begin with 1, the canvas itself.", remedy="Put 1 first.")


class EncoderConfig(StrictModel):
    """The image tower and where it is tapped.

    Attributes:
        kind: `clip` (an open_clip ViT) or `timm` (any timm model with `features_only`).
        name: the tower's name in that library.
        weights: the pretrained tag or file that training starts from; None starts from scratch.
        taps: `clip`: numbers (from 1) of the blocks whose outputs are used; `timm`: strides of the used maps.
        patch_size: side of a ViT's patch, px; part of the architecture.
        positions: how a ViT's position table is resized to the grid.
        position_channels: `timm` only: fixed sinusoidal position channels appended to every tap, because a
            convolutional tower tells the decoder nothing about where a token lies. A multiple of 4, or 0.
        trainable: whether training changes the tower.
    """

    kind: Literal["clip", "timm"] = "clip"
    name: str = "ViT-B-16-quickgelu"
    weights: str | None = "openai"
    taps: tuple[int, ...] = (4, 7, 10)
    patch_size: int = Field(default=16, ge=1)
    positions: PositionInterpolation = "bicubic"
    position_channels: int = Field(default=0, ge=0, multiple_of=4)
    trainable: bool = True

    def model_post_init(self, context: Any, /) -> None:
        if not self.taps or tuple(sorted(set(self.taps))) != self.taps or self.taps[0] < 1:
            raise ConfigError(f"Encoder taps {self.taps} must be different positive numbers in rising order.")
        if self.kind == "timm":
            odd = [tap for tap in self.taps if tap not in (4, 8, 16, 32)]
            if odd:
                raise ConfigError(f"A timm tower has no usable stride {odd[0]}.", remedy="Use strides 4, 8, 16, 32.")


class TextConfig(StrictModel):
    """Where prompt embeddings come from, and how they take part.

    Attributes:
        kind: `clip` (the text tower beside the image tower), `sentence` (embeddings of a sentence encoder, given with
            `set_text_embeddings`), `none` (the no-text variant: one learned stream, no FiLM).
        name: the text model's name: for provenance with `sentence`, unused with `clip`.
        dim: width D of an embedding.
        scale: factor on the embeddings; brings unit vectors of sentence encoders to the norm of CLIP's features.
        training: `frozen` (a constant), `embeddings` (the M x D table learns), `tower` (the text tower learns and is
            part of the model until it is deployed).
    """

    kind: Literal["clip", "sentence", "none"] = "clip"
    name: str = ""
    dim: int = Field(default=512, ge=1)
    scale: float = Field(default=1.0, gt=0)
    training: Literal["frozen", "embeddings", "tower"] = "frozen"


class PromptConfig(StrictModel):
    """The prompts (semantic-aware prompt grouping, SAPG).

    Attributes:
        mode: `groups` (the M x K most frequent words, dealt into M prompts of K), `random` (M prompts of K words drawn
            uniformly from the whole vocabulary: the authors' sampler), `long` (one prompt of the M x K most frequent
            words), `phrase` (one fixed phrase), `fixed` (`texts` as they are).
        count, words: M and K.
        seed: of the draw.
        vocabulary: name of a shipped vocabulary, or path of a file of one's own.
        phrase: for mode `phrase`.
        texts: the prompts themselves, once drawn; a checkpoint always holds them.
    """

    mode: Literal["groups", "random", "long", "phrase", "fixed"] = "groups"
    count: int = Field(default=25, ge=1)
    words: int = Field(default=4, ge=1)
    seed: int = 41
    vocabulary: str = "everyday"
    phrase: str = "symmetry axes in the image"
    texts: tuple[str, ...] = ()

    def model_post_init(self, context: Any, /) -> None:
        if self.texts and len(self.texts) != self.streams:
            raise ConfigError(f"{len(self.texts)} prompt texts for {self.streams} prompts.", remedy="Set count to fit.")

    @property
    def streams(self) -> int:
        """How many prompts, and so decoder streams, there are."""
        return 1 if self.mode in ("long", "phrase") else self.count


class DecoderConfig(StrictModel):
    """FiLM and the prompt-conditioned transformer (recipe 1.1).

    Attributes:
        width, heads, feedforward: of each post-norm layer; there is one layer for each tap.
        film: modulate the first (deepest) stream only, or every tap.
    """

    width: int = Field(default=64, ge=1)
    heads: int = Field(default=4, ge=1)
    feedforward: int = Field(default=2048, ge=1)
    film: Literal["first", "all"] = "first"

    def model_post_init(self, context: Any, /) -> None:
        if self.width % self.heads:
            raise ConfigError(f"Decoder width {self.width} is no multiple of {self.heads} heads.")


class UpsamplerConfig(StrictModel):
    """The rotation-equivariant upsampler from the token grid to pixels (x 16).

    Attributes:
        group: `C4` (quarter turns), `D4` (with mirrors), any C_n or D_n; `C1` is the non-equivariant twin.
        fields: numbers of fields after lifting, after the first and after the second convolution. A field has as many
            channels as the group has elements.
        lift: whether there is a lifting convolution (the authors' non-equivariant variant has none; C1 only).
        lift_relu: ReLU after lifting (the authors have none, which makes two convolutions one linear map).
        order: `conv_up` (convolve, then enlarge: the paper) or `up_conv` (the authors' code).
        head: `gconv` (to the trivial representation) or `pool` (mean over the group).
        basis: `pixel` (all 9 filter values free, turned by quarter turns and mirrors; needs n to divide 4) or `escnn`
            (escnn's band-limited basis, any n).
    """

    group: str = "C4"
    fields: tuple[int, int, int] = (64, 32, 16)
    lift: bool = True
    lift_relu: bool = True
    order: Literal["conv_up", "up_conv"] = "conv_up"
    head: Literal["gconv", "pool"] = "gconv"
    basis: Literal["pixel", "escnn"] = "escnn"

    def model_post_init(self, context: Any, /) -> None:
        kind, n = parse_group(self.group)
        if self.basis == "pixel" and 4 % n:
            raise ConfigError(f"{kind}{n} does not act on a square grid exactly.", remedy="Use basis 'escnn'.")
        if min(self.fields) < 1:
            raise ConfigError(f"Upsampler fields {self.fields} must be positive.")
        if not self.lift and self.group != "C1":
            raise ConfigError(f"The group {self.group} needs the lifting convolution.", remedy="Set lift, or group C1.")


class MatchingConfig(StrictModel):
    """Mirror matching beside the decoder (`model.matching`): compares the picture with its own mirror images.

    Attributes:
        directions: of axes that are tried, evenly over a half turn; even.
        offsets: distances from the axis of the cells that are compared, at cells of 4, 8 and 16 px, cells.
        channels: maps inside, for each direction.
        relief: maps that come out, for each direction.
        learned: channels from the image tower that are compared beside edges and colors, at cells of 8 and 16 px.
        fields: of the C4 convolutions that turn it into logits.
    """

    directions: int = Field(default=12, ge=2, multiple_of=2)
    offsets: tuple[Offsets, Offsets, Offsets] = ((1, 2, 3, 4), (2, 3, 4, 6), (3, 4, 6, 8))
    channels: int = Field(default=12, ge=2)
    relief: int = Field(default=4, ge=1)
    learned: int = Field(default=8, ge=1)
    fields: int = Field(default=8, ge=1)

    def model_post_init(self, context: Any, /) -> None:
        if not all(self.offsets):
            raise ConfigError("Matching needs offsets.", remedy="Name at least one distance for each size of cells.")


def parse_group(name: str) -> tuple[Literal["C", "D"], int]:
    """`"D4"` -> ("D", 4).

    Raises:
        ConfigError: not of the form C1..C99 or D1..D99.
    """
    match = _GROUP.fullmatch(name)
    if match is None:
        raise ConfigError(f"'{name}' is no group.", remedy="Use C1, C2, ... for turns, D1, D2, ... with mirrors.")
    return ("C" if match[1] == "C" else "D"), int(match[2])


Config = TypeVar("Config", bound="NetworkConfig")


class NetworkConfig(StrictModel):
    """What every model's config has: `[B, 3, H, W] -> logits [B, len(outputs), H, W]`.

    Attributes:
        family: which kind of model it is; `registry.FAMILIES` names the class that reads it and the one that builds it.
        name: what it is called, e.g. its preset.
        outputs: names of the heatmaps, in channel order.
    """

    family: str
    name: str = "custom"
    outputs: tuple[str, ...] = ("reflection", "rotation")
    preprocessing: Preprocessing = Preprocessing()

    def model_post_init(self, context: Any, /) -> None:
        if not self.outputs or len(set(self.outputs)) != len(self.outputs):
            raise ConfigError(f"Outputs {self.outputs} must be different names, at least one.")
        if min(self.preprocessing.size) < self.granularity:
            raise ConfigError(f"The canvas {self.preprocessing.size} is smaller than {self.granularity} px.")

    @property
    def granularity(self) -> int:
        """Pixels for a step of the coarsest grid, px; a picture must have at least two of them on a side."""
        raise TypeError(f"{type(self).__name__} does not say its granularity.")  # pragma: no cover

    @property
    def whole_steps(self) -> bool:
        """Whether the model refuses sides that are no multiples of `granularity`."""
        return False

    def replaced(self: Config, **sections: Mapping[str, Any] | Any) -> Config:
        """A copy with other values; a mapping for a section changes only the keys it names.

        Raises:
            ConfigError: an unknown key, or a value that does not fit.
        """
        data = self.model_dump()
        for key, value in sections.items():
            if isinstance(value, Mapping) and isinstance(data.get(key), dict):
                data[key] = {**data[key], **value}
            else:
                data[key] = value.model_dump() if isinstance(value, BaseModel) else value
        return type(self)(**data)


class ModelConfig(NetworkConfig):
    """A whole CLIPSym.

    Attributes:
        matching: what compares the picture with its mirror images; None (as in the paper) leaves it out.
        final_align_corners: how 16 x grid is enlarged to the canvas where they differ; the authors (417 px) use True.
    """

    family: Literal["clipsym"] = "clipsym"
    encoder: EncoderConfig = EncoderConfig()
    text: TextConfig = TextConfig()
    prompts: PromptConfig = PromptConfig()
    decoder: DecoderConfig = DecoderConfig()
    upsampler: UpsamplerConfig = UpsamplerConfig()
    matching: MatchingConfig | None = None
    final_align_corners: bool = False

    def model_post_init(self, context: Any, /) -> None:
        super().model_post_init(context)
        if self.text.kind == "clip" and self.encoder.kind != "clip":
            raise ConfigError("A timm tower has no text tower.", remedy="Use text kind 'sentence' or 'none'.")
        if self.text.training == "tower" and self.text.kind != "clip":
            raise ConfigError("Only CLIP's text tower can be trained here.", remedy="Use text.training 'embeddings'.")
        if self.matching is not None and self.encoder.kind == "clip" and self.encoder.patch_size != _DOWN:
            raise ConfigError("Matching works on a grid of 16 px.", remedy="Use a tower with patches of 16 px.")

    @property
    def granularity(self) -> int:
        """Sides of the input should be multiples of this, px: every pixel is used and the grid needs no cropping."""
        return max(_DOWN, *self.encoder.taps) if self.encoder.kind == "timm" else self.encoder.patch_size

    @property
    def whole_steps(self) -> bool:
        """A convolutional tower's grids fit one another only then; a ViT leaves out what is over."""
        return self.encoder.kind == "timm"


def preset(name: str) -> NetworkConfig:
    """A named model, e.g. `preset("clipsym-lite")`.

    Raises:
        ConfigError: unknown name; tells the nearest one.
    """
    from clipsym_core.model.presets import all_presets

    presets = all_presets()
    if name not in presets:
        raise ConfigError(f"There is no preset '{name}'.", remedy=nearest(name, list(presets)))
    return presets[name].config


def preset_names() -> tuple[str, ...]:
    """Names of all presets, the default first."""
    from clipsym_core.model.presets import all_presets

    return tuple(all_presets())
