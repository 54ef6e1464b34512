"""The pictures that come with the program."""

from __future__ import annotations

import os
from typing import Final

from clipsym_core.resources import resource_path

_FIRST: Final = "butterfly.jpg"


def sample_folder() -> str | None:
    """The folder of the sample pictures, None where the installation lacks them."""
    try:
        return str(resource_path("samples"))
    except FileNotFoundError:
        return None


def first_sample(folder: str) -> str:
    """The sample that is shown first; empty where the folder lacks it."""
    path = os.path.join(folder, _FIRST)
    return path if os.path.isfile(path) else ""
