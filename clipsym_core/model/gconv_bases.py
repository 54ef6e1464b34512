"""Bases of equivariant k x k filters, as arrays [basis size, channels out, channels in, k * k] (row-major).

`pixel`: every filter value is free, the group turns and mirrors the filter on the grid (n in 1, 2, 4; any n where k is
1, because a single value does not turn).
`escnn`: escnn's band-limited steerable basis, in escnn's order and scale, from the shipped table (scripts/
make_gconv_bases.py makes it) or, for a group that is not shipped, from escnn itself.
"""

from __future__ import annotations

import importlib.util
from functools import lru_cache
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from clipsym_core.errors import ConfigError
from clipsym_core.model.config import parse_group
from clipsym_core.resources import resource_path

Representation: TypeAlias = Literal["trivial", "regular"]
Basis: TypeAlias = npt.NDArray[np.float32]
Element: TypeAlias = tuple[int, int]
"""(k, m): the mirror m times, then a turn by 2 pi k / n."""

SHIPPED_GROUPS = ("C1", "C2", "C3", "C4", "C6", "C8", "C12", "C16", "D1", "D2", "D3", "D4", "D6", "D8")
"""Groups whose escnn basis of 3 x 3 filters lies in resources/gconv."""

SHIPPED_STEMS = ("D4", "D8")
"""Groups whose 7 x 7 basis from trivial to regular fields (the first layer of a ResNet) lies there too."""


def basis_for(
    group: str, source: Representation, target: Representation, kind: Literal["pixel", "escnn"], kernel: int = 3
) -> Basis:
    """The basis of filters from `source` to `target` fields. Both kinds are one for 1 x 1 filters.

    Raises:
        ConfigError: the group does not act on the grid (`pixel`), or is neither shipped nor computable (`escnn`).
    """
    if kind == "pixel" or kernel == 1:
        return _pixel(group, source, target, kernel)
    return _escnn(group, source, target, kernel)


def elements(group: str) -> list[Element]:
    """All elements in channel order."""
    kind, n = parse_group(group)
    return [(k, m) for m in range(1 if kind == "C" else 2) for k in range(n)]


def compose(a: Element, b: Element, n: int) -> Element:
    """`a` after `b`: r^k s^m r^l s^q = r^(k + (-1)^m l) s^(m + q)."""
    return ((a[0] + (-1) ** a[1] * b[0]) % n, (a[1] + b[1]) % 2)


def act(element: Element, n: int, patch: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """An element acting on the last two axes of a grid: the mirror (up and down change places), then the turn."""
    k, m = element
    moved = np.flip(patch, axis=-2) if m else patch
    return np.ascontiguousarray(np.rot90(moved, k * (4 // n), axes=(-2, -1)))


@lru_cache(maxsize=64)
def _pixel(group: str, source: Representation, target: Representation, kernel: int) -> Basis:
    _, n = parse_group(group)
    if 4 % n and kernel > 1:
        raise ConfigError(f"{group} does not act on a square grid exactly.", remedy="Use basis 'escnn'.")
    members = elements(group)
    index = {element: position for position, element in enumerate(members)}
    area = kernel**2
    units = np.eye(area, dtype=np.float32).reshape(area, kernel, kernel)
    size = len(members)
    o, i = (size if kind == "regular" else 1 for kind in (target, source))
    # filter(g x)[g a, g b] = filter(x)[a, b]: one orbit of channel pairs holds one free patch.
    orbits = size if source == target == "regular" else 1
    if source == target == "trivial" and size > 1:
        raise ConfigError("A trivial to trivial layer would only learn symmetric filters; it is not used here.")
    basis = np.zeros((orbits, area, o, i, kernel, kernel), np.float32)
    for g, element in enumerate(members):
        patch = act(element, n, units) if kernel > 1 else units
        for orbit in range(orbits):
            a = g if target == "regular" else 0
            b = (index[compose(element, members[orbit], n)] if orbits > 1 else g) if source == "regular" else 0
            basis[orbit, :, a, b] = patch
    return basis.reshape(orbits * area, o, i, area)


@lru_cache(maxsize=64)
def _escnn(group: str, source: Representation, target: Representation, kernel: int) -> Basis:
    name = table_name(group, source, target, kernel)
    with np.load(resource_path("gconv", "escnn_bases.npz")) as shipped:
        if name in shipped:
            return shipped[name].astype(np.float32)
    if importlib.util.find_spec("escnn") is None:
        raise ConfigError(
            f"The escnn basis of {group} for {kernel} x {kernel} filters is not shipped.",
            remedy=f"Install escnn to compute it, or use one of {', '.join(SHIPPED_GROUPS)}.",
        )
    from clipsym_core.model.escnn_source import escnn_basis

    return escnn_basis(group, source, target, kernel)


def table_name(group: str, source: str, target: str, kernel: int = 3) -> str:
    """Name of a basis in the shipped file."""
    return f"{group}_{source}_{target}" + ("" if kernel == 3 else f"_{kernel}")
