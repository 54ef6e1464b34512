"""Annotated pictures as training samples: augmented, drawn, in an order that can be taken up again anywhere.

A sample is named by a `Key`: which source, which epoch, which picture, at which canvas. It depends on its key and the
seed alone, so any worker may make it, and a run that is resumed sees what it would have seen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.utils.data import Dataset

from clipsym_core.data.annotation import AnnotatedPicture
from clipsym_core.data.augment import map_shapes, random_map, warp
from clipsym_core.data.augment_color import recolor
from clipsym_core.data.augment_options import NO_CHANGE, AugmentOptions
from clipsym_core.data.picture_cache import PictureCache
from clipsym_core.data.scene_dataset import SceneRecipe, scene_sample
from clipsym_core.data.synthesis import SourcePack
from clipsym_core.data.targets import CHANNELS, TargetStyle, field_targets, render_targets
from clipsym_core.errors import ImageReadError, InputError
from clipsym_core.imaging import Letterbox, Map, Pixels
from clipsym_core.video.pool import read_picture

Indices: TypeAlias = npt.NDArray[np.int64]
Read: TypeAlias = Callable[[AnnotatedPicture], Pixels]


_MOST_CHANNELS = len(CHANNELS) + 2
"""With the two maps of classes."""


class Key(NamedTuple):
    """Names a sample: `source` by its number, `canvas` = (width, height)."""

    source: int
    epoch: int
    item: int
    canvas: tuple[int, int]


class Sample(NamedTuple):
    """What a picture looks like to the trainer.

    Attributes:
        image: uint8 [3, H, W].
        targets: float32 [2, H, W] in [0, 1]: reflection, rotation.
        valid: uint8 [1, H, W], 0 on padding.
        name: for people.
        problem: why there is nothing to see (then nothing is valid, either); empty where all is well.
    """

    image: Tensor
    targets: Tensor
    valid: Tensor
    name: str
    problem: str = ""


class Batch(NamedTuple):
    """Samples of one canvas: images [B, 3, H, W], targets [B, 2, H, W], valid [B, 1, H, W], names, and the problems
    of those that could not be read."""

    images: Tensor
    targets: Tensor
    valid: Tensor
    names: tuple[str, ...]
    problems: tuple[str, ...] = ()


class SampleSource(Protocol):
    """Something that samples come from."""

    def __len__(self) -> int:
        """Samples in an epoch."""

    def order(self, epoch: int, seed: int) -> Indices:
        """All indices, in the order of that epoch."""

    def sample(self, epoch: int, index: int, canvas: tuple[int, int]) -> Sample:
        """A sample, the same every time it is asked for."""


@dataclass(slots=True)
class PictureSource:
    """Annotated pictures.

    Attributes:
        records: with their files.
        seed: first part of the seed of every augmentation.
        augment: how pictures are changed.
        style: how targets are drawn; None = as the field's loaders do, at picture size, then resized to the nearest
            pixel.
        fill: grey level of the padding, 0..255.
        read: how a record's pixels are read; shards bring their own.
        cache: keeps decoded pictures that are used again in later epochs.
        blocks: for each picture the file that it lies in, where several lie in one: pictures of a block come near each
            other, so that files are read from beginning to end.
    """

    records: Sequence[AnnotatedPicture]
    seed: int = 0
    augment: AugmentOptions = NO_CHANGE
    style: TargetStyle | None = field(default_factory=TargetStyle)
    fill: int = 0
    read: Read | None = None
    cache: PictureCache | None = None
    blocks: Sequence[int] | None = None

    def __len__(self) -> int:
        return len(self.records)

    def order(self, epoch: int, seed: int) -> Indices:
        rng = np.random.default_rng((seed, epoch))
        return rng.permutation(len(self)) if self.blocks is None else block_order(self.blocks, rng)

    def sample(self, epoch: int, index: int, canvas: tuple[int, int]) -> Sample:
        """Picture `index` as epoch `epoch` shows it.

        Raises:
            ImageReadError, InputError: the picture cannot be read (any more), or has changed its size.
        """
        record = self.records[index]
        rng = np.random.default_rng((self.seed, epoch, index))
        image, size = self._pixels(record, canvas)
        matrix = random_map(size, canvas, self.augment, rng)
        grown = matrix @ np.diag([size[0] / image.shape[1], size[1] / image.shape[0], 1.0])
        pixels, valid = warp(image, grown, canvas, fill=self.fill)
        pixels = recolor(pixels, self.augment, rng)
        if self.style is None:
            targets = _resized_field_targets(record, size, matrix, canvas)
        else:
            targets = render_targets(map_shapes(record.shapes, matrix, size), canvas, self.style)
        return as_sample(pixels, targets, valid, record.path)

    def _pixels(self, record: AnnotatedPicture, canvas: tuple[int, int]) -> tuple[Pixels, tuple[int, int]]:
        """The pixels, perhaps smaller than they are stored, and the size that they are stored in."""
        if self.cache is not None:
            kept = self.cache.get(record.path)
            if kept is not None:
                return kept
        image = self.read(record) if self.read is not None else read_file(record)
        size = (image.shape[1], image.shape[0])
        if record.size is not None and size != record.size:
            raise InputError(
                f"The picture {record.path} has {size[0]} x {size[1]} px, its annotation is for {record.size[0]} x"
                f" {record.size[1]}.", "It was changed since.", "Put the old one back, or annotate the new one.",
            )  # fmt: skip
        return (image, size) if self.cache is None else self.cache.put(record.path, image, canvas)


@dataclass(slots=True)
class SceneSource:
    """Synthetic scenes: `count` new ones every epoch, of an endless reproducible sequence from `first` on."""

    pack: SourcePack
    recipe: SceneRecipe
    count: int
    first: int = 0

    def __len__(self) -> int:
        return self.count

    def order(self, epoch: int, seed: int) -> Indices:
        return np.arange(self.count)

    def sample(self, epoch: int, index: int, canvas: tuple[int, int]) -> Sample:
        if canvas[0] != canvas[1]:
            raise InputError(f"Scenes are square, the canvas is {canvas[0]} x {canvas[1]}.", remedy="Use a square one.")
        number = self.first + epoch * self.count + index
        image, targets, valid = scene_sample(self.pack, replace(self.recipe, side=canvas[0]), number)
        return as_sample(image, targets, valid[0], f"scene {number}")


class TrainingDataset(Dataset[Sample]):
    """Samples of several sources by their keys; the sampler decides which come when.

    A picture that cannot be read comes as an empty sample that counts for nothing, with the problem: one broken file
    must not end a run of hours.
    """

    def __init__(self, sources: Sequence[SampleSource]) -> None:
        self.sources = tuple(sources)

    def __getitem__(self, key: Key) -> Sample:
        try:
            return self.sources[key.source].sample(key.epoch, key.item, key.canvas)
        except (ImageReadError, InputError) as error:
            return _nothing(key.canvas, str(error))


def as_sample(pixels: Pixels, targets: Map, valid: npt.NDArray[np.generic], name: str) -> Sample:
    """Arrays [H, W, 3], [2, H, W] and [H, W] as tensors."""
    image = torch.from_numpy(np.ascontiguousarray(pixels.transpose(2, 0, 1)))
    mask = torch.from_numpy(np.ascontiguousarray(valid[None], dtype=np.uint8))
    return Sample(image, torch.from_numpy(np.ascontiguousarray(targets, dtype=np.float32)), mask, name)


def collate(samples: Sequence[Sample]) -> Batch:
    """Samples of one canvas as a batch, without those that could not be read unless there is no other."""
    problems = tuple(sample.problem for sample in samples if sample.problem)
    good = [sample for sample in samples if not sample.problem] or samples[:1]
    images, targets, valid, names, _ = zip(*good, strict=True)
    return Batch(torch.stack(images), torch.stack(targets), torch.stack(valid), names, problems)


def _nothing(canvas: tuple[int, int], problem: str) -> Sample:
    """A sample that counts for nothing; with all channels that targets may have."""
    w, h = canvas
    image, valid = torch.zeros(3, h, w, dtype=torch.uint8), torch.zeros(1, h, w, dtype=torch.uint8)
    return Sample(image, torch.zeros(_MOST_CHANNELS, h, w), valid, "nothing", problem)


def read_file(record: AnnotatedPicture) -> Pixels:
    """The pixels of a record's file.

    Raises:
        InputError: there is none.
        ImageReadError: it cannot be read.
    """
    if record.file is None:
        raise InputError(f"The picture {record.path} is missing.", remedy="Put it back, or take it out of the data.")
    return read_picture(record.file)


def block_order(blocks: Sequence[int], rng: np.random.Generator, window: int = 4) -> Indices:
    """All indices in random order, but pictures of a block close together: blocks are shuffled, then the pictures of
    each `window` blocks."""
    numbers = np.asarray(blocks)
    shuffled = rng.permutation(np.unique(numbers))
    parts: Iterator[Indices] = (
        rng.permutation(np.flatnonzero(np.isin(numbers, shuffled[at : at + window])))
        for at in range(0, len(shuffled), window)
    )
    return np.asarray(np.concatenate([np.zeros(0, np.int64), *parts]), np.int64)


def _resized_field_targets(
    record: AnnotatedPicture, size: tuple[int, int], matrix: npt.NDArray[np.float64], canvas: tuple[int, int]
) -> Map:
    """Targets drawn at picture size and moved with the pixels, as the published loaders do (recipe 2.2, 20)."""
    import cv2

    maps = field_targets(record.shapes, size)
    half = np.array([[1.0, 0.0, 0.5], [0.0, 1.0, 0.5], [0.0, 0.0, 1.0]])
    theirs = np.linalg.inv(half) @ matrix @ half
    moved = [cv2.warpPerspective(m, theirs, canvas, flags=cv2.INTER_NEAREST) for m in maps]
    return np.asarray(np.stack(moved), np.float32)


def letterboxed(image: Pixels, canvas: tuple[int, int], fill: int = 0) -> tuple[Pixels, npt.NDArray[np.bool_]]:
    """A picture as inference sees it, and the mask of where it lies."""
    letterbox = Letterbox((image.shape[1], image.shape[0]), canvas)
    return np.asarray(letterbox.apply(image, fill=fill), np.uint8), letterbox.valid()
