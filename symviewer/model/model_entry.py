"""A model that a person can choose, in plain words and numbers."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from symviewer.model import words
from symviewer.model.translating import mark, tr

KINDS = {
    "bundled": mark("Comes with the program"),
    "own": mark("Your own checkpoint"),
    "preset": mark("CLIP tower, not trained yet"),
}


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """One row of the model picker.

    Attributes:
        name: what `DetectionSettings.model` takes.
        kind: a key of `KINDS`.
        path: of the checkpoint, empty for a CLIP tower.
        size_bytes: of the file, None where it is not here yet.
        trained: false for a decoder that never saw a label.
        weights: architecture and tag of the CLIP weights that are needed, empty for a checkpoint.
        weights_path: where these lie or will lie.
        weights_here: whether they do.
        problem: why the file cannot be used; empty when it can.
    """

    name: str
    kind: str
    description: str
    path: str = ""
    size_bytes: int | None = None
    trained: bool = True
    metrics: Mapping[str, Any] = field(default_factory=dict)
    provenance: Mapping[str, Any] = field(default_factory=dict)
    weights: tuple[str, str] | None = None
    weights_path: str = ""
    weights_here: bool = False
    problem: str = ""

    @property
    def usable(self) -> bool:
        """Whether it finds symmetries when it is chosen now."""
        return self.trained and not self.problem

    @property
    def state(self) -> str:
        """In a few words, for the list."""
        if self.problem:
            return tr("Cannot be used")
        if self.trained:
            return tr(KINDS.get(self.kind, self.kind))
        return tr("Weights are here, not trained") if self.weights_here else tr("Weights not fetched yet")

    def facts(self) -> Iterator[tuple[str, str]]:
        """What is known about it, name and value."""
        yield tr("Kind"), tr(KINDS.get(self.kind, self.kind))
        if self.path:
            yield tr("File"), os.path.basename(self.path) if self.kind == "bundled" else self.path
        if self.weights:
            yield (
                tr("Weights"),
                f"{self.weights[0]}, {self.weights[1]}" + ("" if self.weights_here else tr(" (not here yet)")),
            )
        if self.size_bytes is not None:
            yield tr("Size"), words.file_size(self.size_bytes)
        for name, value in self.metrics.items():
            if value is not None:  # a training on axes alone measures no centers
                yield tr("Measured {what}").format(what=readable(name)), plain(value)
        for name, value in self.provenance.items():
            if name != "description":
                yield readable(name).capitalize(), plain(value)


def readable(name: str) -> str:
    """A key of a checkpoint as words."""
    return name.replace("_", " ").strip()


def plain(value: object, limit: int = 200) -> str:
    """A value of a checkpoint as one short line."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, Mapping):
        text = ", ".join(f"{readable(str(k))} {plain(v)}" for k, v in value.items())
    elif isinstance(value, list | tuple):
        text = ", ".join(plain(v) for v in value)
    else:
        text = str(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"
