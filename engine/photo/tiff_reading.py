"""Which of a TIFF's pictures is the photo, and what it says beside its pixels."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import BinaryIO

import numpy as np

from engine.errors import PhotoError
from engine.photo import photoshop
from engine.photo.colour import MODES, Family, Raster, unmultiplied
from engine.photo.directories import Directory, exif_block, gather, pages, read_header
from engine.photo.metadata import Extra, Metadata, oriented_exif, oriented_xmp, upright, xmp_orientation
from engine.photo.tiff import BLOCKS, IPTC, LAYERS, PROFILE, RESOURCES, STORAGE, XMP
from engine.photo.tiff_pixels import COLOUR_CHANNELS, Layout, layout_of, read_samples
from engine.wording import Sentence

_SUB_PICTURES = 330
_MOST_PAGES = 64
"""So far the photo is looked for."""

_MODES = {(kind.family, kind.bits, kind.alpha): mode for mode, kind in MODES.items()}
_FAMILIES: dict[int, Family] = {0: "grey", 1: "grey", 2: "rgb", 5: "cmyk"}


@dataclass(frozen=True, eq=False, slots=True)
class Page:
    """The directory of a TIFF that is the photo."""

    directory: Directory
    layout: Layout
    index: int
    """How many come before it."""
    several: bool
    """Whether there are other pages that are not just small copies."""
    copies: bool
    """Whether there are small copies."""

    @property
    def orientation(self) -> int:
        """1..8: how the pixels have to be turned."""
        told = self.directory.hint(274, 0) or xmp_orientation(self.directory.raw(XMP)) or 1
        return told if 1 <= told <= 8 else 1


def find_page(stream: BinaryIO) -> Page | None:
    """The first picture that is no thumbnail or mask of another; None if it is no TIFF.

    Raises PhotoError for kinds that would be read wrong, ValueError if it is damaged.
    """
    header = read_header(stream)
    if header is None:
        return None
    found: list[Directory] = []
    try:
        found += itertools.islice(pages(stream, header), _MOST_PAGES)
    except ValueError:  # what comes after the photo may be damaged
        if not found:
            raise
    index = next((index for index, directory in enumerate(found) if not _is_small(directory)), 0)
    chosen, others = found[index], found[:index] + found[index + 1 :]
    if _is_small(chosen) and _SUB_PICTURES in chosen:
        raise PhotoError("only a small copy of the picture could be read, as in raw files; save it as a TIFF first")
    copies = _SUB_PICTURES in chosen or any(_is_small(directory) for directory in others)
    several = len(found) == _MOST_PAGES or not all(_is_small(directory) for directory in others)
    return Page(chosen, layout_of(chosen), index, several, copies)


def _is_small(directory: Directory) -> bool:
    """Whether it says of itself to be a smaller copy or a mask of another picture."""
    return bool(directory.hint(254, 0) & 5) or directory.hint(255, 1) == 2


def _has_deep_palette(page: Page) -> bool:
    """Whether the colours of a palette say more than 8 bits can: those are repeated or filled up with 0."""
    if page.layout.photometric != 3:
        return False
    colours = np.array(page.directory.numbers(320))
    return bool(((colours % 257 != 0) & (colours % 256 != 0)).any())


def read_plain(stream: BinaryIO, page: Page) -> tuple[Raster, Metadata]:
    """The upright pixels of a page whose layout is plain, with all that it says.  Raises as `read_samples`."""
    layout, family = page.layout, _FAMILIES[page.layout.photometric]
    samples = upright(read_samples(stream, page.directory, layout), page.orientation)
    base, bits = COLOUR_CHANNELS[layout.photometric], layout.bits[0]
    see_through = (base + at for at, use in enumerate(layout.extra) if use in (1, 2) and family != "cmyk")
    alpha = next(see_through, None)
    own = [*range(base), *([] if alpha is None else [alpha])]
    others = [channel for channel in range(layout.channels) if channel not in own]
    colours = samples[..., own] if others else samples
    if layout.photometric == 0:  # white is 0
        colours[..., :base] = ~colours[..., :base]
    metadata, whole = read_metadata(stream, page), True
    premultiplied = alpha is not None and layout.extra[alpha - base] == 1
    if premultiplied:
        colours, whole = unmultiplied(colours)
    if not whole:
        cut = Sentence("Where its colours were stronger than their transparency allows, they are cut to it.")
        metadata = replace(metadata, remarks=(*metadata.remarks, cut))
    kinds = tuple(layout.extra[channel - base] for channel in others)
    extra = Extra(np.ascontiguousarray(samples[..., others]), kinds) if others else None
    pixels = np.ascontiguousarray(colours[..., 0] if len(own) == 1 else colours)
    mode = _MODES[family, bits, alpha is not None]
    return Raster(pixels, mode, icc=metadata.icc), replace(metadata, extra=extra, premultiplied=premultiplied)


def read_metadata(stream: BinaryIO, page: Page) -> Metadata:
    """What a page says beside its pixels, told of the upright picture.  Raises ValueError if it is damaged."""
    directory, swapped = page.directory, page.orientation > 4
    fields, damaged = gather(stream, directory, without=STORAGE | BLOCKS)
    damaged |= any(directory.size(tag) and directory.raw(tag) is None for tag in BLOCKS)
    exif = exif_block(directory.header.order, fields) if fields else None
    xmp, dpi = directory.raw(XMP), directory.resolution()
    told = photoshop.segments(directory.raw(IPTC), directory.raw(RESOURCES))
    remarks = {
        Sentence("Some of the entries that describe the photo are damaged and are left out."): damaged,
        Sentence("Photoshop's layers are left out: they would cover what was restored."): LAYERS in directory,
        Sentence("The file's small copies of the picture are left out."): page.copies,
        Sentence("The 16 bits of the palette's colours are rounded to 8."): _has_deep_palette(page),
    }
    return Metadata(
        exif=oriented_exif(exif, 1, swapped=swapped) if exif else None,
        icc=directory.raw(PROFILE),
        dpi=dpi[::-1] if dpi and swapped else dpi,
        xmp=oriented_xmp(xmp, 1) if xmp else None,
        photoshop=(told and photoshop.without_preview(told)) or None,
        several=page.several,
        remarks=tuple(sentence for sentence, so in remarks.items() if so),
    )
