"""Rows of what only a PNG or only a JPEG can hold."""

from __future__ import annotations

import functools
import struct
import zlib

from engine.photo.directories import Field
from tests.things import files
from tests.things.files import XMP, saved
from tests.things.thing import Held, Maker, Thing, kept_never, says

_CHUNKS = {
    b"cICP": b"\x09\x10\0\1",
    b"mDCV": bytes(range(24)),
    b"cLLI": bytes(range(8)),
    b"gAMA": struct.pack(">L", 100_000),
    b"sBIT": b"\5\6\5",
    b"bKGD": bytes(range(6)),
    b"oFFs": bytes(range(9)),
    b"tIME": b"\x07\xc3\5\4\x0c\0\0",
    b"sPLT": b"few\0\x08" + bytes(6),
    b"faCe": b"of a program that nobody knows",
}
_TEXTS = [
    (b"tEXt", b"Author\0J\xfcrgen"),
    (b"tEXt", b"Comment\0one"),
    (b"tEXt", b"Comment\0two"),
    (b"zTXt", b"Long\0\0" + zlib.compress(b"words " * 90)),
    (b"iTXt", b"Title\0\1\0de\0Titel\0" + zlib.compress("Großmutter 祖母".encode())),
]
_APPENDED = b"\0\0\0\x18ftypmp42 a video of the same moment"


def of_png() -> list[Thing]:
    """What only a PNG can hold."""
    texts = {
        (b"Author", "Jürgen".encode()),
        (b"Comment", b"one"),
        (b"Comment", b"two"),
        (b"Long", b"words " * 90),
        (b"Title", "Großmutter 祖母".encode()),
    }
    return [
        Thing(
            "texts of a PNG",
            {"PNG": lambda: files.with_chunks(saved("PNG"), *_TEXTS, before=b"IEND")},
            lambda held: texts <= held.get("texts", set()),
            "PNG text",
            fields=("text",),
        ),
        *(
            Thing(
                f"PNG chunk {name.decode()}",
                {"PNG": functools.partial(lambda *it: files.with_chunks(saved("PNG"), it), name, content)},
                functools.partial(
                    lambda name, content, held: held.get("chunks", {}).get(name) == content, name, content
                ),
                f"(PNG chunks|colour numbers).*{name.decode()}",
                fields=("chunks",),
            )
            for name, content in _CHUNKS.items()
        ),
        Thing(
            "a PNG chunk that is not safe to keep",
            {"PNG": lambda: files.with_chunks(saved("PNG"), (b"siGN", b"a signature of the pixels"))},
            kept_never,
            "siGN",
            fields=("remarks",),
        ),
        Thing(
            "bytes behind a PNG",
            {"PNG": lambda: saved("PNG") + _APPENDED},
            says("appended", _APPENDED),
            "appended",
            fields=("appended",),
        ),
    ]


def of_jpeg() -> list[Thing]:
    """What only a JPEG can hold."""
    more = b"http://ns.adobe.com/xmp/extension/\0" + b"0" * 32 + struct.pack(">LL", 4, 0) + b"<a/>"
    vendor = b"Vendor\0 something of a camera"
    return [
        Thing(
            "two comments",
            {"JPEG": lambda: files.with_segments(saved("JPEG"), (0xFE, b"one"), (0xFE, b"two"))},
            lambda held: {b"one", b"two"} <= held.get("comments", set()),
            "comment",
            fields=("jpeg", "comment"),
        ),
        Thing(
            "extended XMP",
            {"JPEG": lambda: files.with_segments(saved("JPEG", xmp=XMP), (0xE1, more))},
            says("more_xmp", b"<a/>"),
            "cameras and programs",
            fields=("jpeg",),
        ),
        Thing(
            "a camera's own segment",
            {"JPEG": lambda: files.with_segments(saved("JPEG"), (0xE5, vendor))},
            lambda held: vendor in held.get("others", ()),
            "cameras and programs",
            fields=("jpeg",),
        ),
        Thing(
            "what is appended: a gain map, a video",
            {"JPEG": lambda: saved("JPEG") + saved("JPEG", files.grey()) + _APPENDED},
            lambda held: held.get("appended", b"").endswith(_APPENDED),
            "appended",
            fields=("jpeg",),
        ),
    ]


def pixel_shape() -> Thing:
    """Pixels that are not square, of no size."""
    x, y = (struct.pack("<LL", value, 1) for value in (2, 1))
    entries = {282: Field(5, 1, x), 283: Field(5, 1, y), 296: Field(3, 1, b"\1\0")}

    def kept(held: Held) -> bool:
        by_exif = {(0, tag): entries[tag].value for tag in (282, 283)}
        return held.get("shape") == (2, 1) or by_exif.items() <= held.get("words", {}).items()

    makers: dict[str, Maker] = {
        "PNG": lambda: files.with_chunks(saved("PNG"), (b"pHYs", struct.pack(">LLB", 2, 1, 0))),
        "JPEG": lambda: files.with_density(saved("JPEG"), 0, 2, 1),
        "TIFF": lambda: files.bare_tiff(dict(entries)),
    }
    return Thing("the shape of pixels", makers, kept, "shape|pHYs|EXIF", fields=("chunks", "exif"))
