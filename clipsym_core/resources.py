"""Where the files that ship with the program lie: bundled checkpoint, sample pictures, icons, vocabularies, bases."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def resource_path(*parts: str) -> Path:
    """Path of a shipped file or folder, e.g. `resource_path("samples", "butterfly.png")`.

    In a wheel the top-level `resources/` folder is packed into this package as `_resources`; in a checkout (and an
    editable install) it lies beside the packages.

    Raises:
        FileNotFoundError: the installation is incomplete.
    """
    for root in (_PACKAGE / "_resources", _PACKAGE.parent / "resources"):
        path = root.joinpath(*parts)
        if path.exists():
            return path
    raise FileNotFoundError(f"The installed program lacks {'/'.join(parts)}; install it again.")
