"""Photo files made to hold a certain thing, by Pillow, tifffile and by hand."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from PIL import Image, ImageCms

from engine.photo.directories import Field, Fields, exif_block, pack

HEIGHT, WIDTH = 32, 48
MADE = Path(__file__).parent / "made"
"""What no library of ours writes: made with pillow-heif."""


def colours() -> np.ndarray:
    """(H, W, 3) uint8 of 96 colours, in slopes that differ in each of the eight orientations."""
    y, x = np.mgrid[:HEIGHT, :WIDTH] // 4 * 4
    return np.dstack([40 + 4 * x, 30 + 5 * y, 200 - 2 * x - y]).astype(np.uint8)


def deep_colours() -> np.ndarray:
    """(H, W, 3) uint16 of which the low bits say something."""
    return colours().astype(np.uint16) * 257 + np.arange(WIDTH, dtype=np.uint16)[:, None] * 3


def alpha() -> np.ndarray:
    """(H, W) uint8, smooth."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    return (255 - 3 * x - 2 * y).astype(np.uint8)


def grey() -> np.ndarray:
    return colours()[..., 0]


_PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
ICC = _PROFILE[:24] + struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + _PROFILE[36:]  # not today's date
XMP = '<x:xmpmeta xmlns:x="adobe:ns:meta/"><d>Großmutter 祖母</d></x:xmpmeta>'.encode()
IPTC = b"\x1c\x01\x5a\x00\x03\x1b%G\x1c\x02\x78\x00\x04Zo\xc3\xab"
RESOURCES = b"8BIM\x04\x0a\x00\x00\x00\x00\x00\x01\x01\x00"
COMMENT = "Großmutter, 1931".encode()

FIELDS: dict[str, Fields] = {
    "captions": {
        270: Field(2, 12, "Großmutter".encode() + b"\0"),
        315: Field(2, 7, "Jürgen".encode("latin-1") + b"\0"),
        33432: Field(2, 5, "祖母".encode("cp932") + b"\0"),
    },
    "camera": {
        271: Field(2, 6, b"Maker\0"),
        0x8769: {
            0x9003: Field(2, 20, b"1931:05:04 12:00:00\0"),
            0x9286: Field(7, 12, b"JIS\0\0\0\0\0" + "祖母".encode("cp932")),
            0xA005: {1: Field(2, 4, b"R98\0")},
        },
        0x8825: {1: Field(2, 2, b"N\0"), 2: Field(5, 3, struct.pack("<6L", 52, 1, 30, 1, 5, 2))},
    },
    "maker note": {0x8769: {0x927C: Field(7, 90, bytes(range(90)))}},
    "a tag nobody knows": {50999: Field(12, 1, struct.pack("<d", 1.5))},
}


def fields(*names: str, orientation: tuple[int, int] | None = None) -> Fields:
    """Those rows as one directory; `orientation` is TIFF's number of a kind of integer, and the value."""
    found: Fields = {}
    for name in names:
        for tag, value in FIELDS[name].items():
            below = found.get(tag)
            found[tag] = below | value if isinstance(below, dict) and isinstance(value, dict) else value
    if orientation is not None:
        kind, turn = orientation
        found[274] = Field(kind, 1, struct.pack({1: "<B", 3: "<H", 4: "<L"}[kind], turn))
    return found


def exif(*names: str, orientation: tuple[int, int] | None = None) -> bytes:
    """An EXIF block of those rows."""
    return exif_block("<", fields(*names, orientation=orientation))


def saved(form: str, pixels: np.ndarray | None = None, **options: Any) -> bytes:
    """A file of that format by Pillow, as near to lossless as it goes."""
    near: dict[str, dict[str, Any]] = {
        "JPEG": {"quality": 97, "subsampling": 0},
        "WEBP": {"lossless": True, "exact": True},
        "AVIF": {"quality": 95, "subsampling": "4:4:4"},
        "BMP": {"dpi": (0, 0)},
    }
    stream = io.BytesIO()
    Image.fromarray(colours() if pixels is None else pixels).save(stream, form, **near.get(form, {}) | options)
    return stream.getvalue()


def tiff(pixels: np.ndarray | None = None, **options: Any) -> bytes:
    """A TIFF by tifffile; `tags` are (tag, kind, count, value)."""
    pixels = colours() if pixels is None else pixels
    tags = [(*tag, True) for tag in options.pop("tags", ())]
    head = {key: options.pop(key) for key in ("byteorder", "bigtiff") if key in options}
    told = {"photometric": "rgb" if pixels.ndim == 3 else "minisblack", "metadata": None, "software": False}
    stream = io.BytesIO()
    with tifffile.TiffWriter(stream, **head) as file:
        file.write(pixels, **told | {"extratags": tags} | options)
    return stream.getvalue()


