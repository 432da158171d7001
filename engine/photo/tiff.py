"""A small TIFF writer, because Pillow writes no 16-bit colour and no further channels, and OpenCV no metadata.

Source: Adobe, TIFF Revision 6.0, 1992; Deflate with horizontal predictor from its supplement 2, 2002.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from engine.errors import PhotoError
from engine.photo import photoshop
from engine.photo.colour import Pixels, Raster, multiplied
from engine.photo.directories import Directory, Field, Fields, Order, pack, read_header
from engine.photo.metadata import Extra, Metadata

_STRIP_BYTES = 1 << 20

STORAGE = frozenset({
    254, 255, 256, 257, 258, 259, 262, 263, 264, 265, 266, 273, 274, 277, 278, 279, 280, 281, 284, 288, 289, 290,
    291, 292, 293, 297, 317, 320, 321, 322, 323, 324, 325, 326, 327, 328, 330, 332, 333, 334, 336, 338, 339, 340, 341,
    342, 347, 400, 512, 513, 514, 515, 517, 518, 519, 520, 521, 529, 530, 531, 532, 559, 34016,
})  # fmt: skip
"""Tags of the main directory that say how pixels are stored, or lead to other pictures."""
XMP, IPTC, RESOURCES, PROFILE, LAYERS = 700, 33723, 34377, 34675, 37724
BLOCKS = frozenset({XMP, IPTC, RESOURCES, PROFILE, LAYERS})
"""Tags whose value is a block that other formats hold as well, or Photoshop's layers."""

_PHOTOMETRIC = {"grey": 1, "rgb": 2, "palette": 3, "cmyk": 5}


def fitting_extra(raster: Raster, metadata: Metadata) -> Extra | None:
    """The further channels that a TIFF of that raster can hold: those of its depth, beside no palette."""
    extra = metadata.extra
    fits = extra is not None and extra.samples.dtype == raster.pixels.dtype and raster.mode not in ("1", "P")
    return extra if fits else None


def write_tiff(stream: BinaryIO, raster: Raster, metadata: Metadata) -> None:
    """Write an uncut TIFF (Deflate) with its metadata.

    It begins with the EXIF block itself, so that maker notes and what else counts from the head of the file stay
    true; it has the block's byte order.  The palette has no alpha.  Raises OSError, PhotoError beyond 4 GB.
    """
    head = _head(metadata.exif)
    order: Order = "<" if head[:2] == b"II" else ">"
    stream.write(head)
    starts, sizes, at = [], [], len(head)
    for block in _strips(raster, metadata, order):
        starts.append(at)
        sizes.append(stream.write(block))
        at += sizes[-1]
    at += stream.write(bytes(at % 2))
    fields = _storage(raster, metadata, order) | _description(metadata, order)
    fields |= {273: _whole(order, *starts), 279: _whole(order, *sizes)}
    directory = pack(order, fields, at) if at < 1 << 32 else b""
    if at + len(directory) >= 1 << 32:
        raise PhotoError("the TIFF would be larger than 4 GB")
    stream.write(directory)
    stream.seek(4)
    stream.write(struct.pack(order + "L", at))
    stream.seek(0, io.SEEK_END)


def _head(exif: bytes | None) -> bytes:
    head = exif or b"II*\0\0\0\0\0"
    return head + bytes(len(head) % 2)


def _strips(raster: Raster, metadata: Metadata, order: Order) -> Iterator[bytes]:
    step, extra = _rows_per_strip(raster), fitting_extra(raster, metadata)
    for top in range(0, raster.pixels.shape[0], step):
        block = raster.pixels[top : top + step]
        if raster.mode in ("1", "P"):
            packed = np.packbits(block > 127, axis=1) if raster.mode == "1" else block
            yield zlib.compress(packed.tobytes(), 4)
            continue
        if metadata.premultiplied and raster.kind.alpha:
            block = multiplied(block)
        if extra is not None:
            block = np.dstack([block, extra.samples[top : top + step]])
        yield zlib.compress(_differences(block).astype(block.dtype.newbyteorder(order)).tobytes(), 4)


def _rows_per_strip(raster: Raster) -> int:
    row = int(raster.pixels[:1].nbytes)
    return max(1, min(_STRIP_BYTES // max(1, row), len(raster.pixels)))


def _differences(block: Pixels) -> Pixels:
    """Every sample less its left neighbour, modulo its range (predictor 2)."""
    out = block.copy()
    out[:, 1:] = block[:, 1:] - block[:, :-1]
    return out


def _storage(raster: Raster, metadata: Metadata, order: Order) -> Fields:
    """How the pixels are stored."""
    kind, (height, width), extra = raster.kind, raster.pixels.shape[:2], fitting_extra(raster, metadata)
    kinds = ((1 if metadata.premultiplied else 2,) if kind.alpha else ()) + (extra.kinds if extra else ())
    channels = kind.channels + (len(extra.kinds) if extra else 0)
    fields: Fields = {
        256: _whole(order, width),
        257: _whole(order, height),
        258: _whole(order, *(1 if raster.mode == "1" else kind.bits,) * channels),
        259: _whole(order, 8),
        262: _whole(order, _PHOTOMETRIC[kind.family]),
        274: _whole(order, 1),
        277: _whole(order, channels),
        278: _whole(order, _rows_per_strip(raster)),
        284: _whole(order, 1),
    }
    if raster.mode not in ("1", "P"):
        fields[317] = _whole(order, 2)
    if kinds:
        fields[338] = _whole(order, *kinds)
    if raster.palette is not None:
        table = np.zeros((256, 3), np.uint16)
        table[: len(raster.palette)] = raster.palette[:, :3].astype(np.uint16) * 257
        fields[320] = _whole(order, *table.T.ravel().tolist())
    return fields


def _whole(order: Order, *values: int) -> Field:
    """Whole numbers, as short ones where that is enough."""
    array: NDArray[Any] = np.array(values, np.int64)
    kind, code = (3, "u2") if array.max(initial=0) < 1 << 16 else (4, "u4")
    return Field(kind, len(values), array.astype(order + code).tobytes())


def _description(metadata: Metadata, order: Order) -> Fields:
    """What is said beside the pixels.  What the EXIF block leads to lies where it lay, at the head of the file."""
    fields: Fields = {}
    said = None
    if metadata.exif:
        stream = io.BytesIO(metadata.exif)
        header = read_header(stream)
        assert header is not None  # `metadata.is_exif` was asked when it was read
        directory = Directory(stream, header, header.first)
        said = directory.resolution()
        for tag in set(directory) - STORAGE - BLOCKS:
            if field := directory.field(tag):
                fields[tag] = field
    if metadata.dpi is not None and not (said and np.allclose(said, metadata.dpi, rtol=1e-3)):
        for tag, dpi in zip((282, 283), metadata.dpi, strict=True):
            part = Fraction(dpi).limit_denominator(10000)
            fields[tag] = Field(5, 1, struct.pack(order + "LL", part.numerator, part.denominator))
        fields[296] = _whole(order, 2)
    iptc, resources = photoshop.parted(metadata.photoshop or b"")
    blocks = {PROFILE: (7, metadata.icc), XMP: (1, metadata.xmp), IPTC: (7, iptc), RESOURCES: (7, resources)}
    return fields | {tag: Field(kind, len(value), value) for tag, (kind, value) in blocks.items() if value}
