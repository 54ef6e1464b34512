"""The end of every drawing gesture: the shape becomes an annotation and is selected."""

from __future__ import annotations

from clipsym_core.symmetry import Shape
from symviewer.model import commands
from symviewer.model.tools.context import ToolContext


def draw(context: ToolContext, shape: Shape) -> None:
    """Add an annotation and select it."""
    if context.picture is None:
        return
    before = {annotation.id for annotation in context.document.annotations(context.picture)}
    if context.push(commands.add(context.document, context.picture, [shape])):
        context.selection.set(a.id for a in context.document.annotations(context.picture) if a.id not in before)
