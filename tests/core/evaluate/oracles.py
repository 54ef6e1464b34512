"""A dataset whose pictures show their truth, and subjects that read it off: perfect, shifted, empty, fixed."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image

from clipsym_core.data.annotation import AnnotatedPicture, Annotation
from clipsym_core.data.convert import export
from clipsym_core.evaluate.report import CostPart
from clipsym_core.evaluate.subjects import Prediction
from clipsym_core.imaging import Map, Pixels
from clipsym_core.raster import KINDS, Kind, truth_mask
from clipsym_core.symmetry import Detection, ReflectionAxis, RotationCenter, Shape

SIZE = (120, 90)

TRUTH: tuple[tuple[Shape, ...], ...] = (
    (ReflectionAxis(((20, 45), (100, 45))), RotationCenter(60, 45, 4)),
    (ReflectionAxis(((60, 10), (60, 80))),),
    (RotationCenter(40, 30, 5),),
    (ReflectionAxis(((20, 20), (80, 70))), ReflectionAxis(((90, 10), (90, 60)))),
    (),
)


def picture_of(index: int) -> Pixels:
    """Grey, with lines in red and centers in blue; the corner says which one it is."""
    image = np.full((SIZE[1], SIZE[0], 3), 90, np.uint8)
    image[truth_mask(TRUTH[index], SIZE, "reflection")] = (255, 0, 0)
    image[truth_mask(TRUTH[index], SIZE, "rotation")] = (0, 0, 255)
    image[0, 0] = 10 + index
    return image


def make_dataset(folder: Path) -> Path:
    """The pictures with their truth, the last one verified to have none; in the native format."""
    source = folder / "pixels"
    source.mkdir(parents=True)
    records = []
    for index, shapes in enumerate(TRUTH):
        file = source / f"{index}.png"
        Image.fromarray(picture_of(index)).save(file)
        split = "val" if index < 3 else "train"
        annotations = tuple(Annotation(s) for s in shapes)
        records.append(AnnotatedPicture(file.name, SIZE, annotations, state="verified", split=split, file=file))
    export(records, folder / "set", "native")
    return folder / "set"


@dataclass
class Oracle:
    """Knows the truth by the corner of a picture; says it `shift` px aside, with `score`."""

    name: str = "oracle"
    shift: float = 0.0
    score: float = 0.9
    orders: dict[int, int] = field(default_factory=dict)
    cost: CostPart = field(default_factory=CostPart)
    kinds: tuple[Kind, ...] = KINDS
    draws: bool = False

    def predict(self, image: Pixels) -> Prediction:
        matrix = [[1, 0, self.shift], [0, 1, self.shift]]
        shapes = [s.transformed(matrix) for s in TRUTH[int(image[0, 0, 0]) - 10]]
        shapes = [
            RotationCenter(s.x, s.y, self.orders.get(s.order, s.order)) if isinstance(s, RotationCenter) else s
            for s in shapes
        ]
        size = (image.shape[1], image.shape[0])
        maps: dict[Kind, Map] = {k: truth_mask(shapes, size, k).astype(np.float32) * self.score for k in KINDS}
        return Prediction(tuple(Detection(s, self.score, self.name) for s in shapes), maps)

    def maps(self, image: Pixels) -> dict[Kind, Map]:
        return self.predict(image).maps


@dataclass
class Silent(Oracle):
    """Finds nothing."""

    name: str = "silent"

    def predict(self, image: Pixels) -> Prediction:
        nothing = np.zeros(image.shape[:2], np.float32)
        return Prediction((), dict.fromkeys(KINDS, nothing))


@dataclass
class ReadsRed(Oracle):
    """Its reflection map is how red a pixel is, so it turns with the picture."""

    name: str = "reads red"

    def predict(self, image: Pixels) -> Prediction:
        red = np.clip((image[..., 0].astype(np.float32) - image[..., 1]) / 255.0, 0.0, 1.0)
        return Prediction((), {"reflection": red, "rotation": np.zeros_like(red)})


@dataclass
class Fixed(Oracle):
    """The same upright bars whatever the picture."""

    name: str = "fixed"

    def predict(self, image: Pixels) -> Prediction:
        bars = np.tile((np.arange(image.shape[1]) // 6 % 2).astype(np.float32), (image.shape[0], 1))
        return Prediction((), {"reflection": bars, "rotation": bars})
