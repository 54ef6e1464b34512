"""Names of Hugging Face CLIP and CLIPSeg weights, put into ours. Pure renaming; nothing is loaded here."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor


def clip_vision(state: Mapping[str, Tensor], blocks: int) -> dict[str, Tensor]:
    """A `CLIPModel`'s image tower as open_clip's `VisionTransformer`, the first `blocks` blocks.

    Raises:
        KeyError: a tensor is missing.
    """
    vision = "vision_model."
    named = {
        "class_embedding": state[f"{vision}embeddings.class_embedding"],
        "positional_embedding": state[f"{vision}embeddings.position_embedding.weight"],
        "conv1.weight": state[f"{vision}embeddings.patch_embedding.weight"],
        "ln_pre.weight": state[f"{vision}pre_layrnorm.weight"],
        "ln_pre.bias": state[f"{vision}pre_layrnorm.bias"],
    }
    for index in range(blocks):
        named.update(_clip_block(state, f"{vision}encoder.layers.{index}.", f"transformer.resblocks.{index}."))
    return named


def clip_text(state: Mapping[str, Tensor], layers: int) -> dict[str, Tensor]:
    """A `CLIPModel`'s text tower as the text part of open_clip's `CLIP`.

    Raises:
        KeyError: a tensor is missing.
    """
    text = "text_model."
    named = {
        "token_embedding.weight": state[f"{text}embeddings.token_embedding.weight"],
        "positional_embedding": state[f"{text}embeddings.position_embedding.weight"],
        "ln_final.weight": state[f"{text}final_layer_norm.weight"],
        "ln_final.bias": state[f"{text}final_layer_norm.bias"],
        "text_projection": state["text_projection.weight"].t(),
    }
    for index in range(layers):
        named.update(_clip_block(state, f"{text}encoder.layers.{index}.", f"transformer.resblocks.{index}."))
    return named


def clipseg_decoder(state: Mapping[str, Tensor], taps: int) -> dict[str, Tensor]:
    """The transformer part of a CLIPSeg decoder (`reduces`, `film_*`, `layers`) as our `Decoder`; what is not there
    is left out."""
    named: dict[str, Tensor] = {}
    for kind in ("weight", "bias"):
        for ours, theirs in (("films.0.mul", "film_mul"), ("films.0.add", "film_add")):
            _take(named, f"{ours}.{kind}", state, f"{theirs}.{kind}")
        for index in range(taps):
            old, new = f"layers.{index}.", f"layers.{index}."
            _take(named, f"reduces.{index}.{kind}", state, f"reduces.{index}.{kind}")
            qkv = [state.get(f"{old}self_attn.{part}_proj.{kind}") for part in "qkv"]
            if all(part is not None for part in qkv):
                named[f"{new}qkv.{kind}"] = torch.cat([part for part in qkv if part is not None])
            for ours, theirs in _DECODER_LAYER:
                _take(named, f"{new}{ours}.{kind}", state, f"{old}{theirs}.{kind}")
    return named


_DECODER_LAYER = (
    ("out", "self_attn.out_proj"),
    ("norm1", "layer_norm1"),
    ("norm2", "layer_norm2"),
    ("fc1", "mlp.fc1"),
    ("fc2", "mlp.fc2"),
)
_CLIP_BLOCK = (
    ("attn.out_proj", "self_attn.out_proj"),
    ("ln_1", "layer_norm1"),
    ("ln_2", "layer_norm2"),
    ("mlp.c_fc", "mlp.fc1"),
    ("mlp.c_proj", "mlp.fc2"),
)


def _clip_block(state: Mapping[str, Tensor], old: str, new: str) -> dict[str, Tensor]:
    named: dict[str, Tensor] = {}
    for kind in ("weight", "bias"):
        named[f"{new}attn.in_proj_{kind}"] = torch.cat([state[f"{old}self_attn.{part}_proj.{kind}"] for part in "qkv"])
        for ours, theirs in _CLIP_BLOCK:
            named[f"{new}{ours}.{kind}"] = state[f"{old}{theirs}.{kind}"]
    return named


def _take(named: dict[str, Tensor], ours: str, state: Mapping[str, Tensor], theirs: str) -> None:
    if theirs in state:
        named[ours] = state[theirs]
