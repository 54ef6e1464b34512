"""A command: a set of deltas with words for the menu. Apply and revert are exact, whatever the command means."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from clipsym_core.symmetry import Shape
from symviewer.model import words
from symviewer.model.annotation import PictureId
from symviewer.model.deltas import Delta, compose, inverted
from symviewer.model.document import Document
from symviewer.model.translating import tr


@dataclass(frozen=True, slots=True)
class Command:
    """Something that a person (or a batch on a person's behalf) does to the document.

    Attributes:
        text: in the undo menu, e.g. "Move axis".
        deltas: what changes; one delta a key (`make` sees to it).
        gesture: commands with the same gesture become one undo step; None = a step of its own.
        in_background: its gesture may go on below later steps that touch other pictures (a batch).
    """

    text: str
    deltas: tuple[Delta, ...]
    gesture: str | None = None
    in_background: bool = False
    pictures: frozenset[PictureId] = field(init=False)

    def __post_init__(self) -> None:
        if len({delta.key for delta in self.deltas}) != len(self.deltas):
            raise ValueError(f"The command {self.text!r} has two deltas for one shape; compose them first.")
        object.__setattr__(self, "pictures", frozenset(delta.picture for delta in self.deltas))

    def apply(self, document: Document) -> None:
        """Do it.

        Raises:
            DocumentError: the document is not in the state that the command was made for; nothing was changed.
        """
        document.apply(self.deltas)

    def revert(self, document: Document) -> None:
        """Take it back.

        Raises:
            DocumentError: the document is not in the state that the command left; nothing was changed.
        """
        document.apply(inverted(self.deltas))

    def merge(self, later: Command) -> Command | None:
        """Both as one command where they are one gesture on the same shapes (two nudges), else None."""
        if self.gesture is None or self.gesture != later.gesture:
            return None
        if {delta.key for delta in self.deltas} != {delta.key for delta in later.deltas}:
            return None
        return Command(later.text, compose(self.deltas + later.deltas), self.gesture, self.in_background)


def make(
    text: str, deltas: Iterable[Delta], *, gesture: str | None = None, in_background: bool = False
) -> Command | None:
    """A command from deltas that may follow each other; None where they come to nothing."""
    composed = compose(deltas)
    return Command(text, composed, gesture, in_background) if composed else None


def text_for(verb: str, shapes: Sequence[Shape]) -> str:
    """ "Move axis", "Move 3 shapes"."""
    what = words.kind(shapes[0]).lower() if len(shapes) == 1 else words.plural(len(shapes), "shape")
    return tr("{verb} {what}").format(verb=tr(verb), what=what)
