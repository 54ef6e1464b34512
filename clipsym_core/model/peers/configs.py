"""What the models of the other papers are made of, as data. Does not import torch.

All of them read 417 px = 8 * 52 + 1: with stride-2 layers that start at the first pixel, a map of side 8 k + 1 is
sampled symmetrically, so that its 53 x 53 grid turns and mirrors with the picture. Other sides are padded to the next
such one.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from clipsym_core.errors import ConfigError
from clipsym_core.model.config import (
    IMAGENET_MEAN,
    IMAGENET_STD,
    NetworkConfig,
    Preprocessing,
    StrictModel,
    parse_group,
)

STRIDE = 8
"""Pixels for a step of the grid on which these models work."""

_CANVAS = Preprocessing(size=(417, 417), mean=IMAGENET_MEAN, std=IMAGENET_STD)


class BackboneConfig(StrictModel):
    """A ResNet of timm, its last stages dilated so that it ends at stride 8.

    Attributes:
        name: in timm.
        weights: what training starts from, e.g. `imagenet`, where a file of it lies in the user's folder
            (`peers.backbone.local_resnet`); None starts from random weights.
        trainable: whether training changes it.
    """

    name: str = "resnet50"
    weights: str | None = "imagenet"
    trainable: bool = True


class PyramidConfig(StrictModel):
    """The atrous pyramid (DeepLab v3): a 1 x 1, three dilated 3 x 3 and a pooled branch, side by side.

    Attributes:
        width: channels of each branch and of the output.
        rates: dilations at stride 8.
    """

    width: int = Field(default=256, ge=1)
    rates: tuple[int, int, int] = (12, 24, 36)

    def model_post_init(self, context: Any, /) -> None:
        if min(self.rates) < 1:
            raise ConfigError(f"Pyramid rates {self.rates} must be positive.")


class PeerConfig(NetworkConfig):
    """What the configs of these models share."""

    pyramid: PyramidConfig = PyramidConfig()
    preprocessing: Preprocessing = _CANVAS

    @property
    def granularity(self) -> int:
        """The stride of the grid, px; any side of at least two steps is read."""
        return STRIDE


class SymResNetConfig(PeerConfig):
    """A plain residual network with a segmentation head (after Funk and Liu, ICCV 2017)."""

    family: Literal["symresnet"] = "symresnet"
    backbone: BackboneConfig = BackboneConfig()


class PolarConfig(StrictModel):
    """Polar matching convolution (PMCNet, section 3). Lengths are in cells of the stride-8 grid.

    Attributes:
        angles: sampled directions around a place; also the number of directed axes. A multiple of 4; 16 directions
            are axes 22.5 degrees apart.
        radii: of the polar region that is matched.
        similarity_radii: of the ring that a self-similarity descriptor looks at.
        features: channels of the base features.
        kernels: channels of the matching convolution.
    """

    angles: int = Field(default=16, ge=4, multiple_of=4)
    radii: tuple[float, ...] = (1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0)
    similarity_radii: tuple[float, ...] = (1.0, 2.0, 3.0, 4.0)
    features: int = Field(default=32, ge=1)
    kernels: int = Field(default=64, ge=1)

    def model_post_init(self, context: Any, /) -> None:
        for name, radii in (("radii", self.radii), ("similarity_radii", self.similarity_radii)):
            if not radii or min(radii) <= 0:
                raise ConfigError(f"Polar {name} {radii} must be positive, at least one.")


class PMCNetConfig(PeerConfig):
    """PMCNet (Seo, Shim, Cho: ICCV 2021, arXiv 2108.12952)."""

    family: Literal["pmcnet"] = "pmcnet"
    backbone: BackboneConfig = BackboneConfig(name="resnet101")
    polar: PolarConfig = PolarConfig()


class EquiSymConfig(PeerConfig):
    """EquiSym (Seo, Kim, Kwak, Cho: CVPR 2022, arXiv 2203.16787). Channels are fields times the group's size.

    Attributes:
        group: a dihedral group D_n of even n; its n mirror axes are the classes of the orientation head.
        depths: bottlenecks in each of the four stages.
        fields: of the stem; a stage is 1, 2, 4, 8 times as wide inside and 4 times that outside, as in ResNet.
        orders: classes of the order head beside "no center" and "another order"; 0 is continuous.
    """

    family: Literal["equisym"] = "equisym"
    group: str = "D8"
    depths: tuple[int, int, int, int] = (3, 4, 6, 3)
    fields: int = Field(default=4, ge=1)
    orders: tuple[int, ...] = (0, 2, 3, 4, 5, 6, 8)

    def model_post_init(self, context: Any, /) -> None:
        super().model_post_init(context)
        kind, n = parse_group(self.group)
        if kind != "D" or n % 2:
            raise ConfigError(f"EquiSym needs a group D_n of even n, got {self.group}.", remedy="Use D4 or D8.")
        if min(self.depths) < 1 or len(set(self.orders)) != len(self.orders) or 1 in self.orders:
            raise ConfigError(f"EquiSym depths {self.depths} or orders {self.orders} do not fit.")
        if self.pyramid.width % (2 * n):
            raise ConfigError(
                f"A pyramid {self.pyramid.width} channels wide holds no whole fields of {self.group}.",
                remedy=f"Use a multiple of {2 * n}.",
            )
