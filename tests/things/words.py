"""Rows of what a file says beside its samples, and of what else it holds."""

from __future__ import annotations

import functools
import io
import struct
from collections.abc import Callable, Iterable

import numpy as np
import tifffile

from engine.photo.directories import Field
from engine.photo.formats import FORMATS
from tests.things import files
from tests.things.files import FIELDS, ICC, IPTC, MADE, RESOURCES, XMP, itxt, saved, tiff
from tests.things.judge import rgba
from tests.things.thing import Held, Maker, Thing, kept_never, says

_ICC_BOX = (b"colr", b"\2\0\0" + ICC)
_XMP_BOX = (b"uuid", bytes.fromhex("be7acfcb97a942e89c71999491e3afac") + XMP)
_IPTC_BOX = (b"uuid", bytes.fromhex("33c7a4d2b81d4723a0baf1a3e097ad38") + IPTC)
_XML_BOX = (b"xml ", b"<words/>")


def _two_pages(kinds: Iterable[tuple[np.ndarray, int]]) -> bytes:
    stream = io.BytesIO()
    with tifffile.TiffWriter(stream) as file:
        for pixels, kind in kinds:
            file.write(pixels, photometric="rgb", subfiletype=kind, metadata=None)
    return stream.getvalue()


def _small() -> np.ndarray:
    return np.ascontiguousarray(files.colours()[::4, ::4])


def _has_words(name: str) -> Callable[[Held], bool]:
    wanted = {}
    left = [(0, *item) for item in FIELDS[name].items()]
    while left:
        level, tag, value = left.pop()
        if isinstance(value, Field):
            wanted[level, tag] = value.value
        else:
            left += [(tag, *item) for item in value.items()]
    return lambda held: wanted.items() <= held.get("words", {}).items()


def described(name: str) -> Thing:
    """What EXIF says, in every format that has EXIF."""
    block = files.exif(name)
    makers: dict[str, Maker] = {
        form: functools.partial(saved, form, exif=b"Exif\0\0" + block) for form in ("PNG", "JPEG", "WEBP", "AVIF")
    }
    makers |= {
        "TIFF": lambda: files.bare_tiff(FIELDS[name]),
        "JPEG2000": lambda: files.with_boxes(files.jp2(), (b"uuid", b"JpgTiffExif->JP2" + block)),
        "HEIF": (MADE / "words.heic").read_bytes,
    }
    return Thing(name, makers, _has_words(name), "EXIF", ("exif",))


def _resolution(name: str, makers: dict[str, Maker], dpi: tuple[float, float]) -> Thing:
    def kept(held: Held) -> bool:
        told = held.get("words", {})
        by_exif = (0, 282) in told and (0, 283) in told
        return by_exif or ("dpi" in held and bool(np.allclose(held["dpi"], dpi, rtol=2e-3)))

    return Thing(name, makers, kept, "resolution|EXIF", ("dpi",))


def _jp2_resolution() -> bytes:
    dots = struct.pack(">HHHHBB", 11811, 1, 23622, 1, 0, 0)  # a metre: down, across
    return files.with_boxes(files.jp2(), (b"res ", struct.pack(">L4s", 18, b"resc") + dots))


def _plain(form: str, pixels: np.ndarray) -> bytes:
    if form == "HEIF":
        return (MADE / "words.heic").read_bytes()
    return files.bare_tiff({}) if form == "TIFF" else saved(form, pixels)


