"""The directories of a TIFF-structured file (TIFF, BigTIFF, an EXIF block), entry by entry and byte for byte.

Pillow's readers give values back as Python's and forget of which kind they were; written again, a caption loses
every letter that is not ASCII.  Here an entry stays the bytes that it is.
Source: Adobe, TIFF Revision 6.0, 1992; CIPA, Exif 2.32, 2019; for BigTIFF the description of libtiff.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from typing import Any, BinaryIO, Literal, NamedTuple

import numpy as np

EXIF, GPS, INTEROPERABILITY = 0x8769, 0x8825, 0xA005
SUB_DIRECTORIES = {0: (EXIF, GPS), EXIF: (INTEROPERABILITY,)}
"""Entries that lead to a directory, by the directory that they stand in (0: the main one)."""

_LONG, _IFD = 4, 13
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_CODES = {1: "u1", 3: "u2", 4: "u4", 6: "i1", 8: "i2", 9: "i4", 13: "u4", 16: "u8", 17: "i8", 18: "u8"}
_CLASSIC = {16: 4, 17: 9, 18: 13}
"""BigTIFF's 8-byte integers, and what they become where 4 bytes are all there is."""
_MOST_ENTRIES = 4096


class Field(NamedTuple):
    """An entry's kind (TIFF's number for it), how many values it has, and their bytes."""

    kind: int
    values: int
    value: bytes


Order = Literal["<", ">"]
"""struct's and numpy's sign for a file's byte order."""
Fields = dict[int, "Field | Fields"]
"""A directory to be written, by tag; where the value is itself such a table, the entry leads to that directory."""


class Header(NamedTuple):
    """How a TIFF begins: its byte order, whether it is a BigTIFF, where the first directory is."""

    order: Order
    big: bool
    first: int


class _Entry(NamedTuple):
    kind: int
    values: int
    at: int


def read_header(stream: BinaryIO) -> Header | None:
    """The head of a TIFF-structured file; None if it is none."""
    stream.seek(0)
    head = stream.read(16)
    orders: dict[bytes, Order] = {b"II": "<", b"MM": ">"}
    order = orders.get(head[:2])
    if order is None or len(head) < 8:
        return None
    (version,) = struct.unpack_from(order + "H", head, 2)
    if version == 42:
        return Header(order, False, struct.unpack_from(order + "L", head, 4)[0])
    if version == 43 and len(head) == 16 and head[4:8] == struct.pack(order + "HH", 8, 0):
        return Header(order, True, struct.unpack_from(order + "Q", head, 8)[0])
    return None


class Directory:
    """One directory of a file; values are read when they are asked for, and never more than the file holds."""

    def __init__(self, stream: BinaryIO, header: Header, at: int) -> None:
        """Raises ValueError if the file ends before the directory does."""
        self.header = header
        self._stream = stream
        self._end = stream.seek(0, os.SEEK_END)
        count, link, form = ("Q", "Q", "HHQ8s") if header.big else ("H", "L", "HHL4s")
        (number,) = self._unpack(count, at)
        if number > _MOST_ENTRIES:
            raise ValueError("a directory without end")
        table, step = at + struct.calcsize("<" + count), struct.calcsize("<" + form)
        self._entries: dict[int, _Entry] = {}
        for index in range(number):
            start = table + index * step
            tag, kind, values, place = self._unpack(form, start)
            fits = _SIZES.get(kind, 0) * values <= len(place)
            self._entries.setdefault(
                tag, _Entry(kind, values, start + step - len(place) if fits else self._number(link, place))
            )
        try:
            (self.following,) = self._unpack(link, table + number * step)
        except ValueError:  # a file that ends with its directory is whole
            self.following = 0

    def _number(self, form: str, data: bytes) -> int:
        return int(struct.unpack(self.header.order + form, data)[0])

    def _unpack(self, form: str, at: int) -> tuple[Any, ...]:
        size = struct.calcsize("<" + form)
        self._stream.seek(min(at, self._end))
        data = self._stream.read(size)
        if len(data) < size:
            raise ValueError("a directory beyond the end of the file")
        return struct.unpack(self.header.order + form, data)

    def __contains__(self, tag: int) -> bool:
        return tag in self._entries

    def __iter__(self) -> Iterator[int]:
        return iter(self._entries)

    def size(self, tag: int) -> int:
        """How many bytes an entry's values take; 0 if there is no such entry."""
        kind, count, _ = self._entries.get(tag, (0, 0, 0))
        return _SIZES.get(kind, 0) * count

    def field(self, tag: int) -> Field | None:
        """An entry as it is; None if it is not there or its values are not in the file."""
        kind, count, at = self._entries.get(tag, (0, 0, 0))
        size = self.size(tag)
        if kind not in _SIZES or at + size > self._end:
            return None
        self._stream.seek(at)
        return Field(kind, count, self._stream.read(size))

    def raw(self, tag: int) -> bytes | None:
        """The bytes of an entry's values; None as `field`, and where they are none."""
        found = self.field(tag)
        return (found and found.value) or None

    def numbers(self, tag: int, default: tuple[int, ...] = ()) -> tuple[int, ...]:
        """An entry's whole numbers; `default` without it.  Raises ValueError if it is damaged or of another kind."""
        if tag not in self._entries:
            return default
        found = self.field(tag)
        if found is None or found.kind not in _CODES:
            raise ValueError("an entry that should be whole numbers")
        return tuple(np.frombuffer(found.value, self.header.order + _CODES[found.kind]).tolist())

    def number(self, tag: int, default: int) -> int:
        """The first of an entry's whole numbers; raises as `numbers`."""
        return (self.numbers(tag) or (default,))[0]

    def hint(self, tag: int, default: int) -> int:
        """As `number`, of an entry without which the picture can be read: damaged, it is taken for missing."""
        try:
            return self.number(tag, default)
        except ValueError:
            return default

    def resolution(self) -> tuple[float, float] | None:
        """Pixels an inch, across and down; None where that is not said (a mere proportion is not)."""
        across, down = self._ratio(282), self._ratio(283)
        inches = {2: 1.0, 3: 2.54}.get(self.hint(296, 2))
        return (across * inches, down * inches) if inches and across and down else None

    def _ratio(self, tag: int) -> float | None:
        found = self.field(tag)
        if found is None or found.kind not in (3, 4, 5) or not found.value:
            return None
        if found.kind != 5:
            return float(self.hint(tag, 0))
        over, under = struct.unpack_from(self.header.order + "LL", found.value)
        return over / under if under else None


