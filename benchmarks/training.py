"""Training speed beside the plain loop with the authors' settings, in one interleaved run; and the loader's speed.

    python benchmarks/training.py                       # CPU, one thread; a GPU too where there is one
    python benchmarks/training.py --rounds 5 --batch 2

Plain loop: pictures prepared in the loop, the 25 prompts encoded at every step (without gradient, as the authors do),
all 12 blocks, attention as products and softmax, enlarge-then-convolve at full size, Adam over all parameters, float32.
Its 100 dilations for a running metric are left out. Ours: the preset `authors`, the same model, pictures and loss, so
the first loss must agree. A CPU is measured with one thread by process CPU time, a GPU by the clock; a ratio is that of
the minima. The loader is measured alone: it must prepare more pictures than a step takes. Nothing is asserted here.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.utils.data import DataLoader

sys.path.insert(0, str(Path(__file__).resolve().parent))

from inference import AUTHORS, build
from plain_form import PlainForm

from clipsym_core.data.annotation import AnnotatedPicture, Annotation
from clipsym_core.data.sampling import Batches, SampleSequence
from clipsym_core.data.synthesis import make_scene, procedural_pack
from clipsym_core.data.training_dataset import Batch, Key, PictureSource, TrainingDataset, collate
from clipsym_core.model.clipsym import CLIPSym
from clipsym_core.model.gconv import GroupConv
from clipsym_core.model.network import fit
from clipsym_core.train.learner import Learner, make_accelerator
from clipsym_core.train.losses import focal_loss
from clipsym_core.train.run_file import resolve

PICTURES, SIZE = 16, (640, 480)


class PlainTraining(PlainForm):
    """The plain form with gradients."""

    def forward(self, images: Tensor) -> Tensor:
        with torch.no_grad():
            prompts = self.encode_text()
        for name in self.filters:  # expanded from the basis at every step, as escnn does in training
            layer = getattr(self.upsampler, name)
            assert isinstance(layer, GroupConv)
            self.filters[name] = (layer.filter(), layer.plain_bias())
        taps, grid = self.encode_image((images - self.mean) / self.std)
        logits = self.upsample(self.decode(taps, prompts.detach(), grid))
        return fit(logits, (images.shape[-2], images.shape[-1]), align_corners=self.config.final_align_corners)


class PlainLoop:
    """What a straightforward script does."""

    def __init__(self, model: CLIPSym, source: PictureSource, canvas: tuple[int, int], device: str) -> None:
        self.device, self.source, self.canvas = device, source, canvas
        self.model = PlainTraining(model, cached_text=False).to(device).train()
        self.model.tokens, self.model.prompts = self.model.tokens.to(device), self.model.prompts.detach().to(device)
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=1e-5)
        self.at = 0

    def step(self, batch: int) -> float:
        keys = [Key(0, 0, (self.at + i) % len(self.source), self.canvas) for i in range(batch)]
        part = collate([self.source.sample(key.epoch, key.item, key.canvas) for key in keys])
        self.at += batch
        images, targets = part.images.to(self.device).float() / 255, part.targets[:, :1].to(self.device)
        loss = focal_loss(self.model(images), targets).mean()
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        return float(loss.detach())


class OurLoop:
    """The program's: learner, and a loader whose workers prepare pictures meanwhile (on a GPU; none on one core)."""

    def __init__(
        self, model: CLIPSym, source: PictureSource, canvas: tuple[int, int], device: str, *, precision: str,
        workers: int, batch: int,
    ) -> None:  # fmt: skip
        run = resolve({"preset": "authors", "batch": batch, "device": device})
        self.learner = Learner(model, run, make_accelerator(torch.device(device), precision))
        self.batches = loader(source, canvas, batch, workers)

    def step(self, batch: int) -> float:
        return self.learner.step([next(self.batches)], 1.0).loss


class InOrder(PictureSource):
    """Pictures in the order of their files, for both loops to see the same."""

    def order(self, epoch: int, seed: int) -> np.ndarray:  # type: ignore[type-arg]
        return np.arange(len(self))


