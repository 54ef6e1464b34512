"""CLIP's ViT in its deploy form: own modules, fused products, nothing of open_clip.

The modules are built from a `VitShape` alone, so a stored deploy form runs where open_clip is never imported
(`inference.deployed_file`), and take their tensors over without a copy.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from clipsym_core.errors import ConfigError
from clipsym_core.inference.fast.mixed import FastLinear
from clipsym_core.model.clip_tower import ClipTower
from clipsym_core.model.config import PositionInterpolation
from clipsym_core.model.encoder import Encoder, Features
from clipsym_core.model.positions import resize_positions
from clipsym_core.model.tracing import being_traced

Gelu: TypeAlias = Literal["quick", "none", "tanh"]
"""`quick` is x sigmoid(1.702 x); the others are the `approximate` of torch's gelu."""

_QUICK = 1.702


@dataclass(frozen=True, slots=True)
class VitShape:
    """All that the modules of a tower are made of, apart from its tensors.

    Attributes:
        hidden: width of the MLP's inner layer.
        native: grid (h, w) that the stored positions belong to.
        taps: blocks that are tapped; the last one is the last block.
        pre_norm: whether a norm follows the positions.
    """

    width: int
    heads: int
    hidden: int
    patch: int
    native: tuple[int, int]
    taps: tuple[int, ...]
    gelu: Gelu
    eps: float
    pre_norm: bool
    interpolation: PositionInterpolation


class FastClipTower(Encoder):
    """A CLIP ViT with fused qkv products and positions resized once for each grid.

    Residual, norms and positions stay float32; products and attention run in `dtype` (mixed precision).
    """

    class_embedding: Tensor
    positions: Tensor
    patches: Tensor

    def __init__(self, shape: VitShape, dtype: torch.dtype) -> None:
        """Without values in its tensors; `of` and `deployed_file.load_deployed` put them in."""
        super().__init__()
        self.shape = shape
        width = shape.width
        self.tap_widths = (width,) * len(shape.taps)
        self.register_buffer("patches", torch.empty(width, 3, shape.patch, shape.patch))
        self.register_buffer("class_embedding", torch.empty(width))
        self.register_buffer("positions", torch.empty(1 + shape.native[0] * shape.native[1], width))
        self.ln_pre: nn.Module = nn.LayerNorm(width, eps=shape.eps) if shape.pre_norm else nn.Identity()
        self.blocks = nn.ModuleList(FastBlock(shape, dtype) for _ in range(shape.taps[-1]))
        self._tables: dict[tuple[int, int], Tensor] = {}

    @classmethod
    def of(cls, tower: ClipTower, dtype: torch.dtype, *, share: bool = False) -> FastClipTower:
        """The deploy form of a tower, which is not changed.

        Args:
            share: use the tower's own tensors where they need no change, instead of copies.

        Raises:
            ConfigError: the tower's blocks are not CLIP's.
        """
        with torch.device("meta"):
            fast = cls(_shape(tower), dtype)
        visual = tower.visual
        tensors = {
            "patches": visual.conv1.weight,
            "class_embedding": visual.class_embedding,
            "positions": visual.positional_embedding,
        }
        if fast.shape.pre_norm:
            tensors |= {"ln_pre.weight": visual.ln_pre.weight, "ln_pre.bias": visual.ln_pre.bias}
        for index, block in enumerate(visual.transformer.resblocks):
            tensors |= {f"blocks.{index}.{name}": x for name, x in _block_tensors(block, fast.shape).items()}
        wanted = fast.state_dict()
        sources = {parameter.data_ptr() for parameter in tower.parameters()}
        made = {}
        for name, tensor in tensors.items():
            ready = tensor.detach().to(wanted[name].dtype).contiguous()
            made[name] = ready if share or ready.data_ptr() not in sources else ready.clone()
        fast.load_state_dict(made, assign=True)
        return fast

    def forward(self, images: Tensor) -> Features:
        patches = F.conv2d(images, self.patches, stride=self.shape.patch)
        h, w = int(patches.shape[-2]), int(patches.shape[-1])
        first = self.class_embedding.expand(len(images), 1, -1)
        x = torch.cat([first, patches.flatten(2).transpose(1, 2)], dim=1) + self._table(h, w, images.device)
        x = self.ln_pre(x)
        taps = []
        for number, block in enumerate(self.blocks, start=1):
            x = block(x)
            if number in self.shape.taps:
                taps.append(x)
        return Features(tuple(reversed(taps)), (h, w), 1)

    def _table(self, h: int, w: int, device: torch.device) -> Tensor:
        table = self._tables.get((h, w))
        if table is None or table.device != device:
            table = resize_positions(self.positions, self.shape.native, (h, w), self.shape.interpolation)
            if not being_traced():  # a tracer's tensor must not stay
                self._tables[h, w] = table
        return table


