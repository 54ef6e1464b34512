"""Collect every visible string for translators, with pyside6-lupdate.

    python scripts/make_translations.py [de fr ...]

Without languages, writes resources/translations/symviewer.ts, the template; with them, brings symviewer_de.ts and so on
up to date, keeping what is translated. Translate in Qt Linguist, then `pyside6-lrelease symviewer_de.ts` makes the file
that the program loads.
"""

from __future__ import annotations

import argparse
import ast
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "resources" / "translations"
TEMPLATE = "symviewer.ts"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("languages", nargs="*")
    languages = parser.parse_args().languages
    for name in [f"symviewer_{language}.ts" for language in languages] or [TEMPLATE]:
        collect(TARGET / name)
        print(f"Wrote {TARGET / name}")


def collect(target: Path) -> None:
    """Write, or bring up to date, one .ts file."""
    target.parent.mkdir(parents=True, exist_ok=True)
    sources = sorted((ROOT / "symviewer").rglob("*.py"))
    with tempfile.TemporaryDirectory() as folder:
        # Strings of tables, in a form that lupdate reads.
        tables = Path(folder) / "tables.py"
        texts = dict.fromkeys([*table_strings(), *marked_strings(sources)])
        tables.write_text("".join(f"tr({text!r})\n" for text in texts), encoding="utf-8")
        tool = Path(sys.executable).with_name("pyside6-lupdate")
        command = [str(tool), "-silent", "-locations", "none", "-no-obsolete", *map(str, sources), str(tables)]
        subprocess.run([*command, "-ts", str(target)], check=True, cwd=ROOT)


def table_strings() -> Iterator[str]:
    """What the window shows of the tables in symviewer.model."""
    sys.path.insert(0, str(ROOT))
    from symviewer.model.action_sheet import menus
    from symviewer.model.action_spec import SCOPES
    from symviewer.model.actions_table import ACTIONS, GESTURES
    from symviewer.model.keymap import RESERVED

    found = [part for spec in ACTIONS for part in (spec.text, spec.title, spec.tip, spec.short)]
    found += [*menus(), *SCOPES.values(), *RESERVED.values(), *(word for pair in GESTURES for word in pair)]
    yield from (text for text in dict.fromkeys(found) if text)


def marked_strings(sources: Iterable[Path]) -> Iterator[str]:
    """What tables give through `mark`, and both forms of the nouns of `plural`."""
    for source in sources:
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name == "mark":
                yield ast.literal_eval(node.args[0])
            elif name == "plural" and all(isinstance(argument, ast.Constant) for argument in node.args[1:]):
                one, *many = [ast.literal_eval(argument) for argument in node.args[1:]]
                yield from (one, *(many or [f"{one}s"]))


if __name__ == "__main__":
    main()
