"""Datasets in and out: what the Import and Export dialogs work with."""

from __future__ import annotations

from symviewer.model.workspace import Workspace
from symviewer.services.export_service import ExportService
from symviewer.services.import_service import ImportService
from symviewer.services.preview_service import PreviewService
from symviewer.services.project_desk import ProjectDesk


class Datasets:
    """The services, each with a thread of its own that starts when it is wanted first."""

    def __init__(self, workspace: Workspace, projects: ProjectDesk) -> None:
        self.preview = PreviewService()
        self.imports = ImportService(workspace, projects)
        self.exports = ExportService()

    def stop(self) -> bool:
        """Cancel what is under way; whether all threads ended in time."""
        ended = [part.stop() for part in (self.preview, self.imports, self.exports)]
        return all(ended)
