"""All annotations and suggestions of the picture on the screen, as items that follow the document."""

from __future__ import annotations

from PySide6.QtWidgets import QGraphicsScene

from symviewer.model.annotation import Annotation, ShapeId, Suggestion
from symviewer.model.workspace import Workspace
from symviewer.views.canvas.handles_item import HandlesItem
from symviewer.views.canvas.shape_item import ShapeItem


class ShapeLayer:
    """Items by the id of their shape. Only what differs is made anew."""

    def __init__(self, scene: QGraphicsScene, workspace: Workspace) -> None:
        self._scene = scene
        self._workspace = workspace
        self._labelled = True
        self._pixel = 1.0
        self._left_out: frozenset[ShapeId] | None = None
        # The scene owns what it shows, but Python must not free it either.
        self.items: dict[ShapeId, ShapeItem] = {}
        self.handles = HandlesItem()
        scene.addItem(self.handles)

    def refresh(self, shapes: frozenset[ShapeId] | None, *, on_screen: bool) -> None:
        """Show what is in the document; of these shapes, or (None) of all. `on_screen`: its picture is shown."""
        wanted = self._wanted() if on_screen else {}
        labelled = self._workspace.overlay.labels
        if labelled != self._labelled:
            self._labelled = labelled
            self._remove(list(self.items))
        if shapes is not None:
            wanted = {id: holder for id, holder in wanted.items() if id in shapes}
            self._remove([id for id in shapes if id in self.items and id not in wanted])
        else:
            self._remove([id for id in self.items if id not in wanted])
        for id, holder in wanted.items():
            item = self.items.get(id)
            if item is None or item.holder != holder:
                self._remove([id] if item else [])
                self._add(id, holder)
        self.mark_selected()

    def mark_selected(self) -> None:
        """Rims and handles for what is selected."""
        selection = self._workspace.desk.selection
        for id, item in self.items.items():
            item.set_strong(id in selection)
        shown = [] if self._workspace.desk.read_only else [
            (id, self.items[id].holder.shape) for id in selection.shapes if id in self.items and not self._is_locked(id)
        ]  # fmt: skip
        self.handles.show_handles(shown, selection.active)

    def set_zoom(self, pixel: float) -> None:
        """`pixel`: size of a pixel of the screen in pixels of the picture."""
        self._pixel = pixel
        self.handles.set_zoom(pixel)
        for item in self.items.values():
            item.set_zoom(pixel)

    def leave_out(self, shapes: frozenset[ShapeId] | None) -> None:
        """Do not show these, nor any handle: a gesture draws them. None: no gesture goes on."""
        self._left_out = shapes
        self.handles.setVisible(shapes is None)
        for id, item in self.items.items():
            item.setVisible(shapes is None or id not in shapes)

    # -----------------------------------------------------------------------------------------------------------------

    def _wanted(self) -> dict[ShapeId, Annotation | Suggestion]:
        suggestions: dict[ShapeId, Annotation | Suggestion] = {s.id: s for s in self._workspace.shown}
        return suggestions | {a.id: a for a in self._workspace.annotations if not a.hidden}

    def _is_locked(self, id: ShapeId) -> bool:
        holder = self.items[id].holder
        return isinstance(holder, Annotation) and holder.locked

    def _add(self, id: ShapeId, holder: Annotation | Suggestion) -> None:
        item = ShapeItem(holder, labelled=self._labelled)
        item.set_zoom(self._pixel)
        item.setVisible(self._left_out is None or id not in self._left_out)
        self._scene.addItem(item)
        self.items[id] = item

    def _remove(self, ids: list[ShapeId]) -> None:
        for id in ids:
            self._scene.removeItem(self.items.pop(id))
