"""A small TIFF writer, because Pillow writes no 16-bit colour and OpenCV no metadata.

Source: Adobe, TIFF Revision 6.0, 1992; Deflate with horizontal predictor from its supplement 2, 2002.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from fractions import Fraction
from typing import BinaryIO

import numpy as np
from PIL import Image
from PIL.TiffImagePlugin import IFDRational, ImageFileDirectory_v2

from engine.photo.colour import Pixels, Raster
from engine.photo.metadata import EXIF_PREFIX, Metadata

_STRIP_BYTES = 1 << 20
_HEADER = b"II*\0\x08\0\0\0"

DESCRIPTIVE_TAGS = (
    0x010D, 0x010E, 0x010F, 0x0110, 0x011D, 0x0131, 0x0132, 0x013B, 0x013C, 0x4746, 0x4749,
    0x8298, 0x9C9B, 0x9C9C, 0x9C9D, 0x9C9E, 0x9C9F,
)  # fmt: skip
"""Tags of the main directory that describe the photo (names, dates, copyright), not how it is stored."""
SUB_DIRECTORIES = (0x8769, 0x8825)
"""EXIF and GPS."""

_PHOTOMETRIC = {"grey": 1, "rgb": 2, "palette": 3, "cmyk": 5}


def write_tiff(stream: BinaryIO, raster: Raster, metadata: Metadata) -> None:
    """Write an uncut little-endian TIFF (Deflate) with its metadata.  Raises OSError.

    The raster's mode is any but "LA16" (which readers rarely take) and its palette has no alpha.
    """
    strips = [zlib.compress(part, 4) for part in _strips(raster)]
    directory = _directory(raster, metadata)
    starts = np.cumsum([0] + [len(strip) for strip in strips])[:-1]
    directory[273], directory.tagtype[273] = tuple(int(s) for s in starts), 4
    directory[279], directory.tagtype[279] = tuple(len(strip) for strip in strips), 4
    stream.write(_HEADER)
    stream.write(directory.tobytes(len(_HEADER)))  # moves the strip offsets behind itself
    for strip in strips:
        stream.write(strip)


def _rows_per_strip(raster: Raster) -> int:
    row = int(raster.pixels[:1].nbytes)
    return max(1, min(_STRIP_BYTES // max(1, row), len(raster.pixels)))


def _strips(raster: Raster) -> Iterator[bytes]:
    step = _rows_per_strip(raster)
    for top in range(0, raster.pixels.shape[0], step):
        block = raster.pixels[top : top + step]
        if raster.mode == "1":
            yield np.packbits(block > 127, axis=1).tobytes()
        elif raster.mode == "P":
            yield block.tobytes()
        else:
            yield _differences(block).astype(block.dtype.newbyteorder("<")).tobytes()


def _differences(block: Pixels) -> Pixels:
    """Every sample less its left neighbour, modulo its range (predictor 2)."""
    out = block.copy()
    out[:, 1:] = block[:, 1:] - block[:, :-1]
    return out


def _directory(raster: Raster, metadata: Metadata) -> ImageFileDirectory_v2:
    kind, (height, width) = raster.kind, raster.pixels.shape[:2]
    bits = 1 if raster.mode == "1" else kind.bits
    tags = ImageFileDirectory_v2(_HEADER)
    tags[256], tags[257] = width, height
    tags[258] = (bits,) * kind.channels
    tags[259] = 8
    tags[262] = _PHOTOMETRIC[kind.family]
    tags[274] = 1
    tags[277] = kind.channels
    tags[278] = _rows_per_strip(raster)
    tags[284] = 1
    if raster.mode not in ("1", "P"):
        tags[317] = 2
    if kind.alpha:
        tags[338] = (2,)
    if raster.palette is not None:
        table = np.zeros((256, 3), np.uint16)
        table[: len(raster.palette)] = raster.palette[:, :3].astype(np.uint16) * 257
        tags[320] = tuple(table.T.ravel().tolist())
    _describe(tags, metadata)
    return tags


def _describe(tags: ImageFileDirectory_v2, metadata: Metadata) -> None:
    if metadata.dpi is not None:
        tags[282], tags[283] = (IFDRational(Fraction(d).limit_denominator(10000)) for d in metadata.dpi)
        tags[296] = 2
    if metadata.icc:
        tags.tagtype[34675], tags[34675] = 7, metadata.icc
    if metadata.xmp:
        tags.tagtype[700], tags[700] = 1, metadata.xmp
    if metadata.exif:
        exif = Image.Exif()
        exif.load(EXIF_PREFIX + metadata.exif)
        for tag in DESCRIPTIVE_TAGS:
            if tag in exif:
                tags[tag] = exif[tag]
        for tag in SUB_DIRECTORIES:
            if entries := exif.get_ifd(tag):
                tags.tagtype[tag], tags[tag] = 4, dict(entries)
