"""The table of actions as QActions, menus and a tool bar."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu, QToolBar, QWidget

from symviewer.model.action_spec import ActionSpec
from symviewer.model.actions_table import ACTIONS, BY_ID
from symviewer.model.keymap import KeyMap
from symviewer.views.icons import icon
from symviewer.views.translation import tr


class Actions:
    """All actions of a window, by id.

    Args:
        window: gets the actions, so that their shortcuts work wherever the focus is.
        handlers: what each action does; takes whether it is checked where the action is checkable.

    Raises:
        KeyError: an action of the table has no handler, or a handler has no action.
    """

    def __init__(self, window: QMainWindow, handlers: Mapping[str, Callable[..., object]]) -> None:
        unknown = set(handlers) ^ {spec.id for spec in ACTIONS}
        if unknown:
            raise KeyError(f"actions and handlers differ: {', '.join(sorted(unknown))}")
        self._window = window
        self._actions: dict[str, QAction] = {}
        self._about: dict[str, str] = {}
        groups: dict[str, QActionGroup] = {}
        for spec in ACTIONS:
            action = _action(spec, window)
            handler = handlers[spec.id]
            if spec.checkable:
                action.triggered.connect(handler)
            else:
                action.triggered.connect(lambda _checked=False, handler=handler: handler())
            if spec.group:
                group = groups.setdefault(spec.group, QActionGroup(window))
                group.addAction(action)
            if spec.scope == "canvas":
                # Enter belongs to a search line while that has the focus.
                action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            else:
                window.addAction(action)
            self._actions[spec.id] = action

    def __getitem__(self, id: str) -> QAction:
        return self._actions[id]

    def refresh_icons(self) -> None:
        """Draw the icons in the colors of the present palette."""
        for spec in ACTIONS:
            if spec.icon:
                self._actions[spec.id].setIcon(icon(spec.icon))

    def enable(self, present: Mapping[str, bool]) -> None:
        """Enable what can be done: `present` says which needs of the table are met."""
        for spec in ACTIONS:
            if spec.needs:
                self._actions[spec.id].setEnabled(present[spec.needs])

    def rename(self, id: str, what: str) -> None:
        """Put after an action's text what it is about at the moment: "Undo Move axis"."""
        if what == self._about.get(id):
            return
        self._about[id] = what
        spec = BY_ID[id]
        action = self._actions[id]
        action.setText(f"{tr(spec.text)} {what.replace('&', '&&')}".rstrip())
        action.setIconText(tr(spec.short))
        self._show_tip(spec)

    def apply_keys(self, keymap: KeyMap) -> None:
        """Give the actions these shortcuts; tooltips and menus follow."""
        for spec in ACTIONS:
            action = self._actions[spec.id]
            keys = [QKeySequence(key) for key in keymap.keys(spec)]
            if action.shortcuts() != keys:
                action.setShortcuts(keys)
                self._show_tip(spec)

    def _show_tip(self, spec: ActionSpec) -> None:
        action, about = self._actions[spec.id], self._about.get(spec.id)
        action.setToolTip(_with_keys(f"{tr(spec.title)}: {about}" if about else tr(spec.tip), action))

    def fill_menu_bar(self) -> dict[str, QMenu]:
        """Build the menus of the window; returns them by path, e.g. "View/Panels"."""
        menus: dict[str, QMenu] = {}
        for spec in ACTIONS:
            menu = self._menu(spec.menu, menus)
            if spec.separator:
                menu.addSeparator()
            menu.addAction(self._actions[spec.id])
        return menus

    def fill_tool_bar(self, bar: QToolBar) -> None:
        """Add the actions that the table gives to the tool bar, a gap between menus."""
        menu = ""
        for spec in ACTIONS:
            if not spec.toolbar:
                continue
            if menu and spec.menu != menu:
                bar.addSeparator()
            menu = spec.menu
            bar.addAction(self._actions[spec.id])
            button = bar.widgetForAction(self._actions[spec.id])
            if button is not None:
                button.setAccessibleName(tr(spec.title))

    def bind(self, *widgets: QWidget) -> None:
        """The shortcuts of the canvas work where these have the focus."""
        for spec in ACTIONS:
            if spec.scope == "canvas":
                for widget in widgets:
                    widget.addAction(self._actions[spec.id])

    def fill_palette(self, bar: QToolBar) -> None:
        """Add the tools."""
        for spec in ACTIONS:
            if spec.palette:
                if spec.separator:
                    bar.addSeparator()
                bar.addAction(self._actions[spec.id])
                button = bar.widgetForAction(self._actions[spec.id])
                if button is not None:
                    button.setAccessibleName(tr(spec.title))

    def context_menu(self, parent: QWidget) -> QMenu:
        """The context menu of the canvas."""
        menu = QMenu(parent)
        menu.setAccessibleName(tr("What can be done here"))
        for spec in ACTIONS:
            if spec.context:
                if spec.separator:
                    menu.addSeparator()
                menu.addAction(self._actions[spec.id])
        return menu

    def _menu(self, path: str, menus: dict[str, QMenu]) -> QMenu:
        if path in menus:
            return menus[path]
        parent, _, name = path.rpartition("/")
        if parent:
            menus[path] = self._menu(parent, menus).addMenu(f"&{tr(name)}")
        else:
            menus[path] = self._window.menuBar().addMenu(f"&{tr(name)}")
        menus[path].setToolTipsVisible(True)
        return menus[path]


def _with_keys(text: str, action: QAction) -> str:
    keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
    return f"{text} ({keys})" if keys else text


def _action(spec: ActionSpec, window: QMainWindow) -> QAction:
    action = QAction(tr(spec.text), window)
    action.setObjectName(spec.id)
    action.setCheckable(spec.checkable)
    action.setShortcuts([QKeySequence(shortcut) for shortcut in spec.shortcuts])
    if spec.short:
        action.setIconText(tr(spec.short))
    action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
    action.setToolTip(_with_keys(tr(spec.tip), action))
    action.setStatusTip(tr(spec.tip))
    if spec.id == "quit":
        action.setMenuRole(QAction.MenuRole.QuitRole)
    elif spec.id == "doctor":
        action.setMenuRole(QAction.MenuRole.AboutRole)
    return action
