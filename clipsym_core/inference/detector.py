"""Picture in, symmetries out: the network, the decoding of its heatmaps and the evidence of the pixels in one object.

detector = SymmetryDetector.load()
for detection in detector.detect(read_image("butterfly.png")).detections:
    print(detection.score, detection.shape)
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal, NamedTuple, TypeAlias, cast, get_args

import numpy as np
import torch

from clipsym_core.errors import ConfigError
from clipsym_core.imaging import Letterbox, Map, Pixels, check_pixels
from clipsym_core.inference.axes import decode_axes
from clipsym_core.inference.centers import CenterPeak, decode_centers
from clipsym_core.inference.deploy import deploy
from clipsym_core.inference.deployed_file import load_deployed, stored_precision
from clipsym_core.inference.devices import Precision, resolve_device, resolve_precision
from clipsym_core.inference.exported import ExportedModel
from clipsym_core.inference.features import propose
from clipsym_core.inference.fusion import axis_measurer, fuse, measure_axes
from clipsym_core.inference.pixels.canonical import Lay, canonical_lay
from clipsym_core.inference.second_look import SecondLook
from clipsym_core.model.checkpoint import LoadedModel
from clipsym_core.model.config import NetworkConfig
from clipsym_core.model.zoo import DEFAULT_MODEL, deployed_file, load_model
from clipsym_core.raster import Kind, fused_map
from clipsym_core.symmetry import CONTINUOUS, Detection, ReflectionAxis, RotationCenter

Proposals: TypeAlias = Literal["network", "features", "both"]

DEFAULT_THRESHOLD: Final = 0.5
"""Score from which a detection is shown: scores are calibrated, so one half means "more likely right than wrong"."""

VIEWS: Final = (1, 4, 8)
_FAINTEST: Final = 1e-4
"""Probability that counts as none in a geometric mean."""


@dataclass(frozen=True, slots=True)
class Heatmaps:
    """What the network says, at network size: probabilities [h, w], float32 in [0, 1], zero on padding.

    A model that was trained for one kind only leaves the other map at zero.
    """

    reflection: Map
    rotation: Map
    letterbox: Letterbox

    def restored(self, kind: Kind) -> Map:
        """One map at the size of the picture, [H, W]."""
        return cast(Map, self.letterbox.restore(getattr(self, kind)))


def _geometric_mean(own: Heatmaps, others: list[Heatmaps], kind: Kind) -> Map:
    """Geometric mean of one map over looks of several sizes, on the canvas of `own`; a map of zeros stays one."""
    box, first = own.letterbox, cast(Map, getattr(own, kind))
    if not others or not first.any():
        return first
    placed = [box.place(look.letterbox.crop(getattr(look, kind))) for look in others]
    total = sum((np.log(np.maximum(seen, _FAINTEST)) for seen in placed), np.log(np.maximum(first, _FAINTEST)))
    mean = np.exp(total / (1 + len(others)), dtype=np.float32)
    return np.where(box.valid(), mean, np.float32(0))


@dataclass(frozen=True, slots=True)
class DetectionResult:
    """Everything a picture gave.

    Attributes:
        detections: best score first, in pixels of the picture, all at or above the threshold asked for.
        heatmaps: None when only features were asked for.
        model: name of the model.
        size: (width, height) of the picture.
        faint: what scored below the threshold asked for, best first.
    """

    detections: tuple[Detection, ...]
    heatmaps: Heatmaps | None
    model: str
    size: tuple[int, int]
    faint: tuple[Detection, ...] = ()

    def restored(self, kind: Kind) -> Map | None:
        """A heatmap at the size of the picture, [H, W]; None when only features were asked for."""
        return None if self.heatmaps is None else self.heatmaps.restored(kind)

    def fused(self, kind: Kind) -> Map:
        """Heatmap and detections, the faint ones too, as one map [H, W] at the size of the picture (`fused_map`)."""
        return fused_map(self.restored(kind), (*self.detections, *self.faint), self.size, kind)


class _Gathered(NamedTuple):
    """Proposals in px of the laid picture."""

    lay: Lay
    laid: Pixels
    network: list[Detection]
    features: list[Detection]
    look: SecondLook | None


class SymmetryDetector:
    """A loaded model with its preprocessing. One thread at a time may use an instance (its buffers are reused)."""

    default_threshold: float = DEFAULT_THRESHOLD

    def __init__(
        self,
        network: torch.nn.Module,
        config: NetworkConfig,
        *,
        name: str,
        device: torch.device,
        size: tuple[int, int] | None = None,
        views: int = 1,
    ) -> None:
        if views not in VIEWS:
            raise ConfigError(f"The number of views is one of {VIEWS}, got {views}.")
        self.network = network.eval()
        self.config = config
        self.name = name
        self.device = device
        self.size = size or config.preprocessing.size
        self.views = views
        # an exported network is made for one size
        self.looks = () if isinstance(network, ExportedModel) else config.preprocessing.looks[1:]
        if views > 1 and self.size[0] != self.size[1]:
            raise ConfigError(
                f"Several views need a square network input, got {self.size[0]} x {self.size[1]}.",
                remedy="Choose one view or a square size.",
            )

    @classmethod
    def load(
        cls,
        model: str | Path = DEFAULT_MODEL,
        *,
        device: str = "auto",
        precision: Precision = "auto",
        size: tuple[int, int] | None = None,
        views: int = 1,
    ) -> SymmetryDetector:
        """Load a model by name or file and bring it into its fast form.

        Args:
            model: a name of the zoo, or the path of a checkpoint or of a deploy form (`clipsym export --to torch`).
            device: "auto", "cpu", "cuda", "cuda:N" or "mps".
            precision: "auto" (a stored deploy form: as it was stored), "fp32", "bf16" or "fp16".
            size: (width, height) of the network input instead of the one that the model was trained at.
            views: 1, or 4 (quarter turns) or 8 (with mirror images), over which heatmaps are averaged: slower,
                steadier, and exactly equivariant under these turns.

        Raises:
            CheckpointError: the model cannot be loaded.
            ConfigError: no such model, device, precision, size or number of views.
        """
        target = resolve_device(device)
        name = model if isinstance(model, str) and not Path(model).suffix else Path(model).stem
        file = deployed_file(model)
        if file is not None:
            # A short type that a CPU is slow at is widened; the values stay what they were stored as.
            kept = precision == "auto" and (target.type != "cpu" or stored_precision(file) != "fp16")
            stored = load_deployed(file, target, precision=None if kept else resolve_precision(precision, target))
            return cls(stored.model, stored.config, name=name, device=target, size=size, views=views)
        loaded = load_model(model)
        return cls.of(loaded, name, device=target, precision=precision, size=size, views=views, share=True)

    @classmethod
    def of(
        cls,
        loaded: LoadedModel,
        name: str,
        *,
        device: torch.device,
        precision: Precision = "auto",
        size: tuple[int, int] | None = None,
        views: int = 1,
        share: bool = False,
    ) -> SymmetryDetector:
        """A model that is loaded already, in its fast form; `loaded` itself is not changed. Arguments as of `load`.

        `share` uses the tensors of `loaded` instead of copies (see `deploy`).

        Raises:
            ConfigError: a precision, size or number of views that does not fit.
        """
        network = deploy(loaded.model, precision=resolve_precision(precision, device), share=share).to(device)
        return cls(network, loaded.config, name=name, device=device, size=size, views=views)

    def detect(
        self, image: Pixels, *, proposals: Proposals | None = None, threshold: float | None = None
    ) -> DetectionResult:
        """Find the symmetries of a picture [H, W, 3] (uint8, RGB).

        Args:
            image: pixels as `read_image` gives them.
            proposals: where candidates come from; None means both.
            threshold: smallest score to report; None means `default_threshold`.

        Raises:
            InputError: not a picture.
            ConfigError: unknown `proposals`.
        """
        check_pixels(image)
        wanted = proposals or "both"
        if wanted not in get_args(Proposals):
            raise ConfigError(
                f'Unknown proposals "{wanted}".', remedy=f"Choose one of: {', '.join(get_args(Proposals))}."
            )
        heatmaps = None if wanted == "features" else self.heatmaps(image)
        return self.decode(image, heatmaps, proposals=wanted, threshold=threshold)

    @torch.inference_mode()
    def heatmaps(self, image: Pixels, *, size: tuple[int, int] | None = None) -> Heatmaps:
        """Run the network on a picture [H, W, 3] (the heavy part; the result can be decoded again and again).

        Each map is the geometric mean over the model's looks (`Preprocessing.looks`), what shows from near and from
        afar; smaller looks have no part in the rotation map, because they miss small things and show no others.
        `size`, (width, height) of a network input, asks for that one look alone.
        """
        if size is not None:
            return self._look(image, size)
        own = self._look(image, self.size)
        if not self.looks:
            return own
        others = [(share, self._look(image, self.look_size(share))) for share in self.looks]
        every = [look for _, look in others]
        near = [look for share, look in others if share >= 1]
        return replace(
            own,
            reflection=_geometric_mean(own, every, "reflection"),
            rotation=_geometric_mean(own, near, "rotation"),
        )

    def look_size(self, share: float, size: tuple[int, int] | None = None) -> tuple[int, int]:
        """(width, height) of a network input of about this share of `size` (the detector's own without it), in whole
        steps of the network's grid."""
        step = self.config.granularity
        width, height = (max(round(share * side / step), 2) * step for side in size or self.size)
        return (width, height)

    def _look(self, image: Pixels, size: tuple[int, int]) -> Heatmaps:
        """What the network says of the picture on a canvas of (width, height) px."""
        box = Letterbox((image.shape[1], image.shape[0]), size)
        canvas = box.apply(image, fill=self.config.preprocessing.fill)
        batch = torch.from_numpy(np.ascontiguousarray(canvas)).to(self.device)
        batch = batch.permute(2, 0, 1)[None].float().div_(255.0)
        maps = self._averaged(batch).cpu().numpy()
        maps *= box.valid()
        empty = np.zeros(maps.shape[1:], np.float32)
        by_kind = dict(zip(self.config.outputs, maps, strict=True))
        return Heatmaps(by_kind.get("reflection", empty), by_kind.get("rotation", empty), box)

    def decode(
        self,
        image: Pixels,
        heatmaps: Heatmaps | None,
        *,
        proposals: Proposals = "both",
        threshold: float | None = None,
        features: list[Detection] | None = None,
    ) -> DetectionResult:
        """Heatmaps and pixels to detections (the light part). `features` of `propose`, where they are known already.

        Where both sources are asked for, the network also takes a `SecondLook` at what they found.
        """
        found = self._gather(image, heatmaps, proposals, features)
        least = self.default_threshold if threshold is None else threshold
        fused = fuse(found.laid, found.network, found.features, ran=heatmaps is not None, look=found.look)
        every = sorted((d.transformed(found.lay.inverse) for d in fused), key=lambda d: -d.score)
        shown = sum(d.score >= least for d in every)
        size = (image.shape[1], image.shape[0])
        return DetectionResult(tuple(every[:shown]), heatmaps, self.name, size, tuple(every[shown:]))

    def axis_candidates(
        self, image: Pixels, heatmaps: Heatmaps, *, features: list[Detection], settled: bool = True
    ) -> list[Detection]:
        """The axes that `decode` chooses from, before repetitions are merged (`measure_axes`)."""
        found = self._gather(image, heatmaps, "both", features)
        axes = [d for d in [*found.network, *found.features] if isinstance(d.shape, ReflectionAxis)]
        measured = measure_axes(axes, axis_measurer(found.laid), ran=True, look=found.look, settled=settled)
        return [d.transformed(found.lay.inverse) for d in measured]

    def _gather(
        self, image: Pixels, heatmaps: Heatmaps | None, proposals: Proposals, features: list[Detection] | None
    ) -> _Gathered:
        """What both sources propose, on the picture laid down in its own way."""
        lay = canonical_lay(image)
        laid = lay.apply(image)
        if features is None:
            features = [] if proposals == "network" else propose(laid)
        else:
            features = [d.transformed(lay.matrix) for d in features]
        network, look = [], None
        if heatmaps is not None:
            network = [d.transformed(lay.matrix) for d in self._from_heatmaps(heatmaps)]
            if proposals == "both" and SecondLook.possible(self):
                look = SecondLook(self, laid, lay, heatmaps)
                network += look.candidates()
        return _Gathered(lay, laid, network, features, look)

    def _averaged(self, batch: torch.Tensor) -> torch.Tensor:
        """Probabilities [C, H, W] of one picture [1, 3, H, W], averaged over the views."""
        total: torch.Tensor | None = None
        for view in range(self.views):
            turns, mirrored = view % 4, view >= 4
            seen = torch.rot90(batch.flip(-1) if mirrored else batch, turns, (-2, -1))
            maps = torch.rot90(self.network(seen.contiguous()).float().sigmoid(), -turns, (-2, -1))
            maps = maps.flip(-1) if mirrored else maps
            total = maps if total is None else total + maps
        assert total is not None
        return total[0] / self.views

    def _from_heatmaps(self, heatmaps: Heatmaps) -> list[Detection]:
        box = heatmaps.letterbox
        valid = box.valid()
        found = [
            replace(d.transformed(box.inverse), source=self.name) for d in decode_axes(heatmaps.reflection, valid=valid)
        ]
        return found + [self._center(peak, box) for peak in decode_centers(heatmaps.rotation, valid=valid)]

    def _center(self, peak: CenterPeak, box: Letterbox) -> Detection:
        """A peak of the rotation heatmap; a heatmap holds no orders, `fuse` reads them off the pixels."""
        ((x, y),) = box.to_source([(peak.x, peak.y)])
        return Detection(RotationCenter(float(x), float(y), CONTINUOUS), peak.score, self.name, {"heat": peak.score})
