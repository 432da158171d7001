"""What stands in a BMP, GIF, PPM or TGA file and Pillow's readers leave unread or tell in their own way.

Source: Microsoft, BITMAPV5HEADER; CompuServe, GIF89a, 1990; Netpbm's PPM; Truevision, TGA 2.0, 1991.
"""

from __future__ import annotations

import os
import struct
from typing import BinaryIO

from PIL import Image

_PROGRAMS = (b"Created by OpenJPEG", b"Kakadu", b"CREATOR: GIMP", b"Created by GIMP")
"""How comments begin that only name the program which made the file."""
_GIF_KNOWN = (b"NETSCAPE2.0", b"ANIMEXTS1.0", b"XMP DataXMP")
_MOST_GIF = 1 << 24
_TGA_MARK = b"TRUEVISION-XFILE.\0"


def bmp_profile(stream: BinaryIO) -> bytes | None:
    """The colour profile of a BMP of the fifth version."""
    stream.seek(14)
    head = stream.read(124)
    if len(head) < 124 or head[:4] != b"\x7c\0\0\0" or head[56:60] != b"DEBM":
        return None
    start, length = struct.unpack_from("<LL", head, 112)
    stream.seek(14 + start)
    profile = stream.read(length)
    return profile if length and len(profile) == length else None


def gif_xmp(stream: BinaryIO) -> bytes | None:
    """The XMP of a GIF, which ends before the bytes that lead a reader of blocks to the end of it."""
    stream.seek(0)
    data = stream.read(_MOST_GIF)
    start = data.find(b"!\xff\x0bXMP DataXMP") + 14
    end = data.find(b"\1\xff\xfe\xfd", start)
    return data[start:end] if 14 <= start < end else None


def comment(stream: BinaryIO, image: Image.Image, form: str) -> bytes | None:
    """What somebody wrote into the file, if it is not just the name of the program that made it."""
    if form == "PPM":
        stream.seek(0)
        lines = stream.read(4096).split(b"\n")[:8]
        found = b"\n".join(line[1:].strip() for line in lines if line.startswith(b"#"))
    elif form == "TGA":
        found = b"\n".join(filter(None, (image.info.get("id_section"), _tga_words(stream))))
    else:
        found = image.info.get("comment") or b""
    return found if isinstance(found, bytes) and found and not found.startswith(_PROGRAMS) else None


def _tga_words(stream: BinaryIO) -> bytes:
    """Author and comments in the area that a TGA's end leads to."""
    end = stream.seek(0, os.SEEK_END)
    stream.seek(max(0, end - 26))
    foot = stream.read(26)
    if len(foot) < 26 or foot[8:] != _TGA_MARK or not any(foot[:4]):
        return b""
    stream.seek(struct.unpack("<L", foot[:4])[0] + 2)
    area = stream.read(41 + 324)
    parts = (area[:41], *(area[start : start + 81] for start in range(41, 365, 81)))
    return b"\n".join(filter(None, (part.split(b"\0")[0].strip() for part in parts)))


def has_unknown_extension(image: Image.Image, form: str) -> bool:
    """Whether a GIF has a program's own block of which nobody here knows what is in it."""
    extension = image.info.get("extension") if form == "GIF" else None
    return isinstance(extension, tuple) and extension[0] not in _GIF_KNOWN