class FastBlock(nn.Module):
    """Pre-norm block: x + attention(LN(x)), then x + MLP(LN(x)).

    quick_gelu(x) = x sigmoid(1.702 x) = silu(1.702 x) / 1.702, so with 1.702 folded into both matrices it is silu.
    """

    def __init__(self, shape: VitShape, dtype: torch.dtype) -> None:
        super().__init__()
        self.heads, self.gelu = shape.heads, shape.gelu
        width, hidden = shape.width, shape.hidden
        self.norm1, self.norm2 = nn.LayerNorm(width, eps=shape.eps), nn.LayerNorm(width, eps=shape.eps)
        self.qkv = FastLinear.sized(width, 3 * width, dtype)
        self.out = FastLinear.sized(width, width, dtype)
        self.fc1 = FastLinear.sized(width, hidden, dtype, "swish" if shape.gelu == "quick" else "none")
        self.fc2 = FastLinear.sized(hidden, width, dtype)

    def forward(self, x: Tensor) -> Tensor:
        """[B, N, C] float32 -> the same."""
        x = x + self._attended(self.norm1(x))
        return x + self._mlp(self.norm2(x))

    # Methods of their own, so that what one half made is gone before the other begins.

    def _attended(self, x: Tensor) -> Tensor:
        b, n, width = x.shape
        q, k, v = self.qkv(x).view(b, n, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        return self.out(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(b, n, width))

    def _mlp(self, x: Tensor) -> Tensor:
        x = self.fc1(x)
        return self.fc2(x if self.gelu == "quick" else F.gelu(x, approximate=self.gelu))


def _shape(tower: ClipTower) -> VitShape:
    visual: Any = tower.visual
    block = visual.transformer.resblocks[0]
    mlp = getattr(block, "mlp", None)
    if not isinstance(getattr(block, "attn", None), nn.MultiheadAttention) or not isinstance(mlp, nn.Sequential):
        raise ConfigError(
            f"There is no deploy form of blocks of the kind {type(block).__name__}.",
            remedy="Run the model as it is, or choose a tower with CLIP's own blocks.",
        )
    gelu: Any = mlp.gelu
    widening: Any = mlp.c_fc
    return VitShape(
        width=int(visual.conv1.out_channels),
        heads=int(block.attn.num_heads),
        hidden=int(widening.out_features),
        patch=tower.patch,
        native=tower.native,
        taps=tower.taps,
        gelu="quick" if type(gelu).__name__ == "QuickGELU" else gelu.approximate,
        eps=float(block.ln_1.eps),
        pre_norm=not isinstance(visual.ln_pre, nn.Identity),
        interpolation=tower.interpolation,
    )


def _block_tensors(block: Any, shape: VitShape) -> dict[str, Tensor]:
    """Tensors of open_clip's block by the names of `FastBlock`; layer scales go into the products before them."""
    attn, fc, proj = block.attn, block.mlp.c_fc, block.mlp.c_proj
    tensors = {
        "norm1.weight": block.ln_1.weight,
        "norm1.bias": block.ln_1.bias,
        "norm2.weight": block.ln_2.weight,
        "norm2.bias": block.ln_2.bias,
        "qkv.weight": attn.in_proj_weight,
        "qkv.bias": attn.in_proj_bias,
        "out.weight": attn.out_proj.weight,
        "out.bias": attn.out_proj.bias,
        "fc1.weight": fc.weight,
        "fc1.bias": fc.bias,
        "fc2.weight": proj.weight,
        "fc2.bias": proj.bias,
    }
    for scale, name in ((block.ls_1, "out"), (block.ls_2, "fc2")):
        if not isinstance(scale, nn.Identity):
            tensors[f"{name}.weight"] = scale.gamma[:, None] * tensors[f"{name}.weight"]
            tensors[f"{name}.bias"] = scale.gamma * tensors[f"{name}.bias"]
    if shape.gelu == "quick":
        tensors["fc1.weight"] = tensors["fc1.weight"] * _QUICK
        tensors["fc1.bias"] = tensors["fc1.bias"] * _QUICK
        tensors["fc2.weight"] = tensors["fc2.weight"] / _QUICK
    return tensors
