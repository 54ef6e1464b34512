"""Max F1 of a model on pictures as inference sees them, counted over all processes; and pictures of its heatmaps."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
import torch
from accelerate import Accelerator
from accelerate.utils import gather_object
from torch.utils.data import DataLoader

from clipsym_core.data.targets import CHANNELS
from clipsym_core.data.training_dataset import Batch, Key, SampleSource, TrainingDataset, collate
from clipsym_core.errors import OutputError, reason_of
from clipsym_core.evaluate.pixel import PixelCounts, PixelMetric
from clipsym_core.evaluate.scenes import true_pixels
from clipsym_core.files import write_atomic
from clipsym_core.model.network import SymmetryNetwork
from clipsym_core.overlay import AXIS_COLOR, CENTER_COLOR, blend_heatmap
from clipsym_core.train.events import Scores


@torch.no_grad()
def measure(
    model: SymmetryNetwork, sources: Sequence[SampleSource], canvas: tuple[int, int], accelerator: Accelerator, *,
    batch: int, workers: int = 0, notice: Callable[[Sequence[Batch]], None] | None = None,
) -> Scores:  # fmt: skip
    """Max F1 (5 px of the canvas, one threshold for all pictures) of each heatmap that has something to find.

    Every process measures its share. `f1` is the mean over the heatmaps; their scores are None where no picture has a
    shape of that kind. `notice` gets every batch, with the problems of pictures that cannot be read.
    """
    metrics = {name: PixelMetric() for name in model.config.outputs}
    model.eval()
    for part in _batches(sources, canvas, accelerator, batch, workers):
        if notice is not None:
            notice([part])
        pictures = part.images.to(accelerator.device).float().div_(255.0)
        heat = torch.sigmoid(model(pictures).float()).cpu().numpy()
        for row, truth, mask in zip(heat, part.targets.numpy(), part.valid.numpy(), strict=True):
            for channel, name in enumerate(model.config.outputs):
                metrics[name].update(row[channel], true_pixels(truth[CHANNELS.index(name)]), mask[0] > 0)
    scores = {name: _best(_everywhere(metric.counts, accelerator)) for name, metric in metrics.items()}
    found = [score for score in scores.values() if score is not None]
    return Scores(
        f1=sum(found) / len(found) if found else 0.0,
        reflection_f1=scores.get("reflection"),
        rotation_f1=scores.get("rotation"),
    )


@torch.no_grad()
def draw_previews(
    model: SymmetryNetwork, source: SampleSource, canvas: tuple[int, int], folder: Path, *, count: int, step: int
) -> list[tuple[str, Path]]:
    """Draw the heatmaps of the first `count` pictures as PNG files in `folder`; gives names and files.

    Raises:
        OutputError: a file cannot be written.
    """
    device = next(model.parameters()).device
    model.eval()
    drawn = []
    dataset = TrainingDataset([source])
    for index in range(min(count, len(source))):
        sample = dataset[Key(0, 0, index, canvas)]
        heat = torch.sigmoid(model(sample.image[None].to(device).float() / 255)[0].float()).cpu().numpy()
        picture = np.ascontiguousarray(sample.image.permute(1, 2, 0).numpy())
        for channel, name in enumerate(model.config.outputs):
            color = AXIS_COLOR if name == "reflection" else CENTER_COLOR
            picture = blend_heatmap(picture, heat[channel], color=color)
        file = folder / f"{index:02d}-{step:06d}.png"
        encoded = cv2.imencode(".png", picture[..., ::-1])[1]
        try:
            write_atomic(file, encoded.tobytes())
        except OSError as error:
            raise OutputError(
                f"Cannot write the preview {file}.", f"{reason_of(error)}.", "Make room on the disk."
            ) from error
        drawn.append((sample.name, file))
    return drawn


def _batches(
    sources: Sequence[SampleSource], canvas: tuple[int, int], accelerator: Accelerator, batch: int, workers: int
) -> Iterator[Batch]:
    """This process's share of all samples."""
    keys = [Key(number, 0, i, canvas) for number, source in enumerate(sources) for i in range(len(source))]
    mine = keys[accelerator.process_index :: accelerator.num_processes]
    chunks = [mine[at : at + batch] for at in range(0, len(mine), batch)]
    loader: DataLoader[Batch] = DataLoader(
        TrainingDataset(sources),  # type: ignore[arg-type]
        batch_sampler=chunks,
        num_workers=workers,
        collate_fn=collate,
    )
    yield from loader


def _everywhere(counts: PixelCounts, accelerator: Accelerator) -> PixelCounts:
    """The counts of all processes together."""
    if accelerator.num_processes == 1:
        return counts
    parts = gather_object([(counts.true_positive, counts.predicted, counts.labelled)])
    both, predicted, labelled = (np.sum(column, axis=0) for column in zip(*parts, strict=True))
    return PixelCounts(counts.thresholds, both, predicted, labelled)


def _best(counts: PixelCounts) -> float | None:
    return float(counts.f1.max()) if counts.labelled[0] > 0 else None
