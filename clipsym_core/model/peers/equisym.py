"""EquiSym: symmetry detection by a dihedrally equivariant network (Seo, Kim, Kwak, Cho: CVPR 2022, arXiv 2203.16787).

ResNet-50 and the atrous pyramid over D8, from the picture to the heatmap. Two decoders predict intermediate classes at
every cell: the reflection decoder the orientation of the axis, the rotation decoder the order of the center, each with
a class for "nothing". What speaks for something is pooled, stacked with the classes, and one more equivariant 1 x 1
layer gives the heatmap.

Group convolutions are our own (`gconv`), their bases escnn's: the two agree to rounding, and neither training nor
inference needs escnn. The n orientations of D_n's mirror axes are permuted by the group: a quarter turn of the picture
moves them on by n / 2, a mirror image reverses them, so the orientation head is exactly equivariant too.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from clipsym_core.model.config import parse_group
from clipsym_core.model.gconv import GroupConv, group_size
from clipsym_core.model.peers.configs import EquiSymConfig
from clipsym_core.model.peers.fields import FieldConv
from clipsym_core.model.peers.network import Auxiliary, PeerNetwork, start_at_prior

_EXPANSION = 4


class Bottleneck(nn.Module):
    """ResNet's 1 x 1, 3 x 3, 1 x 1 with a shortcut, on regular fields."""

    def __init__(self, group: str, fields_in: int, fields: int, *, stride: int, dilation: int) -> None:
        super().__init__()
        out = _EXPANSION * fields
        self.layers = nn.Sequential(
            FieldConv(group, fields_in, fields),
            FieldConv(group, fields, fields, 3, stride=stride, dilation=dilation),
            FieldConv(group, fields, out, relu=False),
        )
        same = fields_in == out and stride == 1
        self.shortcut = nn.Identity() if same else FieldConv(group, fields_in, out, stride=stride, relu=False)

    def forward(self, x: Tensor) -> Tensor:
        return (self.layers(x) + self.shortcut(x)).relu()


class EquivariantResNet(nn.Module):
    """ResNet over D_n ending at stride 8: [B, 3, H, W] -> [B, 32 fields * |G|, h, w]."""

    def __init__(self, config: EquiSymConfig) -> None:
        super().__init__()
        group, fields = config.group, config.fields
        self.stem = FieldConv(group, 3, fields, 7, stride=2, lift=True)
        self.pool = nn.MaxPool2d(3, 2, 1)
        stages: list[nn.Module] = []
        width = fields
        for stage, depth in enumerate(config.depths):
            inside = fields * 2**stage
            for block in range(depth):
                # The first block of stages 3 and 4 still sees the grid of the stage before.
                dilation = 2 ** max(0, stage - (2 if block == 0 else 1))
                stride = 2 if stage == 1 and block == 0 else 1
                stages.append(Bottleneck(group, width, inside, stride=stride, dilation=dilation))
                width = _EXPANSION * inside
        self.stages = nn.Sequential(*stages)
        self.fields = width

    def forward(self, x: Tensor) -> Tensor:
        return self.stages(self.pool(self.stem(x)))


class EquivariantPyramid(nn.Module):
    """The atrous pyramid on regular fields; see `network.AtrousPyramid`."""

    def __init__(self, group: str, fields_in: int, fields: int, rates: tuple[int, ...]) -> None:
        super().__init__()
        views = [FieldConv(group, fields_in, fields)]
        views += [FieldConv(group, fields_in, fields, 3, dilation=rate) for rate in rates]
        self.views = nn.ModuleList(views)
        self.pooled = GroupConv(group, fields_in, fields, kernel=1)
        self.project = FieldConv(group, fields * (len(views) + 1), fields)

    def forward(self, x: Tensor) -> Tensor:
        whole = self.pooled(x.mean(dim=(2, 3), keepdim=True)).relu().expand(-1, -1, *x.shape[-2:])
        return self.project(torch.cat([*(view(x) for view in self.views), whole], dim=1))


