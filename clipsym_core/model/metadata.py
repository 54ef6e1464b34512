"""What a checkpoint says about itself. Reads file headers; does not import torch."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import safetensors

from clipsym_core.errors import CheckpointError, ConfigError
from clipsym_core.model.config import NetworkConfig
from clipsym_core.model.registry import parse_config

FORMAT = "clipsym-checkpoint"
DEPLOYED = "clipsym-deployed"
"""A stored deploy form: it runs, and cannot be trained (`inference.deployed_file`)."""
VERSION = 1


@dataclass(frozen=True, slots=True)
class CheckpointMetadata:
    """What a checkpoint says about itself.

    Attributes:
        provenance: where the weights come from: data, steps, seed, versions, licence.
        metrics: name to value, as measured after training.
        trained: whether the decoder was trained; without it, heatmaps are noise.
        sha256: of the tensors.
        format: `FORMAT` or `DEPLOYED`.
        build: how the modules of a deploy form are made; empty for a checkpoint.
    """

    config: NetworkConfig
    provenance: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, Any] = field(default_factory=dict)
    trained: bool = True
    sha256: str = ""
    format: str = FORMAT
    build: Mapping[str, Any] = field(default_factory=dict)


def metadata_text(metadata: CheckpointMetadata) -> dict[str, str]:
    """As a safetensors header takes it; `read_metadata` reads it back.

    Raises:
        TypeError: provenance or metrics are no JSON.
    """
    text = {
        "format": metadata.format,
        "version": str(VERSION),
        "config": metadata.config.model_dump_json(),
        "provenance": json.dumps(dict(metadata.provenance)),
        "metrics": json.dumps(dict(metadata.metrics)),
        "trained": json.dumps(metadata.trained),
        "sha256": metadata.sha256,
    }
    return text | ({"build": json.dumps(metadata.build)} if metadata.build else {})


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
            "Copy it again from its source.",
        ) from error
    if text.get("format") not in (FORMAT, DEPLOYED):
        raise CheckpointError(what, "It was not written by this program.", "Choose a CLIPSym checkpoint.")
    try:
        if int(text["version"]) > VERSION:
            why = f"Its version is {text['version']}, we read up to {VERSION}."
            raise CheckpointError(what, why, "Update SymViewer.")
        return CheckpointMetadata(
            parse_config(json.loads(text["config"])),
            json.loads(text["provenance"]),
            json.loads(text["metrics"]),
            bool(json.loads(text["trained"])),
            text["sha256"],
            text["format"],
            json.loads(text.get("build", "{}")),
        )
    except (KeyError, TypeError, ValueError, ConfigError) as error:
        raise CheckpointError(what, f"Its metadata do not fit: {error}", "Update the program.") from error
