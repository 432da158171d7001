"""The file formats of photos, a row each: whoever reads, writes or offers photos looks here.

Nothing heavy is imported (not even `dataclasses`), so that the command line can list suffixes at no cost.
"""

from __future__ import annotations

from typing import NamedTuple


class Format(NamedTuple):
    """How a format's files are named, and what they can hold if FaceMend writes it."""

    name: str
    suffixes: tuple[str, ...]
    """With the dot, in small letters; first the one that new files get."""
    package: str | None = None
    """What has to be installed beside FaceMend to read it."""
    modes: frozenset[str] = frozenset()
    """The modes (keys of `engine.photo.colour.MODES`) that can be written; none: it is only read."""
    palette_alpha: bool = False
    lossless: bool = True
    largest_side: int = 1 << 31
    exif: bool = True
    """EXIF, XMP and an ICC profile."""
    dpi: bool = True

    @property
    def writable(self) -> bool:
        return bool(self.modes)


_EIGHT = frozenset({"1", "L", "LA", "P", "RGB", "RGBA"})
_DEEP = frozenset({"I;16", "LA16", "RGB16", "RGBA16"})

FORMATS = {
    "PNG": Format(name="PNG", suffixes=(".png",), modes=_EIGHT | _DEEP, palette_alpha=True),
    "JPEG": Format(
        name="JPEG",
        suffixes=(".jpg", ".jpeg", ".jpe", ".jfif"),
        modes=frozenset({"L", "RGB", "CMYK"}),
        lossless=False,
        largest_side=65_500,
    ),
    "TIFF": Format(name="TIFF", suffixes=(".tif", ".tiff"), modes=_EIGHT | _DEEP | {"CMYK"}),
    "WEBP": Format(name="WebP", suffixes=(".webp",), modes=frozenset({"RGB", "RGBA"}), largest_side=16_383, dpi=False),
    "BMP": Format(name="BMP", suffixes=(".bmp",), modes=frozenset({"1", "L", "P", "RGB"}), exif=False),
    "GIF": Format(name="GIF", suffixes=(".gif",)),
    "PPM": Format(name="PPM", suffixes=(".ppm", ".pgm", ".pbm", ".pnm")),
    "JPEG2000": Format(name="JPEG 2000", suffixes=(".jp2", ".j2k")),
    "AVIF": Format(name="AVIF", suffixes=(".avif",)),
    "HEIF": Format(name="HEIC", suffixes=(".heic", ".heif"), package="pi-heif"),
    "TGA": Format(name="TGA", suffixes=(".tga",)),  # the last: it has no mark to be known by
}
"""By Pillow's name, in the order in which they are tried and offered."""

READABLE = tuple(suffix for row in FORMATS.values() for suffix in row.suffixes)
"""Suffixes of photos.  Those that need a package are among them: without it, reading one says which."""

WRITABLE = tuple(suffix for row in FORMATS.values() if row.writable for suffix in row.suffixes)
