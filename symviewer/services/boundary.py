"""The one place where any error of background work becomes text.

A worker that lives as long as the window must outlive every error of the work that it is given, whatever library raised
it; nothing is lost, the problem goes on with its whole traceback. Code inside the work handles what it can name.
"""

from __future__ import annotations

from types import TracebackType

from symviewer.model.problem import Problem


class Boundary:
    """`with Boundary() as boundary: work()`, then `boundary.problem` says whether and how it failed."""

    def __init__(self) -> None:
        self.problem: Problem | None = None

    def __enter__(self) -> Boundary:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if not isinstance(error, Exception):
            return False  # KeyboardInterrupt and SystemExit are not failures of the work
        self.problem = Problem.of(error)
        return True