def pages(stream: BinaryIO, header: Header) -> Iterator[Directory]:
    """The directories that follow each other; stops at one that was there before.  Raises ValueError."""
    seen, at = set[int](), header.first
    while at and at not in seen:
        seen.add(at)
        directory = Directory(stream, header, at)
        yield directory
        at = directory.following


def gather(stream: BinaryIO, directory: Directory, *, without: frozenset[int]) -> tuple[Fields, bool]:
    """A directory and those below it that describe the photo, and whether anything in them was too damaged to take.

    `without` are tags of the main directory that are left out.
    """
    whole = _Gathering(stream, directory.header)
    return whole.fields(directory, 0, without), whole.damaged


class _Gathering:
    def __init__(self, stream: BinaryIO, header: Header) -> None:
        self._stream = stream
        self._header = header
        self._room = stream.seek(0, os.SEEK_END)
        """Entries may share their bytes; all together they may not take more than the file has."""
        self.damaged = False

    def fields(self, directory: Directory, level: int, without: frozenset[int] = frozenset()) -> Fields:
        found: Fields = {}
        for tag in directory:
            if tag in without:
                continue
            try:
                if tag in SUB_DIRECTORIES.get(level, ()):
                    below = self.fields(Directory(self._stream, self._header, directory.number(tag, 0)), tag)
                    found |= {tag: below} if below else {}
                else:
                    found[tag] = self._field(directory, tag)
            except ValueError:
                self.damaged = True
        return found

    def _field(self, directory: Directory, tag: int) -> Field:
        self._room -= directory.size(tag)
        if self._room < 0:
            raise ValueError("more in its entries than in the file")
        found = directory.field(tag)
        if found is None:
            raise ValueError("an entry of which the values are missing")
        kind, count, value = found
        if kind in _CLASSIC:
            order, narrow = self._header.order, np.dtype(_CODES[_CLASSIC[kind]])
            values = np.frombuffer(value, order + _CODES[kind])
            if (values.astype(narrow) != values).any():
                raise ValueError("a number that needs eight bytes")
            kind, value = _CLASSIC[kind], values.astype(narrow.newbyteorder(order)).tobytes()
        if kind == _IFD:  # it leads to a directory of which nobody here knows what is in it
            raise ValueError("a directory that is not known")
        return Field(kind, count, value)


def pack(order: Order, fields: Fields, at: int) -> bytes:
    """A directory with its values and those below it, to stand at position `at` of the file."""
    cursor, body = at + 2 + 12 * len(fields) + 4, b""
    table = struct.pack(order + "H", len(fields))
    for tag, field in sorted(fields.items()):
        if isinstance(field, dict):
            kind, count, value = _LONG, 1, struct.pack(order + "L", cursor)
            behind = pack(order, field, cursor)
        else:
            kind, count, value = field
            behind = value + bytes(len(value) % 2) if len(value) > 4 else b""
            value = struct.pack(order + "L", cursor) if behind else value.ljust(4, b"\0")
        table += struct.pack(order + "HHL", tag, kind, count) + value
        cursor += len(behind)
        body += behind
    return table + bytes(4) + body


def exif_block(order: Order, fields: Fields) -> bytes:
    """An EXIF block (without the "Exif" prefix) of one directory and those below it."""
    return {"<": b"II", ">": b"MM"}[order] + struct.pack(order + "HL", 42, 8) + pack(order, fields, 8)
