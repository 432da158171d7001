"""The parts of a JPEG file: what describes the picture, the coded picture, and what is appended to it.

Sources: ITU-T T.81, JPEG, 1992; CIPA DC-007, Multi-Picture Format, 2009.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from engine.photo import photoshop
from engine.photo.metadata import (
    EXIF_PREFIX,
    ORIENTED_EXIF,
    exif_orientation,
    orientable_exif,
    oriented_exif,
    oriented_xmp,
    unlinked_exif,
)
from engine.wording import Sentence

_SOI, _EOI, _SOS, _COMMENT = 0xD8, 0xD9, 0xDA, 0xFE
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_MARKER = re.compile(rb"\xff+([^\x00\xff\xd0-\xd7])", re.DOTALL)
"""The marker that ends a scan: in coded data a 0 or a restart's number follows an FF."""

_XMP = b"http://ns.adobe.com/xap/1.0/\0"
_ADOBE, _MPF = b"Adobe", b"MPF\0"
_TOLD = (b"JFIF\0", b"JFXX\0", EXIF_PREFIX, _XMP, b"ICC_PROFILE\0", photoshop.NAME, _ADOBE, _MPF)
"""How the segments begin that `Metadata` tells otherwise; the last is the index of what is appended."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A marker and its content, without the two bytes of its length."""

    marker: int
    content: bytes

    @property
    def describes(self) -> bool:
        """Whether it is an APPn or a comment, which say something beside the picture."""
        return self.marker & 0xF0 == 0xE0 or self.marker == _COMMENT

    @property
    def is_jfif(self) -> bool:
        return self.marker == 0xE0 and self.content.startswith(b"JFIF\0")

    @property
    def is_adobe(self) -> bool:
        return self.marker == 0xEE and self.content.startswith(_ADOBE)

    @property
    def is_photoshop(self) -> bool:
        return self.marker == 0xED and self.content.startswith(photoshop.NAME)

    @property
    def tells_colour(self) -> bool:
        """Whether decoders read from it what the components are."""
        return self.is_jfif or self.is_adobe

    def written(self) -> bytes:
        """As it lies in a file."""
        return struct.pack(">BBH", 0xFF, self.marker, len(self.content) + 2) + self.content


@dataclass(frozen=True, slots=True)
class Parts:
    """Where the parts of a JPEG file lie."""

    file: bytes
    segments: tuple[tuple[int, Segment], ...]
    """All segments up to the file's first picture's end, and where each begins."""
    scan: int
    """Where the first scan begins."""
    end: int
    """Behind the picture's end marker; the file's length without one."""
    ended: bool
    """Whether there is an end marker."""

    @property
    def head(self) -> Iterator[Segment]:
        """The segments before the first scan."""
        return (segment for at, segment in self.segments if at < self.scan)

    @property
    def frame(self) -> Segment:
        """How the picture is coded; ValueError if the file does not say."""
        for segment in self.head:
            if segment.marker in _FRAMES and len(segment.content) >= 9:
                return segment
        raise ValueError("no frame")

    def picture(self, *, colours: bool = True) -> bytes:
        """The coded picture alone as a file; with `colours`, with the segments that say what its components are."""
        kept = [s.written() for s in self.head if not s.describes or (colours and s.tells_colour)]
        return b"\xff\xd8" + b"".join(kept) + self.file[self.scan : self.end]


def parts(file: bytes) -> Parts:
    """Find the parts of a JPEG file; ValueError if it is none or ends before its first scan."""
    if file[:2] != b"\xff\xd8":
        raise ValueError("no JPEG file")
    segments, at, scan = [], 2, None
    while found := _MARKER.search(file, at):
        at, marker = found.end(), found[1][0]
        if marker == _EOI and scan is not None:
            return Parts(file, tuple(segments), scan, at, ended=True)
        if marker in (0x01, _SOI, _EOI):
            continue
        length = int.from_bytes(file[at : at + 2], "big")
        if length < 2 or at + length > len(file):
            break
        segments.append((at - 2, Segment(marker, file[at + 2 : at + length])))
        at += length
        if marker == _SOS and scan is None:
            scan = segments[-1][0]
    if scan is None:
        raise ValueError("no scan")
    return Parts(file, tuple(segments), scan, len(file), ended=False)


