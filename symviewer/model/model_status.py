"""What the user interface knows about the model that answers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from symviewer.model.problem import Problem
from symviewer.model.translating import tr


class ModelState(Enum):
    NONE = "no model"
    LOADING = "loading"
    READY = "ready"


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A loaded model.

    Attributes:
        id: what tells its answers from another model's: name, device, precision and load number.
        name: as in the zoo or the file's stem.
        device: as a person reads it.
        trained: false for a model whose decoder never saw a label; its heatmaps are noise.
        default_threshold: smallest score worth showing.
        source: name in the zoo or path of the checkpoint, as the settings have it; empty = `name`.
        prompts: what its text encoder reads, each with its learned weight in the sum over all; none without text.
    """

    id: str
    name: str
    device: str
    precision: str
    trained: bool = True
    default_threshold: float = 0.5
    source: str = ""
    prompts: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class ModelStatus:
    """State of the model slot: while one loads, `info` is the one that still answers (or None)."""

    state: ModelState = ModelState.NONE
    info: ModelInfo | None = None
    wanted: str = ""
    problem: Problem | None = None

    @property
    def text(self) -> str:
        """For the status bar."""
        if self.state is ModelState.LOADING:
            return tr("Loading {model} …").format(model=short_name(self.wanted))
        if self.info is None:
            return tr("No model")
        return f"{self.info.name} on {self.info.device}"


def short_name(model: str) -> str:
    """A model's name without folder and suffix."""
    stem = model.replace("\\", "/").rsplit("/", 1)[-1]
    return stem.rsplit(".", 1)[0] if "." in stem else stem
