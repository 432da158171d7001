"""What a photo file holds, told by readers that are not FaceMend's: by the bytes, tifffile, OpenCV."""

from __future__ import annotations

import io
import re
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import tifffile
from PIL import Image

Words = dict[tuple[int, int], bytes]
"""(directory, tag) to the bytes of an entry: 0 is the main directory."""

_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_BELOW = (0x8769, 0x8825, 0xA005)
_IPTC = 0x0404


def held(path: Path) -> dict[str, Any]:
    """All that a PNG, JPEG, TIFF, WebP or BMP file holds beside its pixels, by name; nothing that it does not hold."""
    data = path.read_bytes()
    reader = {".png": _png, ".jpg": _jpeg, ".tif": _tiff, ".webp": _webp, ".bmp": _bmp}[path.suffix]
    found = reader(data)
    if exif := found.get("exif"):
        found["words"] = words(exif)
    return {name: value for name, value in found.items() if value}


def seen(path: Path) -> np.ndarray:
    """(H, W, 4) uint16 RGBA as the file shows it, turned upright; CMYK as its four inks."""
    if path.suffix == ".tif":
        out = _seen_tiff(path)
    elif held(path).get("channels") == 4:
        out = np.asarray(Image.open(path)).astype(np.uint16) * 257
    else:
        pixels = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_UNCHANGED)
        assert pixels is not None, f"OpenCV cannot read {path.name}"
        out = rgba(pixels[..., [2, 1, 0, 3][: pixels.shape[2]]] if pixels.ndim == 3 else pixels)
    return _TURNS[_orientation(held(path))](out)


_TURNS: dict[int, Callable[[np.ndarray], np.ndarray]] = {
    1: lambda a: a,
    2: np.fliplr,
    3: lambda a: np.rot90(a, 2),
    4: np.flipud,
    5: lambda a: a.swapaxes(0, 1),
    6: lambda a: np.rot90(a, -1),
    7: lambda a: np.rot90(a, 2).swapaxes(0, 1),
    8: np.rot90,
}


def _orientation(told: dict[str, Any]) -> int:
    entry = told.get("words", {}).get((0, 274))
    if entry is not None:
        return int.from_bytes(entry, "little" if told["exif"][:2] == b"II" else "big")
    said = re.search(rb"tiff:Orientation=\"(\d)", told.get("xmp", b""))
    return int(said[1]) if said else 1


