"""escnn's steerable basis as an array. Used by scripts/make_gconv_bases.py, and for groups that are not shipped."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from clipsym_core.model.config import parse_group


def escnn_layer(
    group: str, source: str, target: str, in_fields: int = 1, out_fields: int = 1, kernel: int = 3, **more: Any
) -> Any:
    """escnn's own `R2Conv` between fields of `trivial` or `regular` representations, padded to keep the size.

    `more` goes to it: stride, dilation, bias.
    """
    from escnn import gspaces, nn

    kind, n = parse_group(group)
    if kind == "C":
        space = gspaces.rot2dOnR2(N=n) if n > 1 else gspaces.trivialOnR2()
    else:
        space = gspaces.flipRot2dOnR2(N=n) if n > 1 else gspaces.flip2dOnR2()
    types = {"trivial": space.trivial_repr, "regular": space.regular_repr}
    return nn.R2Conv(
        nn.FieldType(space, in_fields * [types[source]]),
        nn.FieldType(space, out_fields * [types[target]]),
        kernel_size=kernel,
        padding=kernel // 2 * int(more.get("dilation", 1)),
        **more,
    )


def escnn_basis(group: str, source: str, target: str, kernel: int = 3) -> npt.NDArray[np.float32]:
    """[basis size, channels out, channels in, kernel^2] of one pair of fields, in escnn's order and scale."""
    layer = escnn_layer(group, source, target, kernel=kernel)
    tables = [table for name, table in layer.named_buffers() if name.endswith("sampled_basis")]
    if len(tables) != 1:
        raise ValueError(f"escnn gave {len(tables)} basis blocks for {group} {source} -> {target}, expected one.")
    return np.ascontiguousarray(tables[0].detach().cpu().numpy(), dtype=np.float32)
