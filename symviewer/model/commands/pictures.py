"""Commands on whole pictures: the review state."""

from __future__ import annotations

from collections.abc import Iterable

from symviewer.model import words
from symviewer.model.annotation import PictureId, ReviewState
from symviewer.model.commands.command import Command, make
from symviewer.model.deltas import StateDelta
from symviewer.model.document import Document
from symviewer.model.translating import mark, tr

_TEXT: dict[ReviewState, str] = {
    ReviewState.NONE: mark("as not looked at"),
    ReviewState.SUGGESTED: mark("as not verified"),
    ReviewState.VERIFIED: mark("as verified"),
}


def set_state(document: Document, pictures: Iterable[PictureId], state: ReviewState) -> Command | None:
    """Give pictures a review state."""
    chosen = [picture for picture in dict.fromkeys(pictures) if document.entry(picture).state is not state]
    deltas = [StateDelta(picture, document.entry(picture).state, state) for picture in chosen]
    return make(tr("Mark {what} {state}").format(what=_what(len(chosen)), state=tr(_TEXT[state])), deltas)


def toggle_verified(document: Document, picture: PictureId) -> Command | None:
    """Verified, or back to what the picture is without that: looked at where it has shapes, else not."""
    entry = document.entry(picture)
    if entry.state is not ReviewState.VERIFIED:
        return set_state(document, [picture], ReviewState.VERIFIED)
    looked_at = entry.suggestions or entry.annotations
    return set_state(document, [picture], ReviewState.SUGGESTED if looked_at else ReviewState.NONE)


def _what(count: int) -> str:
    return tr("picture") if count == 1 else words.plural(count, "picture")