def rgba(pixels: np.ndarray) -> np.ndarray:
    """(H, W) or (H, W, 1..4) samples of 8 or 16 bits as (H, W, 4) of 16."""
    deep = pixels.astype(np.uint16) * (257 if pixels.dtype == np.uint8 else 1)
    deep = deep[..., None] if deep.ndim == 2 else deep
    colour, alpha = (deep[..., :1], deep[..., 1:]) if deep.shape[2] < 3 else (deep[..., :3], deep[..., 3:])
    colour = np.repeat(colour, 3 // colour.shape[2], axis=2)
    return np.dstack([colour, alpha if alpha.size else np.full(deep.shape[:2], 65535, np.uint16)])


def _seen_tiff(path: Path) -> np.ndarray:
    with tifffile.TiffFile(path) as file:
        page = file.pages[0]
        assert isinstance(page, tifffile.TiffPage)
        pixels = page.asarray()
        if page.photometric == 3:
            assert page.colormap is not None
            return rgba(page.colormap.T[pixels])
        if page.photometric == 5:
            return pixels[..., :4].astype(np.uint16) * 257
        if pixels.dtype == bool:
            pixels = pixels.astype(np.uint8) * 255
        colour = 3 if page.photometric == 2 else 1
        extra = tuple(map(int, page.extrasamples))
        if pixels.ndim == 3:
            pixels = pixels[..., : colour + (extra[:1] in ((1,), (2,)))]
        return rgba(unmultiplied(pixels) if extra[:1] == (1,) else pixels)


def unmultiplied(pixels: np.ndarray) -> np.ndarray:
    """(H, W, 4) colours that were multiplied by their alpha as they are without it, of the same depth."""
    top, alpha = np.iinfo(pixels.dtype).max, pixels[..., 3:].astype(float)
    colours = np.floor(pixels[..., :3].astype(float) * top / np.maximum(alpha, 1) + 0.5)
    return np.dstack([colours, alpha]).astype(pixels.dtype)


def words(block: bytes) -> Words:
    """Every entry of an EXIF block or a TIFF file; entries that lead to a directory are that directory's own."""
    order = "<" if block[:2] == b"II" else ">"
    found: Words = {}
    left = [(0, struct.unpack_from(order + "L", block, 4)[0])]
    while left:
        level, at = left.pop()
        for start in range(at + 2, at + 2 + 12 * struct.unpack_from(order + "H", block, at)[0], 12):
            tag, kind, count = struct.unpack_from(order + "HHL", block, start)
            size, place = _SIZES.get(kind, 0) * count, start + 8
            if tag in _BELOW:
                left.append((tag, struct.unpack_from(order + "L", block, place)[0]))
                continue
            if size > 4:
                (place,) = struct.unpack_from(order + "L", block, place)
            found[level, tag] = block[place : place + size]
    return found


def chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """(name, content) of a PNG's chunks."""
    at = 8
    while at + 12 <= len(data):
        length, name = struct.unpack_from(">L4s", data, at)
        yield name, data[at + 8 : at + 8 + length]
        at += 12 + length


def segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """(marker, content) of a JPEG's segments up to the first scan, and what follows the picture as marker 0."""
    at = 2
    while data[at] == 0xFF and data[at + 1] != 0xDA:
        (length,) = struct.unpack_from(">H", data, at + 2)
        yield data[at + 1], data[at + 4 : at + 2 + length]
        at += 2 + length
    end = data.find(b"\xff\xd9", at) + 2
    yield 0, data[end:]


def _png(data: bytes) -> dict[str, Any]:
    found: dict[str, Any] = {"texts": set(), "chunks": {}}
    for name, content in chunks(data):
        if name == b"IHDR":
            found["bits"], found["kind"] = content[8], content[9]
        elif name == b"iCCP":
            found["icc"] = zlib.decompress(content.split(b"\0", 1)[1][1:])
        elif name == b"eXIf":
            found["exif"] = content
        elif name == b"pHYs":
            dots = struct.unpack(">LL", content[:8])
            found |= {"dpi": tuple(value * 0.0254 for value in dots)} if content[8] else {"shape": dots}
        elif name in (b"tEXt", b"zTXt", b"iTXt"):
            key, text = _text(name, content)
            if key == b"XML:com.adobe.xmp":
                found["xmp"] = text
            else:
                found["texts"].add((key, text))
        elif name not in (b"IDAT", b"IEND"):
            found["chunks"][name] = content
    found["appended"] = data[data.index(b"IEND\xae\x42\x60\x82") + 8 :]
    return found


def _text(name: bytes, content: bytes) -> tuple[bytes, bytes]:
    key, rest = content.split(b"\0", 1)
    if name == b"tEXt":
        return key, rest.decode("latin-1").encode()
    if name == b"zTXt":
        return key, zlib.decompress(rest[1:]).decode("latin-1").encode()
    packed, (_, _, text) = rest[0], rest[2:].split(b"\0", 2)
    return key, zlib.decompress(text) if packed else text


def _jpeg(data: bytes) -> dict[str, Any]:
    found: dict[str, Any] = {"bits": 8, "comments": set(), "icc": b""}
    resources = b""
    for marker, content in segments(data):
        if marker == 0xE0 and content[:5] == b"JFIF\0":
            dots, inches = struct.unpack(">HH", content[8:12]), {0: 0, 1: 1.0, 2: 2.54}[content[7]]
            found |= {"dpi": tuple(value * inches for value in dots)} if inches else {"shape": dots}
        elif marker == 0xE1 and content[:6] == b"Exif\0\0":
            found["exif"] = content[6:]
        elif marker == 0xE1 and content[:29] == b"http://ns.adobe.com/xap/1.0/\0":
            found["xmp"] = content[29:]
        elif marker == 0xE1 and content[:35] == b"http://ns.adobe.com/xmp/extension/\0":
            found["more_xmp"] = found.get("more_xmp", b"") + content[75:]
        elif marker == 0xE2 and content[:12] == b"ICC_PROFILE\0":
            found["icc"] += content[14:]
        elif marker == 0xED and content[:14] == b"Photoshop 3.0\0":
            resources += content[14:]
        elif marker == 0xFE:
            found["comments"].add(content)
        elif marker == 0:
            found["appended"] = content
        elif marker & 0xF0 == 0xE0 and marker != 0xEE:
            found.setdefault("others", set()).add(content)
        elif marker in (0xC0, 0xC1, 0xC2, 0xC9, 0xCA):
            found["channels"] = content[5]
    return found | _resources(resources)


def _resources(data: bytes) -> dict[str, Any]:
    found, at = {}, 0
    while data[at : at + 4] == b"8BIM":
        number, name = struct.unpack_from(">HB", data, at + 4)
        start = at + 6 + (name + 2) // 2 * 2
        (length,) = struct.unpack_from(">L", data, start)
        found["iptc" if number == _IPTC else "resources"] = data[start + 4 : start + 4 + length]
        at = start + 4 + (length + 1) // 2 * 2
    return found


def _tiff(data: bytes) -> dict[str, Any]:
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        page = file.pages[0]
        assert isinstance(page, tifffile.TiffPage)
        tags = {tag.code: tag.value for tag in page.tags.values()}
        samples = page.asarray()
    bits, photometric = tags[258], int(tags[262])
    extra = tuple(map(int, tags.get(338, ())))
    beyond = len(extra) - (extra[:1] in ((1,), (2,)))
    found = {
        "bits": max(bits) if isinstance(bits, tuple) else bits,
        "kind": photometric,
        "multiplied": extra[:1] == (1,),
        "extra": samples[..., -beyond:].tobytes() if beyond else None,
        "icc": tags.get(34675),
        "xmp": tags.get(700),
        "iptc": tags.get(33723),
        "exif": data,
    }
    if 282 in tags and tags.get(296, 2) != 1:
        inches = {2: 1.0, 3: 2.54}[int(tags.get(296, 2))]
        found["dpi"] = tuple(tags[tag][0] / tags[tag][1] * inches for tag in (282, 283))
    return found | _resources(tags.get(34377, b""))


def _webp(data: bytes) -> dict[str, Any]:
    names = {b"ICCP": "icc", b"EXIF": "exif", b"XMP ": "xmp"}
    found: dict[str, Any] = {"bits": 8}
    at = 12
    while at + 8 <= len(data):
        name, length = struct.unpack_from("<4sL", data, at)
        if name in names:
            found[names[name]] = data[at + 8 : at + 8 + length].removeprefix(b"Exif\0\0")
        at += 8 + (length + 1) // 2 * 2
    return found


def _bmp(data: bytes) -> dict[str, Any]:
    dots = struct.unpack_from("<LL", data, 38)
    return {
        "bits": 8,
        "kind": 3 if struct.unpack_from("<H", data, 28)[0] == 8 else 2,
        "dpi": tuple(value * 0.0254 for value in dots) if all(dots) else None,
    }
