"""What the window needs of a detector, as two small protocols, and the real thing behind them.

The library (and torch with it) is imported by the first `load`, in the worker's thread. Tests hand the worker a source
of their own.
"""

from __future__ import annotations

import gc
import logging
import threading
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol, cast

import numpy as np
import numpy.typing as npt

from clipsym_core.symmetry import Detection
from symviewer.model.heatmaps import HeatmapPair
from symviewer.model.model_status import ModelInfo, short_name
from symviewer.model.settings import DetectionSettings, Precision, Proposals

if TYPE_CHECKING:
    from clipsym_core.inference.detector import SymmetryDetector
    from symviewer.services.live.eyes import Eye

log = logging.getLogger(__name__)

LEAST_SCORE: Final = 0.05
"""Suggestions below this are never shown; all others are kept, so that the threshold filters without computing."""


LOADING: Final = threading.Lock()
"""Models are imported and loaded by one thread at a time: torch's libraries register operators while they do."""


class Cancelled(Exception):
    """Work that nobody wants any more."""


@dataclass(frozen=True, slots=True)
class Device:
    """`name` is what `load` takes, `label` is what a person reads."""

    name: str
    label: str


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """What a detector says of one picture; suggestions and size in pixels of the picture. `note` is for the status
    bar, when something had to be done differently than asked."""

    suggestions: tuple[Detection, ...]
    heatmaps: HeatmapPair | None
    note: str = ""

    @property
    def nbytes(self) -> int:
        return 1024 + (self.heatmaps.nbytes if self.heatmaps else 0)


class LoadedDetector(Protocol):
    """A model that answers. One thread at a time."""

    info: ModelInfo

    def detect(self, pixels: npt.NDArray[np.uint8], proposals: Proposals) -> Answer:
        """The symmetries of a picture [H, W, 3] uint8 RGB."""
        ...

    def detect_smaller(self, pixels: npt.NDArray[np.uint8], proposals: Proposals) -> Answer:
        """The same with a network input of half the side: for when memory ran out."""
        ...

    def disagreement(self, pixels: npt.NDArray[np.uint8], between: Callable[[], object]) -> float:
        """How much the model contradicts itself about a picture, in [0, 1]; `between` is called several times on the
        way, and what it raises ends the work."""
        ...


class DetectorSource(Protocol):
    """Where detectors come from."""

    def load(
        self, model: str, device: str, precision: Precision, *, id: str, cancelled: Callable[[], bool]
    ) -> LoadedDetector:
        """A model by name or file.

        Raises:
            ClipsymError: it cannot be loaded; says why.
            Cancelled: `cancelled` became true on the way.
        """
        ...

    def load_eye(self, settings: DetectionSettings) -> Eye:
        """A detector for live mode, for a thread of its own; where its model is loaded already, that one.

        Raises:
            ClipsymError: it cannot be loaded; says why.
        """
        ...

    def devices(self) -> tuple[Device, ...]:
        """The devices of this machine, the fastest first, the CPU last."""
        ...

    def ran_out_of_memory(self, error: BaseException) -> bool:
        """Whether this error says so (libraries say it in many ways)."""
        ...

    def free_memory(self) -> None:
        """Give cached memory back to the system and the device."""
        ...


