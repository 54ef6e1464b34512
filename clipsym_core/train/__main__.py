"""`python -m clipsym_core.train RUN.json [--resume]`: a training run as a child process, its events on standard output.

Also what torchrun starts on several GPUs or machines. Exit code 0: it ended well or was stopped. 1: it failed, as an
event says. 2: the run file is wrong.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from clipsym_core.errors import ClipsymError
from clipsym_core.train.events import error_event
from clipsym_core.train.session import run_training


def main() -> int:
    """Raises nothing that a person can mend: it is told as an event."""
    parser = argparse.ArgumentParser(prog="python -m clipsym_core.train", description="Train from a run file.")
    parser.add_argument("run", type=Path, metavar="RUN.json")
    parser.add_argument("--resume", action="store_true", help="go on from the last state in the run's folder")
    arguments = parser.parse_args()
    try:
        ended = run_training(arguments.run, resume=arguments.resume, echo=sys.stdout)
    except ClipsymError as error:
        sys.stdout.write(error_event(error).model_dump_json() + "\n")
        return 2
    return 1 if ended.reason == "failed" else 0


if __name__ == "__main__":
    sys.exit(main())
