"""Where the application keeps its files on this computer.

`SYMVIEWER_HOME` puts everything below one folder: for tests, for a USB stick, for a second profile.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Final

import platformdirs

HOME_VARIABLE: Final = "SYMVIEWER_HOME"
_NAME: Final = "symviewer"


def config_folder() -> Path:
    """Settings and window layout."""
    return _below_home("config") or Path(platformdirs.user_config_path(_NAME, appauthor=False))


def log_folder() -> Path:
    """Rotating log files."""
    return _below_home("log") or Path(platformdirs.user_log_path(_NAME, appauthor=False))


def data_folder() -> Path:
    """What cannot be made again: fetched weights, later projects of read-only folders."""
    return _below_home("data") or Path(platformdirs.user_data_path(_NAME, appauthor=False))


def snapshots_folder() -> Path:
    """Pictures taken in live mode while no project is open that they could belong to."""
    return _below_home("pictures") or Path(platformdirs.user_pictures_path()) / "SymViewer"


def cache_folder() -> Path:
    """What can be made again at any time."""
    return _below_home("cache") or Path(platformdirs.user_cache_path(_NAME, appauthor=False))


def runs_folder(project: Path) -> Path:
    """Where the training runs of the project file at `project` lie: not among the pictures, for checkpoints are large
    and previews are pictures, too."""
    project = project.absolute()
    name = hashlib.blake2b(os.fsencode(project), digest_size=4).hexdigest()
    return data_folder() / "runs" / f"{project.parent.name or 'pictures'}-{name}"


def named_folders() -> dict[str, Path]:
    """The folders by name, as the doctor lists them."""
    return {"Settings": config_folder(), "Log files": log_folder(), "Data": data_folder()}


def _below_home(part: str) -> Path | None:
    home = os.environ.get(HOME_VARIABLE)
    return Path(home) / part if home else None
