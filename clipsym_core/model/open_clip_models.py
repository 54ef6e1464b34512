"""open_clip, seen through three functions: build without weights, put in weights from a file, tokenize."""

from __future__ import annotations

import logging
import pickle
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import safetensors
from torch import Tensor, nn

from clipsym_core.errors import CheckpointError, ConfigError
from clipsym_core.model.config import nearest
from clipsym_core.model.torchvision_compat import ensure_torchvision


def build_clip(name: str) -> Any:
    """Both towers with random weights; nothing is downloaded.

    Raises:
        ConfigError: open_clip has no such architecture.
    """
    ensure_torchvision()
    import open_clip

    if name not in open_clip.list_models():
        raise ConfigError(f"open_clip has no model '{name}'.", remedy=nearest(name, open_clip.list_models()))
    root, quiet = logging.getLogger(), _Quiet()
    root.addFilter(quiet)
    try:
        return open_clip.create_model(name, pretrained=None, load_weights=False, pretrained_text=False)
    finally:
        root.removeFilter(quiet)


class _Quiet(logging.Filter):
    """Drops open_clip's warning that weights are random: here they are meant to be."""

    def filter(self, record: logging.LogRecord) -> bool:
        return "No pretrained weights" not in record.getMessage()


def load_clip_file(model: nn.Module, path: str | Path) -> None:
    """Put weights of a local file (.safetensors, .pt, .bin) into a whole model from `build_clip`.

    Raises:
        CheckpointError: missing, damaged, or of another architecture.
    """
    import open_clip

    what = f"Cannot load the CLIP weights {path}."
    if not Path(path).is_file():
        raise CheckpointError(what, "There is no such file.", "Check the path.")
    try:
        open_clip.load_checkpoint(model, str(path), strict=True, weights_only=True)
    except (RuntimeError, KeyError, AttributeError, TypeError) as error:
        raise CheckpointError(what, f"{error}", "Choose the file of the same architecture.") from error
    except (OSError, EOFError, ValueError, pickle.UnpicklingError, safetensors.SafetensorError) as error:
        raise CheckpointError(what, f"It is damaged or no weight file: {error}", "Download it again.") from error


def tokenize(name: str, texts: Sequence[str]) -> Tensor:
    """Token numbers [M, context] as the architecture's own tokenizer gives them."""
    ensure_torchvision()
    import open_clip

    tokens = open_clip.get_tokenizer(name)(list(texts))
    assert isinstance(tokens, Tensor)
    return tokens
