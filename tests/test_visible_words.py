"""What people read goes through `tr`: literals that are handed straight to a widget, a notice or a problem.

Texts that take a way through variables are not followed, so nothing is reported that is in order.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
WIDGETS = {
    *("QLabel", "QPushButton", "QCheckBox", "QRadioButton", "QGroupBox", "QAction", "QDockWidget", "QToolBar"),
    *("setText", "setToolTip", "setStatusTip", "setWhatsThis", "setWindowTitle", "setPlaceholderText", "setTitle"),
    *("setAccessibleName", "setAccessibleDescription", "setInformativeText", "setSpecialValueText", "setFormat"),
    *("addItem", "addTab", "addMenu", "addRow", "addButton", "setPlainText"),
    *("getOpenFileName", "getOpenFileNames", "getSaveFileName", "getExistingDirectory"),
}
SIGNALS = {"notice", "problem"}
NO_WORDS = re.compile(r"(SymViewer|auto|px|symmetry\.(png|mp4)|[\w.-]+\.(json|txt))", re.ASCII)
WORD = re.compile(r"[A-Za-z]{2}")


def name_of(call: ast.Call) -> str:
    return getattr(call.func, "id", getattr(call.func, "attr", ""))


def shows(call: ast.Call) -> bool:
    """Whether people read the arguments of a call."""
    if name_of(call) == "emit" and isinstance(call.func, ast.Attribute):
        return getattr(call.func.value, "attr", "") in SIGNALS
    return name_of(call) in WIDGETS | {"Problem"}


def words(node: ast.expr) -> Iterator[ast.expr]:
    """Literals with words that are the value of an expression, or a part of it that is shown as it is."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        if WORD.search(node.value) and not NO_WORDS.fullmatch(node.value):
            yield node
    elif isinstance(node, ast.JoinedStr):
        text = "".join(part.value if isinstance(part, ast.Constant) else "" for part in node.values)
        text = re.sub(r"<[^>]*>", "", text)
        if WORD.search(text) and not NO_WORDS.fullmatch(text.strip(" -.")):
            yield node
    elif isinstance(node, ast.IfExp):
        yield from (*words(node.body), *words(node.orelse))
    elif isinstance(node, ast.BoolOp):
        for value in node.values:
            yield from words(value)
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        yield from (*words(node.left), *words(node.right))
    elif isinstance(node, ast.Call) and name_of(node) == "format" and isinstance(node.func, ast.Attribute):
        yield from words(node.func.value)


def untranslated(source: str) -> list[str]:
    found = []
    for call in ast.walk(ast.parse(source)):
        if isinstance(call, ast.Call) and shows(call):
            for argument in (*call.args, *(keyword.value for keyword in call.keywords)):
                found += [f"{node.lineno}: {ast.unparse(node)}" for node in words(argument)]
    return found


@pytest.mark.parametrize("room", ["model", "services", "store", "views"])
def test_what_people_read_can_be_translated(room: str) -> None:
    found = [
        f"{path.relative_to(ROOT).as_posix()}:{line}"
        for path in sorted((ROOT / "symviewer" / room).rglob("*.py"))
        for line in untranslated(path.read_text(encoding="utf-8"))
    ]
    assert not found, "not through tr(): " + "\n".join(found)


@pytest.mark.parametrize(
    "line",
    [
        'self.notice.emit("Cancelled.")',
        'self.notice.emit(f"{name} is ready")',
        'QLabel("Files")',
        'box.addItem("On" if on else tr("Off"))',
        'label.setText(tr("Files") + ": none")',
        'label.setText("{n} files".format(n=3))',
        'Problem("Broken.", why)',
    ],
)
def test_a_forgotten_one_is_found(line: str) -> None:
    assert untranslated(line)


@pytest.mark.parametrize(
    "line",
    [
        'self.notice.emit(tr("Cancelled."))',
        'label.setText(tr("{n} files").format(n=3))',
        'label.setText(f"{width} × {height}")',
        'box.addItem(tr("Automatic"), "auto")',
        'log.info("not for people")',
        'QLabel("SymViewer")',
    ],
)
def test_what_is_in_order_is_not(line: str) -> None:
    assert not untranslated(line)
