"""PNG chunks: reading the small ones that say what colours mean, writing 16-bit pictures.

Pillow reads and writes 16-bit colour at 8 bits only, and OpenCV drops metadata.
Source: W3C, Portable Network Graphics (third edition), 2025.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import BinaryIO

import numpy as np
from PIL.PngImagePlugin import PngInfo, iTXt

from engine.photo.colour import Raster
from engine.photo.metadata import Metadata, PngText

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_COLOUR_CHUNKS = (b"gAMA", b"cHRM", b"sRGB", b"cICP")
_COLOUR_TYPE = {"I;16": 0, "RGB16": 2, "LA16": 4, "RGBA16": 6}
_BLOCK_BYTES = 1 << 21


def bit_depth(stream: BinaryIO) -> int:
    """Bits of a sample, from the header."""
    stream.seek(24)
    return (stream.read(1) or b"\0")[0]


def is_grey_alpha(stream: BinaryIO) -> bool:
    """Whether the header says grey with alpha, which OpenCV decodes to four channels."""
    stream.seek(25)
    return stream.read(1) == b"\x04"


def colour_chunks(stream: BinaryIO) -> tuple[tuple[bytes, bytes], ...]:
    """(name, content) of the colour chunks before the pixels."""
    found = []
    stream.seek(len(_SIGNATURE))
    while len(head := stream.read(8)) == 8:
        length, name = struct.unpack(">I4s", head)
        if name == b"IDAT":
            break
        if name in _COLOUR_CHUNKS and length <= 64:
            found.append((name, stream.read(length)))
            length = 0
        stream.seek(length + 4, 1)
    return tuple(found)


def texts(entries: dict[str, str | iTXt]) -> tuple[PngText, ...]:
    """Pillow's text entries as plain values; XMP is kept apart from them."""
    return tuple(
        PngText(key, str(value), True, _text(value.lang), _text(value.tkey))
        if isinstance(value, iTXt)
        else PngText(key, value)
        for key, value in entries.items()
        if key != "XML:com.adobe.xmp"
    )


def _text(value: str | bytes | None) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value or ""


def extra_chunks(metadata: Metadata) -> PngInfo:
    """Colour chunks, texts and XMP for Pillow's writer and for ours."""
    info = PngInfo()
    for name, content in metadata.chunks:
        info.add(name, content)
    for text in metadata.text:
        if text.international:
            info.add_itxt(text.key, text.value, lang=text.language, tkey=text.translated)
        else:
            info.add_text(text.key, text.value)
    if metadata.xmp:
        info.add_itxt("XML:com.adobe.xmp", metadata.xmp.decode("utf-8", "replace"))
    return info


def write_png16(stream: BinaryIO, raster: Raster, metadata: Metadata) -> None:
    """Write a picture of mode "I;16", "LA16", "RGB16" or "RGBA16" with its metadata.  Raises OSError."""
    height, width = raster.pixels.shape[:2]
    stream.write(_SIGNATURE)
    _chunk(stream, b"IHDR", struct.pack(">IIBBBBB", width, height, 16, _COLOUR_TYPE[raster.mode], 0, 0, 0))
    if metadata.icc:
        _chunk(stream, b"iCCP", b"ICC Profile\0\0" + zlib.compress(metadata.icc))
    for name, content, *_ in extra_chunks(metadata).chunks:
        if not (name == b"sRGB" and metadata.icc):  # the two exclude each other
            _chunk(stream, name, content)
    if metadata.dpi:
        per_metre = [round(dpi / 0.0254) for dpi in metadata.dpi]
        _chunk(stream, b"pHYs", struct.pack(">IIB", *per_metre, 1))
    if metadata.exif:
        _chunk(stream, b"eXIf", metadata.exif)
    packer = zlib.compressobj(4, strategy=zlib.Z_FILTERED)
    for block in _filtered(raster):
        if data := packer.compress(block):
            _chunk(stream, b"IDAT", data)
    _chunk(stream, b"IDAT", packer.flush())
    _chunk(stream, b"IEND", b"")


def _chunk(stream: BinaryIO, name: bytes, content: bytes) -> None:
    stream.write(struct.pack(">I", len(content)) + name + content)
    stream.write(struct.pack(">I", zlib.crc32(content, zlib.crc32(name))))


def _filtered(raster: Raster) -> Iterator[bytes]:
    """Scan lines as big-endian bytes, each less the line above it (filter 2), a few at a time."""
    height, width = raster.pixels.shape[:2]
    line = width * raster.kind.channels * 2
    step = max(1, _BLOCK_BYTES // line)
    above = np.zeros(line, np.uint8)
    for top in range(0, height, step):
        block = raster.pixels[top : top + step].astype(">u2").view(np.uint8).reshape(-1, line)
        out = np.empty((len(block), line + 1), np.uint8)
        out[:, 0] = 2
        out[:, 1:] = block - np.concatenate([above[None], block[:-1]])
        above = block[-1]
        yield out.tobytes()
