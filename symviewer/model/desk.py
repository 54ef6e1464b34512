"""The document that is worked on with all that works on it: one object that stays while projects come and go.

Views connect to its events once and read `desk.document` anew. `symviewer.model.document` has the map of the document.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from symviewer.model.annotation import PictureId, ShapeId
from symviewer.model.clipboard import Clipboard
from symviewer.model.document import Document
from symviewer.model.events import Event
from symviewer.model.picture_content import PictureEntry
from symviewer.model.selection import Selection
from symviewer.model.translating import mark, tr
from symviewer.model.undo import UndoStack

KeyOf: TypeAlias = Callable[[str], str]
PathOf: TypeAlias = Callable[[PictureId], str]

NO_PROJECT: Final = mark("No project is open.")


class Desk:
    """Document, undo stack and selection of the open project; an empty document that cannot be changed without one.

    Events: `closing()`: the last moment to finish what is begun; `replaced()`: all are others;
     `shapes_changed(picture, shapes)`: annotations or suggestions of a picture;
    `picture_changed(picture)`: its state, its counts or its path; `selection_changed()`; `stack_updated()`: what can be
    undone, and whether all is saved.
    """

    def __init__(self) -> None:
        self.closing: Event[[]] = Event()
        self.replaced: Event[[]] = Event()
        self.shapes_changed: Event[[PictureId, frozenset[ShapeId]]] = Event()
        self.picture_changed: Event[[PictureId]] = Event()
        self.selection_changed: Event[[]] = Event()
        self.stack_updated: Event[[]] = Event()
        self.clipboard = Clipboard()
        self._disconnect: list[Callable[[], None]] = []
        self._empty()

    @property
    def document(self) -> Document:
        return self._document

    @property
    def stack(self) -> UndoStack:
        return self._stack

    @property
    def selection(self) -> Selection:
        return self._selection

    @property
    def read_only(self) -> str:
        """Why nothing can be changed; empty = all can be."""
        return self._stack.read_only

    def put(self, document: Document, stack: UndoStack, key_of: KeyOf, path_of: PathOf) -> None:
        """Work on this document from now on."""
        self._take(document, stack, key_of, path_of)
        self.replaced.emit()

    def clear(self, reason: str = NO_PROJECT) -> None:
        """No document; `reason` says why nothing can be changed."""
        self._empty(reason)
        self.replaced.emit()

    def find(self, path: str) -> PictureId | None:
        """The picture of a file, None where the document does not know it."""
        return self._document.find(self._key_of(path))

    def entry(self, path: str) -> PictureEntry | None:
        """What the document knows of a file without its shapes."""
        picture = self.find(path)
        return None if picture is None else self._document.entry(picture)

    def path_of(self, picture: PictureId) -> str:
        """The file of a picture.

        Raises:
            KeyError: no such picture.
        """
        return self._path_of(picture)

    # -----------------------------------------------------------------------------------------------------------------

    def _empty(self, reason: str = NO_PROJECT) -> None:
        document = Document()
        stack = UndoStack(document)
        stack.read_only = tr(reason)
        self._take(document, stack, lambda path: path, lambda picture: document.entry(picture).path)

    def _take(self, document: Document, stack: UndoStack, key_of: KeyOf, path_of: PathOf) -> None:
        for disconnect in self._disconnect:
            disconnect()
        self._document, self._stack = document, stack
        self._key_of, self._path_of = key_of, path_of
        # Made first of all: it follows the document before any view does.
        self._selection = Selection(document)
        self._disconnect = [
            document.annotations_changed.connect(self._on_shapes),
            document.suggestions_changed.connect(self._on_shapes),
            document.state_changed.connect(self.picture_changed.emit),
            document.relocated.connect(self.picture_changed.emit),
            stack.updated.connect(self.stack_updated.emit),
            self._selection.changed.connect(self.selection_changed.emit),
        ]

    def _on_shapes(self, picture: PictureId, shapes: frozenset[ShapeId]) -> None:
        self.shapes_changed.emit(picture, shapes)
        self.picture_changed.emit(picture)
