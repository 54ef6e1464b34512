"""The pictures that come with the program."""

from __future__ import annotations

from clipsym_core.resources import resource_path


def sample_folder() -> str | None:
    """The folder of the sample pictures, None where the installation lacks them."""
    try:
        return str(resource_path("samples"))
    except FileNotFoundError:
        return None
