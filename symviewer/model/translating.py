"""Words in the language of the person, for modules that know no Qt; views hand in the translator.

* `tr("{count} of {total}").format(...)` where a text is made: whole sentences with named places, no f-strings, so that
  a translation can order them. For any thread.
* `mark("Axis")` in a table that is made at import, before the language is known; `tr(table[key])` where it is shown.

`scripts/make_translations.py` collects both. Texts of `clipsym_core` (errors of the library) stay in English.
"""

from __future__ import annotations

from collections.abc import Callable

_translate: Callable[[str], str] = str


def tr(text: str) -> str:
    """The text in the language of the person, as it is where there is no translation."""
    return _translate(text)


def mark(text: str) -> str:
    """The text itself, which is shown through `tr` later."""
    return text


def use(translate: Callable[[str], str]) -> None:
    """Translate by this function from now on; it is called from any thread."""
    global _translate
    _translate = translate
