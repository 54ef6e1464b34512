"""From files and folders to their project and the list of pictures; the window answers all the time.

    FolderScan --found--> first picture --> ProjectDesk opens --> the list, in parts --> moved files are looked for

The first picture is shown as soon as the project is there; what else was found is listed a part at a time.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal

from symviewer.model.pictures import NOTHING
from symviewer.model.problem import Problem
from symviewer.model.translating import tr
from symviewer.model.workspace import Workspace
from symviewer.services.first_look import FirstLook
from symviewer.services.folder_scan import FolderScan
from symviewer.services.picture_loader import PictureLoader
from symviewer.services.project_desk import ProjectDesk

PART: Final = 1000
"""So many files are listed before the window answers again, about 10 ms."""


class PictureListing(QObject):
    """Signals: `problem(Problem)`; `project_opened()`: the project is on the desk, or refused, and its list begins;
    `listed()`: it is complete."""

    problem = Signal(object)
    project_opened = Signal()
    listed = Signal()

    def __init__(self, workspace: Workspace, projects: ProjectDesk, loader: PictureLoader) -> None:
        super().__init__()
        self._pictures = workspace.pictures
        self._projects = projects
        self._loader = loader
        self._scan = FolderScan()
        self._scan_id = 0
        self._first_look = FirstLook()
        self._paths: tuple[str, ...] = ()
        self._leave_alone = False
        self._wanted = ""
        self._replaces_list = False
        self._awaits_project = False
        self._found: list[str] = []
        self._read_to_end = False
        self._lister = QTimer(self, interval=0)
        self._lister.timeout.connect(self._list_part)
        self._scan.found.connect(self._on_found)
        self._scan.finished.connect(self._on_scanned)
        projects.opened.connect(self._on_project)

    # -- life ---------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        self._scan.start()

    def stop(self) -> bool:
        """Read and list no more; whether the thread ended in time."""
        self._lister.stop()
        self._first_look.done()
        return self._scan.stop()

    @property
    def busy(self) -> bool:
        """Whether a folder is read, its project opened, or files wait to be listed."""
        return bool(self._scan_id or self._found) or self._awaits_project

    # -- what a person asks for ---------------------------------------------------------------------------------------

    def open(
        self, paths: tuple[str, ...], folders: tuple[str, ...], *, wanted: str = "", leave_alone: bool = False
    ) -> None:
        """Show what is in `folders` (or files) instead of the present list, with the project of `paths`.

        `wanted` becomes the current picture, else the first one does; with `leave_alone` nothing is put beside them.
        """
        self._lister.stop()
        self._paths, self._leave_alone, self._wanted = paths, leave_alone, wanted
        self._found = []
        self._awaits_project = self._read_to_end = False
        self._replaces_list = True
        self._first_look.done()
        self._first_look = FirstLook()
        if wanted:
            self._first_look.done()  # it need not be the first one that is found
        self._scan_id = self._scan.start_scan(folders, self._first_look)

    def cancel(self) -> None:
        """Read no more; what was found is still listed."""
        self._first_look.done()
        self._scan.cancel()
        if self._scan_id and not self._replaces_list:
            self._on_end()
        self._scan_id, self._replaces_list = 0, False

    def looked_at(self) -> None:
        """The current picture is on the screen, or cannot be read: the others have their turn."""
        self._first_look.done()

    # -- what the services report -------------------------------------------------------------------------------------

    def _on_found(self, scan_id: int, paths: list[str]) -> None:
        if scan_id != self._scan_id:
            return
        self._found += paths
        if self._replaces_list:
            self._replaces_list = False
            self._awaits_project = True
            self._projects.open(self._paths, self._first_look, leave_alone=self._leave_alone)
            self._loader.look_ahead(self._wanted or paths[0])  # decoded while the project is opened
        elif not self._awaits_project:
            self._lister.start()

    def _on_project(self) -> None:
        if not self._awaits_project:
            return  # another folder is wanted by now
        self._awaits_project = False
        self._pictures.clear()
        self.project_opened.emit()
        self._list_part()

    def _on_scanned(self, scan_id: int, problems: list[Problem]) -> None:
        if scan_id != self._scan_id:
            return
        self._scan_id = 0
        nothing_found, self._replaces_list = self._replaces_list, False
        if nothing_found and not problems:
            problems = [
                Problem(
                    tr("There are no pictures here."),
                    tr("The folder and its subfolders hold no file with the ending of a picture."),
                    tr("Open PNG, JPEG, TIFF, WebP, BMP, GIF or PNM files."),
                )
            ]
        if problems:
            self.problem.emit(_joined(problems))
        if not nothing_found:
            self._on_end()

    def _on_end(self) -> None:
        """Nothing more will be found."""
        self._read_to_end = True
        if not (self._awaits_project or self._found):
            self._finish()

    # -- the list -----------------------------------------------------------------------------------------------------

    def _list_part(self) -> None:
        part, self._found = self._found[:PART], self._found[PART:]
        self._list(part)
        if self._found:
            self._lister.start()
            return
        self._lister.stop()
        if self._read_to_end:
            self._finish()

    def _list(self, paths: list[str]) -> None:
        self._pictures.add(paths, self._projects.add_files(paths))
        if self._wanted:
            index = self._pictures.index_of(self._wanted)
            if index != NOTHING:
                self._wanted = ""
                self._pictures.select(index)
        elif self._pictures.current == NOTHING and paths:
            self._pictures.select(0)

    def _finish(self) -> None:
        """All files of the folder are listed."""
        if self._wanted:
            # A file that has no picture's ending was asked for by name: it gets its red dot like any other.
            wanted, self._wanted = self._wanted, ""
            self._list([wanted])
            self._pictures.select(self._pictures.index_of(wanted))
        self._projects.find_moved([picture.path for picture in self._pictures])
        self.listed.emit()


def _joined(problems: list[Problem]) -> Problem:
    if len(problems) == 1:
        return problems[0]
    details = "\n".join(problem.text for problem in problems)
    return Problem(
        tr("{count} files or folders cannot be opened.").format(count=len(problems)), problems[0].text, "", details
    )