class LibraryDetector:
    """`SymmetryDetector` as the window wants it."""

    def __init__(self, detector: SymmetryDetector, info: ModelInfo) -> None:
        self._detector = detector
        self.info = info

    @property
    def detector(self) -> SymmetryDetector:
        """What answers; of use to other threads is its network."""
        return self._detector

    def detect(self, pixels: npt.NDArray[np.uint8], proposals: Proposals) -> Answer:
        result = self._detector.detect(pixels, proposals=proposals, threshold=LEAST_SCORE)
        heatmaps = None
        if result.heatmaps is not None:
            box = result.heatmaps.letterbox
            # Copies, so that the cache holds no padding and no buffer that the detector uses again.
            reflection, rotation = (
                cast("npt.NDArray[np.float32]", np.array(box.crop(heatmap), dtype=np.float32))
                for heatmap in (result.heatmaps.reflection, result.heatmaps.rotation)
            )
            heatmaps = HeatmapPair(reflection, rotation)
        return Answer(result.detections, heatmaps)

    def disagreement(self, pixels: npt.NDArray[np.uint8], between: Callable[[], object]) -> float:
        from clipsym_core.evaluate.disagreement import measure_disagreement

        def predict(view: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
            found = self._detector.heatmaps(view)
            maps = [found.letterbox.crop(heatmap) for heatmap in (found.reflection, found.rotation)]
            return np.stack(maps).astype(np.float32)

        return measure_disagreement(predict, pixels, between=between).value

    def detect_smaller(self, pixels: npt.NDArray[np.uint8], proposals: Proposals) -> Answer:
        full = self._detector.size
        # Multiples of 32 suit every tower; ViT grids are resized by the model.
        self._detector.size = (max(full[0] // 64 * 32, 32), max(full[1] // 64 * 32, 32))
        try:
            answer = self.detect(pixels, proposals)
        finally:
            self._detector.size = full
        return Answer(answer.suggestions, answer.heatmaps, "Memory was short: looked at it at a smaller size.")


def prompts_of(detector: SymmetryDetector) -> tuple[tuple[str, float], ...]:
    """The prompts of a model with their weights; none where it has no text, or is of another kind."""
    from clipsym_core.model.config import ModelConfig
    from clipsym_core.model.decoder import Decoder

    if not isinstance(detector.config, ModelConfig) or detector.config.text.kind == "none":
        return ()
    decoders = [module for module in detector.network.modules() if isinstance(module, Decoder)]
    weights = decoders[0].aggregation.tolist() if decoders else []
    return tuple(zip(detector.config.prompts.texts, weights, strict=False))


class LibrarySource:
    """Detectors of clipsym_core."""

    def __init__(self) -> None:
        self._latest: tuple[tuple[str, str, Precision], weakref.ref[LibraryDetector]] | None = None

    def load(
        self, model: str, device: str, precision: Precision, *, id: str, cancelled: Callable[[], bool]
    ) -> LoadedDetector:
        with LOADING:
            from clipsym_core.inference.detector import SymmetryDetector
            from clipsym_core.inference.devices import resolve_precision

        if cancelled():
            raise Cancelled
        trained = was_trained(model)
        with LOADING:
            detector = SymmetryDetector.load(model, device=device, precision=precision)
        info = ModelInfo(
            id=id,
            name=short_name(detector.name),
            device=str(detector.device).upper(),
            precision=resolve_precision(precision, detector.device),
            trained=trained,
            default_threshold=detector.default_threshold,
            source=model,
            prompts=prompts_of(detector),
        )
        loaded = LibraryDetector(detector, info)
        self._latest = ((model, device, precision), weakref.ref(loaded))
        return loaded

    def load_eye(self, settings: DetectionSettings) -> Eye:
        from symviewer.services.live.eyes import LibraryEye

        with LOADING:
            latest = self._latest
            wanted = (settings.model, settings.device, settings.precision)
            loaded = latest[1]() if latest is not None and latest[0] == wanted else None
            return LibraryEye.load(settings, loaded.detector if loaded is not None else None)

    def devices(self) -> tuple[Device, ...]:
        with LOADING:
            from clipsym_core.inference.devices import list_devices

        return tuple(Device(device.name, device.label) for device in list_devices())

    def ran_out_of_memory(self, error: BaseException) -> bool:
        text = str(error).lower()
        return isinstance(error, MemoryError) or (
            isinstance(error, RuntimeError) and ("out of memory" in text or "can't allocate memory" in text)
        )

    def free_memory(self) -> None:
        import torch

        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        if torch.backends.mps.is_available():
            torch.mps.empty_cache()


def was_trained(model: str) -> bool:
    """Whether the decoder of a model ever saw a label; the towers of CLIP alone know nothing of symmetry."""
    from clipsym_core.model.metadata import read_metadata
    from clipsym_core.model.zoo import list_models

    if model.endswith(".safetensors"):
        return read_metadata(model).trained
    return all(entry.trained for entry in list_models() if entry.name == model)
