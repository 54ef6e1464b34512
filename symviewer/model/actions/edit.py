"""Actions of the menu Edit."""

from __future__ import annotations

from typing import Final

from symviewer.model.action_spec import ActionSpec

ORDERS: Final = (2, 3, 4, 5, 6, 7, 8, 9, 0)

_MENU: Final = "Edit"

EDIT: Final[tuple[ActionSpec, ...]] = (
    ActionSpec(
        "undo",
        "&Undo",
        _MENU,
        ("Ctrl+Z",),
        "Take the last step back.",
        "undo",
        short="Undo",
        toolbar=True,
        needs="undo",
    ),
    ActionSpec(
        "redo",
        "&Redo",
        _MENU,
        ("Ctrl+Shift+Z", "Ctrl+Y"),
        "Do the step again that was taken back last.",
        "redo",
        short="Redo",
        toolbar=True,
        needs="redo",
    ),
    ActionSpec(
        "accept",
        "&Accept suggestion",
        _MENU,
        ("Return", "Enter"),
        "Make annotations of the selected suggestions, then go to the next one. Selects the best one first.",
        "accept",
        context=True,
        separator=True,
        scope="canvas",
        needs="suggestions",
    ),
    ActionSpec(
        "accept_shown",
        "Accept all &that are shown",
        _MENU,
        ("Shift+Return", "Shift+Enter"),
        "Make annotations of all suggestions of this picture above the threshold.",
        "accept-all",
        scope="canvas",
        needs="suggestions",
    ),
    ActionSpec(
        "reject",
        "Re&ject suggestion",
        _MENU,
        ("X",),
        "Take the selected suggestions off the list, then go to the next one. Detect again brings them back.",
        "remove",
        context=True,
        needs="suggestion",
    ),
    ActionSpec("copy", "&Copy", _MENU, ("Ctrl+C",), "Copy the selected shapes.", "copy", separator=True, needs="shape"),
    ActionSpec(
        "paste",
        "&Paste",
        _MENU,
        ("Ctrl+V",),
        "Paste the copied shapes: at the same place in another picture, beside it in the same one.",
        "paste",
        "paste",
        needs="edit",
    ),
    ActionSpec(
        "paste_previous",
        "Paste &from previous picture",
        _MENU,
        ("Ctrl+Shift+V",),
        "Copy the annotations of the picture before this one in the list, at the same places.",
        needs="edit",
    ),
    ActionSpec(
        "duplicate",
        "&Duplicate",
        _MENU,
        ("Ctrl+D",),
        "Copy the selected annotations, a little beside them.",
        context=True,
        needs="annotation",
    ),
    ActionSpec(
        "delete",
        "De&lete",
        _MENU,
        ("Del",),
        "Remove the selected shapes. Locked ones stay.",
        "delete",
        context=True,
        scope="canvas",
        needs="editable",
    ),
    ActionSpec(
        "select_all",
        "&Select all annotations",
        _MENU,
        ("Ctrl+A",),
        "Select all visible annotations of the picture.",
        separator=True,
        scope="canvas",
        needs="picture",
    ),
    ActionSpec(
        "next_shape",
        "Select &next shape",
        _MENU,
        (".",),
        "Select the next one in the table of suggestions and annotations.",
        needs="picture",
    ),
    ActionSpec(
        "previous_shape",
        "Select pre&vious shape",
        _MENU,
        (",",),
        "Select the one before in the table of suggestions and annotations.",
        needs="picture",
    ),
    ActionSpec(
        "lock",
        "Loc&k or unlock",
        _MENU,
        ("Ctrl+K",),
        "Protect the selected annotations from pointer and keys, or make them free again.",
        "lock",
        context=True,
        separator=True,
        needs="annotation",
    ),
    ActionSpec(
        "hide",
        "&Hide or show",
        _MENU,
        ("Ctrl+H",),
        "Do not draw the selected annotations, or draw them again. They stay in the table.",
        "eye",
        context=True,
        needs="annotation",
    ),
    ActionSpec(
        "show_hidden",
        "Sh&ow all hidden",
        _MENU,
        ("Ctrl+Shift+H",),
        "Draw all hidden annotations of the picture again.",
        needs="edit",
    ),
    *(
        ActionSpec(
            f"order_{order}",
            f"Order &{order}" if order else "&0: continuous",
            f"{_MENU}/Order of rotation",
            (str(order),),
            f"The selected centers have order {order}; without a selection, centers that are drawn next."
            if order
            else "Every rotation about the selected centers is a symmetry, as of a disc.",
            scope="canvas",
            needs="edit",
        )
        for order in ORDERS
    ),
)
