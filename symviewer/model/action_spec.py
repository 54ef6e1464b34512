"""What an action is, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Scope = Literal["window", "canvas", "files"]

Need = Literal[
    "", "pictures", "picture", "suggestion", "suggestions", "axis", "center", "shape", "annotation", "editable", "edit",
    "work", "undo", "redo",
]  # fmt: skip
"""`suggestion`, `annotation`, `center`: one is selected and may be changed; `editable`: anything is; `suggestions`:
some are shown; `edit`: the picture may be changed; `shape`, `axis`: one is selected, also read-only."""

SCOPES: Final[dict[Scope, str]] = {
    "window": "everywhere in the window",
    "canvas": "on the picture, in its table and in the file list",
    "files": "in the file list",
}


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """One action.

    Attributes:
        id: what code calls it.
        text: in menus; `&` marks the key that opens it from the menu.
        menu: "File", or "View/Theme" for a submenu; empty = not in the menu bar.
        shortcuts: Qt's portable notation; the first one is shown in menus.
        tip: tooltip and status tip, a whole sentence.
        icon: name of an icon in resources/icons.
        short: the word beside it in the tool bar.
        toolbar: shown in the tool bar.
        palette: shown, as an icon, in the palette of tools beside the picture.
        checkable: on or off; `group` makes such actions exclusive.
        context: shown in the context menu of the canvas.
        separator: a line above it in the menu.
        needs: what must be there for it to be enabled.
    """

    id: str
    text: str
    menu: str
    shortcuts: tuple[str, ...] = ()
    tip: str = ""
    icon: str = ""
    short: str = ""
    toolbar: bool = False
    palette: bool = False
    checkable: bool = False
    group: str = ""
    context: bool = False
    separator: bool = False
    scope: Scope = "window"
    needs: Need = ""

    @property
    def title(self) -> str:
        """The text without the menu key's mark and dots."""
        return self.text.replace("&", "").rstrip("…")
