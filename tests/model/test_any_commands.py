"""Any sequence of commands, reverted, gives the start; replayed, it gives the end; each undo gives the step before."""

from __future__ import annotations

from hypothesis import settings

from tests.model.workbench_machine import WorkbenchMachine

TestAnyCommands = WorkbenchMachine.TestCase
TestAnyCommands.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
