"""Copy and paste of shapes: inside a picture, between pictures, and as text for other programs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, Final

from clipsym_core.symmetry import Point, Shape
from symviewer.model import commands, words
from symviewer.model.annotation import Annotation, AnnotationState, PictureId, ShapeId, new_id
from symviewer.model.commands import Command
from symviewer.model.document import Document
from symviewer.model.shape_edit import moved
from symviewer.model.shape_text import shape_from_plain, shape_to_plain
from symviewer.model.translating import tr

_FORMAT: Final = "symviewer-shapes"
PASTE_STEP: Final = 12.0
"""How far, in px, a copy lands beside what it was copied from."""


class Clipboard:
    """The shapes that were copied last, and how often they were pasted since."""

    def __init__(self) -> None:
        self._shapes: tuple[Annotation, ...] = ()
        self._origin: PictureId | None = None
        self._pasted = 0

    @property
    def is_empty(self) -> bool:
        return not self._shapes

    def copy(self, document: Document, picture: PictureId, shapes: Iterable[ShapeId]) -> int:
        """Copy annotations, and suggestions as the annotations that they would become; gives how many."""
        chosen = set(shapes)
        copied = [a for a in document.annotations(picture) if a.id in chosen]
        copied += [s.accepted(rank=0.0) for s in document.suggestions(picture) if s.id in chosen]
        if copied:
            self._shapes, self._origin, self._pasted = tuple(copied), picture, 0
        return len(copied)

    def paste(self, document: Document, picture: PictureId) -> Command | None:
        """Paste into a picture: at the same place in another one, a little beside in the same one."""
        if picture == self._origin:
            self._pasted += 1
        offset = PASTE_STEP * self._pasted if picture == self._origin else 0.0
        return paste(document, picture, self._shapes, offset=(offset, offset))

    def to_text(self) -> str:
        """The copied shapes as JSON, for the clipboard of the system."""
        shapes = [shape_to_plain(annotation.shape) for annotation in self._shapes]
        return json.dumps({"format": _FORMAT, "version": 1, "shapes": shapes})

    def take_text(self, text: str) -> bool:
        """Take over shapes that another window copied as text; False, and nothing changed, for any other text."""
        shapes = parse_shapes(text)
        if shapes is None:
            return False
        if [annotation.shape for annotation in self._shapes] != shapes:
            self._shapes = tuple(Annotation(shape) for shape in shapes)
            self._origin, self._pasted = None, 0
        return True


def paste(
    document: Document, picture: PictureId, annotations: Sequence[Annotation], *, offset: Point = (0.0, 0.0)
) -> Command | None:
    """Copies of annotations with fresh ids, in front, unlocked and visible: what was pasted can be seen and moved."""
    rank = document.top_rank(picture)
    copies = [
        replace(
            annotation,
            id=new_id(),
            rank=rank + place,
            shape=moved(annotation.shape, *offset),
            state=AnnotationState.DRAWN,
            locked=False,
            hidden=False,
            source="",
            score=None,
        )
        for place, annotation in enumerate(annotations)
    ]
    return commands.add_annotations(document, picture, copies, verb=tr("Paste"))


def duplicate(document: Document, picture: PictureId, shapes: Iterable[ShapeId]) -> Command | None:
    """Copies of annotations of this picture, a little beside them."""
    chosen = set(shapes)
    originals = [a for a in document.annotations(picture) if a.id in chosen]
    command = paste(document, picture, originals, offset=(PASTE_STEP, PASTE_STEP))
    return replace(command, text=command.text.replace(tr("Paste"), tr("Duplicate"))) if command else None


def paste_from(document: Document, source: PictureId, picture: PictureId) -> Command | None:
    """The annotations of another picture (the previous one) at the same places; those already there are left out."""
    there = {annotation.shape for annotation in document.annotations(picture)}
    wanted = [a for a in document.annotations(source) if a.shape not in there]
    command = paste(document, picture, wanted)
    return (
        replace(command, text=tr("Paste {shapes} from a picture").format(shapes=words.plural(len(wanted), "shape")))
        if command
        else None
    )


def parse_shapes(text: str) -> list[Shape] | None:
    """The shapes of a clipboard text, None where it is none of ours."""
    if _FORMAT not in text[:200]:
        return None
    try:
        content: Any = json.loads(text)
        if content["format"] != _FORMAT or content["version"] != 1:
            return None
        return [shape_from_plain(shape) for shape in content["shapes"]]
    except (ValueError, TypeError, KeyError):
        return None
