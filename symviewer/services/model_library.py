"""Lists the models and fetches CLIP weights, in a thread of its own; only one fetch at a time."""

from __future__ import annotations

import shutil
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QObject, Signal

from clipsym_core.errors import CheckpointError, DownloadCancelledError
from clipsym_core.files import replacing
from symviewer.model.model_entry import ModelEntry
from symviewer.model.problem import Problem
from symviewer.model.translating import tr
from symviewer.services.mailbox import Mailbox
from symviewer.services.worker_thread import WorkerThread


@dataclass(frozen=True, slots=True)
class LibraryRequest:
    """`list` the models, `fetch` the weights of one, or `take` them from a local file."""

    kind: Literal["list", "fetch", "take"]
    entry: ModelEntry | None = None
    file: str = ""
    cancelled: threading.Event = field(default_factory=threading.Event, compare=False)


class ModelLibrary(QObject):
    """Signals: `listed(tuple of ModelEntry)`, `progress(done, total or 0)` in bytes, `fetched(name)`, `cancelled()`,
    `failed(Problem)`."""

    listed = Signal(object)
    progress = Signal(object, object)
    fetched = Signal(str)
    cancelled = Signal()
    failed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._mailbox: Mailbox[LibraryRequest] = Mailbox("list", "fetch")
        self._thread: WorkerThread[LibraryRequest] = WorkerThread(
            "model library", self._mailbox, self._handle, self._report
        )
        self._fetching: LibraryRequest | None = None

    def refresh(self) -> None:
        """List the models."""
        self._put("list", LibraryRequest("list"))

    def fetch(self, entry: ModelEntry) -> None:
        """Fetch the CLIP weights of a preset from where open_clip says they are."""
        self._begin(LibraryRequest("fetch", entry))

    def take(self, entry: ModelEntry, file: str) -> None:
        """Use a file that was fetched by other means as the CLIP weights of a preset."""
        self._begin(LibraryRequest("take", entry, file))

    def cancel(self) -> None:
        """Stop fetching; what came so far is thrown away."""
        if self._fetching is not None:
            self._fetching.cancelled.set()

    def stop(self) -> bool:
        self.cancel()
        return self._thread.stop() if self._thread.isRunning() else True

    def _begin(self, request: LibraryRequest) -> None:
        self.cancel()
        self._fetching = request
        self._put("fetch", request)

    def _put(self, slot: str, request: LibraryRequest) -> None:
        if not self._thread.isRunning():
            self._thread.start()
        self._mailbox.put(slot, request)

    # -- in the thread ------------------------------------------------------------------------------------------------

    def _handle(self, request: LibraryRequest) -> None:
        if request.kind == "list" or request.entry is None:
            self.listed.emit(list_entries())
            return
        try:
            if request.kind == "fetch":
                self._fetch(request, request.entry)
            else:
                _copy_weights(Path(request.file), Path(request.entry.weights_path), request.cancelled)
        except DownloadCancelledError:
            self.cancelled.emit()
            return
        self.fetched.emit(request.entry.name)
        self.listed.emit(list_entries())

    def _fetch(self, request: LibraryRequest, entry: ModelEntry) -> None:
        from clipsym_core.model.weights import download_clip_weights

        if entry.weights is None:
            raise CheckpointError(tr("{name} needs no CLIP weights.").format(name=entry.name))
        architecture, tag = entry.weights

        def tell(done: int, total: int | None) -> None:
            self.progress.emit(done, total or 0)

        download_clip_weights(architecture, tag, progress=tell, cancelled=request.cancelled.is_set)

    def _report(self, request: LibraryRequest, problem: Problem) -> None:
        self.failed.emit(problem)


def list_entries() -> tuple[ModelEntry, ...]:
    """All models of the zoo; reads file headers, imports no torch."""
    from clipsym_core.model.zoo import list_models

    return tuple(
        ModelEntry(
            name=str(entry.path) if entry.kind == "own" and entry.path else entry.name,
            kind=entry.kind,
            description=entry.description,
            path=str(entry.path or ""),
            size_bytes=entry.size_bytes,
            trained=entry.trained,
            metrics=dict(entry.metrics),
            provenance=dict(entry.provenance),
            weights=(entry.weights.name, entry.weights.tag) if entry.weights else None,
            weights_path=str(entry.weights.path) if entry.weights else "",
            weights_here=bool(entry.weights and entry.weights.present),
            problem=entry.problem,
        )
        for entry in list_models()
    )


def _copy_weights(source: Path, target: Path, cancelled: threading.Event) -> None:
    """Check that a file is a safetensors file, and copy it to where the weights belong.

    Raises:
        CheckpointError: it is no such file, or it cannot be copied.
        DownloadCancelledError: cancelled meanwhile.
    """
    import safetensors

    what = tr("Cannot use {name} as CLIP weights.").format(name=source.name)
    try:
        with safetensors.safe_open(source, framework="numpy") as file:
            if not any(True for _ in file.keys()):  # noqa: SIM118 - safetensors' own method, not a dictionary's
                raise CheckpointError(what, tr("It is empty."), tr("Choose another file."))
        with replacing(target) as temporary:
            shutil.copyfile(source, temporary)
            if cancelled.is_set():
                raise DownloadCancelledError(what, tr("It was cancelled."))
    except safetensors.SafetensorError as error:
        raise CheckpointError(
            what,
            tr("It is no safetensors file: {error}.").format(error=error),
            tr("Choose the file open_clip_model.safetensors."),
        ) from error
    except OSError as error:
        raise CheckpointError(
            what, f"{error.strerror or error}.", tr("Check the permissions and the free space.")
        ) from error
