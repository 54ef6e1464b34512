"""Checkpoints: safetensors with JSON metadata, saved atomically, loaded strictly.

The metadata holds the resolved config (prompts and preprocessing included), the provenance of the training, metrics,
whether the decoder was trained, and a SHA-256 of the tensors, which `load_checkpoint` compares.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
import torch
from torch import Tensor

from clipsym_core.errors import CheckpointError, ConfigError
from clipsym_core.model.config import NetworkConfig
from clipsym_core.model.files import replacing
from clipsym_core.model.metadata import FORMAT, CheckpointMetadata, metadata_text, read_metadata
from clipsym_core.model.network import SymmetryNetwork
from clipsym_core.model.registry import build_model

__all__ = [
    "CheckpointMetadata",
    "LoadedModel",
    "load_checkpoint",
    "read_metadata",
    "replacing",
    "save_checkpoint",
]

_LISTED = 6


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A model in eval mode with its config and what its checkpoint said."""

    model: SymmetryNetwork
    config: NetworkConfig
    metadata: CheckpointMetadata


def save_checkpoint(
    path: str | Path,
    model: SymmetryNetwork,
    *,
    provenance: Mapping[str, Any],
    metrics: Mapping[str, Any],
    trained: bool = True,
    half: bool = False,
) -> CheckpointMetadata:
    """Write a checkpoint: into a temporary file in the same folder, then in its place, so that a reader sees a whole
    file always.

    Args:
        half: store matrices and filters as float16; vectors (norms, biases, running statistics) stay float32.

    Raises:
        CheckpointError: the folder cannot be written, or a weight is not finite.
    """
    path = Path(path)
    tensors = {name: _stored(x, half) for name, x in model.state_dict().items()}
    for name, x in tensors.items():
        if x.is_floating_point() and not bool(x.isfinite().all()):
            raise CheckpointError(
                f"Cannot save {path.name}.", f"{name} holds values that are not finite.", "Resume from an older one."
            )
    metadata = CheckpointMetadata(model.config, dict(provenance), dict(metrics), trained, tensor_hash(tensors))
    try:
        text = metadata_text(metadata)
    except TypeError as error:
        raise CheckpointError(
            f"Cannot save {path.name}.", f"Provenance and metrics must be JSON: {error}.", "Convert them."
        ) from error
    with replacing(path) as temporary:
        safetensors.torch.save_file(tensors, temporary, metadata=text)
    return metadata


def load_checkpoint(path: str | Path, device: str | torch.device = "cpu") -> LoadedModel:
    """Load a model in eval mode, float32, on `device`.

    Raises:
        CheckpointError: missing, damaged, of another kind or version, or its tensors and its config do not agree; the
            message names what differs.
    """
    path = Path(path)
    metadata = read_metadata(path)
    what = f"Cannot load the checkpoint {path}."
    if metadata.format != FORMAT:
        raise CheckpointError(
            what, "It is a deploy form: it runs, and nothing else can be made of it.", "Choose the checkpoint itself."
        )
    tensors = read_tensors(path, what)
    if tensor_hash(tensors) != metadata.sha256:
        raise CheckpointError(what, "Its tensors do not match their checksum.", "Copy it again from its source.")
    try:
        model = build_model(metadata.config)
    except ConfigError as error:
        raise CheckpointError(what, str(error), "Update the program, or choose another checkpoint.") from error
    load_strictly(model, tensors, what)
    return LoadedModel(model.to(device).eval(), metadata.config, metadata)


def load_strictly(model: torch.nn.Module, tensors: Mapping[str, Tensor], what: str) -> None:
    """Copy `tensors` into `model`; both must hold the same names and shapes.

    Raises:
        CheckpointError: with `what` and the missing, unexpected and misshapen names.
    """
    own = model.state_dict()
    check_names(own, tensors, what)
    model.load_state_dict({name: x.to(own[name].dtype) for name, x in tensors.items()})


def check_names(own: Mapping[str, Tensor], tensors: Mapping[str, Tensor], what: str) -> None:
    """Raise where two sets of tensors differ in names or shapes.

    Raises:
        CheckpointError: with `what` and the missing, unexpected and misshapen names.
    """
    differences = [f"{name} is missing" for name in own if name not in tensors]
    differences += [f"{name} is unknown" for name in tensors if name not in own]
    differences += [
        f"{name} is {list(x.shape)} where the model has {list(own[name].shape)}"
        for name, x in tensors.items()
        if name in own and x.shape != own[name].shape
    ]
    if differences:
        more = f" and {len(differences) - _LISTED} more" if len(differences) > _LISTED else ""
        raise CheckpointError(
            what, "; ".join(differences[:_LISTED]) + more + ".", "The file and its config do not belong together."
        )


def tensor_hash(tensors: Mapping[str, Tensor]) -> str:
    """SHA-256 over names, types, shapes and bytes, in the order of the names."""
    digest = hashlib.sha256()
    for name in sorted(tensors):
        x = tensors[name].detach().cpu().contiguous()
        digest.update(f"{name} {x.dtype} {list(x.shape)}\n".encode())
        digest.update(x.flatten().view(torch.uint8).numpy().data)
    return digest.hexdigest()


def _stored(x: Tensor, half: bool) -> Tensor:
    x = x.detach().cpu().contiguous()
    return x.half() if half and x.is_floating_point() and x.ndim > 1 else x.clone()


def read_tensors(path: Path, what: str) -> dict[str, Tensor]:
    """The tensors of a file, as views of its pages.

    Raises:
        CheckpointError: damaged.
    """
    try:
        return safetensors.torch.load_file(path)
    except (safetensors.SafetensorError, OSError) as error:
        raise CheckpointError(what, f"It is damaged: {error}.", "Copy it again from its source.") from error
