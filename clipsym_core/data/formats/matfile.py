"""MATLAB files of level 5 (MATLAB 5 to 7, not 7.3): as much as annotations need, without scipy.

Read: numbers, text, cell arrays and structures, compressed or not, in either byte order. Written: the same,
uncompressed. The format is described in MathWorks' "MAT-File Format" (level 5), chapter 1; a file of level 5 is a
header of 128 bytes and a row of elements, each a tag (type, length) and data padded to 8 bytes.

    value in MATLAB        value here
    numeric array          np.ndarray of its shape (always 2-D or more)
    char array             str (one row), or a list of str
    cell array             Cell: shape and values in MATLAB's column-major order
    struct array           Struct: shape, field names, and one dict an element in column-major order
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

Value: TypeAlias = "npt.NDArray[Any] | str | list[str] | Cell | Struct"


class MatError(ValueError):
    """Not a MAT file of level 5, or a damaged one."""


@dataclass(frozen=True)
class Cell:
    """A cell array: `values` in column-major order."""

    shape: tuple[int, ...]
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Struct:
    """A structure array: one mapping from field to value an element, in column-major order."""

    shape: tuple[int, ...]
    fields: tuple[str, ...]
    elements: tuple[Mapping[str, Value], ...]


_HEADER = 128
_MAX_DEPTH = 16
_MAX_BYTES = 256 * 1024 * 1024

_MATRIX: Final = 14
_COMPRESSED: Final = 15
_UTF8, _UTF16, _UTF32 = 16, 17, 18
_DTYPES: Final[Mapping[int, str]] = {
    1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8", 16: "u1", 17: "u2",
    18: "u4",
}  # fmt: skip
_CELL, _STRUCT, _OBJECT, _CHAR, _SPARSE = 1, 2, 3, 4, 5
_NUMERIC: Final[Mapping[int, str]] = {
    6: "f8", 7: "f4", 8: "i1", 9: "u1", 10: "i2", 11: "u2", 12: "i4", 13: "u4", 14: "i8", 15: "u8",
}  # fmt: skip
_COMPLEX = 0x0800


def read_mat(data: bytes) -> dict[str, Value]:
    """The variables of a MAT file.

    Raises:
        MatError: it is no such file, is damaged, or holds what is not supported (says what).
    """
    if data[:8] == b"\x89HDF\r\n\x1a\n" or data[512:520] == b"\x89HDF\r\n\x1a\n":
        raise MatError("It is a MAT file of version 7.3. In MATLAB: load it and save it again with '-v7'.")
    if len(data) < _HEADER:
        raise MatError("It is too short for a MAT file.")
    order = {b"IM": "<", b"MI": ">"}.get(data[126:128])
    if order is None:
        raise MatError("It is not a MAT file of level 5.")
    variables: dict[str, Value] = {}
    reader = _Reader(data, order, _HEADER)
    while reader.at < len(data):
        kind, body = reader.element()
        if kind == _COMPRESSED:
            kind, body = _Reader(_inflated(body), order).element()
        if kind != _MATRIX:
            raise MatError(f"An element of type {kind} at the top.")
        name, value = _Reader(body, order).matrix(0)
        variables[name] = value
    return variables


def _inflated(data: bytes) -> bytes:
    try:
        worker = zlib.decompressobj()
        plain = worker.decompress(data, _MAX_BYTES)
    except zlib.error as error:
        raise MatError(f"Its compressed part is damaged: {error}.") from error
    if worker.unconsumed_tail:
        raise MatError(f"A variable of over {_MAX_BYTES:,} bytes.")
    return plain


class _Reader:
    def __init__(self, data: bytes, order: str, at: int = 0) -> None:
        self.data, self.order, self.at = data, order, at

    def take(self, length: int) -> bytes:
        if length < 0 or self.at + length > len(self.data):
            raise MatError("The file ends too early.")
        part = self.data[self.at : self.at + length]
        self.at += length
        return part

    def element(self) -> tuple[int, bytes]:
        """(type, data) of the next element; small ones hold their data in the tag."""
        (first,) = struct.unpack(f"{self.order}I", self.take(4))
        if first >> 16:
            kind, length = first & 0xFFFF, first >> 16
            if length > 4:
                raise MatError("A small element of over 4 bytes.")
            return kind, self.take(4)[:length]
        (length,) = struct.unpack(f"{self.order}I", self.take(4))
        body = self.take(length)
        if first != _COMPRESSED:  # compressed elements are not padded
            self.at = min(self.at + (-length % 8), len(self.data))
        return first, body

    def numbers(self) -> npt.NDArray[Any]:
        kind, body = self.element()
        if kind not in _DTYPES:
            raise MatError(f"Numbers of the unknown type {kind}.")
        dtype = np.dtype(f"{self.order}{_DTYPES[kind]}")
        if len(body) % dtype.itemsize:
            raise MatError("Numbers that end in the middle of one.")
        return np.frombuffer(body, dtype)

    def matrix(self, depth: int) -> tuple[str, Value]:
        if depth > _MAX_DEPTH:
            raise MatError("Cells are nested too deeply.")
        flags = self.numbers()
        if len(flags) < 1:
            raise MatError("An array without flags.")
        kind = int(flags[0]) & 0xFF
        shape = tuple(int(n) for n in self.numbers())
        name = bytes(self.numbers().astype(np.uint8)).decode("ascii", "replace")
        if len(shape) < 2 or min(shape) < 0:
            raise MatError(f"An array of the impossible shape {shape}.")
        count = 1
        for n in shape:
            count *= n
        if count > _MAX_BYTES:
            raise MatError(f"An array of {count:,} elements.")
        if kind == _CELL:
            return name, Cell(shape, tuple(self.child(depth) for _ in range(count)))
        if kind == _STRUCT:
            return name, self.structure(shape, count, depth)
        if kind == _CHAR:
            return name, self.characters(shape, count)
        if kind in _NUMERIC:
            if int(flags[0]) & _COMPLEX:
                raise MatError("Complex numbers.")
            values = self.numbers()
            if len(values) != count:
                raise MatError(f"An array of {count} numbers holds {len(values)}.")
            native = np.dtype(_NUMERIC[kind])
            return name, values.astype(native).reshape(shape, order="F")
        words = {_OBJECT: "an object", _SPARSE: "a sparse matrix"}
        raise MatError(f"It holds {words.get(kind, f'an array of class {kind}')}, which annotations never are.")

    def child(self, depth: int) -> Value:
        kind, body = self.element()
        if kind != _MATRIX:
            raise MatError(f"A cell holds an element of type {kind}.")
        if not body:  # MATLAB writes nothing at all for some empty arrays
            return np.zeros((0, 0))
        return _Reader(body, self.order).matrix(depth + 1)[1]

    def structure(self, shape: tuple[int, ...], count: int, depth: int) -> Struct:
        width = self.numbers()
        names = bytes(self.numbers().astype(np.uint8))
        if len(width) != 1 or width[0] < 1 or len(names) % int(width[0]):
            raise MatError("A structure with damaged field names.")
        step = int(width[0])
        fields = tuple(
            names[i : i + step].split(b"\0")[0].decode("ascii", "replace") for i in range(0, len(names), step)
        )
        elements = tuple({f: self.child(depth) for f in fields} for _ in range(count))
        return Struct(shape, fields, elements)

    def characters(self, shape: tuple[int, ...], count: int) -> str | list[str]:
        kind, body = self.element()
        encodings = {_UTF8: "utf-8", _UTF16: "utf-16", _UTF32: "utf-32", 4: "utf-16", 2: "latin-1", 1: "latin-1"}
        encoding = encodings.get(kind)
        if encoding is None:
            raise MatError(f"Text of the unknown type {kind}.")
        if encoding in ("utf-16", "utf-32"):
            encoding += "-le" if self.order == "<" else "-be"
        try:
            text = body.decode(encoding)
        except UnicodeDecodeError as error:
            raise MatError(f"Text that is not {encoding}.") from error
        if shape[0] <= 1:
            return text[:count] if kind != _UTF8 else text
        if len(text) != count:
            raise MatError(f"A text array of {count} letters holds {len(text)}.")
        return ["".join(text[r :: shape[0]]) for r in range(shape[0])]


# -- writing ----------------------------------------------------------------------------------------------------------


def write_mat(variables: Mapping[str, Value]) -> bytes:
    """A MAT file of level 5, little-endian, uncompressed; the same bytes for the same values.

    Raises:
        MatError: an array of a type that is not supported, or a name that MATLAB cannot have.
    """
    header = b"MATLAB 5.0 MAT-file, written by SymViewer".ljust(124) + struct.pack("<H", 0x0100) + b"IM"
    parts = [header]
    for name, value in variables.items():
        if not (name.isidentifier() and name.isascii() and len(name) < 32):
            raise MatError(f"{name!r} is not a name for a MATLAB variable.")
        parts.append(_matrix(value, name))
    return b"".join(parts)


def cell_row(values: Sequence[Value]) -> Cell:
    """A 1 x N cell array."""
    return Cell((1, len(values)), tuple(values))


def cell_column(values: Sequence[Value]) -> Cell:
    """An N x 1 cell array."""
    return Cell((len(values), 1), tuple(values))


def struct_column(fields: Sequence[str], elements: Sequence[Mapping[str, Value]]) -> Struct:
    """An N x 1 structure array."""
    return Struct((len(elements), 1), tuple(fields), tuple(elements))


def _element(kind: int, body: bytes) -> bytes:
    return struct.pack("<II", kind, len(body)) + body + b"\0" * (-len(body) % 8)


def _array(kind: int, shape: tuple[int, ...], name: str, *content: bytes) -> bytes:
    parts = (
        _element(6, struct.pack("<II", kind, 0)),
        _element(5, struct.pack(f"<{len(shape)}i", *shape)),
        _element(1, name.encode("ascii")),
        *content,
    )
    return _element(_MATRIX, b"".join(parts))


def _matrix(value: Value, name: str = "") -> bytes:
    match value:
        case str():
            units = value.encode("utf-16-le")
            return _array(_CHAR, (1 if units else 0, len(units) // 2), name, _element(_UTF16, units))
        case Cell(shape, values):
            return _array(_CELL, shape, name, *(_matrix(v) for v in values))
        case Struct(shape, fields, elements):
            width = max((len(f) for f in fields), default=0) + 1
            names = b"".join(f.encode("ascii").ljust(width, b"\0") for f in fields)
            content = (_matrix(e[f]) for e in elements for f in fields)
            return _array(_STRUCT, shape, name, _element(5, struct.pack("<i", width)), _element(1, names), *content)
        case np.ndarray() if value.dtype == np.float64 and value.ndim >= 2:
            return _array(6, value.shape, name, _element(9, value.astype("<f8").tobytes(order="F")))
        case _:
            raise MatError(f"{type(value).__name__} cannot be written; text, cells, structures and doubles can.")
