"""The boxes of a JPEG 2000, AVIF or HEIC file: what Pillow's readers leave in them.

Source: ISO/IEC 15444-1 annex I (JPEG 2000), ISO/IEC 14496-12 (boxes), 23008-12 (nclx), AV1-ISOBMFF (av1C).
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

_MOST_BOXES = 10_000
_MOST_HEAD = 1 << 24
"""Bytes of a box with descriptions that are looked at."""
_UUIDS = {
    bytes.fromhex("be7acfcb97a942e89c71999491e3afac"): "xmp",
    b"JpgTiffExif->JP2": "exif",
    bytes.fromhex("33c7a4d2b81d4723a0baf1a3e097ad38"): "iptc",
}


@dataclass(frozen=True, slots=True)
class Told:
    """What the boxes of a JPEG 2000 file say beside the pixels."""

    icc: bytes | None = None
    exif: bytes | None = None
    xmp: bytes | None = None
    iptc: bytes | None = None
    others: bool = False
    """Whether there are boxes of words or of a kind that nobody knows."""


def boxes(stream: BinaryIO, start: int = 0, end: int | None = None) -> Iterator[tuple[bytes, int, int]]:
    """(name, where its content begins, where it ends) of the boxes there; stops at one that reaches past the end."""
    last = stream.seek(0, os.SEEK_END) if end is None else end
    for _ in range(_MOST_BOXES):
        stream.seek(start)
        head = stream.read(16)
        if start + 8 > last or len(head) < 8:
            return
        length, name = struct.unpack(">L4s", head[:8])
        inner = 8
        if length == 1 and len(head) == 16:
            length, inner = struct.unpack(">Q", head[8:])[0], 16
        following = last if length == 0 else start + length
        if following > last or following < start + inner:
            return
        yield name, start + inner, following
        start = following


def told_by_jp2(stream: BinaryIO) -> Told:
    """Read the colour profile and the descriptive boxes of a JPEG 2000 file; a bare codestream has none."""
    found: dict[str, bytes] = {}
    others = False
    for name, start, end in boxes(stream):
        if name == b"jp2h":
            for inner, at, stop in boxes(stream, start, end):
                content = _content(stream, at, stop) if inner == b"colr" else b""
                if content[:1] in (b"\2", b"\3"):  # an ICC profile, restricted or not
                    found.setdefault("icc", content[3:])
        elif name == b"uuid":
            content = _content(stream, start, end)
            kind = _UUIDS.get(content[:16])
            others |= kind is None or kind in found
            if kind is not None:
                found.setdefault(kind, content[16:])
        else:
            others |= name in (b"xml ", b"uinf", b"jp2i", b"asoc", b"jumb")
    return Told(**found, others=others)


def av1_bits(stream: BinaryIO) -> int:
    """The most bits a sample of an AVIF file has: 8, 10 or 12."""
    most = 8
    for head in _heads(stream):
        at = head.find(b"av1C")
        while at >= 0 and at + 7 <= len(head):
            flags = head[at + 6]
            most = max(most, 12 if flags & 0x20 else 10 if flags & 0x40 else 8)
            at = head.find(b"av1C", at + 4)
    return most


def colour_numbers(stream: BinaryIO) -> tuple[int, int] | None:
    """Primaries and transfer (as in H.273) that the first picture of an AVIF or HEIC file says to have."""
    for head in _heads(stream):
        at = head.find(b"colrnclx")
        if 0 <= at <= len(head) - 12:
            primaries, transfer = struct.unpack_from(">HH", head, at + 8)
            return primaries, transfer
    return None


def _heads(stream: BinaryIO) -> Iterator[bytes]:
    for name, start, end in boxes(stream):
        if name in (b"meta", b"moov"):
            yield _content(stream, start, end)


def _content(stream: BinaryIO, start: int, end: int) -> bytes:
    stream.seek(start)
    return stream.read(min(end - start, _MOST_HEAD))
