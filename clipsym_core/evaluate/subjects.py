"""What can be evaluated: a network with its decoding, or the proposals made without one; behind one small interface."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import numpy as np
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from clipsym_core.errors import CheckpointError
from clipsym_core.evaluate.report import CostPart, EvaluationOptions, Proposals
from clipsym_core.imaging import Map, Pixels
from clipsym_core.inference.detector import Heatmaps, SymmetryDetector
from clipsym_core.inference.devices import resolve_device
from clipsym_core.inference.features import propose
from clipsym_core.inference.fusion import fuse
from clipsym_core.model.peers.network import PeerNetwork
from clipsym_core.model.zoo import list_models, load_model
from clipsym_core.raster import KINDS, Kind, score_map
from clipsym_core.symmetry import Detection

FEATURES: Final = "features"
"""The name under which the proposals made without a network are evaluated."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a subject says about a picture.

    Attributes:
        detections: all of them, whatever their score, in pixels of the picture.
        maps: kind -> heatmap [H, W] at the size of the picture, only the kinds that the network makes; where there is
            no network, drawn shapes.
    """

    detections: tuple[Detection, ...]
    maps: dict[Kind, Map]


class Subject(Protocol):
    """Something that finds symmetries. Used from one thread."""

    name: str
    cost: CostPart
    kinds: tuple[Kind, ...]
    """Of the maps that `maps` gives."""
    draws: bool
    """Whether these are drawn shapes, because there is no network."""

    def predict(self, image: Pixels) -> Prediction:
        """Everything about a picture [H, W, 3]."""

    def maps(self, image: Pixels) -> dict[Kind, Map]:
        """Maps [H, W] alone, for turned pictures."""


class NetworkSubject:
    """A detector with its network."""

    draws = False

    def __init__(
        self, detector: SymmetryDetector, proposals: Proposals = "network", cost: CostPart | None = None
    ) -> None:
        self.name = detector.name
        self.cost = cost or CostPart(input_size=detector.size, device=str(detector.device))
        self.kinds: tuple[Kind, ...] = tuple(k for k in KINDS if k in detector.config.outputs)
        self._detector, self._proposals = detector, proposals

    def predict(self, image: Pixels) -> Prediction:
        heatmaps = self._detector.heatmaps(image)
        if self._proposals == "features":
            found = self._detector.decode(image, None, proposals="features", threshold=0.0)
        else:
            found = self._detector.decode(image, heatmaps, proposals=self._proposals, threshold=0.0)
        return Prediction(found.detections, self._restored(heatmaps))

    def maps(self, image: Pixels) -> dict[Kind, Map]:
        return self._restored(self._detector.heatmaps(image))

    def _restored(self, heatmaps: Heatmaps) -> dict[Kind, Map]:
        return {kind: np.clip(heatmaps.restored(kind), 0.0, 1.0) for kind in self.kinds}


class FeaturesSubject:
    """Proposals made without a network."""

    name = FEATURES
    kinds: tuple[Kind, ...] = KINDS
    draws = True

    def __init__(self) -> None:
        self.cost = CostPart(device="cpu")

    def predict(self, image: Pixels) -> Prediction:
        found = tuple(fuse(image, [], propose(image), ran=False))
        size = (image.shape[1], image.shape[0])
        return Prediction(found, {kind: score_map(found, size, kind) for kind in KINDS})

    def maps(self, image: Pixels) -> dict[Kind, Map]:
        return self.predict(image).maps


def labels(models: Sequence[str | Path | Subject]) -> list[str]:
    """A name for each model, no two alike: that of the zoo or the file; with its folder where files share a name."""
    plain = [_label(model, folder=False) for model in models]
    names = [_label(m, folder=True) if plain.count(name) > 1 else name for m, name in zip(models, plain, strict=True)]
    return [f"{name} ({names[:i].count(name) + 1})" if name in names[:i] else name for i, name in enumerate(names)]


def _label(model: str | Path | Subject, *, folder: bool) -> str:
    if not isinstance(model, str | Path):
        return model.name
    path = Path(model)
    if isinstance(model, str) and not path.suffix:
        return model
    return f"{path.resolve().parent.name}/{path.stem}" if folder else path.stem


def check_name(name: str | Path) -> None:
    """Raise where there is no such model; one that is known but not here is found out when it is opened.

    Raises:
        ConfigError: no such name; tells the nearest.
    """
    if str(name) == FEATURES or Path(name).suffix or any(entry.name == str(name) for entry in list_models()):
        return
    with suppress(CheckpointError):
        load_model(name)


def open_subject(name: str | Path, options: EvaluationOptions, label: str | None = None) -> Subject:
    """A model of the zoo, a checkpoint, or `features`; `label` is what the report calls it.

    Raises:
        CheckpointError: the model cannot be loaded, or its decoder was never trained.
        ConfigError: no such model or device.
    """
    if str(name) == FEATURES:
        return FeaturesSubject()
    loaded = load_model(name)
    if not loaded.metadata.trained:
        raise CheckpointError(
            f"The model '{name}' cannot be evaluated.", "Its decoder was never trained.",
            "Train it first (clipsym train), and give the checkpoint.",
        )  # fmt: skip
    device = resolve_device(options.device)
    detector = SymmetryDetector.of(loaded, label or labels([name])[0], device=device, precision=options.precision)
    cost = CostPart(
        parameters=sum(p.numel() for p in loaded.model.parameters()),
        multiply_adds=multiply_adds(loaded.model, detector.size),
        input_size=detector.size,
        device=str(device),
    )
    return NetworkSubject(detector, options.proposals, cost)


@torch.no_grad()
def multiply_adds(model: nn.Module, size: tuple[int, int]) -> int:
    """Multiply-adds of matrix products, convolutions and attention for one picture of `size` = (width, height)."""
    if isinstance(model, PeerNetwork):
        model = model.plain()  # its filters are expanded once, not for every picture
    device = next(model.parameters()).device
    with FlopCounterMode(display=False) as counter:
        model(torch.zeros(1, 3, size[1], size[0], device=device))
    return int(counter.get_total_flops()) // 2
