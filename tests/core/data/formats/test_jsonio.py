"""Streaming JSON gives what json.loads gives, chunk borders wherever they fall, and goes past broken elements."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipsym_core.data.formats import jsonio
from clipsym_core.data.formats.jsonio import dump_json, load_json, parse_json, stream_object
from clipsym_core.data.formats.values import BadValue

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def streamed(path: Path) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    faults: list[tuple[str, str]] = []
    found: dict[str, Any] = {}
    for e in stream_object(path, frozenset({"rows"}), lambda place, message: faults.append((place, message))):
        if e.index is None:
            found[e.key] = e.value
        else:
            found.setdefault(e.key, []).append(e.value)
    return found, faults


@given(
    content=st.dictionaries(st.sampled_from(["a", "b", 'q"\\', "rows"]), values, max_size=4),
    rows=st.lists(values, min_size=1, max_size=6),
    indent=st.sampled_from([None, 1]),
    chunk=st.integers(1, 40),
    ascii_only=st.booleans(),
)
def test_the_same_as_json_loads(
    tmp_path_factory: pytest.TempPathFactory, content: dict[str, Any], rows: list[Any], indent: int | None, chunk: int,
    ascii_only: bool,
) -> None:  # fmt: skip
    path = tmp_path_factory.getbasetemp() / "stream.json"
    text = json.dumps(content | {"rows": rows}, indent=indent, ensure_ascii=ascii_only)
    path.write_bytes(text.encode("utf-8", "replace"))
    expected = json.loads(path.read_bytes())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jsonio, "_CHUNK", chunk)
        found, faults = streamed(path)
    assert not faults
    assert found == expected


@given(values)
def test_dumped_json_is_read_back_and_stable(value: Any) -> None:
    data = dump_json(value)
    assert data.isascii()
    assert data.endswith(b"\n")
    assert parse_json(data) == value
    assert dump_json(parse_json(data)) == data


@pytest.mark.parametrize("chunk", [1, 3, 1000])
def test_broken_elements_are_skipped_with_their_line(
    tmp_path: Path, chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jsonio, "_CHUNK", chunk)
    path = tmp_path / "a.json"
    path.write_text('{"n": 1,\n "rows": [\n {"a": 1},\n {"a": one},\n {"a": [3, "]}"]}, {"a": }\n ],\n "m": 2}\n')
    found, faults = streamed(path)
    assert found == {"n": 1, "rows": [{"a": 1}, {"a": [3, "]}"]}], "m": 2}
    assert [place for place, _ in faults] == ["rows[1], line 4", "rows[3], line 5"]


@pytest.mark.parametrize("chunk", [1, 7, 1000])
def test_a_file_that_ends_early(tmp_path: Path, chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonio, "_CHUNK", chunk)
    path = tmp_path / "a.json"
    path.write_text('{"rows": [\n{"a": 1},\n{"a": 2},\n{"a": "unfin')
    found, faults = streamed(path)
    assert found == {"rows": [{"a": 1}, {"a": 2}]}
    assert faults == [("line 4", "The file ends too early; what would follow is missing.")]


def test_bytes_that_are_no_utf8_cost_their_element_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(b'{"rows": [{"a": 1}, {"a": "\xe4"}, {"a": 2}]}')
    found, faults = streamed(path)
    assert found == {"rows": [{"a": 1}, {"a": 2}]}
    assert faults == [("rows[1], line 1", "The text is not UTF-8.")]


def test_an_element_without_end_is_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonio, "_CHUNK", 100)
    monkeypatch.setattr(jsonio, "MAX_ELEMENT", 1000)
    path = tmp_path / "a.json"
    path.write_text('{"rows": [1, [' + "2, " * 5000)
    found, faults = streamed(path)
    assert found == {"rows": [1]}
    assert "over 1,000 characters" in faults[0][1]


@pytest.mark.parametrize("data", [b"", b"  \n", b"[1]", b"7"])
def test_no_object(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.json").write_bytes(data)
    with pytest.raises(BadValue):
        streamed(tmp_path / "a.json")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "a.json").write_bytes('{"ä": "漢"}'.encode(encoding))
    assert load_json(tmp_path / "a.json") == {"ä": "漢"}


def test_errors_have_their_line() -> None:
    with pytest.raises(BadValue, match=r"line 3, column 6"):
        parse_json(b'{"a": 1,\n"b": 2,\n"c": x}')
    with pytest.raises(BadValue, match=r"line 2: The text is not UTF-8"):
        parse_json(b'{"a":\n "\xe4"}')


def test_files_that_are_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonio, "MAX_FILE", 10)
    (tmp_path / "a.json").write_text('{"a": "0123456789"}')
    with pytest.raises(BadValue, match="limit 10"):
        load_json(tmp_path / "a.json")
