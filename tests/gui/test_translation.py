"""Strings go through one function, translators get all of them, and a translation is used."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PySide6.QtCore import QCoreApplication, QLocale, QTranslator

from scripts.make_translations import collect, table_strings
from symviewer.model.actions_table import ACTIONS
from symviewer.views import translation
from symviewer.views.translation import install, tr


class Shout(QTranslator):
    """A language in which everything is said louder."""

    def translate(self, context, text, disambiguation=None, n=-1):
        return re.sub(r"[^{}]+(?![^{]*})", lambda part: part[0].upper(), text) if context == translation.CONTEXT else ""

    def isEmpty(self):
        return False


@pytest.fixture
def loud(qapp):
    translator = Shout()
    QCoreApplication.installTranslator(translator)
    yield
    QCoreApplication.removeTranslator(translator)


def test_translators_get_every_string(tmp_path):
    collect(tmp_path / "symviewer_xx.ts")
    tree = ElementTree.parse(tmp_path / "symviewer_xx.ts")
    assert [context.findtext("name") for context in tree.iter("context")] == [translation.CONTEXT]
    found = {message.findtext("source") for message in tree.iter("message")}
    assert set(table_strings()) <= found
    assert {"Find by name", "{count} verified", "Look for symmetries in:"} <= found


def test_the_window_speaks_the_language(loud, app):
    window = app.window
    for spec in ACTIONS:
        assert window.actions_by_id[spec.id].statusTip() == spec.tip.upper()
    assert [action.text() for action in window.menuBar().actions()][:3] == ["&FILE", "&EDIT", "&PICTURE"]
    assert window.files.search.placeholderText() == "FIND BY NAME"
    assert tr("no such text") == "NO SUCH TEXT"


def test_a_translation_is_loaded_for_its_language(qapp, tmp_path, monkeypatch):
    assert install(QLocale("tlh")) is None
    source = tmp_path / "symviewer_eo.ts"
    source.write_text(
        '<?xml version="1.0" encoding="utf-8"?><!DOCTYPE TS><TS version="2.1" language="eo"><context><name></name>'
        "<message><source>Find by name</source><translation>Trovi</translation></message></context></TS>"
    )
    tool = Path(sys.executable).with_name("pyside6-lrelease")
    subprocess.run([str(tool), "-silent", str(source)], check=True)
    monkeypatch.setattr(translation, "resource_path", lambda *_parts: tmp_path)
    translator = install(QLocale(QLocale.Language.Esperanto))
    assert translator is not None
    try:
        assert tr("Find by name") == "Trovi"
        assert tr("Something else") == "Something else"
    finally:
        QCoreApplication.removeTranslator(translator)
