"""Which class reads a config of each family, and which one builds its model. Does not import torch until it builds."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

from clipsym_core.errors import ConfigError
from clipsym_core.model.config import ModelConfig, NetworkConfig, nearest
from clipsym_core.model.peers.configs import EquiSymConfig, PMCNetConfig, SymResNetConfig

if TYPE_CHECKING:
    from clipsym_core.model.network import SymmetryNetwork


class Family(NamedTuple):
    """A kind of model: the class of its config, and module and name of the class that is built from one."""

    config: type[NetworkConfig]
    module: str
    network: str


FAMILIES: dict[str, Family] = {
    "clipsym": Family(ModelConfig, "clipsym_core.model.clipsym", "CLIPSym"),
    "symresnet": Family(SymResNetConfig, "clipsym_core.model.peers.symresnet", "SymResNet"),
    "pmcnet": Family(PMCNetConfig, "clipsym_core.model.peers.pmcnet", "PMCNet"),
    "equisym": Family(EquiSymConfig, "clipsym_core.model.peers.equisym", "EquiSym"),
}


def parse_config(data: Mapping[str, Any]) -> NetworkConfig:
    """A config from plain data, e.g. from a checkpoint; without a `family` it is CLIPSym's.

    Raises:
        ConfigError: an unknown family or key (tells the nearest), or a value that does not fit.
    """
    if not isinstance(data, Mapping):
        raise ConfigError(f"A model's config is a table of keys and values, got {type(data).__name__}.")
    return _family(data.get("family", "clipsym")).config(**data)


def build_model(config: NetworkConfig) -> SymmetryNetwork:
    """A model with random weights.

    Raises:
        ConfigError: its towers do not have what the config names.
    """
    family = _family(config.family)
    network: SymmetryNetwork = getattr(import_module(family.module), family.network)(config)
    return network


def _family(name: object) -> Family:
    if not isinstance(name, str) or name not in FAMILIES:
        raise ConfigError(f"There is no family of models '{name}'.", remedy=nearest(str(name), list(FAMILIES)))
    return FAMILIES[name]
