"""`clipsym models`: what can be named where a command takes a model."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from rich.console import Console
from rich.markup import escape

from clipsym_core.model.weights import models_folder
from clipsym_core.model.zoo import DEFAULT_MODEL, ZooEntry, list_models

_KINDS = {"bundled": "bundled", "own": "your own", "preset": "preset"}


def models(*, as_json: bool = False, console: Console | None = None) -> None:
    """Print every model of the zoo, or all of them as JSON.

    Args:
        console: standard output by default.
    """
    console = console or Console(soft_wrap=True)
    entries = list_models()
    if as_json:
        value = {"default": DEFAULT_MODEL, "folder": str(models_folder()), "models": [_to_json(e) for e in entries]}
        console.file.write(json.dumps(value, indent=2) + "\n")
        return
    for entry in entries:
        console.print(f"[bold]{escape(entry.name)}[/]  {', '.join(_facts(entry))}", highlight=False)
        for line in filter(None, (entry.description, str(entry.path or ""), entry.problem)):
            console.print(f"    {escape(line)}", highlight=False)
    footer = (
        "Presets are starts for `clipsym train`, not trained yet. CLIP weights that are not here are fetched by "
        '"Get CLIP weights" in the window.',
        f"Your own are the checkpoints in {models_folder()}; name the file of one that lies elsewhere.",
    )
    for line in footer:
        console.print(escape(line), highlight=False)


def _facts(entry: ZooEntry) -> Iterator[str]:
    yield _KINDS[entry.kind]
    if entry.outputs:
        yield " and ".join(entry.outputs)
    if entry.size_bytes is not None:
        yield f"{entry.size_bytes / 1e6:.1f} MB"
    if entry.name == DEFAULT_MODEL:
        yield "taken where none is named"
    if entry.weights is not None and not entry.weights.present:
        yield "CLIP weights not here"
    elif entry.kind == "own" and not entry.trained:
        yield "not trained"


def _to_json(entry: ZooEntry) -> dict[str, Any]:
    path = entry.path if entry.weights is None else entry.weights.path if entry.weights.present else None
    return {
        "name": entry.name,
        "kind": entry.kind,
        "description": entry.description,
        "path": None if path is None else str(path),
        "size_bytes": entry.size_bytes,
        "outputs": list(entry.outputs),
        "trained": entry.trained,
        "available": entry.available,
        "problem": entry.problem or None,
    }
