"""Split files of the field: dictionaries of lists of paths in PyTorch's file format.

Written because other people's loaders read them; read with `weights_only`, so that no code in a file can run. torch is
imported here alone, when such a file is met.
"""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from clipsym_core.data.formats.values import BadValue


def load_lists(path: Path) -> Mapping[str, Any]:
    """The dictionary of a split file.

    Raises:
        BadValue: it cannot be read, or holds more than dictionaries, lists and texts.
    """
    import torch

    try:
        value = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise BadValue(
            "", "It is damaged, or holds more than plain lists and could run code when opened; it was not opened."
        ) from error
    except (OSError, RuntimeError, EOFError, ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        first_line = (str(error).splitlines() or [""])[0]
        raise BadValue("", f"It is no file of PyTorch, or damaged: {first_line}") from error
    if not isinstance(value, Mapping):
        raise BadValue("", f"Expected a dictionary of lists, got {type(value).__name__}.")
    return value


def save_lists(path: Path, lists: Mapping[str, Any]) -> None:
    """Write a dictionary of lists of texts so that any PyTorch from 1.6 reads it."""
    import torch

    torch.save(dict(lists), path)
