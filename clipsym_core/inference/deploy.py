"""From a trained model to an equal, faster one (measured in benchmarks/inference.py, explained in docs/model.md).

Text becomes a constant, blocks behind the last tap are gone, positions are resized once, qkv products are fused, the
decoder's MLP runs in pieces that stay in the cache, filters are expanded, and the upsampler mixes channels at low
resolution without ever storing its large maps.
"""

from __future__ import annotations

import copy
from typing import TypeAlias, overload

import torch
from torch import Tensor, nn

from clipsym_core.errors import ConfigError
from clipsym_core.inference.fast.decoder import FastDecoder, FastLayer, film_constants
from clipsym_core.inference.fast.mixed import DTYPES, FastLinear, Precision
from clipsym_core.inference.fast.peer import DeployedPeer
from clipsym_core.inference.fast.tower import FastTimmTower, fast_tower
from clipsym_core.inference.fast.upsampler import FastUpsampler
from clipsym_core.inference.fast.vit import FastClipTower
from clipsym_core.model.clipsym import CLIPSym
from clipsym_core.model.config import ModelConfig, nearest
from clipsym_core.model.matching import MirrorMatching, read_out
from clipsym_core.model.network import SymmetryNetwork, check_input, fit
from clipsym_core.model.peers.network import PeerNetwork


class DeployedCLIPSym(nn.Module):
    """The deploy form; `deploy` makes it. Same input and output as `CLIPSym`, inference only.

    Attributes:
        config: of the model it was made from.
        precision: of its matrix products; residuals, norms and softmax of the decoder are always float32, and so is
            mirror matching.
    """

    mean: Tensor
    std: Tensor

    def __init__(
        self,
        config: ModelConfig,
        precision: Precision,
        encoder: FastClipTower | FastTimmTower,
        decoder: FastDecoder,
        upsampler: FastUpsampler,
        matching: MirrorMatching | None = None,
    ) -> None:
        """From its parts."""
        super().__init__()
        self.config, self.precision = config, precision
        self.encoder, self.decoder, self.upsampler, self.matching = encoder, decoder, upsampler, matching
        statistics = config.preprocessing
        self.register_buffer("mean", torch.tensor(statistics.mean, device="cpu").view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(statistics.std, device="cpu").view(1, 3, 1, 1), persistent=False)
        self.requires_grad_(False)
        self.eval()

    @torch.no_grad()
    def forward(self, images: Tensor) -> Tensor:
        """Pictures [B, 3, H, W], float RGB in 0..1, to logits [B, C, H, W], float32.

        Raises:
            InputError: a wrong shape or a grid that is too small.
        """
        check_input(self.config, images)
        features = self.encoder((images - self.mean) / self.std)
        logits = read_out(images, features, self.matching, self.decoder, self.upsampler)
        return fit(logits, (images.shape[-2], images.shape[-1]), align_corners=self.config.final_align_corners)

    def whole_maps(self) -> DeployedCLIPSym:
        """Switch to operations on whole maps, for compilers and exporters; returns itself."""
        self.upsampler.strips = False
        for module in self.modules():
            if isinstance(module, FastLayer):
                module.pieces = False
            elif isinstance(module, FastLinear):
                module.plain = True
        return self


Deployed: TypeAlias = DeployedCLIPSym | DeployedPeer
"""Both have `config`, `precision` and `whole_maps`."""


@overload
def deploy(
    model: CLIPSym, *, precision: Precision = "fp32", compiled: bool = False, share: bool = False
) -> DeployedCLIPSym: ...
@overload
def deploy(
    model: SymmetryNetwork, *, precision: Precision = "fp32", compiled: bool = False, share: bool = False
) -> Deployed: ...
@torch.no_grad()
def deploy(
    model: SymmetryNetwork, *, precision: Precision = "fp32", compiled: bool = False, share: bool = False
) -> Deployed:
    """An equal, faster model for inference; `model` itself is not changed.

    Args:
        precision: `fp32` is equal to rounding; `bf16` and `fp16` run matrix products in the short type and keep
            residuals, norms and the decoder's softmax in float32.
        compiled: hand it to `torch.compile` (needs a compiler on a CPU; the first picture takes long).
        share: use the model's own tensors where they need no change. For a model that is given up afterwards: its
            weights are then in memory once. If it is trained on, the deploy form changes with it.

    Raises:
        ConfigError: unknown precision, or a model or an image tower that has no deploy form.
        InputError: the prompts have no embeddings yet.
    """
    check_precision(precision)
    if isinstance(model, PeerNetwork):
        deployed: Deployed = DeployedPeer(model, precision)
    elif isinstance(model, CLIPSym):
        deployed = _deploy_clipsym(model, precision, share)
    else:
        raise ConfigError(f"{type(model).__name__} has no deploy form.", remedy="Run the model as it is.")
    if compiled:
        deployed.whole_maps().compile()
    return deployed


def _deploy_clipsym(model: CLIPSym, precision: Precision, share: bool) -> DeployedCLIPSym:
    dtype = DTYPES[precision]
    prompts = None if model.text is None else model.text()
    return DeployedCLIPSym(
        model.config,
        precision,
        fast_tower(model.encoder, dtype, share=share),
        FastDecoder(copy.deepcopy(model.decoder), film_constants(model.decoder, prompts), dtype),
        FastUpsampler.of(model.upsampler, dtype),
        copy.deepcopy(model.matching),
    ).to(model.mean.device)


def check_precision(precision: str) -> None:
    """Raise where there is no such precision.

    Raises:
        ConfigError: with the nearest name.
    """
    if precision not in DTYPES:
        raise ConfigError(f"There is no precision '{precision}'.", remedy=nearest(precision, list(DTYPES)))
