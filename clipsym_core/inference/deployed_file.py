"""The deploy form as a file: tensors (filters expanded, unused blocks gone, short types where chosen), config, build.

So it runs without open_clip, and without the full model ever being in memory.

A file of the same kind as a checkpoint (safetensors, JSON metadata, SHA-256), with another `format`: it runs, but it
cannot be trained or exported any more.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import safetensors.torch
import torch

from clipsym_core.errors import CheckpointError, ConfigError
from clipsym_core.inference.deploy import DeployedCLIPSym, check_precision
from clipsym_core.inference.fast.decoder import FastDecoder
from clipsym_core.inference.fast.mixed import DTYPES, Precision
from clipsym_core.inference.fast.tower import FastTimmTower
from clipsym_core.inference.fast.upsampler import FastUpsampler
from clipsym_core.inference.fast.vit import FastClipTower, VitShape
from clipsym_core.model.checkpoint import check_names, read_tensors, tensor_hash
from clipsym_core.model.config import ModelConfig
from clipsym_core.model.decoder import Decoder
from clipsym_core.model.files import replacing
from clipsym_core.model.matching import MirrorMatching
from clipsym_core.model.metadata import DEPLOYED, CheckpointMetadata, metadata_text, read_metadata


@dataclass(frozen=True, slots=True)
class LoadedDeployed:
    """A deploy form ready to run, with its config and what its file said."""

    model: DeployedCLIPSym
    config: ModelConfig
    metadata: CheckpointMetadata


def save_deployed(
    path: str | Path, model: DeployedCLIPSym, source: CheckpointMetadata | None = None
) -> CheckpointMetadata:
    """Write a deploy form, whole or not at all.

    Args:
        source: what is known about the model it was made from; its provenance and metrics are kept.

    Raises:
        CheckpointError: the folder cannot be written.
    """
    tensors = {name: x.detach().cpu().contiguous() for name, x in model.state_dict().items()}
    encoder = model.encoder
    build = asdict(encoder.shape) if isinstance(encoder, FastClipTower) else {"folded": encoder.folded}
    known = source or CheckpointMetadata(model.config)
    metadata = CheckpointMetadata(
        model.config,
        known.provenance,
        known.metrics,
        known.trained,
        tensor_hash(tensors),
        DEPLOYED,
        {"precision": model.precision, "encoder": build},
    )
    with replacing(Path(path)) as temporary:
        safetensors.torch.save_file(tensors, temporary, metadata=metadata_text(metadata))
    return metadata


@torch.no_grad()
def load_deployed(
    path: str | Path, device: str | torch.device = "cpu", *, precision: Precision | None = None
) -> LoadedDeployed:
    """A deploy form from its file. On a CPU its tensors are the file's own pages: nothing is copied.

    Args:
        precision: of its matrix products; None takes that of the file. Weights stored in a short type stay rounded.

    Raises:
        CheckpointError: missing, damaged, of another kind or version, or its tensors do not fit its config.
        ConfigError: unknown precision.
    """
    path = Path(path)
    metadata = read_metadata(path)
    what = f"Cannot load the deploy form {path}."
    if metadata.format != DEPLOYED:
        raise CheckpointError(what, "This is a checkpoint.", "Load it as a model; deploy() makes it fast.")
    wanted = precision or _precision(metadata)
    check_precision(wanted)
    tensors = read_tensors(path, what)
    if tensor_hash(tensors) != metadata.sha256:
        raise CheckpointError(what, "Its tensors do not match their checksum.", "Copy it again from its source.")
    try:
        if not isinstance(metadata.config, ModelConfig):
            raise ConfigError(f"There is no deploy form of the family '{metadata.config.family}'.")
        model = _empty(metadata.config, wanted, metadata.build["encoder"])
    except (ConfigError, KeyError, TypeError, AttributeError, ValueError) as error:
        raise CheckpointError(what, f"Its build is not known here: {error}", "Export it again.") from error
    own = model.state_dict()
    check_names(own, tensors, what)
    model.load_state_dict({name: x.to(own[name].dtype) for name, x in tensors.items()}, assign=True)
    if isinstance(model.encoder, FastTimmTower):
        model.encoder.settle()
    return LoadedDeployed(model.to(device), model.config, metadata)


def stored_precision(path: str | Path) -> Precision:
    """The precision that a deploy form was stored in.

    Raises:
        CheckpointError: missing, damaged, or of another kind or version.
    """
    return _precision(read_metadata(path))


def _precision(metadata: CheckpointMetadata) -> Precision:
    stored: Precision = metadata.build.get("precision", "fp32")
    return stored


def _empty(config: ModelConfig, precision: Precision, build: dict[str, Any]) -> DeployedCLIPSym:
    """The modules, without memory for their tensors."""
    dtype = DTYPES[precision]
    encoder: FastClipTower | FastTimmTower
    with torch.device("meta"):
        if config.encoder.kind == "clip":
            shape: dict[str, Any] = {name: tuple(x) if isinstance(x, list) else x for name, x in build.items()}
            encoder = FastClipTower(VitShape(**shape), dtype)
        else:
            folded = tuple((str(conv), str(norm)) for conv, norm in build["folded"])
            encoder = FastTimmTower.empty(config.encoder, folded, dtype)
        dim = None if config.text.kind == "none" else config.text.dim
        streams = 1 if dim is None else config.prompts.streams
        taps, matching = encoder.tap_widths, None
        if config.matching is not None:
            matching = MirrorMatching(config.matching, taps[-1], config.decoder.width, len(config.outputs))
            taps = matching.widened(taps)
        decoder = Decoder(taps, dim, streams, config.decoder)
        # Empty tensors alone: torch answers a product on this device with an import of sympy, some 60 MB.
        one = torch.empty(streams, 1, config.decoder.width)
        fast = FastDecoder(decoder, [(one, one)] * len(decoder.films), dtype)
        upsampler = FastUpsampler(config.upsampler, config.decoder.width, len(config.outputs), dtype)
        return DeployedCLIPSym(config, precision, encoder, fast, upsampler, matching)
