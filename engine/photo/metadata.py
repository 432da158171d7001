"""What a photo file says beside its pixels, and keeping that true after the pixels were turned upright."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.photo import photoshop
from engine.wording import Sentence

_Pixels = NDArray[np.unsignedinteger[Any]]

EXIF_PREFIX = b"Exif\0\0"
ORIENTED_EXIF = b"II*\0" + struct.pack("<LHHHLLL", 8, 1, 0x0112, 3, 1, 1, 0)
"""An EXIF block that says nothing but that the picture is upright."""
_ORIENTATION, _X_RESOLUTION, _EXIF_IFD, _WIDTH, _HEIGHT = 0x0112, 0x011A, 0x8769, 0xA002, 0xA003
_WHOLE = {1: "B", 3: "H", 4: "L"}
"""Types of whole numbers: the standard asks for the second, but files are seen with each."""
_MAIN_WIDTH, _MAIN_HEIGHT, _Y_RESOLUTION = 0x0100, 0x0101, 0x011B
_XMP_SIZE = re.compile(rb"((?:tiff:Image|exif:Pixel)(Width|Length|XDimension|YDimension)(?:\s*=\s*[\"']|>))\s*\d+")
_XMP_RESOLUTION = re.compile(rb"(tiff:[XY]Resolution(?:\s*=\s*[\"']|>))\s*(\d{1,9})(/\d+)")
_XMP_ORIENTATION = re.compile(rb"(tiff:Orientation(?:\s*=\s*[\"']|>))\s*([1-8])")

_CLAIM = rb"(?:hdrgm|HDRGainMap|\w*Camera:(?:MotionPhoto|MicroVideo)|xmpNote:HasExtended|G?Container:Directory)[\w:]*"
_CLAIMS = re.compile(
    rb"\s+%b\s*=\s*(?:\"[^\"]*\"|'[^']*')|<(%b)(?:\s[^>]*)?(?:/>|(?<!/)>.*?</\1\s*>)" % (_CLAIM, _CLAIM), re.DOTALL
)

_MOST_DPI = 400_000
"""A pixel of 64 nanometres; TIFF's fractions hold it to four places."""


@dataclass(frozen=True, slots=True)
class JpegCoding:
    """How a JPEG was compressed, as it lies in its file."""

    tables: tuple[tuple[int, ...], ...]
    """Quantisation tables, 64 values each, natural order; none if they are numbered with gaps."""
    subsampling: int
    """0: 4:4:4, 1: 4:2:2, 2: 4:2:0, -1: other."""
    progressive: bool
    orientation: int
    """1..8: how the pixels have to be turned."""
    file: bytes = field(repr=False, compare=False)
    """The whole file: what is not painted is copied from it, and what it says beside the picture."""
    beside: tuple[Sentence, ...] = ()
    """What only a JPEG file can hold of it, as ends of "a PNG has no place for ..."."""


@dataclass(frozen=True, slots=True)
class PngText:
    """One PNG text entry; `language` and `translated` belong to international (iTXt) ones."""

    key: str
    value: str
    international: bool = False
    language: str = ""
    translated: str = ""


