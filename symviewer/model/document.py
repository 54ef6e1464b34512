"""The truth: pictures by id, with their annotations, suggestions and review state.

Map, for views and stores that follow it:

    tool / panel / batch --make--> Command --push--> UndoStack --apply / revert--> Document --events--> views
                                                         |
                                                         +--changed(Change)--> Autosave --one transaction--> Project

* Read: `document.annotations(id)`, `document.suggestions(id)`, `document.entry(id)` (path, state, counts). Everything
  that comes out is immutable; keep ids, not objects, and read again after an event.
* Write: never here. Build a command with a function of `symviewer.model.commands` and `stack.push` it; the functions
  give None where there is nothing to do, and `push` takes that. Undo, redo, dirty state and saving follow from it.
* Order after a push: document changed, step recorded, store told, then the views: a view that fails loses no stroke.
* Follow: connect to the events below. `annotations_changed(picture, shapes)` and `suggestions_changed(picture, shapes)`
  name the shapes that differ, so a canvas repaints just those; each fires once a command and picture, after the whole
  command was applied. `state_changed(picture)` is for dots and counts in the file list; it comes after a measurement
  of the model's disagreement, too, which is no command: nobody drew anything, there is nothing to undo.
* Moved files: after a scan, a worker runs `plan_moves(known, found)` of `symviewer.store.identity` on what
  `project.known_pictures()` gave, and the result goes to `project.move_pictures`.
* Ids of pictures live as long as the open project; the persistent name of a picture is its path (`find`).
  `open_folder` in `symviewer.store.opening` gives a project with its document, stack and autosave wired together.
* Large projects: only `PictureEntry` values are in memory at first; the shapes of a picture are read from the store on
  first use (`loader`), which may raise the store's errors. What is on disk as it is in memory may be forgotten again
  (`ContentCache`); the store says so with `stored`.
* Threads: one, that of the user interface. Workers get immutable values and hand back detections.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from clipsym_core.errors import ClipsymError
from symviewer.model.annotation import Annotation, PictureId, ReviewState, ShapeId, Suggestion
from symviewer.model.content_cache import SHAPES_KEPT, ContentCache
from symviewer.model.deltas import AnnotationDelta, Delta, StateDelta
from symviewer.model.events import Event
from symviewer.model.picture_content import PictureContent, PictureEntry

ContentLoader: TypeAlias = Callable[[PictureId], PictureContent]


class DocumentError(ClipsymError):
    """A change that does not fit the document as it is."""


@dataclass(slots=True)
class Touched:
    """What a change touched, in the order in which it did."""

    annotations: dict[PictureId, set[ShapeId]] = field(default_factory=dict)
    suggestions: dict[PictureId, set[ShapeId]] = field(default_factory=dict)
    states: dict[PictureId, None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Relocation:
    """Pictures that get other paths, and those that are forgotten because theirs is taken."""

    paths: dict[PictureId, str]
    forgotten: tuple[PictureId, ...]


class Document:
    """All pictures of a project.

    Events: `pictures_added(ids)`, `annotations_changed(picture, shapes)`, `suggestions_changed(picture, shapes)`,
    `state_changed(picture)`, `relocated(picture)` (same content, other path).
    """

    def __init__(
        self,
        entries: Iterable[PictureEntry] = (),
        *,
        loader: ContentLoader | None = None,
        shapes_kept: int = SHAPES_KEPT,
    ) -> None:
        self.pictures_added: Event[[tuple[PictureId, ...]]] = Event()
        self.annotations_changed: Event[[PictureId, frozenset[ShapeId]]] = Event()
        self.suggestions_changed: Event[[PictureId, frozenset[ShapeId]]] = Event()
        self.state_changed: Event[[PictureId]] = Event()
        self.relocated: Event[[PictureId]] = Event()
        self._entries: dict[PictureId, PictureEntry] = {entry.id: entry for entry in entries}
        self._by_path: dict[str, PictureId] = {entry.path: entry.id for entry in self._entries.values()}
        self._contents = ContentCache(shapes_kept)
        self._loader = loader
        self._next_id = max(self._entries, default=0) + 1

    # -- pictures -----------------------------------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[PictureId]:
        return iter(self._entries)

    def __contains__(self, picture: PictureId) -> bool:
        return picture in self._entries

    def entry(self, picture: PictureId) -> PictureEntry:
        """Path, state and counts.

        Raises:
            KeyError: no such picture.
        """
        return self._entries[picture]

    def entries(self) -> Iterator[PictureEntry]:
        """All pictures, in the order in which they came."""
        return iter(self._entries.values())

    def find(self, path: str) -> PictureId | None:
        """The picture with this path (in the form of `PictureEntry.path`)."""
        return self._by_path.get(path)

    def add_pictures(self, paths: Iterable[str]) -> tuple[PictureId, ...]:
        """Make pictures known; gives the id of each path, in order, known before or not.

        This is no command: a file that is there is nothing that a person did.
        """
        ids = []
        added = []
        for path in paths:
            picture = self._by_path.get(path)
            if picture is None:
                picture = self._next_id
                self._next_id += 1
                self._entries[picture] = PictureEntry(picture, path)
                self._by_path[path] = picture
                added.append(picture)
            ids.append(picture)
        if added:
            self.pictures_added.emit(tuple(added))
        return tuple(ids)

    def plan_relocation(self, paths: Mapping[PictureId, str]) -> Relocation:
        """What `relocate` would do; a store writes it first.

        A picture whose new path belongs to another one that has work of its own and stays, stays, too; one without
        work whose path is taken is forgotten.

        Raises:
            KeyError: no such picture.
        """
        # Of two pictures with one new path the first takes it.
        first = {path: picture for picture, path in reversed(list(paths.items()))}
        moving = {p: path for p, path in paths.items() if first[path] == p and self._entries[p].path != path}
        while True:
            taken = {picture: self._by_path.get(path) for picture, path in moving.items()}
            stuck = [p for p, other in taken.items() if other and other not in moving and not self.is_untouched(other)]
            if not stuck:
                break
            for picture in stuck:
                del moving[picture]
        forgotten = [other for other in taken.values() if other is not None and other not in moving]
        return Relocation(moving, tuple(forgotten))

    def relocate(self, paths: Mapping[PictureId, str]) -> tuple[PictureId, ...]:
        """Files were moved: give pictures these paths, all at once, so that two can change places.

        Returns those that were moved, see `plan_relocation`.

        Raises:
            KeyError: no such picture.
        """
        plan = self.plan_relocation(paths)
        for other in plan.forgotten:
            del self._by_path[self._entries.pop(other).path]
            self._contents.forget(other)
        for picture in plan.paths:
            del self._by_path[self._entries[picture].path]
        for picture, path in plan.paths.items():
            self._entries[picture] = self._entries[picture]._replace(path=path)
            self._by_path[path] = picture
        for picture in plan.paths:
            self.relocated.emit(picture)
        return tuple(plan.paths)

    def is_untouched(self, picture: PictureId) -> bool:
        """Whether nothing at all is known about a picture but its path."""
        entry = self._entries[picture]
        return entry.state is ReviewState.NONE and not entry.annotations and not entry.suggestions

    # -- what is no command -------------------------------------------------------------------------------------------

    def measure(self, picture: PictureId, disagreement: float, model: str) -> None:
        """How much a model contradicts itself about a picture, in [0, 1].

        Raises:
            KeyError: no such picture.
            ValueError: not in [0, 1].
        """
        if not 0.0 <= disagreement <= 1.0:
            raise ValueError(f"A disagreement lies in [0, 1], got {disagreement}.")
        entry = self._entries[picture]
        self._entries[picture] = entry._replace(disagreement=disagreement, measured_by=model)
        self.state_changed.emit(picture)

    def stored(self, pictures: Iterable[PictureId]) -> None:
        """The store has these pictures as they are, and gives their shapes again when they are wanted."""
        if self._loader is not None:
            self._contents.release(pictures)

    @property
    def in_memory(self) -> int:
        """How many pictures have their shapes in memory."""
        return len(self._contents)

    # -- shapes -------------------------------------------------------------------------------------------------------

    def annotations(self, picture: PictureId) -> tuple[Annotation, ...]:
        """In drawing order, the one nearest to the viewer last.

        Raises:
            KeyError: no such picture.
        """
        return self._content(picture).annotations

    def suggestions(self, picture: PictureId) -> tuple[Suggestion, ...]:
        """Best score first.

        Raises:
            KeyError: no such picture.
        """
        return self._content(picture).suggestions

    def annotation(self, picture: PictureId, shape: ShapeId) -> Annotation | None:
        return self._content(picture).annotation(shape)

    def suggestion(self, picture: PictureId, shape: ShapeId) -> Suggestion | None:
        return self._content(picture).suggestion(shape)

    def top_rank(self, picture: PictureId) -> float:
        """A rank in front of all annotations of a picture."""
        annotations = self._content(picture).annotations
        return annotations[-1].rank + 1.0 if annotations else 1.0

    # -- change, for the command stack --------------------------------------------------------------------------------

    def apply(self, deltas: tuple[Delta, ...]) -> None:
        """`change` and `announce` in one.

        Raises:
            DocumentError: see `change`.
        """
        self.announce(self.change(deltas))

    def change(self, deltas: tuple[Delta, ...]) -> Touched:
        """Apply deltas with different keys, all or none, and tell nobody yet.

        Raises:
            DocumentError: a delta does not start from what is here; nothing was changed.
        """
        for delta in deltas:
            if delta.picture not in self._entries or not self._fits(delta):
                raise DocumentError(
                    "This step cannot be done.",
                    "What it would change is not there any more, or not as it was.",
                    "Open the project again and report this, it is an error of the program.",
                )
        touched = Touched()
        for delta in deltas:
            if isinstance(delta, StateDelta):
                self._entries[delta.picture] = self._entries[delta.picture]._replace(state=delta.after)
                touched.states[delta.picture] = None
                continue
            content = self._content(delta.picture)
            self._contents.hold(delta.picture, content)
            content.take(delta)
            shapes = touched.annotations if isinstance(delta, AnnotationDelta) else touched.suggestions
            shapes.setdefault(delta.picture, set()).add(delta.key[2])
        for picture in {**touched.annotations, **touched.suggestions}:
            self._count(picture)
        return touched

    def announce(self, touched: Touched) -> None:
        """Tell the views what was changed."""
        for picture, shapes in touched.annotations.items():
            self.annotations_changed.emit(picture, frozenset(shapes))
        for picture, shapes in touched.suggestions.items():
            self.suggestions_changed.emit(picture, frozenset(shapes))
        for picture in touched.states:
            self.state_changed.emit(picture)

    def _fits(self, delta: Delta) -> bool:
        if isinstance(delta, StateDelta):
            return self._entries[delta.picture].state is delta.before
        return self._content(delta.picture).fits(delta)

    def _content(self, picture: PictureId) -> PictureContent:
        content = self._contents.get(picture)
        if content is None:
            if picture not in self._entries:
                raise KeyError(picture)
            if self._loader:
                content = self._loader(picture)
                self._contents.put(picture, content)
            else:
                content = PictureContent()
                self._contents.hold(picture, content)  # there is no store to read it from again
            self._count(picture)
        return content

    def _count(self, picture: PictureId) -> None:
        content = self._contents.get(picture)
        entry = self._entries[picture]
        if content is not None:
            counts = (len(content.annotations), len(content.suggestions), content.kinds)
            if counts != (entry.annotations, entry.suggestions, entry.kinds):
                self._entries[picture] = entry._replace(annotations=counts[0], suggestions=counts[1], kinds=counts[2])
