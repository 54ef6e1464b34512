"""What a person chooses for a training run, and the run file that it makes."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

from clipsym_core.train.presets import DEFAULT_PRESET, PRESETS, preset_values

Unit: TypeAlias = Literal["epochs", "steps", "minutes"]
Source: TypeAlias = Literal["project", "dataset", "scenes"]
_SCENES: Final = 4000
UNITS: Final[tuple[Unit, ...]] = ("epochs", "steps", "minutes")


@dataclass(frozen=True, slots=True)
class TrainingChoices:
    """The choices of the Train panel; everything else is as the preset has it.

    Attributes:
        source: where pictures come from; `dataset` is the path of one, `scenes` how many synthetic ones an epoch.
        start: name of a model, or path of a checkpoint.
        length, unit: how long.
        batch: pictures a step; None where the preset has stages with batches of their own.
        rate: peak learning rate.
        validation: share of the pictures that are measured on, not learned from.
        rehearsal: share of every epoch that shows old things again.
        parts: in how many parts a batch is computed: more take less memory and give the same.
    """

    preset: str = DEFAULT_PRESET
    source: Source = "project"
    dataset: str = ""
    scenes: int = _SCENES
    start: str = "clipsym-lite"
    length: float = 20
    unit: Unit = "epochs"
    batch: int | None = 8
    rate: float = 3e-4
    validation: float = 0.2
    rehearsal: float = 0.3
    parts: int = 1
    seed: int = 0
    device: str = "auto"
    precision: str = "auto"

    @classmethod
    def of_preset(cls, preset: str) -> TrainingChoices:
        """What a preset says.

        Raises:
            ConfigError: there is none of that name.
        """
        values = preset_values(preset)
        unit: Unit = next(unit for unit in UNITS if values.get(unit) is not None)
        scenes = values.get("data", {}).get("scenes")
        return cls(
            preset=preset,
            source="scenes" if scenes else "project",
            scenes=scenes or _SCENES,
            start=str(values["start"]),
            length=values[unit],
            unit=unit,
            batch=None if values.get("stages") else int(values.get("batch", 8)),
            rate=float(values["optimizer"]["rate"]),
            rehearsal=float(values.get("rehearsal", {}).get("share", 0.0)),
            precision=str(values.get("precision", "auto")),
        )

    def with_preset(self, preset: str) -> TrainingChoices:
        """Another preset; the pictures, and a checkpoint that is no preset's start, stay as chosen."""
        new = TrainingChoices.of_preset(preset)
        own_start = self.start if self.start not in {p.values["start"] for p in PRESETS.values()} else new.start
        source = new.source if new.source == "scenes" or self.source == "scenes" else self.source
        return replace(
            new, source=source, dataset=self.dataset, start=own_start, validation=self.validation, device=self.device
        )  # fmt: skip

    def values(self, project: Path | None, pictures: Path | None) -> dict[str, Any]:
        """The values of the run file.

        Args:
            project: the project file, for `source` "project".
            pictures: folder of its pictures, where the project file does not lie in it.
        """
        if self.source == "scenes":
            data: dict[str, Any] = {"scenes": self.scenes}
        elif self.source == "dataset":
            data = {"path": self.dataset, "scenes": None}
        else:
            images = None if project is None or pictures in (None, project.parent) else str(pictures)
            data = {"path": str(project), "format": "project", "images": images, "scenes": None}
        values: dict[str, Any] = {
            "preset": self.preset,
            "data": data,
            "split": {"shares": [1.0 - self.validation, self.validation, 0.0], "seed": self.seed},
            "start": self.start,
            self.unit: int(self.length) if self.unit == "steps" else self.length,
            "optimizer": {"rate": self.rate},
            "rehearsal": {"share": self.rehearsal},
            "accumulate": self.parts,
            "seed": self.seed,
            "device": self.device,
            "precision": self.precision,
            # One core is left to the window.
            "threads": max(1, (os.cpu_count() or 2) - 1),
        }
        if self.batch is not None:
            values["batch"] = self.batch
        tower = preset_values(self.preset)["optimizer"].get("tower_rate")
        if tower is not None:  # the tower's rate keeps its ratio
            of_preset = float(preset_values(self.preset)["optimizer"]["rate"])
            values["optimizer"]["tower_rate"] = float(tower) * self.rate / of_preset
        return values
