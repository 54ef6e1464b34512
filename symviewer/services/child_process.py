"""What a process of our own package is started with, by whatever means."""

from __future__ import annotations

import os


def child_environment() -> dict[str, str]:
    """Our environment, with the package where it lies, whatever the folder the process works in; its output is UTF-8 on
    every system, and comes line by line."""
    import clipsym_core

    root = os.path.dirname(os.path.dirname(os.path.abspath(clipsym_core.__file__)))
    paths = [root, *filter(None, [os.environ.get("PYTHONPATH", "")])]
    ours = {"PYTHONPATH": os.pathsep.join(paths), "PYTHONIOENCODING": "utf-8", "PYTHONUNBUFFERED": "1"}
    return {**os.environ, **ours}
