"""Errors that people read: what happened, why, and what to do next."""

from __future__ import annotations


class ClipsymError(Exception):
    """An error with a remedy. `str()` gives one paragraph that can be shown as it is.

    Attributes:
        what: what could not be done.
        why: the reason, in the user's terms.
        remedy: what to do next.
    """

    def __init__(self, what: str, why: str = "", remedy: str = "") -> None:
        self.what, self.why, self.remedy = what, why, remedy
        super().__init__(" ".join(part for part in (what, why, remedy) if part))

    def __reduce__(self) -> tuple[type[ClipsymError], tuple[str, str, str]]:
        return (type(self), (self.what, self.why, self.remedy))


def reason_of(error: BaseException) -> str:
    """Why, for the middle of a message: of an error of the system without its number and its path, which the message
    has named already."""
    return (isinstance(error, OSError) and error.strerror) or str(error)


class ImageReadError(ClipsymError):
    """A picture that cannot be read."""


class CheckpointError(ClipsymError):
    """A checkpoint that cannot be loaded or saved."""


class ConfigError(ClipsymError):
    """A preset, key or value that does not exist or does not fit."""


class InputError(ClipsymError):
    """Pixels, grids or shapes that a function cannot work on."""


class TrainingError(ClipsymError):
    """A training run that cannot go on."""


class DownloadError(ClipsymError):
    """A file that could not be fetched, or is not what its checksum says."""


class DownloadCancelledError(DownloadError):
    """A download that a person stopped; nothing of it is left."""


class VideoError(ClipsymError):
    """A video, camera or stream that cannot be opened, read or written."""


class OutputError(ClipsymError):
    """A result that cannot be written."""
