"""The main window: canvas in the middle, panels around it, and what is dropped on it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QByteArray, QPoint, QSettings, QSize, Qt
from PySide6.QtGui import QCloseEvent, QColor, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QDialog, QDockWidget, QMainWindow, QMessageBox, QToolBar, QWidget

import symviewer
from symviewer.model.problem import Problem
from symviewer.services.logs import Logs
from symviewer.services.session import Session
from symviewer.store.paths import config_folder
from symviewer.views.action_state import ActionState
from symviewer.views.actions import Actions
from symviewer.views.canvas.view import Canvas
from symviewer.views.center import Center
from symviewer.views.dialogs.doctor_dialog import DoctorDialog
from symviewer.views.dialogs.error_dialog import ErrorDialog
from symviewer.views.dialogs.guide_dialog import GuideDialog
from symviewer.views.dialogs.leave_training import may_leave_training
from symviewer.views.dialogs.models_dialog import ModelsDialog
from symviewer.views.handlers import handlers
from symviewer.views.icons import refresh_more_arrows
from symviewer.views.live.live_mode import LiveMode
from symviewer.views.panels.detection import DetectionPanel
from symviewer.views.panels.evaluate import EvaluatePanel
from symviewer.views.panels.files import FilesPanel
from symviewer.views.panels.lazy import LazyPanel
from symviewer.views.panels.log import LogPanel
from symviewer.views.panels.prompts import PromptsPanel
from symviewer.views.panels.suggestions import SuggestionsPanel
from symviewer.views.recent_menu import RecentMenu
from symviewer.views.status import StatusBar
from symviewer.views.theme import ThemeManager
from symviewer.views.translation import tr
from symviewer.views.video.time_line import TimeLine

if TYPE_CHECKING:
    from symviewer.views.panels.train.panel import TrainPanel

log = logging.getLogger(__name__)

DEFAULT_SIZE: Final = QSize(1280, 800)
_LEFT, _RIGHT = Qt.DockWidgetArea.LeftDockWidgetArea, Qt.DockWidgetArea.RightDockWidgetArea
_BOTTOM = Qt.DockWidgetArea.BottomDockWidgetArea
_LEFT_WIDTH, _RIGHT_WIDTH = 240, 330
_LAYOUT_VERSION = 1
_GROUND_LIGHT, _GROUND_DARK = QColor("#dfe2e7"), QColor("#121417")


class MainWindow(QMainWindow):
    """One window on one session."""

    def __init__(self, session: Session, logs: Logs, theme: ThemeManager) -> None:
        super().__init__()
        self.session = session
        self.logs = logs
        self._theme = theme
        self._dialogs: dict[type[QDialog], QDialog] = {}
        self._docks: dict[str, QDockWidget] = {}
        self.on_problem: Callable[[Problem], object] = self.report
        self.ground = _GROUND_DARK if theme.dark else _GROUND_LIGHT
        self._build()
        self._connect()
        self._apply_theme(theme.dark)
        self.center.set_actions(self.actions_by_id)
        self.resize(DEFAULT_SIZE)
        self._default_state = self.saveState(_LAYOUT_VERSION)

    # -- building -----------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        workspace = self.session.workspace
        self.setWindowTitle("SymViewer")
        self.setAcceptDrops(True)
        self.setDockNestingEnabled(True)
        self.canvas = Canvas(workspace)
        self.center = Center(workspace, self.canvas)
        self.page = self.center.page
        self.setCentralWidget(self.center)
        self.status = StatusBar(workspace)
        self.setStatusBar(self.status)
        self.actions_by_id = Actions(self, handlers(self))
        self._menus = self.actions_by_id.fill_menu_bar()
        self._action_state = ActionState(workspace, self.actions_by_id)
        self.live = LiveMode(self)
        self.time_line = TimeLine(workspace, self.actions_by_id)
        self.center.add_strip(self.time_line)
        bar = QToolBar(tr("Tool bar"))
        bar.setObjectName("tool_bar")
        bar.setIconSize(QSize(20, 20))
        bar.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        bar.setMovable(False)
        self.actions_by_id.fill_tool_bar(bar)
        self.addToolBar(bar)
        self._recent = RecentMenu(self._menus["File"], self.actions_by_id["save_view"], self.session)
        self.files = FilesPanel(self.session)
        self.suggestions = SuggestionsPanel(workspace)
        self.detection = DetectionPanel(self.session, self.actions_by_id["models"])
        self.evaluate = EvaluatePanel(self.session)
        self.train = LazyPanel(self._make_train_panel)
        self.log = LogPanel()
        self._dock("files", tr("Files"), self.files, _LEFT)
        self._dock("suggestions", tr("Suggestions && annotations"), self.suggestions, _RIGHT)
        self.actions_by_id.bind(self.suggestions.table, self.files.list)
        self._dock("detection", tr("Detection"), self.detection, _RIGHT)
        evaluate = self._dock("evaluate", tr("Evaluate"), self.evaluate, _RIGHT)
        self.tabifyDockWidget(self._docks["detection"], evaluate)
        evaluate.hide()
        train = self._dock("train", tr("Train"), self.train, _RIGHT)
        self.tabifyDockWidget(self._docks["detection"], train)
        train.hide()
        prompts = self._dock("prompts", tr("Prompts"), PromptsPanel(workspace), _RIGHT)
        self.tabifyDockWidget(self._docks["detection"], prompts)
        prompts.hide()
        self._dock("log", tr("Log"), self.log, _BOTTOM).hide()
        panels = self._menus["View/Panels"]
        panels.addSeparator()
        for dock in self._docks.values():
            panels.addAction(dock.toggleViewAction())
        panels.addAction(bar.toggleViewAction())
        self._size_docks()
        self._error_dialog = ErrorDialog(self)

    def _dock(self, name: str, title: str, content: QWidget, area: Qt.DockWidgetArea) -> QDockWidget:
        dock = QDockWidget(title, self)
        dock.setObjectName(f"dock_{name}")
        dock.setAccessibleName(title.replace("&&", "and"))
        dock.setWidget(content)
        self.addDockWidget(area, dock)
        self._docks[name] = dock
        return dock

    def _size_docks(self) -> None:
        docks = self._docks
        sides = [docks["files"], docks["suggestions"]]
        self.resizeDocks(sides, [_LEFT_WIDTH, _RIGHT_WIDTH], Qt.Orientation.Horizontal)
        self.resizeDocks([docks["suggestions"], docks["detection"]], [255, 450], Qt.Orientation.Vertical)

    def _connect(self) -> None:
        session, workspace = self.session, self.session.workspace
        session.problem.connect(self._on_problem)
        session.notice.connect(self._on_notice)
        self.evaluate.problem.connect(self._on_problem)
        session.training.listed.connect(self._on_runs)
        self.logs.bridge.line.connect(self.log.append)
        self.canvas.pointer_moved.connect(self.status.show_pointer)
        self.canvas.pointer_left.connect(self.status.clear_pointer)
        self.canvas.zoom_changed.connect(self.status.show_zoom)
        self.canvas.menu_wanted.connect(self._show_menu)
        self.suggestions.menu_wanted.connect(self._show_menu)
        session.projects.saving_changed.connect(self.status.show_saving)
        session.projects.saving_changed.connect(self.center.banner.show_saving)
        workspace.pictures.current_changed.connect(lambda _index: self._refresh_title())
        workspace.settings_changed.connect(lambda settings: self._theme.apply(settings.theme))
        self._theme.changed.connect(self._apply_theme)

    def _on_problem(self, problem: Problem) -> None:
        # A method, as for every signal of what may outlive the window: Qt disconnects it when the window is destroyed.
        self.on_problem(problem)

    # -- what is shown ------------------------------------------------------------------------------------------------

    def _refresh_title(self) -> None:
        picture = self.session.workspace.pictures.current_picture
        self.setWindowTitle(f"{picture.name} - SymViewer" if picture else "SymViewer")

    def _apply_theme(self, dark: bool) -> None:
        self.actions_by_id.refresh_icons()
        self.files.refresh_icons()
        self.page.refresh_icon()
        refresh_more_arrows(self)
        self.ground = _GROUND_DARK if dark else _GROUND_LIGHT
        self.canvas.set_ground(self.ground)
        self.live.apply_theme()

    def _on_notice(self, text: str) -> None:
        log.info("%s", text)
        self.status.notice(text)

    def report(self, problem: Problem) -> None:
        """Show a problem to the person; it is in the log, too."""
        log.warning("%s", problem.text)
        self._error_dialog.report(problem)

    @property
    def error_dialog(self) -> ErrorDialog:
        return self._error_dialog

    def _show_menu(self, position: QPoint) -> None:
        menu = self.actions_by_id.context_menu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        # The place of the menu counts for its actions only, not for a shortcut that is pressed later.
        menu.exec(position)
        self.canvas.menu_point = None

    # -- dialogs and panels -------------------------------------------------------------------------------------------

    def show_panel(self, name: str) -> None:
        """Show a panel and bring it to the front."""
        self._docks[name].show()
        self._docks[name].raise_()

    def show_dialog(self, kind: type[QDialog], make: Callable[[], QDialog] | None = None) -> QDialog:
        """Show the one dialog of a kind, made when it is wanted first."""
        if kind not in self._dialogs:
            self._dialogs[kind] = make() if make else kind(self)
        dialog = self._dialogs[kind]
        dialog.show()
        dialog.raise_()
        dialog.activateWindow()
        return dialog

    def show_doctor(self) -> None:
        """About the program and its installation."""
        self._dialogs.pop(DoctorDialog, None)  # checked anew each time
        self.show_dialog(DoctorDialog, lambda: DoctorDialog(self.session.diagnosis, symviewer.__version__, self))

    def show_models(self) -> None:
        """The model picker."""
        self.show_dialog(ModelsDialog, self._make_models_dialog)

    def _make_models_dialog(self) -> ModelsDialog:
        dialog = ModelsDialog(self.session, self)
        dialog.train_wanted.connect(self.show_training)
        return dialog

    def _make_train_panel(self) -> TrainPanel:
        # Imported late: pyqtgraph, which the first window does not wait for.
        from symviewer.views.panels.train.panel import TrainPanel

        return TrainPanel(self.session, self.show_comparison)

    def show_training(self, start: str = "") -> None:
        """The Train panel; with a model to start from, a new training."""
        self.show_panel("train")
        if start:
            self.train.panel.new_training(start)

    def show_comparison(self, run: Path) -> None:
        """Old and new model of a run, picture by picture."""
        from symviewer.views.dialogs.compare_dialog import CompareDialog

        dialog = self.show_dialog(CompareDialog, lambda: CompareDialog(self.session, self))
        if isinstance(dialog, CompareDialog):
            dialog.show_run(run)

    def _on_runs(self, _project: object, _runs: object, _pictures: object) -> None:
        """A training that goes on from the last time is shown at once."""
        if self.session.training.live and self.train.built is None:
            self.show_panel("train")

    def open_guide(self) -> None:
        """The guide of this installation."""
        self.show_dialog(GuideDialog)

    def reset_layout(self) -> None:
        """All panels back to where they were at first."""
        self.restoreState(self._default_state, _LAYOUT_VERSION)
        self._size_docks()

    # -- layout that is kept ------------------------------------------------------------------------------------------

    def restore_layout(self) -> None:
        """Place and panels as they were when the window was closed last."""
        kept = _kept_layout()
        geometry, state = kept.value("geometry"), kept.value("state")
        if isinstance(geometry, QByteArray):
            self.restoreGeometry(geometry)
        if isinstance(state, QByteArray):
            self.restoreState(state, _LAYOUT_VERSION)

    def _keep_layout(self) -> None:
        kept = _kept_layout()
        kept.setValue("geometry", self.saveGeometry())
        kept.setValue("state", self.saveState(_LAYOUT_VERSION))
        kept.sync()

    # -- events -------------------------------------------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _dropped(event):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        self.session.open(_dropped(event))

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self.session.projects.flush() and not self._may_lose():
            event.ignore()
            return
        if not may_leave_training(self.session.training, self):
            event.ignore()
            return
        self._keep_layout()
        for dialog in (self._error_dialog, *self._dialogs.values()):
            dialog.close()
        self.files.stop()
        self.time_line.stop()
        # Hidden first: a model that is being loaded can take some seconds to let go.
        self.hide()
        self.session.shutdown()
        event.accept()

    def _may_lose(self) -> bool:
        """Whether to close although the last steps cannot be saved."""
        saving = self.session.projects.saving
        box = QMessageBox(QMessageBox.Icon.Warning, "SymViewer", saving.banner, parent=self)
        box.setInformativeText(tr("If you close now, these steps are lost."))
        box.addButton(tr("Keep open"), QMessageBox.ButtonRole.RejectRole)
        lose = box.addButton(tr("Close and lose them"), QMessageBox.ButtonRole.DestructiveRole)
        box.exec()
        return box.clickedButton() is lose


def _kept_layout() -> QSettings:
    return QSettings(str(config_folder() / "window.ini"), QSettings.Format.IniFormat)


def _dropped(event: QDropEvent) -> list[str]:
    """The local files and folders that are dropped."""
    return [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