class OrientationHead(nn.Module):
    """Regular fields to [B, 1 + n, h, w]: no axis, then an axis at each of D_n's n mirror angles.

    For even n the mirror axes fall into two halves, k even and k odd, and the group moves each half onto itself. A
    regular field averaged over the four elements that carry one axis of a half to axis k is the logit of k; so there
    are two fields.
    """

    carried: Tensor

    def __init__(self, group: str, fields_in: int) -> None:
        super().__init__()
        _, n = parse_group(group)
        self.n = n
        self.axes = GroupConv(group, fields_in, 2, kernel=1)
        self.none = GroupConv(group, fields_in, 1, target="trivial", kernel=1)
        start_small(self.axes, self.none)
        # In steps of 180 / n degrees, a turn by 360 t / n moves an axis on by 2 t, and the mirror makes k to -k: an
        # element carries axis 0 to 2 t, and axis 1 to 2 t + 1 or 2 t - 1.
        carried = torch.zeros(2, 2 * n, n)
        for mirrored in range(2):
            for turn in range(n):
                carried[0, mirrored * n + turn, (2 * turn) % n] = 0.25
                carried[1, mirrored * n + turn, (2 * turn + (-1) ** mirrored) % n] = 0.25
        self.register_buffer("carried", carried, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        fields = self.axes(x).unflatten(1, (2, 2 * self.n))
        return torch.cat([self.none(x), torch.einsum("bfghw,fgk->bkhw", fields, self.carried.to(x))], dim=1)

    def classes(self, logits: Tensor) -> Tensor:
        """What of the logits [B, 1 + n, h, w] no group element changes: [B, 3, h, w]: none, even and odd axes."""
        return torch.cat([logits[:, :1], *(logits[:, 1 + k :: 2].mean(dim=1, keepdim=True) for k in (0, 1))], dim=1)


def start_small(*heads: GroupConv) -> None:
    """No class is preferred at first."""
    for head in heads:
        nn.init.normal_(head.weights, std=0.1 * float(head.weights.detach().std()))


class Branch(nn.Module):
    """One decoder with its classes: regular fields to a heatmap [B, 1, h, w] and class logits [B, K, h, w]."""

    def __init__(self, group: str, fields: int, classes: nn.Module, stacked: int, foreground: int) -> None:
        super().__init__()
        self.decode = FieldConv(group, fields, fields, 3)
        self.classes = classes
        self.final = nn.Conv2d(stacked + 1, 1, 1)
        start_at_prior(self.final)
        with torch.no_grad():  # the pooled foreground speaks from the start; log(count) is what it is at first
            assert self.final.bias is not None
            self.final.weight[:, -1] = 1.0
            self.final.bias -= math.log(foreground)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        logits = self.classes(self.decode(x))
        foreground = logits[:, 1:].logsumexp(dim=1, keepdim=True)
        seen = self.classes.classes(logits) if isinstance(self.classes, OrientationHead) else logits
        return self.final(torch.cat([seen, foreground], dim=1)), logits


class EquiSym(PeerNetwork):
    """[B, 3, H, W] -> [B, C, H, W]; commutes with quarter turns and mirrors of pictures whose sides are 8 k + 1."""

    config: EquiSymConfig

    def __init__(self, config: EquiSymConfig) -> None:
        super().__init__(config)
        group = config.group
        fields = config.pyramid.width // group_size(group)
        self.encoder = EquivariantResNet(config)
        self.pyramid = EquivariantPyramid(group, self.encoder.fields, fields, config.pyramid.rates)
        self.branches = nn.ModuleDict()
        for output in config.outputs:
            if output == "rotation":
                classes = 2 + len(config.orders)
                order = GroupConv(group, fields, classes, target="trivial", kernel=1)
                start_small(order)
                self.branches[output] = Branch(group, fields, order, classes, classes - 1)
            else:
                self.branches[output] = Branch(group, fields, OrientationHead(group, fields), 3, parse_group(group)[1])

    def coarse(self, x: Tensor) -> tuple[Tensor, Auxiliary]:
        shared = self.pyramid(self.encoder(x))
        seen = {output: branch(shared) for output, branch in self.branches.items()}
        maps = torch.cat([heatmap for heatmap, _ in seen.values()], dim=1)
        orientation, order = (seen[name][1] if name in seen else None for name in ("reflection", "rotation"))
        return maps, Auxiliary(orientation, order)
