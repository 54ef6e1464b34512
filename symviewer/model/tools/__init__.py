"""Tools of the canvas as state machines without Qt: events in, a draft to show, and commands out.

A canvas makes one `ToolContext` and one tool of each class in `TOOLS`, feeds the active one with `PointerEvent` and
`KeyEvent`, draws `tool.draft` on top of the document, and calls `cancel` when the tool or the picture changes.
"""

from __future__ import annotations

from typing import Final

from symviewer.model.tools.axis import AxisTool
from symviewer.model.tools.center import CenterTool
from symviewer.model.tools.context import Snap, ToolContext
from symviewer.model.tools.draft import Draft, DraftShape
from symviewer.model.tools.ellipse import EllipseTool
from symviewer.model.tools.events import KeyEvent, Modifiers, PointerEvent
from symviewer.model.tools.select import SelectTool
from symviewer.model.tools.tool import Tool

TOOLS: Final[tuple[type[Tool], ...]] = (SelectTool, AxisTool, CenterTool, EllipseTool)

__all__ = [
    "TOOLS",
    "AxisTool",
    "CenterTool",
    "Draft",
    "DraftShape",
    "EllipseTool",
    "KeyEvent",
    "Modifiers",
    "PointerEvent",
    "SelectTool",
    "Snap",
    "Tool",
    "ToolContext",
]
