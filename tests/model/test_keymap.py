"""Changed shortcuts: never two actions on one key, differences only, through a file and back."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symviewer.model.actions_table import ACTIONS, BY_ID
from symviewer.model.keymap import RESERVED, KeyMap, parse_keymap, shares_scope
from symviewer.model.settings import Settings, parse_settings

FIT, NEXT = BY_ID["fit"], BY_ID["next_picture"]
KEYS = sorted({key for spec in ACTIONS for key in spec.shortcuts} | {"Ctrl+Alt+1", "F9", "Shift+Q"})
changes = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.sampled_from(ACTIONS), st.sampled_from(KEYS)),
        st.tuples(st.just("remove"), st.sampled_from(ACTIONS), st.sampled_from(KEYS)),
        st.tuples(st.just("restore"), st.sampled_from(ACTIONS), st.just("")),
    ),
    max_size=15,
)


def worked(work: list) -> KeyMap:
    keymap = KeyMap()
    for what, spec, key in work:
        if what == "add":
            keymap = keymap.with_key(spec, key)
            assert key in keymap.keys(spec)
        elif what == "remove":
            keymap = keymap.with_keys(spec, tuple(k for k in keymap.keys(spec) if k != key))
        else:
            keymap = keymap.restored(spec)
            assert keymap.keys(spec) == spec.shortcuts
    return keymap


@given(changes)
def test_no_work_gives_one_key_to_two_actions(work: list) -> None:
    keymap = worked(work)
    assert list(keymap.conflicts()) == []
    assert all(keys != BY_ID[id].shortcuts for id, keys in keymap.changes.items())


@given(changes)
def test_through_files_and_back(work: list) -> None:
    keymap = worked(work)
    assert parse_keymap(keymap.to_text()) == (keymap, [])
    settings = Settings().changed(shortcuts=dict(keymap.changes))
    assert KeyMap(parse_settings(json.loads(json.dumps(settings.model_dump(mode="json")))).shortcuts) == keymap


def test_a_key_is_taken_from_the_action_that_had_it() -> None:
    assert KeyMap().users("F", NEXT) == [FIT]
    keymap = KeyMap().with_key(NEXT, "F")
    assert keymap.keys(NEXT) == (*NEXT.shortcuts, "F")
    assert keymap.keys(FIT) == ()
    assert keymap.users("F", FIT) == [NEXT]
    back = keymap.restored(FIT)
    assert back.keys(FIT) == ("F",)
    assert back == KeyMap()


def test_scopes() -> None:
    canvas = [spec for spec in ACTIONS if spec.scope == "canvas"]
    assert canvas
    assert all(shares_scope(spec, FIT) for spec in canvas)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("nonsense", "no JSON"),
        ("[1]", "not written by this program"),
        ('{"format": "symviewer shortcuts 9", "changes": {}}', "newer"),
        ('{"format": "symviewer shortcuts 1", "changes": {"fit": "F"}}', "not a list"),
        ('{"format": "symviewer shortcuts 1", "changes": {"fit": ["Space"]}}', "moves the picture"),
        ('{"format": "symviewer shortcuts 1", "changes": {"fit": ["D"]}}', "both"),
    ],
)
def test_a_bad_file_is_refused_with_the_reason(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parse_keymap(text)


def test_what_this_program_does_not_have_is_named() -> None:
    text = '{"format": "symviewer shortcuts 1", "changes": {"fit": ["F9"], "fly": ["F8"]}}'
    assert parse_keymap(text) == (KeyMap({"fit": ("F9",)}), ["fly"])


def test_no_action_has_a_reserved_key() -> None:
    assert [spec.id for spec in ACTIONS for key in spec.shortcuts if key in RESERVED] == []
