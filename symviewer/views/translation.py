"""Words in the language of the person: every visible string of the window goes through `tr`.

`symviewer.model.translating` says how; here it gets Qt's translator.
"""

from __future__ import annotations

import logging

from PySide6.QtCore import QCoreApplication, QLocale, QTranslator

from clipsym_core.resources import resource_path
from symviewer.model.translating import mark, tr, use

log = logging.getLogger(__name__)

CONTEXT = ""
"""pyside6-lupdate files plain calls of `tr` under the empty context."""


def _translate(text: str) -> str:
    return QCoreApplication.translate(CONTEXT, text)


use(_translate)


def install(locale: QLocale | None = None) -> QTranslator | None:
    """Use the translation for a locale (the system's), where the program has one; keep what is returned alive."""
    translator = QTranslator()
    folder = resource_path("translations")
    if not translator.load(locale or QLocale(), "symviewer", "_", str(folder)):
        return None
    QCoreApplication.installTranslator(translator)
    log.info("Language: %s", translator.language())
    return translator


__all__ = ["install", "mark", "tr"]
