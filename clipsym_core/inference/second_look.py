"""A second look by the network, for the axes found so far: from farther away, and at each axis and its mirror image.

A heatmap says where symmetry is, but not which of several axes is that of the picture: for that the network also sees
the picture smaller, where large things light up and parts of them do not, and its image tower compares the two sides of
each axis (`axis_evidence.deep_mirror`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from torch import Tensor

from clipsym_core.imaging import Pixels
from clipsym_core.inference.axes import decode_axes
from clipsym_core.inference.axis_evidence.deep_mirror import DeepMirror
from clipsym_core.inference.axis_evidence.extent import Heat, Profile, profile, warm_extent
from clipsym_core.inference.decoding.parameters import AxisDecoding
from clipsym_core.inference.fast.tower import FastTimmTower
from clipsym_core.inference.pixels.canonical import Lay
from clipsym_core.symmetry import Detection, ReflectionAxis

if TYPE_CHECKING:
    from clipsym_core.inference.detector import Heatmaps, SymmetryDetector

FAINT: Final = AxisDecoding(threshold=0.03, low=0.02, high=0.06, min_contrast=0.1, max_axes=12)
"""Axes of faint heat: candidates only, because the measures decide about them."""
SMALLER: Final = {"far": 0.6, "farther": 0.4}
"""Looks from farther away: sides as shares of the network's input."""


class SecondLook:
    """What the network says about axes of one picture, beyond its heatmaps. Axes are in px of the laid picture."""

    def __init__(self, detector: SymmetryDetector, laid: Pixels, lay: Lay, near: Heatmaps) -> None:
        """Args: the picture laid down by `lay`, and its heatmaps, in which it is not."""
        encoder, mean, std = detector.network.encoder, detector.network.mean, detector.network.std
        assert isinstance(encoder, FastTimmTower)
        assert isinstance(mean, Tensor)
        assert isinstance(std, Tensor)
        square = (max(detector.size), max(detector.size))
        self._lay, self._near = lay, near
        self._smaller = {
            name: detector.heatmaps(laid, size=detector.look_size(share, square)) for name, share in SMALLER.items()
        }
        self._heat = {"near": Heat(near.reflection, near.letterbox, lay.inverse)}
        self._heat |= {name: Heat(look.reflection, look.letterbox) for name, look in self._smaller.items()}
        self._size = (laid.shape[1], laid.shape[0])
        self._name = detector.name
        self._deep = DeepMirror(laid, encoder, mean, std)

    @staticmethod
    def possible(detector: SymmetryDetector) -> bool:
        """Whether the detector's network has an image tower that can be asked by itself, and at little cost.

        Crops through a vision transformer would take longer than the picture, and its features are not those that the
        scores were fitted on.
        """
        return isinstance(getattr(detector.network, "encoder", None), FastTimmTower)

    def candidates(self) -> list[Detection]:
        """Straight axes that show faintly in the heatmaps or from farther away."""
        near = [d.transformed(self._lay.matrix) for d in self._faint(self._near)]
        return near + [d for look in self._smaller.values() for d in self._faint(look)]

    def measure(self, axes: Sequence[ReflectionAxis]) -> list[dict[str, float]]:
        """For each axis `near`, `far` and `farther`, the mean heat along it in the looks, and those of `DeepMirror`."""
        found = self._deep.measure(axes)
        for axis, measures in zip(axes, found, strict=True):
            measures.update((name, heat.along(axis)) for name, heat in self._heat.items())
        return found

    def profile(self, axis: ReflectionAxis) -> Profile:
        """Heat along the line of a straight axis, in all looks."""
        return profile(axis, list(self._heat.values()), self._size)

    def extent(self, axis: ReflectionAxis) -> ReflectionAxis:
        """The straight axis from end to end of what is warm along its line (`warm_extent`)."""
        return warm_extent(axis, list(self._heat.values()), self._size)

    def _faint(self, heatmaps: Heatmaps) -> list[Detection]:
        box = heatmaps.letterbox
        found = decode_axes(heatmaps.reflection, params=FAINT, valid=box.valid())
        return [
            replace(d.transformed(box.inverse), source=self._name)
            for d in found
            if isinstance(d.shape, ReflectionAxis) and d.shape.is_straight
        ]
