"""A ResNet that ends at stride 8, and putting ImageNet weights of a local file into it."""

from __future__ import annotations

from pathlib import Path

from torch import Tensor, nn

from clipsym_core.errors import CheckpointError, ConfigError
from clipsym_core.model.config import nearest
from clipsym_core.model.network import SymmetryNetwork
from clipsym_core.model.peers.configs import STRIDE, BackboneConfig
from clipsym_core.model.torchvision_compat import ensure_torchvision
from clipsym_core.model.warm_start import WarmStart, read_state
from clipsym_core.model.weights import data_folder

_STAGES = 4


class ResNetBackbone(nn.Module):
    """Stages 1 to 4 of a timm ResNet; stages 3 and 4 are dilated by 2 and 4 instead of halving the grid.

    Attributes:
        widths: channels after each stage.
    """

    def __init__(self, config: BackboneConfig) -> None:
        super().__init__()
        ensure_torchvision()
        import timm

        known = timm.list_models("*resnet*")
        if config.name not in known:
            raise ConfigError(f"timm has no ResNet '{config.name}'.", remedy=nearest(config.name, known))
        indices = tuple(range(1, _STAGES + 1))
        self.tower: nn.Module = timm.create_model(
            config.name, pretrained=False, features_only=True, output_stride=STRIDE, out_indices=indices
        )
        self.widths: tuple[int, ...] = tuple(self.tower.feature_info.channels())
        self.requires_grad_(config.trainable)

    def forward(self, x: Tensor) -> list[Tensor]:
        """[B, 3, H, W] to the maps of the four stages, at strides 4, 8, 8, 8."""
        return list(self.tower(x))


def local_resnet(config: BackboneConfig) -> Path:
    """Where pretrained weights of a backbone lie, if a person put them there: as .safetensors, .pth or .pt."""
    folder = data_folder() / "resnets"
    names = [folder / f"{config.name}.{config.weights}{suffix}" for suffix in (".safetensors", ".pth", ".pt")]
    return next((path for path in names if path.is_file()), names[0])


def start_backbone(model: SymmetryNetwork) -> str:
    """Put the weights that the config names into a model's ResNet, where their file is here; tells what was done.

    Raises:
        CheckpointError: the file does not fit.
    """
    backbone, config = getattr(model, "encoder", None), getattr(model.config, "backbone", None)
    if not isinstance(backbone, ResNetBackbone) or not isinstance(config, BackboneConfig) or config.weights is None:
        return "random"
    path = local_resnet(config)
    if not path.is_file():
        return f"random: no {config.weights} weights at {path}"
    start_from_resnet(backbone, path)
    return f"{config.name} {config.weights}"


def start_from_resnet(backbone: ResNetBackbone, path: str | Path) -> WarmStart:
    """Put the weights of a local file (timm's or torchvision's ResNet of the same name) into a backbone.

    The classifier (`fc`) is left out.

    Raises:
        CheckpointError: missing, damaged, or of another architecture; names what differs.
    """
    what = f"Cannot start from {path}."
    state = read_state(path, what)
    own = backbone.tower.state_dict()
    wrong = [name for name, x in own.items() if name not in state or state[name].shape != x.shape]
    wrong = [name for name in wrong if not name.endswith("num_batches_tracked")]
    if wrong:
        raise CheckpointError(
            what, f"{len(wrong)} tensors are missing or of another shape, first {wrong[0]}.", "Use the same ResNet."
        )
    taken = {name: state[name] for name in own if name in state}
    backbone.tower.load_state_dict(taken, strict=False)
    return WarmStart(tuple(f"encoder.tower.{name}" for name in taken), tuple(sorted(set(state) - set(taken))))
