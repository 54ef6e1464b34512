"""Every model that can be chosen: bundled, the user's own, and presets on CLIP towers whose decoder is untrained.

Listing reads file headers and imports no torch; `load_model` does the work.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from clipsym_core.errors import CheckpointError, ConfigError
from clipsym_core.model.config import nearest
from clipsym_core.model.metadata import DEPLOYED, CheckpointMetadata, read_metadata
from clipsym_core.model.presets import PRESETS, all_presets
from clipsym_core.model.weights import ClipWeights, local_weights, models_folder
from clipsym_core.resources import resource_path

if TYPE_CHECKING:
    import torch

    from clipsym_core.model.checkpoint import LoadedModel

DEFAULT_MODEL = "clipsym-lite"

Kind: TypeAlias = Literal["bundled", "own", "preset"]

_SUFFIX = ".safetensors"


@dataclass(frozen=True, slots=True)
class ZooEntry:
    """A model that can be chosen.

    Attributes:
        name: what `load_model` takes.
        kind: `bundled` (ships with the program), `own` (a checkpoint in the user's models folder), `preset` (towers
            with pretrained weights, decoder untrained).
        description: one sentence.
        path: the checkpoint; None for a preset.
        size_bytes: of the checkpoint or, where they are here, of the tower's weights.
        outputs: names of the heatmaps, in channel order; none where the file cannot be read.
        trained: whether the decoder was trained; if not, offer training instead of showing heatmaps.
        metrics, provenance: as the checkpoint says.
        weights: the CLIP weights that a preset needs; None for a checkpoint.
        problem: why the file cannot be used; empty when it can.
    """

    name: str
    kind: Kind
    description: str
    path: Path | None = None
    size_bytes: int | None = None
    outputs: tuple[str, ...] = ()
    trained: bool = True
    metrics: Mapping[str, Any] = field(default_factory=dict)
    provenance: Mapping[str, Any] = field(default_factory=dict)
    weights: ClipWeights | None = None
    problem: str = ""

    @property
    def available(self) -> bool:
        """Whether `load_model` would work now, without a download."""
        return not self.problem and (self.weights is None or self.weights.present)


def list_models(folder: Path | None = None) -> list[ZooEntry]:
    """All models: bundled ones first, then the user's own, then presets on CLIP towers.

    Args:
        folder: the user's models; None takes `models_folder()`.
    """
    entries = [_file_entry(path, "bundled") for path in bundled_checkpoints()]
    entries += [_file_entry(path, "own") for path in _checkpoints(folder or models_folder())]
    entries += [_preset_entry(name) for name, item in PRESETS.items() if item.config.encoder.kind == "clip"]
    return entries


def load_model(name_or_path: str | Path, device: str | torch.device = "cpu") -> LoadedModel:
    """A model by its name in the zoo or from a file (our checkpoints, or a .pt of the authors' code), in eval mode.

    Raises:
        ConfigError: no such name; tells the nearest.
        CheckpointError: the file cannot be loaded, or a preset's CLIP weights are not here yet.
    """
    from clipsym_core.model.checkpoint import load_checkpoint

    path = Path(name_or_path)
    if path.suffix in (_SUFFIX, ".pt", ".pth") or path.is_file():
        return load_checkpoint(path, device) if path.suffix not in (".pt", ".pth") else _authors(path, device)
    name = str(name_or_path)
    entries = list_models()
    for entry in entries:
        if entry.name == name:
            return load_checkpoint(entry.path, device) if entry.path is not None else _untrained(entry, device)
    if name in all_presets() and name not in PRESETS:
        raise CheckpointError(
            f"Cannot load the model '{name}'.",
            "No checkpoint of it is here: none is published in a form that we could ship.",
            f"Train it (`clipsym train`), and put the checkpoint as {name}{_SUFFIX} into {models_folder()}.",
        )
    if name in PRESETS:
        raise CheckpointError(
            f"Cannot load the model '{name}'.", "Its checkpoint is not part of this installation.", "Install it again."
        )
    known = [*(entry.name for entry in entries), *all_presets()]
    usable = [entry.name for entry in entries if entry.available]
    raise ConfigError(
        f"There is no model '{name}'.", remedy=f"{nearest(name, known, usable)} Or give the path of a checkpoint."
    )


def deployed_file(name_or_path: str | Path) -> Path | None:
    """The file, where a name or a path means a stored deploy form; None where it means anything else.

    Raises:
        CheckpointError: there is a file, and it cannot be read.
    """
    path = Path(name_or_path)
    if path.suffix != _SUFFIX:
        files = (*bundled_checkpoints(), *_checkpoints(models_folder()))
        path = next((file for file in files if file.stem == str(name_or_path)), path)
    return path if path.is_file() and path.suffix == _SUFFIX and read_metadata(path).format == DEPLOYED else None


def bundled_checkpoints() -> tuple[Path, ...]:
    """The checkpoints that ship with the program."""
    try:
        return _checkpoints(resource_path("checkpoints"))
    except FileNotFoundError:
        return ()


def _checkpoints(folder: Path) -> tuple[Path, ...]:
    return tuple(sorted(folder.glob(f"*{_SUFFIX}"))) if folder.is_dir() else ()


def _file_entry(path: Path, kind: Kind) -> ZooEntry:
    try:
        metadata = read_metadata(path)
    except CheckpointError as error:
        return ZooEntry(path.stem, kind, "This file cannot be used.", path, path.stat().st_size, problem=str(error))
    known = all_presets().get(metadata.config.name)
    description = str(metadata.provenance.get("description") or (known.description if known else metadata.config.name))
    return ZooEntry(
        path.stem,
        kind,
        description,
        path,
        path.stat().st_size,
        metadata.config.outputs,
        metadata.trained,
        metadata.metrics,
        metadata.provenance,
    )


def _preset_entry(name: str) -> ZooEntry:
    config = PRESETS[name].config
    encoder = config.encoder
    weights = local_weights(encoder.name, encoder.weights) if encoder.weights else None
    size = weights.path.stat().st_size if weights is not None and weights.present else None
    return ZooEntry(
        name, "preset", PRESETS[name].description,
        size_bytes=size, outputs=config.outputs, trained=False, weights=weights,
    )  # fmt: skip


def _untrained(entry: ZooEntry, device: str | torch.device) -> LoadedModel:
    """A preset with its CLIP weights and a random decoder."""
    from clipsym_core.model.checkpoint import LoadedModel
    from clipsym_core.model.clipsym import CLIPSym
    from clipsym_core.model.prompts import with_prompts
    from clipsym_core.model.warm_start import start_from_clip

    config = with_prompts(PRESETS[entry.name].config)
    if not entry.available:
        assert entry.weights is not None
        raise CheckpointError(
            f"Cannot load the model '{entry.name}'.",
            f"The CLIP weights '{entry.weights.tag}' of {entry.weights.name} are not here yet.",
            'Use "Get CLIP weights", or clipsym_core.model.weights.download_clip_weights.',
        )
    model = CLIPSym.from_config(config)
    provenance: dict[str, Any] = {"decoder": "random"}
    if entry.weights is not None:
        start_from_clip(model, entry.weights.path)
        provenance["towers"] = f"{entry.weights.name} {entry.weights.tag}"
    metadata = CheckpointMetadata(model.config, provenance, {}, trained=False)
    return LoadedModel(model.to(device).eval(), model.config, metadata)


def _authors(path: Path, device: str | torch.device) -> LoadedModel:
    from clipsym_core.model.authors import import_authors
    from clipsym_core.model.checkpoint import LoadedModel

    loaded = import_authors(path)
    return LoadedModel(loaded.model.to(device), loaded.config, loaded.metadata)
