"""What a variant starts from: the base's towers, a random decoder and upsampler drawn from the seed."""

from __future__ import annotations

from pathlib import Path

import torch

from clipsym_core.errors import CheckpointError, ConfigError
from clipsym_core.model.checkpoint import LoadedModel, save_checkpoint
from clipsym_core.model.clipsym import CLIPSym
from clipsym_core.model.config import ModelConfig
from clipsym_core.model.prompts import with_prompts
from clipsym_core.model.text import PromptTable
from clipsym_core.model.warm_start import start_from_clip
from clipsym_core.model.weights import local_weights
from clipsym_core.train.ablation_variants import Variant
from clipsym_core.train.run_state import seed_everything


def clipsym_config(loaded: LoadedModel) -> ModelConfig:
    """The config of a base.

    Raises:
        ConfigError: it is a model of another paper, which has no prompts and no upsampler to vary.
    """
    if not isinstance(loaded.config, ModelConfig):
        raise ConfigError(
            f"'{loaded.config.name}' cannot be varied.", "The tables are about CLIPSym.", "Choose a CLIPSym model."
        )
    return loaded.config


def make_start(base: LoadedModel, variant: Variant, seed: int, path: Path) -> None:
    """Write the untrained checkpoint of a variant.

    Raises:
        CheckpointError: CLIP's weights are needed and not here, or the file cannot be written.
        ConfigError: the variant does not fit the base.
    """
    config = clipsym_config(base).replaced(name=f"ablation-{variant.name}", **variant.sections)
    if config.text.kind == "clip":
        config = with_prompts(config)
    seed_everything(seed)
    model = CLIPSym.from_config(config)
    if config.encoder.kind == "clip":
        _start_from_clip(model, variant)
    else:
        _start_from_base(model, base, variant)
    provenance = {"ablation": variant.title, "start": base.config.name, "seed": seed}
    save_checkpoint(path, model, provenance=provenance, metrics={}, trained=False)


def _start_from_clip(model: CLIPSym, variant: Variant) -> None:
    if not variant.tower:
        return
    config = model.config
    if config.encoder.weights is None:
        raise CheckpointError(f"The base of '{variant.name}' names no CLIP weights.", remedy="Choose another base.")
    weights = local_weights(config.encoder.name, config.encoder.weights)
    if not weights.present:
        raise CheckpointError(
            f"The CLIP weights '{weights.tag}' of {weights.name} are not here yet.",
            remedy='Use "Get CLIP weights", or clipsym_core.model.weights.download_clip_weights.',
        )
    start_from_clip(model, weights.path)


def _start_from_base(model: CLIPSym, base: LoadedModel, variant: Variant) -> None:
    source = base.model.state_dict()
    own = model.state_dict()
    if variant.tower:
        taken = {name: x for name, x in source.items() if name.startswith("encoder.")}
        model.load_state_dict({**own, **taken})
    if isinstance(model.text, PromptTable):
        table = source["text.embeddings"]
        rows = table.mean(dim=0, keepdim=True) if variant.prompts == "mean" else table[: variant.prompts]
        with torch.no_grad():
            model.text.assign(rows)
