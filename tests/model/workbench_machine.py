"""A person at work, for hypothesis: any command at any time, undo and redo between them.

The test of the model and the test of the store run the same machine; the store's adds its own checks.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from symviewer.model import commands
from symviewer.model.annotation import PictureId, ReviewState, ShapeId
from symviewer.model.clipboard import Clipboard, duplicate, paste_from
from symviewer.model.document import Document
from symviewer.model.shape_edit import moved
from symviewer.model.undo import Change, UndoStack
from tests.model.shapes_strategy import coordinates, detections, shapes

PATHS = ("a/1.png", "a/2.png", "b/ü 3.jpg")


def snapshot(document: Document) -> dict[str, Any]:
    """All that a document holds, comparable."""
    return {
        document.entry(p).path: (document.entry(p)[2:], document.annotations(p), document.suggestions(p))
        for p in document
        if not document.is_untouched(p)
    }


class WorkbenchMachine(RuleBasedStateMachine):
    document: Document
    stack: UndoStack

    def make(self) -> None:
        """Make `document` and `stack`; a subclass makes them from a project."""
        self.document = Document()
        self.stack = UndoStack(self.document)

    @initialize()
    def begin(self) -> None:
        self.make()
        self.pictures = self.document.add_pictures(PATHS)
        self.clipboard = Clipboard()
        self.changes: list[Change] = []
        self.batches = 0
        self.gestures = 0
        self.stack.changed.connect(self.changes.append)
        # What the document was after each undoable step; index = number of steps.
        self.states = [snapshot(self.document)]
        self.start = self.states[0]

    def push(self, command: commands.Command | None) -> None:
        before = snapshot(self.document)
        steps = self.stack.steps
        done = self.stack.push(command)
        after = snapshot(self.document)
        assert done == (before != after)
        if not done:
            return
        assert self.stack.redo_steps == 0
        if self.stack.steps == steps + 1:
            del self.states[steps + 1 :]
            self.states.append(after)
        else:
            # It joined a step of its gesture; that and all later ones look different now.
            assert self.stack.steps == steps
            del self.states[steps:]
            self.states.append(after)

    def _pick(self, data: st.DataObject, *, suggestions: bool = True) -> tuple[PictureId, list[ShapeId]]:
        picture = data.draw(st.sampled_from(self.pictures))
        ids = [a.id for a in self.document.annotations(picture)]
        if suggestions:
            ids += [s.id for s in self.document.suggestions(picture)]
        if not ids:
            return picture, []
        return picture, data.draw(st.lists(st.sampled_from(ids), max_size=3))

    @rule(data=st.data(), new=st.lists(shapes, min_size=1, max_size=3))
    def draw(self, data: st.DataObject, new: list[Any]) -> None:
        self.push(commands.add(self.document, data.draw(st.sampled_from(self.pictures)), new))

    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        self.push(commands.remove(self.document, *self._pick(data)))

    @rule(data=st.data(), shape=shapes, gesture=st.sampled_from([None, "nudge 1", "nudge 2"]))
    def change_shape(self, data: st.DataObject, shape: Any, gesture: str | None) -> None:
        picture, ids = self._pick(data)
        self.push(commands.change_shapes(self.document, picture, dict.fromkeys(ids, shape), gesture=gesture))

    @rule(data=st.data(), dx=coordinates)
    def move(self, data: st.DataObject, dx: float) -> None:
        picture, ids = self._pick(data, suggestions=False)
        now = {a.id: a.shape for a in self.document.annotations(picture) if a.id in ids}
        self.push(
            commands.change_shapes(self.document, picture, {i: moved(s, dx, 1.0) for i, s in now.items()}, gesture="n")
        )

    @rule(data=st.data(), way=st.lists(shapes, min_size=2, max_size=4))
    def nudge(self, data: st.DataObject, way: list[Any]) -> None:
        """Several changes of the same shapes in one gesture."""
        picture, ids = self._pick(data)
        self.gestures += 1
        steps = self.stack.steps
        for shape in way:
            changed = dict.fromkeys(ids, shape)
            self.push(commands.change_shapes(self.document, picture, changed, gesture=f"burst {self.gestures}"))
        assert self.stack.steps <= steps + 1

    @rule(data=st.data(), place=st.sampled_from(["front", "forward", "backward", "back"]))
    def reorder(self, data: st.DataObject, place: Any) -> None:
        self.push(commands.reorder(self.document, *self._pick(data), place))

    @rule(data=st.data(), locked=st.sampled_from([None, True, False]), hidden=st.sampled_from([None, True, False]))
    def flag(self, data: st.DataObject, locked: bool | None, hidden: bool | None) -> None:
        self.push(commands.set_flags(self.document, *self._pick(data), locked=locked, hidden=hidden))

    @rule(data=st.data(), order=st.sampled_from([0, 2, 5]))
    def set_order(self, data: st.DataObject, order: int) -> None:
        self.push(commands.set_order(self.document, *self._pick(data), order))

    @rule(data=st.data())
    def accept(self, data: st.DataObject) -> None:
        self.push(commands.accept(self.document, *self._pick(data)))

    @rule(threshold=st.floats(0.0, 1.0))
    def accept_above(self, threshold: float) -> None:
        self.push(commands.accept_above(self.document, self.pictures, threshold))

    @rule(data=st.data())
    def reject(self, data: st.DataObject) -> None:
        self.push(commands.reject(self.document, *self._pick(data)))

    @rule(data=st.data(), found=st.lists(detections, max_size=4))
    def detect(self, data: st.DataObject, found: list[Any]) -> None:
        self.push(commands.suggest(self.document, data.draw(st.sampled_from(self.pictures)), found))

    @rule(data=st.data(), found=st.lists(detections, max_size=2))
    def propose(self, data: st.DataObject, found: list[Any]) -> None:
        self.push(commands.add_suggestions(self.document, data.draw(st.sampled_from(self.pictures)), found))

    @rule(found=st.lists(st.lists(detections, max_size=3), min_size=3, max_size=3))
    def batch(self, found: list[list[Any]]) -> None:
        self.batches += 1
        steps = self.stack.steps
        for picture, its in zip(self.pictures, found, strict=True):
            self.push(commands.suggest(self.document, picture, its, batch=f"batch {self.batches}"))
        assert self.stack.steps <= steps + 1

    @rule(data=st.data(), state=st.sampled_from(ReviewState))
    def set_state(self, data: st.DataObject, state: ReviewState) -> None:
        pictures = data.draw(st.lists(st.sampled_from(self.pictures)))
        self.push(commands.set_state(self.document, pictures, state))

    @rule(data=st.data())
    def verify(self, data: st.DataObject) -> None:
        self.push(commands.toggle_verified(self.document, data.draw(st.sampled_from(self.pictures))))

    @rule(data=st.data())
    def copy(self, data: st.DataObject) -> None:
        self.clipboard.copy(self.document, *self._pick(data))

    @rule(data=st.data())
    def paste(self, data: st.DataObject) -> None:
        self.push(self.clipboard.paste(self.document, data.draw(st.sampled_from(self.pictures))))

    @rule(data=st.data())
    def duplicate(self, data: st.DataObject) -> None:
        self.push(duplicate(self.document, *self._pick(data)))

    @rule(data=st.data())
    def paste_from(self, data: st.DataObject) -> None:
        source, target = data.draw(st.tuples(st.sampled_from(self.pictures), st.sampled_from(self.pictures)))
        self.push(paste_from(self.document, source, target))

    @precondition(lambda self: self.stack.steps)
    @rule()
    def undo(self) -> None:
        steps = self.stack.steps
        assert self.stack.undo()
        assert snapshot(self.document) == self.states[steps - 1]

    @precondition(lambda self: self.stack.redo_steps)
    @rule()
    def redo(self) -> None:
        steps = self.stack.steps
        assert self.stack.redo()
        assert snapshot(self.document) == self.states[steps + 1]

    @invariant()
    def every_step_is_known(self) -> None:
        if hasattr(self, "stack"):
            assert len(self.states) == self.stack.steps + self.stack.redo_steps + 1

    def teardown(self) -> None:
        if not hasattr(self, "stack"):
            return
        # What was reported, replayed on an empty document, gives the end; reverted, it gives the start.
        end = snapshot(self.document)
        replayed = Document()
        replayed.add_pictures(PATHS)
        for change in self.changes:
            replayed.apply(change.deltas)
        assert snapshot(replayed) == end
        while self.stack.undo():
            pass
        assert snapshot(self.document) == self.start
        while self.stack.redo():
            pass
        assert snapshot(self.document) == self.states[-1]
