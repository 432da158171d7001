"""The parts of a PNG file: the picture alone, and the chunks that say something beside it.

Source: W3C, Portable Network Graphics (third edition), 2025.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

SIGNATURE = b"\x89PNG\r\n\x1a\n"

_PICTURE = (b"IHDR", b"PLTE", b"IDAT", b"IEND")
_TEXTS = (b"tEXt", b"zTXt", b"iTXt")
_FRAMES = (b"acTL", b"fcTL", b"fdAT")
_MOST = 64 << 20
"""Bytes that all compressed chunks of a file may unpack to."""


@dataclass(frozen=True, slots=True)
class Chunks:
    """What a PNG file holds."""

    header: bytes
    """Content of IHDR: size, bits, kind of colour, ..."""
    picture: bytes
    """A file of the pixels and the palette alone."""
    others: tuple[tuple[bytes, bytes], ...]
    """(name, content) of all other chunks, wherever they stand, compressed texts and profiles unpacked."""
    damaged: tuple[bytes, ...]
    """Names of chunks with a wrong check sum, or that cannot be unpacked; only texts of them are among the others."""
    sound: bool
    """Whether all check sums of the pixels are right."""
    ended: bool
    """Whether there is an end."""
    several: bool
    """Whether the file is an animation."""
    appended: bytes
    """What follows the end."""

    @property
    def bits(self) -> int:
        return self.header[8]

    @property
    def kind(self) -> int:
        """0: grey, 2: RGB, 3: palette, 4: grey with alpha, 6: RGBA."""
        return self.header[9]

    def first(self, name: bytes) -> bytes | None:
        """The content of the first chunk of that name."""
        return next((content for found, content in self.others if found == name), None)

    def all_there(self) -> bool:
        """Whether the compressed pixels are whole, in a file without an end."""
        packed = zlib.decompressobj()
        try:
            for _, name, content, _ in _walk(memoryview(self.picture)):
                data = bytes(content) if name == b"IDAT" else b""
                while data and not packed.eof:
                    packed.decompress(data, 1 << 20)
                    data = packed.unconsumed_tail
        except zlib.error:
            return False
        return packed.eof


def read(stream: BinaryIO) -> Chunks | None:
    """The parts of a PNG file; None if it is none, or so damaged that it has no header."""
    stream.seek(0)
    if stream.read(len(SIGNATURE)) != SIGNATURE:
        return None
    stream.seek(0)
    file = memoryview(stream.read())
    picture: list[bytes | memoryview] = [SIGNATURE]
    others: list[tuple[bytes, bytes]] = []
    damaged: list[bytes] = []
    header, sound, end, several, room = b"", True, 0, False, _MOST
    for at, name, content, right in _walk(file):
        if name == b"IEND":
            end = at + 12 + len(content)
            break
        if name in _PICTURE or name[:1].isupper() or (name == b"tRNS" and header[9:10] == b"\x03"):
            header = header or (bytes(content) if name == b"IHDR" and len(content) >= 13 else b"")
            sound &= right or name == b"tRNS"
            picture.append(file[at : at + 12 + len(content)])
        elif name in _FRAMES:
            several |= name == b"fdAT"
        else:
            unpacked = _unpacked(name, bytes(content), room)
            if not right or unpacked is None:
                damaged.append(name)
            if unpacked is not None and (right or name in _TEXTS):
                room -= len(unpacked)
                others.append((b"iTXt" if name == b"iTXt" else b"tEXt" if name in _TEXTS else name, unpacked))
    if not header:
        return None
    picture.append(written(b"IEND", b""))
    appended = bytes(file[end:]) if end else b""
    return Chunks(header, b"".join(picture), tuple(others), tuple(damaged), sound, end > 0, several, appended)


def _walk(file: memoryview) -> Iterator[tuple[int, bytes, memoryview, bool]]:
    """(place, name, content, whether its check sum is right) of each chunk, without copies; the last may be cut."""
    at = len(SIGNATURE)
    while at + 8 <= len(file):
        length, name = struct.unpack_from(">I4s", file, at)
        if not name.isalpha():
            return
        content = file[at + 8 : at + 8 + length]
        if len(content) < length and name != b"IDAT":  # cut pixels are for the decoder to complain of
            return
        yield at, name, content, file[at + 8 + length : at + 12 + length] == _sum(name, content)
        at += 12 + length


def _unpacked(name: bytes, content: bytes, room: int) -> bytes | None:
    """An iCCP chunk's profile, a zTXt as tEXt, an iTXt not compressed; others as they are; None if it cannot be."""
    if name not in (b"iCCP", b"zTXt", b"iTXt"):
        return content
    key, found, rest = content.partition(b"\0")
    if name == b"iTXt":
        if rest[:1] != b"\x01":
            return content
        language, translated, packed = (*rest[2:].split(b"\0", 2), b"", b"")[:3]
        head = key + b"\0\0\0" + language + b"\0" + translated + b"\0"
    else:
        head, packed = b"" if name == b"iCCP" else key + b"\0", rest[1:]
    unpacker = zlib.decompressobj()
    try:
        value = unpacker.decompress(packed, max(1, room))
    except zlib.error:
        return None
    return head + value if found and unpacker.eof else None


def _sum(name: bytes, content: bytes | memoryview) -> bytes:
    return struct.pack(">I", zlib.crc32(content, zlib.crc32(name)))


def written(name: bytes, content: bytes) -> bytes:
    """A chunk as it lies in a file."""
    return struct.pack(">I", len(content)) + name + content + _sum(name, content)