def loader(source: PictureSource, canvas: tuple[int, int], batch: int, workers: int) -> Iterator[Batch]:
    sampler = Batches(SampleSequence([source], seed=0), start=0, batch=batch, canvas=canvas)
    return iter(
        DataLoader(
            TrainingDataset([source]), batch_sampler=sampler, num_workers=workers, collate_fn=collate,
            persistent_workers=workers > 0,
        )
    )  # fmt: skip


def pictures(folder: Path) -> InOrder:
    """Scenes as JPEG files, augmented and drawn as the authors do."""
    rng, pack = np.random.default_rng(0), procedural_pack(3)
    records = []
    for number in range(PICTURES):
        scene = make_scene(pack, SIZE, rng)
        file = folder / f"{number}.jpg"
        Image.fromarray(scene.image).save(file, quality=92)
        records.append(AnnotatedPicture(file.name, SIZE, tuple(map(Annotation, scene.shapes)), file=file))
    return InOrder(records, augment=resolve({"preset": "authors"}).augment, style=None)


@dataclass(slots=True)
class Row:
    """A loop and the seconds of its steps."""

    name: str
    step: Callable[[int], float]
    seconds: list[float]


def measure(rows: list[Row], batch: int, rounds: int, device: str) -> float:
    """Run all loops once a round, one after the other, and print images per second and ratios of minima.

    Returns:
        Images per second of the fastest.
    """
    clock = time.process_time if device == "cpu" else time.perf_counter
    first = [row.step(batch) for row in rows]  # the same weights and pictures: the same loss; and a warm-up
    for _ in range(rounds):
        for row in rows:
            began = clock()
            row.step(batch)
            if device != "cpu":
                torch.cuda.synchronize()
            row.seconds.append(clock() - began)
    base = min(rows[0].seconds)
    print(f"\n{device}, batch {batch}, {rounds} rounds; first losses {', '.join(f'{x:.6f}' for x in first)}")
    print("| loop | images/s | ms an image | ratio |\n| --- | --- | --- | --- |")
    for row in rows:
        best = min(row.seconds)
        print(f"| {row.name} | {batch / best:.3f} | {1000 * best / batch:.0f} | {base / best:.2f} |", flush=True)
    return batch / min(min(row.seconds) for row in rows)


def measure_loader(source: PictureSource, canvas: tuple[int, int], batch: int, workers: int, needed: float) -> None:
    """Pictures a second that the loader alone prepares, and how many times that is what the fastest loop takes: by CPU
    time in this process, by the clock with workers."""
    batches = loader(source, canvas, batch, workers)
    for _ in range(1 + 2 * workers):
        next(batches)
    steps = max(2, 48 // batch)
    clock = time.perf_counter if workers else time.process_time
    best = float("inf")
    for _ in range(3):
        began = clock()
        for _ in range(steps):
            next(batches)
        best = min(best, (clock() - began) / (steps * batch))
    print(
        f"loader alone, {workers} workers: {1 / best:.1f} images/s, {1000 * best:.1f} ms an image: "
        f"{1 / best / needed:.1f} times what the fastest loop takes"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--batch", type=int, default=1, help="on the CPU; a GPU takes 16 as the authors do")
    parser.add_argument("--device", choices=("cpu", "cuda"), help="only this one")
    args = parser.parse_args()
    torch.set_num_threads(1)
    devices = ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]
    with tempfile.TemporaryDirectory() as folder:
        source = pictures(Path(folder))
        for device in devices if args.device is None else [args.device]:
            batch, workers = (args.batch, 0) if device == "cpu" else (16, 12)
            torch.backends.cuda.matmul.allow_tf32 = False
            canvas = build(AUTHORS).config.preprocessing.size
            rows = [
                Row("plain loop, authors' settings, fp32", PlainLoop(build(AUTHORS), source, canvas, device).step, [])
            ]
            for precision in ("fp32", "bf16"):
                own = OurLoop(build(AUTHORS), source, canvas, device, precision=precision, workers=workers, batch=batch)
                rows.append(Row(f"ours, preset authors, {precision}", own.step, []))
            fastest = measure(rows, batch, args.rounds, device)
            measure_loader(source, canvas, batch, workers, fastest)


if __name__ == "__main__":
    main()