@dataclass(frozen=True, eq=False, slots=True)
class Extra:
    """Channels beyond colour and alpha: a film scan's infrared, Photoshop's saved selections."""

    samples: _Pixels
    """(H, W, N), upright, of the photo's own depth."""
    kinds: tuple[int, ...]
    """TIFF's ExtraSamples of each."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """Everything a photo file holds beside pixels and palette; its orientation is always upright."""

    exif: bytes | None = None
    """A TIFF-structured EXIF block without the "Exif" prefix; maker notes stay byte for byte."""
    icc: bytes | None = None
    dpi: tuple[float, float] | None = None
    xmp: bytes | None = None
    text: tuple[PngText, ...] = ()
    chunks: tuple[tuple[bytes, bytes], ...] = ()
    """(name, content) of PNG chunks that have no other place here: what the numbers mean in colour (gAMA, cICP, ...),
    the last change (tIME), offsets, what programs added."""
    appended: bytes = field(default=b"", repr=False)
    """What follows the end of a PNG file."""
    comment: bytes | None = None
    photoshop: bytes | None = None
    """JPEG APP13 segments (IPTC captions live there), markers included."""
    jpeg: JpegCoding | None = None
    several: bool = False
    """Whether the source file has more pages or frames than the one that is read; counting could take hours."""
    remarks: tuple[Sentence, ...] = ()
    """What was amiss with the file, though it could be read, and what of it was lost since."""
    extra: Extra | None = None
    premultiplied: bool = False
    """Whether the source's colours were multiplied by their alpha; the photo's are not."""

    def __post_init__(self) -> None:
        if self.dpi is not None and not 0 < min(self.dpi) <= max(self.dpi) <= _MOST_DPI:
            object.__setattr__(self, "dpi", None)  # of an atom's size, or none: whoever wrote it did not mean it


def upright(pixels: _Pixels, orientation: int) -> _Pixels:
    """Turn (H, W, ...) pixels as EXIF `orientation` (1..8) asks; a view where it can be one."""
    if orientation in (5, 6, 7, 8):
        pixels = pixels.swapaxes(0, 1)
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return pixels


def unturned(pixels: _Pixels, orientation: int) -> _Pixels:
    """The other way: upright pixels as they lie in a file of that `orientation`."""
    return upright(pixels, {6: 8, 8: 6}.get(orientation, orientation))


def exif_orientation(exif: bytes | None) -> int | None:
    """The orientation (1..8) an EXIF block asks for; None if it says nothing usable."""
    for tag, kind, count, at, order in _entries(exif or b"", main=True):
        if tag == _ORIENTATION and kind in _WHOLE and count == 1:
            value = int(struct.unpack_from(order + _WHOLE[kind], exif or b"", at + 8)[0])
            return value if 1 <= value <= 8 else None
    return None


def xmp_orientation(xmp: bytes | None) -> int | None:
    """The orientation (1..8) an XMP packet asks for, or None."""
    found = _XMP_ORIENTATION.search(xmp or b"")
    return int(found[2]) if found else None


def oriented_exif(exif: bytes, orientation: int, *, swapped: bool) -> bytes:
    """The same block, patched in place so that maker notes keep their offsets.

    The orientation is set where the block has one, width and height and the two resolutions change places if
    `swapped`, and the thumbnail is unlinked: it shows the damage, and lies on its side in viewers that trust it.
    """
    block = bytearray(unlinked_exif(exif))
    for tag, kind, count, at, order in _entries(exif, main=True):
        if tag == _ORIENTATION and kind in _WHOLE and count == 1:
            struct.pack_into(order + _WHOLE[kind], block, at + 8, orientation)
    if swapped:
        _swap(block, _WIDTH, _HEIGHT, main=False)
        _swap(block, _X_RESOLUTION, _X_RESOLUTION + 1, main=True)
    return bytes(block)


def _swap(block: bytearray, one: int, other: int, *, main: bool) -> None:
    """Let two entries change places, but for their tags."""
    places = {tag: at for tag, _, count, at, _ in _entries(bytes(block), main=main) if count == 1}
    if one in places and other in places:
        a, b = places[one], places[other]
        block[a + 2 : a + 12], block[b + 2 : b + 12] = block[b + 2 : b + 12], block[a + 2 : a + 12]


def unlinked_exif(exif: bytes) -> bytes:
    """The same block without the way to its thumbnail."""
    link = _next_link(exif)
    return exif if link is None else exif[:link] + bytes(4) + exif[link + 4 :]


def tells_resolution(exif: bytes | None) -> bool:
    """Whether an EXIF block says how many pixels an inch or a centimetre has."""
    return any(tag == _X_RESOLUTION for tag, *_ in _entries(exif or b"", main=True))


def tells_more(exif: bytes) -> bool:
    """Whether an EXIF block says anything beside the resolution."""
    return any(tag not in (_X_RESOLUTION, _X_RESOLUTION + 1, 0x0128) for tag, *_ in _entries(exif, main=True))


def oriented_xmp(xmp: bytes, orientation: int) -> bytes:
    """The same packet with its orientation set, where it has one."""
    return _XMP_ORIENTATION.sub(rb"\g<1>%d" % orientation, xmp)


def orientable_exif(exif: bytes) -> bytes:
    """The same block with a place for the orientation: a main directory without one is written once more, at the end.

    All it points to stays where it lies.  A block that cannot be read comes back as it is.
    """
    order, link = _order(exif), _next_link(exif)
    if order is None or link is None or any(tag == _ORIENTATION for tag, *_ in _entries(exif, main=True)):
        return exif
    (start,) = struct.unpack_from(order + "L", exif, 4)
    entries = [exif[at : at + 12] for at in range(start + 2, link, 12)]
    entries.append(struct.pack(order + "HHLHH", _ORIENTATION, 3, 1, 1, 0))
    entries.sort(key=lambda entry: int(struct.unpack_from(order + "H", entry)[0]))
    block = bytearray(exif + bytes(len(exif) % 2))
    struct.pack_into(order + "L", block, 4, len(block))
    return bytes(block) + struct.pack(order + "H", len(entries)) + b"".join(entries) + exif[link : link + 4]


def unclaimed_xmp(xmp: bytes) -> bytes:
    """The same packet without the words that a gain map, a video or more XMP is appended to the file."""
    return _CLAIMS.sub(b"", xmp)


def reshaped_metadata(metadata: Metadata) -> Metadata:
    """Of the photo once its pixels are no longer those of its JPEG file, and what belongs to that picture is lost."""
    coding = metadata.jpeg
    if coding is None:
        return metadata
    lost = tuple(Sentence("In its new shape the photo loses {0}.", what) for what in coding.beside)
    xmp = metadata.xmp and unclaimed_xmp(metadata.xmp)
    return replace(metadata, jpeg=None, xmp=xmp, remarks=metadata.remarks + lost)


def enlarged_metadata(metadata: Metadata, factor: int, *, width: int, height: int) -> Metadata:
    """Of the photo enlarged to that size: its print keeps its size."""
    metadata = reshaped_metadata(metadata)
    exif, xmp, dpi = metadata.exif, metadata.xmp, metadata.dpi
    return replace(
        metadata,
        exif=exif and _enlarged_exif(exif, factor, width=width, height=height),
        xmp=xmp and _enlarged_xmp(xmp, factor, width=width, height=height),
        dpi=dpi and (dpi[0] * factor, dpi[1] * factor),
        photoshop=metadata.photoshop and photoshop.enlarged(metadata.photoshop, factor),
    )


def _enlarged_exif(exif: bytes, factor: int, *, width: int, height: int) -> bytes:
    """Patched in place: the sizes, and the resolutions' numerators (which may lie in one place for both)."""
    block, rationals = bytearray(exif), {}
    sizes = {_MAIN_WIDTH: width, _MAIN_HEIGHT: height, _WIDTH: width, _HEIGHT: height}
    for tag, kind, count, at, order in _entries(exif, main=True) + _entries(exif, main=False):
        if tag in sizes and kind in (3, 4) and count == 1:
            struct.pack_into(order + "HLL", block, at + 2, 4, 1, sizes[tag])
        elif tag in (_X_RESOLUTION, _Y_RESOLUTION) and kind == 5 and count == 1:
            rationals[struct.unpack_from(order + "L", exif, at + 8)[0]] = order
    for at, order in rationals.items():
        if at + 8 <= len(block):
            numerator = struct.unpack_from(order + "L", exif, at)[0] * factor
            if numerator < 1 << 32:
                struct.pack_into(order + "L", block, at, numerator)
    return bytes(block)


