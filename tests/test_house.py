"""Rules of the house that no linter knows: lengths, layers of Qt, nothing of one machine in the files."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from clipsym_core.commands.doctor import PACKAGES

ROOT = Path(__file__).resolve().parents[1]
MOST_LINES = 500
USUAL_LINES = 200

# Written apart, so that this file does not find itself.
FORBIDDEN = {
    "a package registry": re.compile(
        "|".join(
            [
                "pypi" + r"\.org",
                "pythonhosted" + r"\.org",
                "npmjs" + r"\.(?:org|com)",
                "deb" + r"\.debian\.org",
                "download" + r"\.pytorch\.org",
                "ana" + r"conda\.(?:org|com)",
                "find" + "-links",
                "/opt/" + "(?:pypi|wheels)",
            ]
        )
    ),
    "a path of one machine": re.compile(
        "|".join(["/work" + "/", "/tmp" + "/", "/root" + "/", "/home" + "/[a-z]", r"C:\\Us" + "ers"])
    ),
}


def tracked(*suffixes: str) -> list[Path]:
    """Files of the repository: tracked ones, or all in a source archive without .git."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode == 0:
        paths = [ROOT / name for name in listed.stdout.decode().split("\0") if name]
    else:
        folders = ("clipsym_core", "symviewer", "tests", "scripts", "benchmarks", "docs", ".ci")
        paths = [p for folder in folders for p in (ROOT / folder).rglob("*") if "__pycache__" not in p.parts]
    return [p for p in paths if p.is_file() and (not suffixes or p.suffix in suffixes)]


PYTHON = tracked(".py")


def imports(path: Path) -> Iterator[tuple[str, int]]:
    """(module or module.name, line) of every import in a file, those inside functions and TYPE_CHECKING too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module, node.lineno
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)


def test_there_are_files_to_check() -> None:
    assert len(PYTHON) > 50


def test_no_file_is_longer_than_500_lines_and_most_are_under_200() -> None:
    lengths = {p.relative_to(ROOT).as_posix(): len(p.read_text(encoding="utf-8").splitlines()) for p in PYTHON}
    assert {name: n for name, n in lengths.items() if n > MOST_LINES} == {}
    usual = sum(n <= USUAL_LINES for n in lengths.values())
    assert usual / len(lengths) > 0.7


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_tracked_file_names(what: str) -> None:
    found = []
    for path in tracked():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # pictures, checkpoints
        for number, line in enumerate(text.splitlines(), 1):
            if match := FORBIDDEN[what].search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {match.group()}")
    assert found == []


QT = re.compile(r"^(PySide6|pyqtgraph|shiboken6)(\.|$)")
WIDGETS = re.compile(r"^(PySide6\.Qt(Widgets|Gui|Svg|SvgWidgets|OpenGL|OpenGLWidgets)|pyqtgraph)(\.|$)")
LAYERS = [
    ("clipsym_core", QT, "the library runs without Qt"),
    ("symviewer/model", QT, "the model is pure Python"),
    ("symviewer/store", QT, "the store is pure Python"),
    ("symviewer/services", WIDGETS, "services use QtCore alone"),
]


@pytest.mark.parametrize(("folder", "forbidden", "why"), LAYERS, ids=[layer[0] for layer in LAYERS])
def test_layers_keep_away_from_qt(folder: str, forbidden: re.Pattern[str], why: str) -> None:
    files = [p for p in PYTHON if p.is_relative_to(ROOT / folder)]
    assert files
    found = [f"{p.relative_to(ROOT)}:{line}: {m}" for p in files for m, line in imports(p) if forbidden.match(m)]
    assert found == [], why


@pytest.mark.parametrize(
    "module",
    [
        "clipsym_core",
        "clipsym_core.symmetry",
        "clipsym_core.imaging",
        "clipsym_core.overlay",
        "clipsym_core.model.config",
        "clipsym_core.model.registry",
        "clipsym_core.model.zoo",
        "clipsym_core.data.formats.detections",
        "clipsym_core.cli",
        "clipsym_core.commands.detect",
        "clipsym_core.commands.doctor",
        "clipsym_core.commands.models",
        "clipsym_core.train.presets",
        "clipsym_core.train.run_file",
        "symviewer.model",
        "symviewer.store",
    ],
)
def test_what_starts_first_imports_neither_torch_nor_qt(module: str) -> None:
    code = f"import sys, {module}; print(sorted({{'torch', 'PySide6'}} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_scripts_that_make_runs_can_be_run() -> None:
    for name in ("scripts/find_python.sh", "scripts/setup_system.sh", "scripts/setup_venv.sh", ".ci/run"):
        assert (ROOT / name).stat().st_mode & 0o111, name


def test_the_constraints_pin_everything_that_the_program_asks_for() -> None:
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    pinned = {line.split("==")[0].replace("_", "-").lower() for line in constraints()}
    asked = re.findall(r'^  "([A-Za-z0-9_-]+)[><=!]', project, re.MULTILINE)
    assert len(asked) > 15
    assert {name.replace("_", "-").lower() for name in asked} <= pinned


def test_doctor_looks_at_everything_that_the_program_needs() -> None:
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    block = re.search(r"^dependencies = \[(.*?)^\]", project, re.MULTILINE | re.DOTALL)
    assert block is not None
    needed = re.findall(r'^  "([A-Za-z0-9_-]+)[><=!]', block[1], re.MULTILINE)
    assert sorted(needed, key=str.lower) == sorted(PACKAGES, key=str.lower)


def constraints() -> list[str]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def test_constraints_are_exact_versions() -> None:
    pin = re.compile(r"^[a-z0-9-]+==[0-9][0-9a-z.]*(; python_version (>=|<) \"3\.11\")?$")
    assert [line for line in constraints() if not pin.match(line)] == []
