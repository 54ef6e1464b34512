"""What the pixels say about the axis that is selected or being dragged, and where its two sides differ."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from clipsym_core.symmetry import ReflectionAxis


@dataclass(frozen=True, slots=True, eq=False)
class AxisScore:
    """Pixel evidence for an axis of the picture at `path`.

    Attributes:
        score, intensity, gradient, coverage: see `clipsym_core.inference.axis_evidence.snap.AxisEvidence`.
        difference: [h, w] float32 in [0, 1] over the whole picture, how much each pixel differs from its mirror image,
            0 where that lies off the picture; None where it is not shown, or the axis is bent.
    """

    path: str
    axis: ReflectionAxis
    score: float
    intensity: float
    gradient: float
    coverage: float
    difference: npt.NDArray[np.float32] | None = None
