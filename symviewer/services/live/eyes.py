"""What live mode needs of a detector: a quick glance of the network, and a full look now and then."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

import numpy as np
import numpy.typing as npt

from clipsym_core.imaging import Pixels
from clipsym_core.symmetry import Detection
from symviewer.model.live import input_size
from symviewer.model.settings import DetectionSettings
from symviewer.services.detectors import LEAST_SCORE, was_trained

if TYPE_CHECKING:
    from clipsym_core.inference.detector import SymmetryDetector


@dataclass(frozen=True, slots=True, eq=False)
class Glance:
    """What the network says of a frame: two maps [h, w] in [0, 1] that cover exactly the picture. `raw` is for the look
    at the same frame."""

    reflection: npt.NDArray[np.float32]
    rotation: npt.NDArray[np.float32]
    raw: Any = None


class Eye(Protocol):
    """A detector for frames. `glance` is used by one thread, `look` by another."""

    name: str
    threshold: float

    def glance(self, pixels: Pixels, side: int) -> Glance | None:
        """The network on a frame [H, W, 3], its input about `side` px long; None where there is no trained network."""
        ...

    def look(self, pixels: Pixels, glance: Glance | None) -> tuple[Detection, ...]:
        """Everything in a frame, with calibrated scores, best first."""
        ...


class EyeSource(Protocol):
    """Where eyes come from: what detectors come from, too."""

    def load_eye(self, settings: DetectionSettings) -> Eye:
        """An eye with the model of these settings.

        Raises:
            ClipsymError: it cannot be loaded.
        """
        ...


class LibraryEye:
    """`SymmetryDetector` as live mode wants it."""

    def __init__(self, detector: SymmetryDetector, *, trained: bool) -> None:
        self._detector = detector
        self._trained = trained
        self._threads_set = False
        self.name = detector.name
        self.threshold = detector.default_threshold

    @classmethod
    def load(cls, settings: DetectionSettings, loaded: SymmetryDetector | None = None) -> LibraryEye:
        """A detector of its own, so that live mode and the pictures of the list do not wait for each other.

        Args:
            settings: which model, and whether it is asked.
            loaded: a detector with that model: its network serves both.

        Raises:
            ClipsymError: it cannot be loaded.
        """
        from clipsym_core.inference.detector import SymmetryDetector

        if loaded is None:
            detector = SymmetryDetector.load(settings.model, device=settings.device, precision=settings.precision)
        else:
            # Deployed networks keep nothing from one picture for the next; the detector does.
            detector = SymmetryDetector(loaded.network, loaded.config, name=loaded.name, device=loaded.device)
        return cls(detector, trained=was_trained(settings.model) and settings.proposals != "features")

    def glance(self, pixels: Pixels, side: int) -> Glance | None:
        if not self._trained:
            return None
        if not self._threads_set:
            self._threads_set = True
            self._leave_a_core()
        self._detector.size = input_size((pixels.shape[1], pixels.shape[0]), side)
        # one look alone: each smaller one is another run of the network
        maps = self._detector.heatmaps(pixels, size=self._detector.size)
        cropped = [np.asarray(maps.letterbox.crop(m), np.float32) for m in (maps.reflection, maps.rotation)]
        return Glance(cropped[0], cropped[1], maps)

    def _leave_a_core(self) -> None:
        """One core stays with the window and what follows: torch's threads wait for each other busily, and where one of
        them has to share its core, a glance takes twenty times as long (measured)."""
        import torch

        if self._detector.device.type == "cpu":
            torch.set_num_threads(max(1, min(torch.get_num_threads(), (os.cpu_count() or 2) - 1)))

    def look(self, pixels: Pixels, glance: Glance | None) -> tuple[Detection, ...]:
        heatmaps = glance.raw if glance is not None else None
        proposals: Final = "both" if heatmaps is not None else "features"
        return self._detector.decode(pixels, heatmaps, proposals=proposals, threshold=LEAST_SCORE).detections
