"""What the documents tell people to type exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer

from clipsym_core.cli import app

ROOT = Path(__file__).parents[3]
COMMANDS = typer.main.get_command(app).commands  # type: ignore[attr-defined]
DOCUMENTS = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_command_and_option_in_a_document_exists(document: Path) -> None:
    unknown = []
    for name, rest in re.findall(r"\bclipsym ([a-z]+) ([^\n`#]*)", document.read_text(encoding="utf-8")):
        options = re.findall(r"(?<!\S)\[?(--[a-z][a-z-]*)", rest)
        if options and name not in COMMANDS:
            unknown.append(name)
        elif options:
            known = {option for parameter in COMMANDS[name].params for option in parameter.opts}
            unknown += [f"{name} {option}" for option in options if option not in known]
    assert unknown == []


def test_documents_name_options_at_all() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in DOCUMENTS)
    assert len(re.findall(r"\bclipsym [a-z]+ [^\n`#]*--", text)) > 10