def bare_tiff(more: Fields, pixels: np.ndarray | None = None) -> bytes:
    """An uncompressed TIFF that says what is in `more` and nothing else, by hand: head, pixels, directory."""
    data = (colours() if pixels is None else pixels).tobytes()
    stored = {256: WIDTH, 257: HEIGHT, 258: 8, 259: 1, 262: 2, 273: 8, 277: 3, 278: HEIGHT, 279: len(data)}
    whole = more | {tag: Field(4, 1, struct.pack("<L", value)) for tag, value in stored.items()}
    return b"II*\0" + struct.pack("<L", 8 + len(data)) + data + pack("<", whole, 8 + len(data))


def itxt(key: bytes, text: bytes) -> tuple[bytes, bytes]:
    """A PNG chunk of an international text."""
    return b"iTXt", key + b"\0\0\0\0\0" + text


def with_chunks(file: bytes, *added: tuple[bytes, bytes], before: bytes = b"IDAT") -> bytes:
    """A PNG with more chunks, before the first of that name."""
    at = file.index(before) - 4
    made = (struct.pack(">L", len(c)) + n + c + struct.pack(">L", zlib.crc32(n + c)) for n, c in added)
    return file[:at] + b"".join(made) + file[at:]


def with_segments(file: bytes, *added: tuple[int, bytes]) -> bytes:
    """A JPEG with more segments behind its first."""
    at = 4 + struct.unpack_from(">H", file, 4)[0]
    made = (bytes([0xFF, marker]) + struct.pack(">H", len(content) + 2) + content for marker, content in added)
    return file[:at] + b"".join(made) + file[at:]


def with_boxes(file: bytes, *added: tuple[bytes, bytes]) -> bytes:
    """A JPEG 2000 file with more boxes before the codestream; a `colr` one goes into the header."""
    for name, content in added:
        box = struct.pack(">L4s", len(content) + 8, name) + content
        at = file.index(b"jp2h") - 4
        length = struct.unpack_from(">L", file, at)[0]
        if name in (b"colr", b"res "):
            old = file.index(b"colr", at) - 4
            end = old + struct.unpack_from(">L", file, old)[0]
            kept = file[old:end] if name == b"res " else b""
            body = file[at + 8 : old] + kept + box + file[end : at + length]
            file = file[:at] + struct.pack(">L4s", len(body) + 8, b"jp2h") + body + file[at + length :]
        else:
            file = file[: at + length] + box + file[at + length :]
    return file


def jp2(pixels: np.ndarray | None = None) -> bytes:
    return saved("JPEG2000", pixels, irreversible=False)


def several(form: str, **options: Any) -> bytes:
    """Two frames or pages."""
    return saved(form, save_all=True, append_images=[Image.fromarray(255 - colours())], **options)


def app13(iptc: bytes) -> bytes:
    """A JPEG's segment of captions."""
    padded = iptc + bytes(len(iptc) % 2)
    return b"Photoshop 3.0\0" + b"8BIM\x04\x04\0\0" + struct.pack(">L", len(iptc)) + padded


def with_density(jpeg: bytes, unit: int, across: int, down: int) -> bytes:
    """A JPEG whose head (JFIF) tells dots: 0 of nothing, 1 an inch, 2 a centimetre."""
    at = jpeg.index(b"JFIF\0") + 7
    return jpeg[:at] + struct.pack(">BHH", unit, across, down) + jpeg[at + 5 :]


def bmp_with_profile(icc: bytes) -> bytes:
    """A BMP with the fifth head, which has room for a profile."""
    plain = saved("BMP")
    pixels = plain[struct.unpack_from("<L", plain, 10)[0] :]
    head = plain[18:54] + bytes(16) + b"DEBM" + bytes(48) + struct.pack("<LLLL", 4, 124 + len(pixels), len(icc), 0)
    body = struct.pack("<L", 124) + head + pixels + icc
    return b"BM" + struct.pack("<LHHL", 14 + len(body), 0, 0, 14 + 124) + body


def gif_with_extension(name: bytes, content: bytes) -> bytes:
    """A GIF with an application's block; XMP ends as its own description asks."""
    plain = saved("GIF")
    at = 13 + 3 * 2 ** ((plain[10] & 7) + 1)  # behind the colours
    if name.startswith(b"XMP"):
        body = content + b"\1" + bytes(range(255, -1, -1)) + b"\0"
    else:
        parts = (content[start : start + 255] for start in range(0, len(content), 255))
        body = b"".join(bytes([len(part)]) + part for part in parts) + b"\0"
    return plain[:at] + b"!\xff\x0b" + name + body + plain[at:]
