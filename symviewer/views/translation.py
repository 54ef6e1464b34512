"""Words in the language of the person: every visible string of the window goes through `tr`.

`tr("12 of {total}").format(total=50)`: whole sentences with named places, so that a translation can order them. Strings
of tables that know no Qt (actions, states) are translated where they are shown; `scripts/make_translations.py` collects
both with pyside6-lupdate.
"""

from __future__ import annotations

import logging

from PySide6.QtCore import QCoreApplication, QLocale, QTranslator

from clipsym_core.resources import resource_path

log = logging.getLogger(__name__)

CONTEXT = ""
"""pyside6-lupdate files plain calls of `tr` under the empty context."""


def tr(text: str) -> str:
    """The text in the language of the person, as it is where there is no translation."""
    return QCoreApplication.translate(CONTEXT, text)


def install(locale: QLocale | None = None) -> QTranslator | None:
    """Use the translation for a locale (the system's), where the program has one; keep what is returned alive."""
    translator = QTranslator()
    folder = resource_path("translations")
    if not translator.load(locale or QLocale(), "symviewer", "_", str(folder)):
        return None
    QCoreApplication.installTranslator(translator)
    log.info("Language: %s", translator.language())
    return translator
