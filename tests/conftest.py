"""Settings for the whole suite."""

from __future__ import annotations

import os

# Before torch or numpy are imported: several busy threads on two cores are slower than one.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest
from hypothesis import HealthCheck, settings

# A busy machine must not fail a test: no deadlines; and CI tries the same examples every time.
settings.register_profile("default", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", parent=settings.get_profile("default"), derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "default")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """In CI a skipped GUI test is a failure: it would hide a Qt that cannot start."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if not os.environ.get("CI") or reporter is None:
        return
    skipped = [report.nodeid for report in reporter.stats.get("skipped", []) if report.nodeid.startswith("tests/gui")]
    if skipped and session.exitstatus == pytest.ExitCode.OK:
        reporter.write_line(f"GUI tests may not be skipped in CI: {', '.join(skipped)}", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
