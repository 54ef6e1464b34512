"""PyAV, imported when a video is opened: the base install works without it."""

from __future__ import annotations

import importlib.util
from typing import Any, Final

from clipsym_core.errors import VideoError

VIDEO_SUFFIXES: Final = frozenset(
    {".avi", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".mts", ".ogv", ".ts", ".webm", ".wmv"}
)


def available() -> bool:
    """Whether videos can be read and written here."""
    return importlib.util.find_spec("av") is not None


def pyav() -> Any:
    """The module `av`, with its log kept off the terminal.

    Raises:
        VideoError: it is not installed; says how to.
    """
    try:
        import av
        import av.logging
    except ImportError as error:
        raise VideoError(
            "Videos need the package PyAV.",
            "It is not installed, or does not load here.",
            'Install it with: pip install "symviewer[video]"',
        ) from error
    av.logging.set_level(av.logging.PANIC)
    return av


def failures() -> tuple[type[Exception], ...]:
    """What PyAV raises for files that are damaged, missing or cannot be written."""
    return (OSError, ValueError, pyav().FFmpegError)


def is_video(path: str) -> bool:
    """Whether a file name has the ending of a video."""
    return path.lower().endswith(tuple(VIDEO_SUFFIXES))