def rows() -> list[Thing]:
    """What is said beside the samples."""
    note = files.COMMENT
    return [
        Thing(
            "colour profile",
            {form: functools.partial(saved, form, icc_profile=ICC) for form in ("PNG", "JPEG", "WEBP", "AVIF")}
            | {
                "TIFF": lambda: tiff(tags=[(34675, 7, len(ICC), ICC)]),
                "JPEG2000": lambda: files.with_boxes(files.jp2(), _ICC_BOX),
                "HEIF": (MADE / "words.heic").read_bytes,
                "BMP": lambda: files.bmp_with_profile(ICC),
                "GIF": lambda: files.gif_with_extension(b"ICCRGBG1012", ICC),
            },
            says("icc", ICC),
            "profile|not known",
            fields=("icc",),
        ),
        Thing(
            "XMP",
            {form: functools.partial(saved, form, xmp=XMP) for form in ("JPEG", "WEBP", "AVIF")}
            | {
                "PNG": lambda: files.with_chunks(saved("PNG"), itxt(b"XML:com.adobe.xmp", XMP)),
                "TIFF": lambda: tiff(tags=[(700, 1, len(XMP), XMP)]),
                "JPEG2000": lambda: files.with_boxes(files.jp2(), _XMP_BOX),
                "HEIF": (MADE / "words.heic").read_bytes,
                "GIF": lambda: files.gif_with_extension(b"XMP DataXMP", XMP),
            },
            says("xmp", XMP),
            "XMP|not known",
            fields=("xmp",),
        ),
        Thing(
            "IPTC",
            {
                "JPEG": lambda: files.with_segments(saved("JPEG"), (0xED, files.app13(IPTC))),
                "TIFF": lambda: tiff(tags=[(33723, 7, len(IPTC), IPTC)]),
                "JPEG2000": lambda: files.with_boxes(files.jp2(), _IPTC_BOX),
            },
            says("iptc", IPTC),
            "IPTC",
            fields=("photoshop",),
        ),
        Thing(
            "Photoshop's resources",
            {
                "JPEG": lambda: files.with_segments(saved("JPEG"), (0xED, b"Photoshop 3.0\0" + RESOURCES)),
                "TIFF": lambda: tiff(tags=[(34377, 7, len(RESOURCES), RESOURCES)]),
            },
            says("resources", b"\1"),
            "Photoshop",
            fields=("photoshop",),
        ),
        Thing(
            "Photoshop's layers",
            {"TIFF": lambda: tiff(tags=[(37724, 7, 20, b"Adobe Photoshop Docu")])},
            kept_never,
            "layers",
            fields=("remarks",),
        ),
        Thing(
            "a comment",
            {
                "JPEG": lambda: saved("JPEG", comment=note),
                "GIF": lambda: saved("GIF", comment=note),
                "PPM": lambda: saved("PPM").replace(b"P6\n", b"P6\n# " + note + b"\n", 1),
                "TGA": lambda: saved("TGA", id_section=note),
                "JPEG2000": lambda: saved("JPEG2000", irreversible=False, comment=note),
            },
            lambda held: note in held.get("comments", ()),
            "comment",
            fields=("comment",),
        ),
        Thing(
            "words in boxes that nobody knows",
            {"JPEG2000": lambda: files.with_boxes(files.jp2(), _XML_BOX)},
            kept_never,
            "not known",
            fields=("remarks",),
        ),
        Thing(
            "pages or frames",
            {form: functools.partial(files.several, form) for form in ("PNG", "GIF", "WEBP", "AVIF", "TIFF")},
            kept_never,
            "pages or frames",
            fields=("several",),
        ),
        Thing(
            "small copies",
            {"TIFF": lambda: _two_pages([(_small(), 1), (files.colours(), 0), (_small(), 1)])},
            kept_never,
            "small copies",
            fields=("remarks",),
        ),
        Thing(
            "what colour numbers mean (HDR)",
            {"AVIF": (MADE / "hdr.avif").read_bytes},
            lambda held: held.get("chunks", {}).get(b"cICP") == b"\x09\x10\0\1",
            "cICP",
            truth=lambda: rgba(files.deep_colours()),
            fields=("chunks",),
        ),
        _resolution(
            "resolution",
            {
                "PNG": lambda: saved("PNG", dpi=(600, 300)),
                "JPEG": lambda: saved("JPEG", dpi=(600, 300)),
                "BMP": lambda: saved("BMP", dpi=(600, 300)),
                "TIFF": lambda: tiff(resolution=(600, 300), resolutionunit=2),
                "JPEG2000": _jp2_resolution,
            },
            (600, 300),
        ),
        _resolution(
            "resolution in centimetres",
            {
                "TIFF": lambda: tiff(resolution=((11811, 100), (11811, 100)), resolutionunit=3),
                "JPEG": lambda: files.with_density(saved("JPEG"), 2, 118, 118),
            },
            (300, 300),
        ),
        Thing(
            "no resolution",
            {form: functools.partial(_plain, form, files.colours()) for form in FORMATS},
            lambda held: "dpi" not in held,
            "never",
        ),
    ]