def beside(file: bytes) -> tuple[Sentence, ...]:
    """What the file holds that only a JPEG file can, as ends of "a PNG has no place for ..."."""
    try:
        found = parts(file)
    except ValueError:
        return ()
    comments = sum(segment.marker == _COMMENT for segment in found.head)
    others = [s for s in found.head if s.describes and s.marker != _COMMENT and not s.content.startswith(_TOLD)]
    said = []
    if comments > 1 or others:
        said.append(Sentence("what cameras and programs added to the JPEG file"))
    if any(s.is_jfif and s.content[7:8] == b"\0" and s.content[8:10] != s.content[10:12] for s in found.head):
        said.append(Sentence("the shape of its pixels, which are not square"))
    if found.file[found.end :].strip(b"\0"):
        said.append(Sentence("what is appended to the JPEG file, such as a gain map, a video or more pictures"))
    return tuple(said)


def dressed(coded: bytes, source: bytes, *, colours: bool) -> bytes:
    """The coded picture of one file with all that another says beside its own, and with what is appended there.

    Left out are previews (EXIF's, JFIF's and Photoshop's), which show the picture as it was.  Without `colours` the
    picture keeps its own statement of what its components are.  ValueError if `source` is no JPEG file.
    """
    old, new = parts(source), parts(coded)
    head = [s for s in old.head if s.describes and (colours or not s.is_adobe)]
    if not colours:  # the source's JFIF segment stays, for it has the resolution too
        has_jfif = any(s.is_jfif for s in head)
        head = [s for s in new.head if s.is_adobe or (s.is_jfif and not has_jfif)] + head
    kept = _without_previews(head)
    body = new.picture(colours=False)[2:]
    at, end = 2, 2 + sum(len(segment.written()) for segment in kept) + len(body)
    index = next((begin for begin, s in old.segments if s.marker == 0xE2 and s.content.startswith(_MPF)), 0)
    out = [b"\xff\xd8"]
    for segment in kept:
        if segment.marker == 0xE2 and segment.content.startswith(_MPF):
            segment = Segment(0xE2, _reindexed(segment.content, moved=end - old.end - (at - index), length=end))
        out.append(segment.written())
        at += len(out[-1])
    return b"".join([*out, body, source[old.end :]])


def with_xmp(file: bytes, change: Callable[[bytes | None], bytes]) -> bytes:
    """A JPEG file with other XMP: `change` gets the packet that it has, or None, and gives back the new one.

    ValueError if it is no JPEG file or the packet does not fit into a segment.
    """
    found = parts(file)
    at, old = next(
        ((at, s) for at, s in found.segments if s.marker == 0xE1 and s.content.startswith(_XMP)), (None, None)
    )
    if at is None:  # behind JFIF and EXIF, which come first
        first = [at + len(s.written()) for at, s in found.segments if s.content.startswith((b"JFIF\0", EXIF_PREFIX))]
        at = max((place for place in first if place <= found.scan), default=2)
    packet = _XMP + change(old.content.removeprefix(_XMP) if old else None)
    if len(packet) > 0xFFFF - 2:
        raise ValueError("too long for a segment")
    new, length = Segment(0xE1, packet).written(), len(old.written()) if old else 0
    for index, segment in found.segments:
        if segment.marker == 0xE2 and segment.content.startswith(_MPF) and index < at:
            content = _reindexed(segment.content, moved=len(new) - length, length=found.end + len(new) - length)
            file = file[: index + 4] + content + file[index + 4 + len(content) :]
    return file[:at] + new + file[at + length :]


def reoriented(file: bytes, orientation: int) -> bytes:
    """The same JPEG file, its picture told to be turned as EXIF `orientation` (1..8) asks.

    ValueError if it is no JPEG file, or its EXIF block cannot be read.
    """
    found = parts(file)
    head, exif = list(found.head), EXIF_PREFIX
    if not any(segment.marker == 0xE1 and segment.content.startswith(exif) for segment in head):
        head.insert(int(head[0].marker == 0xE0), Segment(0xE1, exif + ORIENTED_EXIF))
    turned = [_turned(segment, orientation) for segment in head]
    return b"\xff\xd8" + b"".join(segment.written() for segment in turned) + file[found.scan :]