def _enlarged_xmp(xmp: bytes, factor: int, *, width: int, height: int) -> bytes:
    across = (b"Width", b"XDimension")
    sized = _XMP_SIZE.sub(lambda found: found[1] + b"%d" % (width if found[2] in across else height), xmp)
    return _XMP_RESOLUTION.sub(lambda found: found[1] + b"%d" % (int(found[2]) * factor) + found[3], sized)


def is_exif(block: bytes) -> bool:
    """Whether a block starts as TIFF-structured EXIF with a readable first directory."""
    return _next_link(block) is not None


def _order(block: bytes) -> str | None:
    return {b"II*\0": "<", b"MM\0*": ">"}.get(block[:4])


def _directory(block: bytes, at: int, order: str) -> list[tuple[int, int, int, int, str]]:
    """(tag, type, count, position, byte order) of every entry of the directory at `at`; stops at the end."""
    if at + 2 > len(block):
        return []
    (count,) = struct.unpack_from(order + "H", block, at)
    starts = range(at + 2, min(at + 2 + 12 * count, len(block) - 11), 12)
    return [(*struct.unpack_from(order + "HHL", block, start), start, order) for start in starts]


def _entries(block: bytes, *, main: bool) -> list[tuple[int, int, int, int, str]]:
    """Entries of the main directory, or of the EXIF sub-directory."""
    order = _order(block)
    if order is None or len(block) < 8:
        return []
    entries = _directory(block, struct.unpack_from(order + "L", block, 4)[0], order)
    if main:
        return entries
    for tag, _, _, at, _ in entries:
        if tag == _EXIF_IFD:
            return _directory(block, struct.unpack_from(order + "L", block, at + 8)[0], order)
    return []


def _next_link(block: bytes) -> int | None:
    """Position of the offset that leads from the main directory to the thumbnail's."""
    order = _order(block)
    if order is None or len(block) < 8:
        return None
    (start,) = struct.unpack_from(order + "L", block, 4)
    if start + 2 > len(block):
        return None
    (count,) = struct.unpack_from(order + "H", block, start)
    link = start + 2 + 12 * int(count)
    return int(link) if link + 4 <= len(block) else None
