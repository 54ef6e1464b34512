"""Which actions can be done and which are checked, following the workspace."""

from __future__ import annotations

from clipsym_core.symmetry import ReflectionAxis, RotationCenter
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
        workspace.settings_changed.connect(lambda _settings: self._check())
        self._enable()
        self._check()

    def _enable(self) -> None:
        workspace = self._workspace
        shape = workspace.selected.shape if workspace.selected else None
        stack = workspace.desk.stack
        self._actions.enable(
            {
                "pictures": len(workspace.pictures) > 0,
                "picture": workspace.image is not None,
                "suggestion": shape is not None,
                "axis": isinstance(shape, ReflectionAxis),
                "center": isinstance(shape, RotationCenter),
                "work": bool(workspace.work.text or workspace.background.text),
                "undo": bool(stack.undo_text) and not stack.read_only,
                "redo": bool(stack.redo_text) and not stack.read_only,
            }
        )
        self._actions.rename("undo", stack.undo_text)
        self._actions.rename("redo", stack.redo_text)

    def _check(self) -> None:
        overlay, theme = self._workspace.overlay, self._workspace.settings.theme
        checked = {
            "toggle_suggestions": overlay.suggestions,
            "toggle_labels": overlay.labels,
            "toggle_heatmap": overlay.heatmap != "off",
            f"theme_{theme}": True,
        }
        for id, on in checked.items():
            self._actions[id].setChecked(on)
