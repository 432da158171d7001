"""Photoshop's block of resources, in which JPEG keeps captions (IPTC) and to which TIFF puts them beside.

Source: Adobe, Photoshop File Formats Specification, 2019, "Image Resource Blocks".
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator

NAME = b"Photoshop 3.0\0"
_MARK, _IPTC, _RESOLUTION = b"8BIM", 0x0404, 0x03ED
_MARKS = (_MARK, b"MeSa", b"AgHg", b"PHUT", b"DCSR")
"""How resources begin: Photoshop's own, and those of programs beside it."""
_PREVIEWS = (0x0409, 0x040C)
_MOST = 65_500
"""Bytes of resources in one JPEG segment."""


def segments(iptc: bytes | None, resources: bytes | None) -> bytes | None:
    """JPEG segments (APP13, markers included) of captions and of the other resources; None of nothing."""
    return _split((_resource(_IPTC, iptc) if iptc else b"") + (resources or b"")) or None


def enlarged(app13: bytes, factor: int) -> bytes:
    """The same segments, the pixels an inch or a centimetre in them so many times as many."""
    whole = bytearray(_joined(app13))
    for number, start, end, _ in _resources(whole):
        if number == _RESOLUTION and end - start == 16:
            for place in (start, start + 8):  # across and down, 16.16 fixed point each
                more = struct.unpack_from(">L", whole, place)[0] * factor
                if more < 1 << 32:
                    struct.pack_into(">L", whole, place, more)
    return _split(bytes(whole))


def without_preview(app13: bytes) -> bytes:
    """The same segments without the small picture of the photo, which shows it as it was."""
    whole = _joined(app13)
    kept, at = b"", 0
    for number, _, _, following in _resources(whole):
        kept += b"" if number in _PREVIEWS else whole[at:following]
        at = following
    kept += whole[at:]
    return app13 if kept == whole else _split(kept)


def _split(whole: bytes) -> bytes:
    """As JPEG segments."""
    return written(NAME + whole[start : start + _MOST] for start in range(0, len(whole), _MOST))


def written(parts: Iterable[bytes]) -> bytes:
    """JPEG segments that hold these, one each."""
    return b"".join(b"\xff\xed" + struct.pack(">H", len(part) + 2) + part for part in parts)


def contents(app13: bytes) -> Iterator[bytes]:
    """What each of the segments holds."""
    at = 0
    while at + 4 <= len(app13):
        (length,) = struct.unpack_from(">H", app13, at + 2)
        yield app13[at + 4 : at + 2 + length]
        at += 2 + max(2, length)


def _joined(app13: bytes) -> bytes:
    """What JPEG segments hold together."""
    return b"".join(content.removeprefix(NAME) for content in contents(app13))


def parted(app13: bytes) -> tuple[bytes | None, bytes | None]:
    """Captions and the other resources of JPEG segments; what is no list of resources stays whole."""
    whole = _joined(app13)
    iptc, others, at = None, b"", 0
    for number, start, end, following in _resources(whole):
        if number == _IPTC and iptc is None:
            iptc = whole[start:end]
        else:
            others += whole[at:following]
        at = following
    return (iptc, others or None) if at == len(whole) else (None, whole)


def _resource(number: int, content: bytes) -> bytes:
    return _MARK + struct.pack(">H2xL", number, len(content)) + content + bytes(len(content) % 2)


def _resources(whole: bytes | bytearray) -> Iterator[tuple[int, int, int, int]]:
    """The `_bounds` of one after the other, as far as there are any."""
    found = _bounds(whole, 0)
    while found is not None:
        yield found
        found = _bounds(whole, found[3])


def _bounds(whole: bytes | bytearray, at: int) -> tuple[int, int, int, int] | None:
    """Number of the resource at `at`, where its content begins and ends, and where the next one begins."""
    if bytes(whole[at : at + 4]) not in _MARKS or at + 12 > len(whole):
        return None
    name = 1 + whole[at + 6]
    sized = at + 6 + name + name % 2
    if sized + 4 > len(whole):
        return None
    own = whole[at : at + 4] == _MARK  # others count by themselves
    number, (length,) = struct.unpack_from(">H", whole, at + 4)[0] if own else 0, struct.unpack_from(">L", whole, sized)
    end = sized + 4 + length
    return (number, sized + 4, end, min(end + length % 2, len(whole))) if end <= len(whole) else None
