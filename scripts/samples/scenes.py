"""All sample pictures by name, in the order in which they were made up."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from clipsym_core.symmetry import Shape
from samples import made, nature, patterns

SCENES: dict[str, Callable[[], tuple[np.ndarray, list[Shape]]]] = {
    "butterfly": nature.butterfly,
    "facade": made.facade,
    "rosette": patterns.rosette,
    "wheel": made.wheel,
    "tiles": patterns.tiles,
    "badge": patterns.badge,
    "guitar": made.guitar,
    "lake": nature.lake,
    "starfish": nature.starfish,
    "windmill": made.windmill,
    "plate": made.plate,
    "dunes": nature.dunes,
}
