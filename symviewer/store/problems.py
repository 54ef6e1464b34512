"""What can be wrong with a project file."""

from __future__ import annotations

from clipsym_core.errors import ClipsymError


class ProjectError(ClipsymError):
    """A project file that cannot be opened, read or written. The file is left as it is."""


class ForeignFileError(ProjectError):
    """A file in the place of the project that this program did not make."""


class DamagedProjectError(ProjectError):
    """A project file whose content is broken."""


class NewerProjectError(ProjectError):
    """A project file of a newer version of the program."""
