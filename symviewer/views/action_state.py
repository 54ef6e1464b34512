"""Which actions can be done and which are checked, following the workspace."""

from __future__ import annotations

from clipsym_core.symmetry import ReflectionAxis, RotationCenter
from symviewer.model.annotation import Annotation, Suggestion
from symviewer.model.keymap import KeyMap
from symviewer.model.workspace import Workspace
from symviewer.views.actions import Actions


class ActionState:
    """Keeps the actions of a window in step with its workspace."""

    def __init__(self, workspace: Workspace, actions: Actions) -> None:
        self._workspace = workspace
        self._actions = actions
        workspace.image_changed.connect(lambda _image: self._enable())
        workspace.selection_changed.connect(self._enable)
        workspace.work_changed.connect(lambda _work: self._enable())
        workspace.background_changed.connect(lambda _work: self._enable())
        workspace.pictures.added.connect(lambda _first, _count: self._enable())
        workspace.pictures.cleared.connect(self._enable)
        workspace.desk.stack_updated.connect(self._enable)
        workspace.desk.replaced.connect(self._enable)
        workspace.shapes_changed.connect(lambda _shapes: self._enable())
        workspace.overlay_changed.connect(lambda _overlay: self._enable())
        workspace.tools.tool_changed.connect(lambda _name: self._check())
        workspace.settings_changed.connect(lambda _settings: self._check())
        self._enable()
        self._check()

    def _enable(self) -> None:
        workspace = self._workspace
        shape = workspace.selected.shape if workspace.selected else None
        selection, stack = workspace.selection, workspace.desk.stack
        writable = workspace.image is not None and not stack.read_only and workspace.picture_id is not None
        self._actions.enable(
            {
                "pictures": len(workspace.pictures) > 0,
                "picture": workspace.image is not None,
                "suggestion": writable and any(isinstance(s, Suggestion) for s in selection),
                "suggestions": writable and bool(workspace.shown),
                "annotation": writable and any(isinstance(s, Annotation) for s in selection),
                "shape": bool(selection),
                "editable": writable and bool(selection),
                "edit": writable,
                "axis": isinstance(shape, ReflectionAxis),
                "center": writable and any(isinstance(s.shape, RotationCenter) for s in selection),
                "work": bool(workspace.work.text or workspace.background.text),
                "undo": bool(stack.undo_text) and not stack.read_only,
                "redo": bool(stack.redo_text) and not stack.read_only,
            }
        )
        self._actions.rename("undo", stack.undo_text)
        self._actions.rename("redo", stack.redo_text)

    def _check(self) -> None:
        self._actions.apply_keys(KeyMap(self._workspace.settings.shortcuts))
        overlay, theme = self._workspace.overlay, self._workspace.settings.theme
        checked = {
            "toggle_suggestions": overlay.suggestions,
            "toggle_labels": overlay.labels,
            "toggle_heatmap": overlay.heatmap != "off",
            f"theme_{theme}": True,
            "snap_while_dragging": self._workspace.settings.snap,
            "toggle_difference": overlay.difference,
            f"tool_{self._workspace.tools.name}": True,
        }
        for id, on in checked.items():
            self._actions[id].setChecked(on)
