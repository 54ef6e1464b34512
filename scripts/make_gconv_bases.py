"""Make resources/gconv/escnn_bases.npz: escnn's 3 x 3 bases of the groups that are shipped, and the 7 x 7 bases of
EquiSym's first layer. Needs escnn.

python scripts/make_gconv_bases.py
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from clipsym_core.model.escnn_source import escnn_basis
from clipsym_core.model.gconv_bases import SHIPPED_GROUPS, SHIPPED_STEMS, table_name

TARGET = Path(__file__).resolve().parent.parent / "resources" / "gconv" / "escnn_bases.npz"
PAIRS = (("trivial", "regular"), ("regular", "regular"), ("regular", "trivial"))


def main() -> None:
    """Compute and write all of them."""
    tables = {
        table_name(group, source, target): escnn_basis(group, source, target)
        for group in SHIPPED_GROUPS
        for source, target in PAIRS
    }
    for group in SHIPPED_STEMS:
        tables[table_name(group, "trivial", "regular", 7)] = escnn_basis(group, "trivial", "regular", 7)
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(TARGET, **tables)
    for name, table in tables.items():
        print(f"{name:28s} {table.shape}")
    print(f"{TARGET.name}: {TARGET.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
