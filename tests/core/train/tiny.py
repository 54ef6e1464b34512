"""A model that trains in a moment, a data set of few pictures, and run files for them."""

from __future__ import annotations

import copy
import functools
import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from clipsym_core.data.annotation import AnnotatedPicture, Annotation
from clipsym_core.data.convert import export
from clipsym_core.data.synthesis import SceneOptions, make_scene, procedural_pack
from clipsym_core.model.checkpoint import save_checkpoint
from clipsym_core.model.clipsym import CLIPSym
from clipsym_core.model.config import preset
from clipsym_core.train.events import Event
from clipsym_core.train.run_file import RunFile, resolve
from clipsym_core.train.run_state import seed_everything
from clipsym_core.train.start import Start
from clipsym_core.train.trainer import Trainer

SIDE = 64
EASY = SceneOptions(empty=0.0, marked=0.0, photometric=0.0, single=(0.6, 0.9))


@functools.cache
def _built() -> CLIPSym:
    seed_everything(3)
    config = preset("clipsym-lite").replaced(
        encoder={"taps": (16, 32), "weights": None},
        prompts={"count": 2, "words": 1},
        decoder={"width": 16, "heads": 2, "feedforward": 16},
        upsampler={"fields": (2, 2, 2)},
        text={"training": "embeddings"},
        preprocessing={"size": (SIDE, SIDE)},
    )
    model = CLIPSym.from_config(config)
    model.set_text_embeddings(torch.randn(2, 384), ("sign", "door"))
    return model


def tiny_model() -> CLIPSym:
    """The same start every time."""
    return copy.deepcopy(_built())


def tiny_checkpoint(path: Path) -> Path:
    save_checkpoint(path, tiny_model(), provenance={"data": "none"}, metrics={})
    return path


def scenes(folder: Path, count: int, *, side: int = 96, seed: int = 4, name: str = "native") -> Path:
    """A data set of synthetic scenes, all verified."""
    pack, rng = procedural_pack(2, photos=4, cutouts=6), np.random.default_rng(seed)
    records = []
    pictures = folder.with_name(f"{folder.name}-pictures")
    pictures.mkdir(parents=True)
    for number in range(count):
        scene = make_scene(pack, (side, side), rng, EASY)
        file = pictures / f"{number:03d}.png"
        Image.fromarray(scene.image).save(file)
        shapes = tuple(map(Annotation, scene.shapes))
        records.append(AnnotatedPicture(file.name, (side, side), shapes, state="verified", file=file))
    export(records, folder, name, allow_empty=True)
    return folder


def values(folder: Path, data: Path | dict[str, Any], **changes: Any) -> dict[str, Any]:
    """What a run file holds: few steps on one thread."""
    return {
        "folder": str(folder),
        "data": data if isinstance(data, dict) else {"path": str(data)},
        "epochs": 2, "batch": 2, "threads": 1, "device": "cpu", "precision": "fp32",
        "rehearsal": {"share": 0.0}, "previews": 0, "optimizer": {"rate": 1e-2, "tower_rate": 1e-3}, **changes,
    }  # fmt: skip


def run_file(folder: Path, data: Path | dict[str, Any], **changes: Any) -> RunFile:
    return resolve(values(folder, data, **changes))


def write_run(path: Path, folder: Path, data: Path, **changes: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(values(folder, data, **changes)))
    return path


def trainer(run: RunFile, *, resume: bool = False, trained: bool = False, **others: Any) -> tuple[Trainer, list[Event]]:
    """A trainer of the tiny model, and the list that its events go to."""
    told: list[Event] = []
    return Trainer(run, Start(tiny_model(), trained=trained), told.append, resume=resume, **others), told


def weights_of(model: torch.nn.Module) -> torch.Tensor:
    return torch.cat([p.detach().flatten() for p in model.state_dict().values() if p.is_floating_point()])


def losses(events: list[Event]) -> list[float]:
    return [e.loss for e in events if e.event == "step"]
