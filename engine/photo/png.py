"""PNG files: what their chunks say, and writing them.

Pillow gets the picture alone: it reads no 16-bit colour, no chunk that has a wrong check sum or unpacks to a megabyte,
and of several texts of one key the last; and it writes no 16-bit colour and few of the chunks.
Source: W3C, Portable Network Graphics (third edition), 2025.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import Any, BinaryIO

import numpy as np

from engine.photo.chunks import SIGNATURE, Chunks, written
from engine.photo.colour import Pixels, Raster
from engine.photo.metadata import EXIF_PREFIX, Metadata, PngText
from engine.wording import Sentence

_XMP = "XML:com.adobe.xmp"
_TOLD = (b"eXIf", b"iCCP", b"tEXt", b"iTXt", b"tRNS", b"iDOT")
"""Chunks that are told otherwise than as chunks; the last says how the pixels lay in the file."""
_EARLY = (b"gAMA", b"cHRM", b"sRGB", b"cICP", b"mDCV", b"cLLI", b"sBIT")
"""Chunks that say what the numbers mean in colour; they stand before a palette."""
_KEPT = (*_EARLY, b"bKGD", b"pHYs", b"oFFs", b"pCAL", b"sCAL", b"sTER", b"tIME", b"sPLT")
"""Chunks that stay true where pixels change; of others their names tell."""
_LYING = (b"oFFs", b"sCAL", b"sTER")
"""Those that are wrong once the photo is turned."""
_SRGB = {
    b"gAMA": struct.pack(">I", 45455),
    b"cHRM": struct.pack(">8I", 31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000),
}
"""What gamma and primaries are in sRGB, which every format means without a word."""
_KIND = {"1": 0, "L": 0, "I;16": 0, "RGB": 2, "RGB16": 2, "P": 3, "LA": 4, "LA16": 4, "RGBA": 6, "RGBA16": 6}
_SIZES = {b"sBIT": {0: 1, 2: 3, 3: 3, 4: 2, 6: 4}, b"bKGD": {0: 2, 2: 6, 3: 1, 4: 2, 6: 6}}
"""Lengths of chunks whose content goes with the kind of colour."""
_BLOCK_BYTES = 1 << 21


def info(found: Chunks) -> dict[str, Any]:
    """EXIF, XMP, profile and resolution, by the names that Pillow gives them."""
    said: dict[str, Any] = {"icc_profile": found.first(b"iCCP")}
    if exif := found.first(b"eXIf"):
        said["exif"] = EXIF_PREFIX + exif
    if xmp := next((text.value for text in _texts(found) if text.key == _XMP), None):
        said["xmp"] = xmp.encode("utf-8", "surrogateescape")
    if (density := found.first(b"pHYs")) and len(density) == 9 and density[8] == 1:
        said["dpi"] = tuple(0.0254 * value for value in struct.unpack(">II", density[:8]))
    return said


def told(found: Chunks, *, turned: bool) -> dict[str, Any]:
    """The fields of `Metadata` that come from PNG files alone; `turned`: width and height change places."""
    kept: list[tuple[bytes, bytes]] = []
    gone: list[bytes] = []
    once = {*_KEPT[:-1]}
    for name, content in found.others:
        if name in _TOLD or (name in _KEPT[:-1] and name not in once):
            continue
        once.discard(name)
        if (name in _KEPT or name[3:].islower()) and not (turned and name in _LYING):
            as_read = _as_read(name, content, found, turned)
            kept += [] if as_read is None else [(name, as_read)]
        else:
            gone.append(name)
    texts = list(_texts(found))
    packet = next((index for index, text in enumerate(texts) if text.key == _XMP), len(texts))
    return {
        "text": tuple(texts[:packet] + texts[packet + 1 :]),
        "chunks": tuple(kept),
        "appended": found.appended,
        "several": found.several,
        "remarks": tuple(_remarks(found, gone)),
    }


def _as_read(name: bytes, content: bytes, found: Chunks, turned: bool) -> bytes | None:
    """A chunk for the pixels as they are read; None for what is told as a resolution."""
    if name == b"pHYs" and len(content) == 9:
        across, down = content[:4], content[4:8]
        return None if content[8] == 1 else (down + across if turned else across + down) + content[8:]
    if name == b"bKGD" and found.kind == 0 and found.bits < 8:
        return struct.pack(">H", int.from_bytes(content[:2], "big") * _scale(found) & 0xFFFF)
    if name == b"sBIT" and found.kind in (0, 2) and found.first(b"tRNS"):
        return content + bytes([max(8, found.bits)])  # what is seen through becomes alpha
    return content


def _scale(found: Chunks) -> int:
    """What a step of the file is in pixels as they are read, which have 8 bits at least."""
    return int(255 // ((1 << found.bits) - 1)) if found.bits < 8 else 1


def _texts(found: Chunks) -> Iterator[PngText]:
    for name, content in found.others:
        key, _, rest = content.partition(b"\0")
        if name == b"tEXt" and key:
            yield PngText(key.decode("latin-1"), rest.decode("latin-1"))
        elif name == b"iTXt" and key and rest.count(b"\0") >= 3:
            told = [part.decode("utf-8", "surrogateescape") for part in rest[2:].split(b"\0", 2)]
            yield PngText(key.decode("latin-1"), told[2], True, told[0], told[1])


def _remarks(found: Chunks, gone: list[bytes]) -> Iterator[Sentence]:
    if not found.ended:
        yield Sentence("The file's end is missing, but none of its pixels.")
    there = {name for name, _ in found.others}
    kept = [b"IDAT"] * (not found.sound) + [name for name in found.damaged if name in there]
    if kept:
        yield Sentence("The check sums of these PNG chunks are wrong; they are kept as they read: {0}.", _names(kept))
    if lost := [name for name in found.damaged if name not in kept]:
        yield Sentence("These PNG chunks are damaged and left out: {0}.", _names(lost))
    if gone:
        yield Sentence("These PNG chunks may be wrong once pixels change and are left out: {0}.", _names(gone))


def _names(names: list[bytes]) -> str:
    return ", ".join(dict.fromkeys(name.decode("ascii") for name in names))


def see_through(raster: Raster, found: Chunks) -> Raster:
    """With alpha where the file names one grey or colour that means "nothing here"."""
    size = {0: 2, 2: 6}.get(found.kind, 0)
    key = (found.first(b"tRNS") or b"")[:size]
    if not size or len(key) < size or raster.kind.alpha:
        return raster
    values = np.frombuffer(key, ">u2") & ((1 << found.bits) - 1)
    pixels: Pixels = raster.pixels.reshape(*raster.pixels.shape[:2], -1)
    shown = (pixels != values.astype(pixels.dtype) * pixels.dtype.type(_scale(found))).any(2)
    alpha = shown.astype(pixels.dtype) * pixels.dtype.type(raster.kind.top)
    mode = {"1": "LA", "L": "LA", "I;16": "LA16", "RGB": "RGBA", "RGB16": "RGBA16"}[raster.mode]
    return Raster(np.dstack([pixels, alpha]), mode, None, raster.icc)


def homeless(metadata: Metadata, mode: str | None) -> tuple[Sentence, ...]:
    """What of a PNG file has no place, as ends of "a JPEG has no place for ..."; `mode`: of a PNG, else None."""
    names = [name for name, content in metadata.chunks if not _fits(name, content, mode)]
    if mode is None:
        plain = metadata.icc is not None or any(name == b"sRGB" for name, _ in metadata.chunks)
        names = [name for name, content in metadata.chunks if not _goes_without_saying(name, content, plain)]
    colour = [name for name in names if name in _EARLY]
    others = [name for name in names if name not in _EARLY]
    said = [Sentence("what its colour numbers mean ({0})", _names(colour))] if colour else []
    said += [Sentence("these PNG chunks: {0}", _names(others))] if others else []
    if metadata.appended and mode is None:
        said.append(Sentence("what is appended to the PNG file"))
    return tuple(said)


def _fits(name: bytes, content: bytes, mode: str | None) -> bool:
    return mode is None or name not in _SIZES or len(content) == _SIZES[name][_KIND[mode]]


def _goes_without_saying(name: bytes, content: bytes, plain: bool) -> bool:
    """Whether other formats mean the same without such a chunk; `plain`: there is a profile, or it is plain sRGB."""
    if name in (b"gAMA", b"cHRM"):
        return plain or content == _SRGB[name]
    return (
        name == b"sRGB"
        or (name == b"sBIT" and set(content) <= {8, 16})
        or (name == b"pHYs" and content[:4] == content[4:8])
    )


class PngStream:
    """A file that Pillow writes a PNG to, with the chunks that Pillow does not write."""

    def __init__(self, stream: BinaryIO, metadata: Metadata, mode: str) -> None:
        self._stream, (self._early, self._late) = stream, _described(metadata, mode)

    def write(self, data: bytes) -> int:
        name = data[4:] if len(data) == 8 else b""  # Pillow writes the head of a chunk, then the rest
        if name in (b"PLTE", b"IDAT"):
            self._stream.write(self._early)
            self._early = b""
        if name == b"IDAT":
            self._stream.write(self._late)
            self._late = b""
        return self._stream.write(data)

    def flush(self) -> None:
        self._stream.flush()


def _described(metadata: Metadata, mode: str) -> tuple[bytes, bytes]:
    """The chunks that say something, those that stand before a palette and those that stand behind it."""
    early: list[bytes] = []
    late: list[bytes] = []
    if metadata.icc:
        early.append(written(b"iCCP", b"ICC Profile\0\0" + zlib.compress(metadata.icc)))
    for name, content in metadata.chunks:
        if _fits(name, content, mode) and not (name == b"sRGB" and metadata.icc):  # the two exclude each other
            (early if name in _EARLY else late).append(written(name, content))
    if metadata.dpi:
        per_metre = [round(dpi / 0.0254) for dpi in metadata.dpi]
        late.append(written(b"pHYs", struct.pack(">IIB", *per_metre, 1)))
    for text in metadata.text:
        late.append(_written_text(text))
    if metadata.xmp:
        late.append(written(b"iTXt", _XMP.encode() + bytes(5) + metadata.xmp))
    if metadata.exif:
        late.append(written(b"eXIf", metadata.exif))
    return b"".join(early), b"".join(late)


def _written_text(text: PngText) -> bytes:
    key = text.key.encode("latin-1", "replace")
    try:
        if not text.international:
            return written(b"tEXt", key + b"\0" + text.value.encode("latin-1"))
    except UnicodeEncodeError:
        pass  # not from a PNG file: an international text holds it
    told = [part.encode("utf-8", "surrogateescape") for part in (text.language, text.translated, text.value)]
    return written(b"iTXt", key + b"\0\0\0" + b"\0".join(told))


def write_png16(stream: BinaryIO, raster: Raster, metadata: Metadata) -> None:
    """Write a picture of mode "I;16", "LA16", "RGB16" or "RGBA16" with its metadata.  Raises OSError."""
    height, width = raster.pixels.shape[:2]
    stream.write(SIGNATURE)
    stream.write(written(b"IHDR", struct.pack(">IIBBBBB", width, height, 16, _KIND[raster.mode], 0, 0, 0)))
    for chunks in _described(metadata, raster.mode):
        stream.write(chunks)
    packer = zlib.compressobj(4, strategy=zlib.Z_FILTERED)
    for block in _filtered(raster):
        if data := packer.compress(block):
            stream.write(written(b"IDAT", data))
    stream.write(written(b"IDAT", packer.flush()))
    stream.write(written(b"IEND", b""))


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
