"""The image tower that a config names."""

from __future__ import annotations

from clipsym_core.model.config import EncoderConfig
from clipsym_core.model.encoder import Encoder


def build_encoder(config: EncoderConfig) -> Encoder:
    """The tower that `config` names, with random weights.

    Raises:
        ConfigError: unknown name, or taps that the tower does not have.
    """
    if config.kind == "timm":
        from clipsym_core.model.timm_tower import TimmTower

        return TimmTower(config)
    from clipsym_core.model.clip_tower import ClipTower

    return ClipTower(config)
