"""After every step of any sequence of commands, the project opened again equals the document."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis.stateful import invariant

from symviewer.store.opening import PROJECT_NAME, open_folder
from symviewer.store.project import Project
from tests.model.workbench_machine import WorkbenchMachine, snapshot


class StoreMachine(WorkbenchMachine):
    def make(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.opened = open_folder(self.folder)
        self.document, self.stack = self.opened.document, self.opened.stack

    @invariant()
    def stored_is_what_is_shown(self) -> None:
        if hasattr(self, "opened"):
            assert not self.stack.is_changed
            second = Project(self.folder / PROJECT_NAME, self.folder, read_only="only looking")
            try:
                assert snapshot(second.document) == snapshot(self.document)
            finally:
                second.close()

    def teardown(self) -> None:
        try:
            super().teardown()
            if hasattr(self, "opened"):
                end = snapshot(self.document)
                assert self.opened.close()
                again = open_folder(self.folder)
                assert snapshot(again.document) == end
                assert again.close()
        finally:
            if hasattr(self, "folder"):
                shutil.rmtree(self.folder)


TestStore = StoreMachine.TestCase
TestStore.settings = settings(max_examples=15, stateful_step_count=25, deadline=None)
