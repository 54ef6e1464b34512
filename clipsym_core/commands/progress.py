"""The progress bars of all commands."""

from __future__ import annotations

from rich.console import Console
from rich.progress import Progress, ProgressColumn


def progress_bar(*columns: str | ProgressColumn, console: Console) -> Progress:
    """A bar that leaves nothing behind; none where nobody watches: in a file or a pipe it would be empty lines."""
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