def _turned(segment: Segment, orientation: int) -> Segment:
    if segment.marker != 0xE1:
        return segment
    if segment.content.startswith(_XMP):
        return Segment(0xE1, _XMP + oriented_xmp(segment.content.removeprefix(_XMP), orientation))
    if not segment.content.startswith(EXIF_PREFIX):
        return segment
    exif = oriented_exif(orientable_exif(segment.content.removeprefix(EXIF_PREFIX)), orientation, swapped=False)
    if exif_orientation(exif) != orientation:
        raise ValueError("no place for the orientation")
    return Segment(0xE1, EXIF_PREFIX + exif)


def _without_previews(head: list[Segment]) -> list[Segment]:
    kept = [_without_preview(segment) for segment in head if not segment.content.startswith(b"JFXX\0")]
    places = [at for at, segment in enumerate(kept) if segment.is_photoshop]
    app13 = b"".join(kept[at].written() for at in places)  # a resource may lie in several segments
    if (bare := photoshop.without_preview(app13)) == app13:
        return kept
    others = [segment for segment in kept if not segment.is_photoshop]
    others[places[0] : places[0]] = [Segment(0xED, content) for content in photoshop.contents(bare)]
    return others


def _without_preview(segment: Segment) -> Segment:
    """A segment without EXIF's preview."""
    if segment.marker != 0xE1 or not segment.content.startswith(EXIF_PREFIX):
        return segment
    return Segment(0xE1, EXIF_PREFIX + unlinked_exif(segment.content.removeprefix(EXIF_PREFIX)))


def _reindexed(content: bytes, *, moved: int, length: int) -> bytes:
    """The index of a Multi-Picture file whose first picture has another length, and whose others lie elsewhere."""
    block = bytearray(content)
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(content[4:8])
    if order is None:
        return content
    try:
        (at,) = struct.unpack_from(order + "L", content, 8)
        (count,) = struct.unpack_from(order + "H", content, 4 + at)
        for entry in range(4 + at + 2, 4 + at + 2 + 12 * count, 12):
            tag, _, size, first = struct.unpack_from(order + "HHLL", content, entry)
            if tag != 0xB002:
                continue
            struct.pack_into(order + "L", block, 4 + first + 4, length)
            for place in range(4 + first + 16, 4 + first + size, 16):
                (offset,) = struct.unpack_from(order + "L", content, place + 8)
                struct.pack_into(order + "L", block, place + 8, (offset + moved) & 0xFFFFFFFF if offset else 0)
    except struct.error:
        return content  # damaged: nothing in it can be trusted
    return bytes(block)


def ended(file: bytes) -> list[bytes]:
    """Files whose end marker was missing, with one: the plain one, and two with nonsense before it.

    If all of them decode to the same pixels, none of the picture's data are missing.  ValueError if the file has an
    end marker, or if some of the scans that make up a picture are missing.
    """
    found = parts(file)
    if found.ended or not _complete(found):
        raise ValueError("not only its end marker is missing")
    bare = file[:-1] if file.endswith(b"\xff") else file
    return [bare + nonsense + b"\xff\xd9" for nonsense in (b"", _nonsense(0), _nonsense(0xA5))]


def _nonsense(value: int) -> bytes:
    """Coded data of one value, with all restart markers, for which a decoder may be waiting."""
    return b"".join(bytes([value]) * 512 + bytes([0xFF, 0xD0 + number]) for number in range(8))


def _complete(found: Parts) -> bool:
    """Whether the scans bring every bit of every coefficient of every component."""
    frame = found.frame.content
    missing = {frame[6 + 3 * i]: set(range(64)) for i in range(frame[5]) if 6 + 3 * i < len(frame)}
    for _, segment in found.segments:
        scan = segment.content
        if segment.marker != _SOS or not scan or len(scan) < 4 + 2 * scan[0]:
            continue
        first, last, low = scan[-3], scan[-2], scan[-1] & 15
        for component in scan[1 : 1 + 2 * scan[0] : 2] if low == 0 else b"":
            missing.get(component, set()).difference_update(range(first, last + 1))
    return not any(missing.values())
