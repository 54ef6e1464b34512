"""JSON in and out: files that may hold anything are read with a place for each fault, big arrays as a stream."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clipsym_core.data.formats.values import BadValue

MAX_FILE = 64 * 1024 * 1024
"""Largest JSON file of one picture, bytes; such a file holds kilobytes, or an embedded picture."""
MAX_ELEMENT = 16 * 1024 * 1024
"""Largest element of a streamed array, characters."""

_CHUNK = 1 << 18
_SPACE = re.compile(r"[ \t\r\n]*")
_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{}]|"', re.DOTALL)
_AFTER_SCALAR = re.compile(r"[,\]}\s]")


def load_json(path: Path) -> Any:
    """The value of a JSON file (UTF-8, also with a byte-order mark, UTF-16 or UTF-32).

    Raises:
        BadValue: it cannot be read; with the line where that is known.
    """
    try:
        if (length := path.stat().st_size) > MAX_FILE:
            raise BadValue("", f"The file has {length:,} bytes, limit {MAX_FILE:,}.")
        data = path.read_bytes()
    except OSError as error:
        raise BadValue("", f"It cannot be read: {error.strerror or error}.") from error
    return parse_json(data)


def parse_json(data: bytes) -> Any:
    """Like `load_json`, from bytes."""
    if not data.strip():
        raise BadValue("", "The file is empty.")
    try:
        content = data.decode(json.detect_encoding(data))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise BadValue(f"line {line}", f"The text is not {error.encoding.upper()}; save the file as UTF-8.") from error
    try:
        return json.loads(content.removeprefix("\ufeff"))
    except json.JSONDecodeError as error:
        raise BadValue(f"line {error.lineno}, column {error.colno}", f"Not JSON: {error.msg}.") from error
    except RecursionError as error:
        raise BadValue("", "Its brackets are nested too deeply.") from error
    except ValueError as error:  # a whole number of thousands of digits
        raise BadValue("", f"Not JSON: {error}.") from error


def dump_json(value: Any) -> bytes:
    """JSON for people and for git: two spaces, a list of numbers on one line, ASCII (loaders guess encodings), LF."""
    return (_pretty(value, "") + "\n").encode()


def _pretty(value: Any, indent: str) -> str:
    deeper = indent + "  "
    if isinstance(value, dict) and value:
        flat = json.dumps(value, allow_nan=False)
        if len(flat) <= 100 - len(indent) and not any(isinstance(v, dict) and v for v in value.values()):
            return flat
        rows = [f"{deeper}{json.dumps(str(k))}: {_pretty(v, deeper)}" for k, v in value.items()]
        return "{\n" + ",\n".join(rows) + f"\n{indent}}}"
    if isinstance(value, list | tuple) and any(isinstance(v, dict | str) for v in value):
        return "[\n" + ",\n".join(f"{deeper}{_pretty(v, deeper)}" for v in value) + f"\n{indent}]"
    return json.dumps(value, allow_nan=False)


@dataclass(frozen=True, slots=True)
class Element:
    """A value met while streaming: a top-level key's value, or one element of a streamed top-level array.

    Attributes:
        index: position in the array, None for the value of a key.
        line: line of the file, from 1.
    """

    key: str
    index: int | None
    value: Any
    line: int


Fault = Callable[[str, str], None]
"""Told of a place and what is wrong there."""


def stream_object(path: Path, arrays: frozenset[str], fault: Fault) -> Iterator[Element]:
    """The top-level keys of a JSON object, arrays among `arrays` element by element, in bounded memory.

    An element that is not JSON but has balanced brackets is told to `fault` and skipped. What follows a place where
    brackets no longer match (a truncated file) cannot be read and is told too; all before it has been given out.

    Raises:
        BadValue: the file cannot be opened, or is no object.
    """
    try:
        with path.open("rb") as file:
            yield from _Stream(file.read, arrays, fault).run()
    except OSError as error:
        raise BadValue("", f"It cannot be read: {error.strerror or error}.") from error


class _End(Exception):
    """The text ends, or can no longer be followed."""


class _Stream:
    def __init__(self, read: Callable[[int], bytes], arrays: frozenset[str], fault: Fault) -> None:
        self.read, self.arrays, self.fault = read, arrays, fault
        self.decoder = codecs.getincrementaldecoder("utf-8-sig")("surrogateescape")
        self.text, self.at, self.line, self.ended = "", 0, 1, False

    def run(self) -> Iterator[Element]:
        try:
            if self.peek() != "{":
                raise BadValue(f"line {self.line}", "Expected an object, which begins with {.")
        except _End:
            raise BadValue("", "The file is empty.") from None
        self.at += 1
        try:
            yield from self.members()
        except _End as end:
            self.fault(f"line {self.line}", str(end) or "The file ends too early; what would follow is missing.")

    def members(self) -> Iterator[Element]:
        while (sign := self.peek()) != "}":
            if sign == ",":
                self.at += 1
                continue
            line = self.line
            key = self.value("the name of a key")
            if not isinstance(key, str) or self.peek() != ":":
                raise _End("Expected a key and a colon; what follows cannot be read.")
            self.at += 1
            if self.peek() == "[" and key in self.arrays:
                self.at += 1
                yield from self.elements(key)
            else:
                value = self.value(key)
                if not isinstance(value, BadValue):
                    yield Element(key, None, value, line)

    def elements(self, key: str) -> Iterator[Element]:
        index = 0
        while (sign := self.peek()) != "]":
            if sign == ",":
                self.at += 1
                continue
            line = self.line
            value = self.value(f"{key}[{index}]")
            if not isinstance(value, BadValue):
                yield Element(key, index, value, line)
            index += 1
        self.at += 1

    def fill(self) -> bool:
        """Read on, dropping what lies before `at`; false at the end of the file."""
        if self.ended:
            return False
        data = self.read(_CHUNK)
        self.ended = not data
        self.text = self.text[self.at :] + self.decoder.decode(data, self.ended)
        self.at = 0
        return True

    def peek(self) -> str:
        """The next character that is no space, which it stands at."""
        while True:
            match = _SPACE.match(self.text, self.at)
            assert match is not None
            self.line += self.text.count("\n", self.at, match.end())
            self.at = match.end()
            if self.at < len(self.text):
                return self.text[self.at]
            if not self.fill():
                raise _End

    def value(self, place: str) -> Any:
        """The value at this place, which may be a `BadValue` that was told to `fault`."""
        self.peek()
        end = self.end_of_value()
        raw = self.text[self.at : end]
        line = self.line
        self.line += raw.count("\n")
        self.at = end
        try:
            value = json.loads(raw)
        except RecursionError:
            fault = BadValue(f"{place}, line {line}", "Its brackets are nested too deeply.")
        except ValueError as error:
            message = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
            fault = BadValue(f"{place}, line {line}", f"Not JSON: {message}.")
        else:
            try:
                raw.encode()
                return value
            except UnicodeEncodeError:
                fault = BadValue(f"{place}, line {line}", "The text is not UTF-8.")
        self.fault(fault.place, fault.message)
        return fault

    def end_of_value(self) -> int:
        """Where the value that begins here ends; reads on as needed."""
        depth, position = 0, self.at
        while True:
            if depth == 0 and self.text[self.at] not in '[{"':
                end = self.end_of_scalar()
                if end is not None:
                    return end
            else:
                for match in _TOKEN.finditer(self.text, position):
                    token = match.group()
                    if token == '"':  # a text that goes on in the next chunk
                        break
                    position = match.end()
                    depth += (token in "[{") - (token in "]}")
                    if depth == 0:
                        return position
            if len(self.text) - self.at > MAX_ELEMENT:
                raise _End(f"A value of over {MAX_ELEMENT:,} characters; what follows cannot be read.")
            position -= self.at
            if not self.fill():
                raise _End

    def end_of_scalar(self) -> int | None:
        match = _AFTER_SCALAR.search(self.text, self.at)
        if match is not None:
            return match.start() if match.start() > self.at else match.end()
        return len(self.text) if self.ended else None
