"""The model that a run starts from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from clipsym_core.errors import ConfigError
from clipsym_core.model.checkpoint import LoadedModel
from clipsym_core.model.config import ModelConfig, preset, preset_names
from clipsym_core.model.network import SymmetryNetwork
from clipsym_core.model.peers.backbone import start_backbone
from clipsym_core.model.prompts import with_prompts
from clipsym_core.model.registry import build_model
from clipsym_core.model.zoo import bundled_checkpoints, load_model
from clipsym_core.train.run_file import RunFile


@dataclass(frozen=True, slots=True)
class Start:
    """A model to train.

    Attributes:
        trained: whether it finds symmetries already, so that old and new can be compared.
        provenance: of the checkpoint.
    """

    model: SymmetryNetwork
    trained: bool
    provenance: dict[str, Any] = field(default_factory=dict)


def load_start(run: RunFile) -> Start:
    """The start of a run, on the CPU.

    Raises:
        ConfigError, CheckpointError: there is no such model, or it cannot be loaded.
    """
    bundled = {path.stem for path in bundled_checkpoints()}
    if run.scratch == "everything" and run.start in preset_names() and run.start not in bundled:
        # No weights are needed, so none need to be here.
        model = build_model(with_prompts(_with_outputs(preset(run.start), run)))
        return Start(model, trained=False, provenance={"start": run.start, "tower": start_backbone(model)})
    loaded = load_model(run.start)
    if run.scratch == "nothing" and (loaded.metadata.trained or _fits(loaded, run)):
        return Start(loaded.model, loaded.metadata.trained, dict(loaded.metadata.provenance))
    model = build_model(_with_outputs(loaded.config, run))
    kept = ("text.",) if run.scratch == "everything" else ("text.", "encoder.")
    own = model.state_dict()
    taken = {name: x for name, x in loaded.model.state_dict().items() if name.startswith(kept)}
    model.load_state_dict({**own, **taken})
    return Start(model, trained=False, provenance={"start": run.start, "random": run.scratch})


def _fits(loaded: LoadedModel, run: RunFile) -> bool:
    return run.outputs is None or set(run.outputs) <= set(loaded.config.outputs)


def _with_outputs(config: Any, run: RunFile) -> ModelConfig:
    """The config with the heatmaps that the run learns."""
    if run.outputs is None or tuple(run.outputs) == config.outputs:
        return config
    changed = config.replaced(outputs=tuple(run.outputs))
    if not isinstance(changed, type(config)):
        raise ConfigError("The model cannot have other outputs.")
    return changed
