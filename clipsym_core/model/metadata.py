"""What a checkpoint says about itself. Reads file headers; does not import torch."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import safetensors

from clipsym_core.errors import CheckpointError, ConfigError
from clipsym_core.model.config import ModelConfig

FORMAT = "clipsym-checkpoint"
VERSION = 1


@dataclass(frozen=True, slots=True)
class CheckpointMetadata:
    """What a checkpoint says about itself.

    Attributes:
        provenance: where the weights come from: data, steps, seed, versions, licence.
        metrics: name to value, as measured after training.
        trained: whether the decoder was trained; without it, heatmaps are noise.
        sha256: of the tensors.
    """

    config: ModelConfig
    provenance: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, Any] = field(default_factory=dict)
    trained: bool = True
    sha256: str = ""


def read_metadata(path: str | Path) -> CheckpointMetadata:
    """What a checkpoint says about itself, without reading its tensors.

    Raises:
        CheckpointError: missing, damaged, of another kind or of a newer version.
    """
    path = Path(path)
    what = f"Cannot load the checkpoint {path}."
    if not path.is_file():
        raise CheckpointError(what, "There is no such file.", "Check the path.")
    try:
        with safetensors.safe_open(path, framework="numpy") as file:
            text = dict(file.metadata() or {})
    except (safetensors.SafetensorError, OSError) as error:
        raise CheckpointError(
            what,
            f"It is no safetensors file: {error}.",
            "A .pt file of the authors' code is brought in with clipsym_core.model.authors.import_authors.",
        ) from error
    if text.get("format") != FORMAT:
        raise CheckpointError(what, "It was not written by this program.", "Choose a CLIPSym checkpoint.")
    try:
        if int(text["version"]) > VERSION:
            why = f"Its version is {text['version']}, we read up to {VERSION}."
            raise CheckpointError(what, why, "Update SymViewer.")
        return CheckpointMetadata(
            ModelConfig(**json.loads(text["config"])),
            json.loads(text["provenance"]),
            json.loads(text["metrics"]),
            bool(json.loads(text["trained"])),
            text["sha256"],
        )
    except (KeyError, TypeError, ValueError, ConfigError) as error:
        raise CheckpointError(what, f"Its metadata do not fit: {error}", "Update the program.") from error
