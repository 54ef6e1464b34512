"""The shortcuts as a person has changed them: differences from the table of actions, checked for conflicts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from symviewer.model.action_spec import ActionSpec
from symviewer.model.actions_table import ACTIONS, BY_ID

RESERVED: Final[Mapping[str, str]] = {
    "Space": "moves the picture while it is held",
    "Tab": "goes through the shapes under the pointer, and from field to field",
    "Shift+Tab": "goes from field to field",
    "Esc": "gives the drawing up and closes dialogs",
    **dict.fromkeys(("Left", "Right", "Up", "Down"), "moves the selection by one pixel"),
    **dict.fromkeys(("Shift+Left", "Shift+Right", "Shift+Up", "Shift+Down"), "moves the selection by ten pixels"),
}
"""Keys of the canvas and of dialogs, not to be given to an action, and what they do."""
_FORMAT: Final = "symviewer shortcuts 1"


@dataclass(frozen=True, slots=True)
class KeyMap:
    """Keys in Qt's portable notation. `changes`: action -> its keys, only where they are not those of the table."""

    changes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def keys(self, spec: ActionSpec) -> tuple[str, ...]:
        """The keys of an action; the first one is shown in menus."""
        return self.changes.get(spec.id, spec.shortcuts)

    def is_changed(self, spec: ActionSpec) -> bool:
        return spec.id in self.changes

    def with_keys(self, spec: ActionSpec, keys: tuple[str, ...]) -> KeyMap:
        """With these keys for an action, whatever others have."""
        changes = {id: other for id, other in self.changes.items() if id != spec.id}
        unique = tuple(dict.fromkeys(keys))
        return KeyMap(changes if unique == spec.shortcuts else {**changes, spec.id: unique})

    def with_key(self, spec: ActionSpec, key: str) -> KeyMap:
        """With one more key for an action, taken from those that cannot have it beside that."""
        result = self
        for other in self.users(key, spec):
            result = result.with_keys(other, tuple(k for k in result.keys(other) if k != key))
        return result.with_keys(spec, (*result.keys(spec), key))

    def restored(self, spec: ActionSpec) -> KeyMap:
        """With the table's keys for an action, taken from those that were given them meanwhile."""
        result = self.with_keys(spec, spec.shortcuts)
        for key in spec.shortcuts:
            for other in result.users(key, spec):
                result = result.with_keys(other, tuple(k for k in result.keys(other) if k != key))
        return result

    def users(self, key: str, spec: ActionSpec) -> list[ActionSpec]:
        """The other actions that have a key and can be meant where `spec` can: a key of the window must be unique
        everywhere, two other scopes may share one."""
        return [o for o in ACTIONS if o.id != spec.id and key in self.keys(o) and shares_scope(o, spec)]

    def conflicts(self) -> Iterator[tuple[str, ActionSpec, ActionSpec]]:
        """(key, action, action) for keys that are given twice."""
        for place, spec in enumerate(ACTIONS):
            for other in ACTIONS[place + 1 :]:
                if shares_scope(spec, other):
                    yield from ((key, spec, other) for key in self.keys(spec) if key in self.keys(other))

    def to_text(self) -> str:
        """As a file that another computer reads."""
        return (
            json.dumps({"format": _FORMAT, "changes": {k: list(v) for k, v in self.changes.items()}}, indent=2) + "\n"
        )


def parse_keymap(text: str) -> tuple[KeyMap, list[str]]:
    """A map from a file, and the actions in it that this program does not have.

    Raises:
        ValueError: not such a file, or it gives a key twice or one that is reserved; says which.
    """
    try:
        raw: Any = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"It is no JSON: {error}.") from error
    if not isinstance(raw, dict) or raw.get("format") != _FORMAT or not isinstance(raw.get("changes"), dict):
        raise ValueError("It was not written by this program, or by a newer version of it.")
    keymap, unknown = KeyMap(), []
    for id, keys in raw["changes"].items():
        if not isinstance(keys, list) or not all(isinstance(key, str) and key for key in keys):
            raise ValueError(f"The keys of {id!r} are not a list of texts.")
        reserved = next((key for key in keys if key in RESERVED), None)
        if reserved:
            raise ValueError(f"{reserved} cannot be the key of an action: it {RESERVED[reserved]}.")
        if id in BY_ID:
            keymap = keymap.with_keys(BY_ID[id], tuple(keys))
        else:
            unknown.append(id)
    for key, one, other in keymap.conflicts():
        raise ValueError(f"It gives {key} to both “{one.title}” and “{other.title}”.")
    return keymap, unknown


def shares_scope(one: ActionSpec, other: ActionSpec) -> bool:
    """Whether one key could mean both."""
    return one.scope == other.scope or "window" in (one.scope, other.scope)
