"""Bringing in checkpoints of the authors' code (.pt) as `clipsym-b16-authors` models, without running their pickles.

Their group convolutions carry their own basis (an unnamed copy of escnn). The weights are expanded with the basis found
in the file and, where it differs from ours, expressed in ours; a filter that ours cannot express is an error.
"""

from __future__ import annotations

import argparse
import math
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from clipsym_core.errors import CheckpointError
from clipsym_core.model.checkpoint import CheckpointMetadata, LoadedModel, load_strictly
from clipsym_core.model.clipsym import CLIPSym
from clipsym_core.model.config import ModelConfig
from clipsym_core.model.gconv import GroupConv
from clipsym_core.model.hf_names import clip_vision, clipseg_decoder
from clipsym_core.model.presets import PRESETS

_LAYERS = {
    "lift": "upsampler.lifting",
    "conv1": "upsampler.upsampler.1",
    "conv2": "upsampler.upsampler.4",
    "head": "upsampler.pool",
}
_TOLERANCE = 1e-4


def import_authors(path: str | Path, config: ModelConfig | None = None) -> LoadedModel:
    """The model of an authors' checkpoint (equivariant upsampler), in eval mode on the CPU.

    Args:
        config: what it is; None takes `clipsym-b16-authors` with the type of symmetry that the file's arguments name.

    Raises:
        CheckpointError: missing, damaged, unsafe, or of another model; says which tensors differ.
    """
    path = Path(path)
    what = f"Cannot bring in the checkpoint {path}."
    data = _read(path, what)
    state = data.get("state_dict")
    prompts, embeddings = data.get("prompts"), data.get("fixed_cond_embed")
    if not isinstance(state, Mapping) or not isinstance(embeddings, Tensor) or prompts is None:
        raise CheckpointError(what, "It holds no CLIPSym state with prompts.", "Choose a checkpoint of their train.py.")
    texts = [str(text) for text in prompts]
    arguments = vars(data["args"]) if isinstance(data.get("args"), argparse.Namespace) else {}
    if config is None:
        rotation = bool(arguments.get("rot_data"))
        config = PRESETS["clipsym-b16-authors"].config.replaced(outputs=("rotation" if rotation else "reflection",))
    config = config.replaced(
        prompts={"mode": "fixed", "count": len(texts), "texts": tuple(texts), "vocabulary": "authors"}
    )
    model = CLIPSym.from_config(config).eval()
    model.set_text_embeddings(embeddings.float())
    clip = {name.removeprefix("clip."): x for name, x in state.items() if name.startswith("clip.")}
    decoder = {name.removeprefix("decoder."): x for name, x in state.items() if name.startswith("decoder.")}
    try:
        encoder = clip_vision(clip, config.encoder.taps[-1])
    except KeyError as error:
        raise CheckpointError(what, f"Its image tower lacks {error}.", "Choose a CLIPSym checkpoint.") from error
    load_strictly(model.encoder, {f"visual.{name}": x for name, x in encoder.items()}, what)
    load_decoder(model, decoder, what)
    provenance = {
        "source": "authors",
        "file": path.name,
        "epoch": data.get("epoch"),
        "arguments": {key: value for key, value in arguments.items() if isinstance(value, (str, int, float, bool))},
    }
    best = data.get("max_f1")
    metrics = {"max_f1": float(best)} if best is not None else {}
    return LoadedModel(model, model.config, CheckpointMetadata(model.config, provenance, metrics))


def load_decoder(model: CLIPSym, state: Mapping[str, Tensor], what: str) -> None:
    """Put the authors' `decoder.` part into a model's decoder and upsampler.

    Raises:
        CheckpointError: something is missing or does not fit.
    """
    named = clipseg_decoder(state, len(model.config.encoder.taps))
    for ours, theirs in (("aggregation", "decoder_linear_map.weight"), ("aggregation_bias", "decoder_linear_map.bias")):
        if theirs in state:
            named[ours] = state[theirs].flatten()
    load_strictly(model.decoder, named, what)
    steerable: dict[str, Tensor] = {}
    for name, prefix in _LAYERS.items():
        layer = getattr(model.upsampler, name)
        if not isinstance(layer, GroupConv):
            raise CheckpointError(what, f"The config has no upsampler layer '{name}'.", "Use clipsym-b16-authors.")
        weights, bias = _steerable(layer, state, prefix, what)
        steerable[f"{name}.weights"], steerable[f"{name}.bias"] = weights, bias
    load_strictly(model.upsampler, steerable, what)


def _steerable(layer: GroupConv, state: Mapping[str, Tensor], prefix: str, what: str) -> tuple[Tensor, Tensor]:
    bases = [x for name, x in state.items() if name.startswith(f"{prefix}.") and name.endswith("sampled_basis")]
    weights, bias = state.get(f"{prefix}.weights"), state.get(f"{prefix}.bias")
    if len(bases) != 1 or weights is None or bias is None:
        raise CheckpointError(
            what, f"It has no group convolution {prefix}.", "Only models with the equivariant upsampler are supported."
        )
    theirs, ours = bases[0].double(), layer.basis.double()
    if theirs.shape[1:] != ours.shape[1:] or weights.numel() != layer.out_fields * layer.in_fields * len(theirs):
        raise CheckpointError(
            what,
            f"{prefix} has a basis {list(theirs.shape)}, the model {list(ours.shape)}.",
            "Give the config that the checkpoint was trained with.",
        )
    shaped = weights.view(layer.out_fields, layer.in_fields, -1)
    if theirs.shape == ours.shape and torch.equal(theirs, ours):
        return shaped, bias
    solution = torch.linalg.lstsq(ours.flatten(1).t(), theirs.flatten(1).t()).solution
    missed = float((ours.flatten(1).t() @ solution - theirs.flatten(1).t()).norm() / theirs.norm())
    if not math.isfinite(missed) or missed > _TOLERANCE:
        raise CheckpointError(
            what, f"The basis of {prefix} spans other filters than ours ({missed:.1g}).", "Please report this file."
        )
    return (shaped.double() @ solution.t()).float(), bias


def _read(path: Path, what: str) -> dict[str, Any]:
    if not path.is_file():
        raise CheckpointError(what, "There is no such file.", "Check the path.")
    # Their files hold the parsed arguments and, after the final test, numpy results: plain containers, no code.
    safe = [argparse.Namespace, np.ndarray, np.dtype, *_numpy_helpers()]
    try:
        with torch.serialization.safe_globals(safe):
            data = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise CheckpointError(what, f"It is no plain weight file: {error}", "Use a file you trust and know.") from error
    except (RuntimeError, OSError, EOFError, ValueError, KeyError) as error:
        raise CheckpointError(what, f"It is damaged: {error}", "Copy it again.") from error
    if not isinstance(data, dict):
        raise CheckpointError(what, "It is no training checkpoint.", "Choose a file of their weights folder.")
    return data


def _numpy_helpers() -> list[Any]:
    """What numpy arrays and numbers are unpickled with, under the names of numpy 1 and 2."""
    probes = (np.zeros(1), np.float64(0.0))
    helpers = [probe.__reduce__()[0] for probe in probes]
    kinds = [type(np.dtype(kind)) for kind in ("float64", "float32", "int64", "int32", "bool")]
    return [*helpers, *kinds]
