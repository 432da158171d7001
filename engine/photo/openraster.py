"""A restoration as layers that painting programs open: an OpenRaster file of photo, fill and mask.

Source: OpenRaster file layout and layer stack specification 0.0.6, https://www.openraster.org.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image

from engine.atomic import atomic_file
from engine.geometry import U8, Box
from engine.photo import colour, encoding
from engine.photo.colour import Pixels, Raster
from engine.photo.metadata import Metadata
from engine.photo.photos import Photo, writing

_THUMBNAIL = 256  # the specification's side
_RED = (255, 0, 0)
_STACK = """<?xml version="1.0" encoding="UTF-8"?>
<image version="0.0.6" w="{width}" h="{height}"{density}>
 <stack>
  <layer name="Mask" src="data/mask.png" x="0" y="0" opacity="0.5" visibility="hidden"/>
  <layer name="Fill" src="data/fill.png" x="{left}" y="{top}"/>
  <layer name="Photo" src="data/photo.png" x="0" y="0"/>
 </stack>
</image>
"""


def write_layers(before: Photo, after: Photo, mask: U8, path: Path, *, box: Box, force: bool = False) -> None:
    """Write what was restored as a layer of its own over the photo, and the mask, hidden, over both.

    `before`, `after`: one photo before and after its restoration, which changed nothing outside `box`; `mask`: (H, W)
    uint8 of their size.  The layers have the photo's depth; with the first two shown the picture is `after`.  An
    existing file is replaced only with `force`.  Raises PhotoError naming file and cause.
    """
    with writing(path), atomic_file(path, overwrite=force) as stream:
        _write(stream, before, after, mask, box.clipped(before.size))


def _write(stream: BinaryIO, before: Photo, after: Photo, mask: U8, box: Box) -> None:
    meaning = Metadata(icc=before.metadata.icc, dpi=before.metadata.dpi)
    of_fill = meaning if (meaning.icc or b"")[16:20] == b"RGB " else replace(meaning, icc=None)
    height, width = before.pixels.shape[:2]
    red = np.dstack([np.full(mask.shape, value, np.uint8) for value in _RED] + [mask])
    density = "" if meaning.dpi is None else ' xres="{:.0f}" yres="{:.0f}"'.format(*meaning.dpi)
    stack = _STACK.format(width=width, height=height, density=density, left=box.left, top=box.top)
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:  # PNG is packed already
        archive.writestr("mimetype", "image/openraster")  # first, and plain: programs look for it there
        archive.writestr("stack.xml", stack)
        archive.writestr("data/photo.png", _png(before.raster, meaning))
        archive.writestr("data/fill.png", _png(_changed(before, after, box), of_fill))
        archive.writestr("data/mask.png", _png(Raster(red, "RGBA"), Metadata()))
        archive.writestr("mergedimage.png", _png(after.raster, meaning))
        archive.writestr("Thumbnails/thumbnail.png", _thumbnail(after))


def _changed(before: Photo, after: Photo, box: Box) -> Raster:
    """The pixels of `after` in a box, see-through where they are those of `before`, or where the photo itself is."""
    part = after.raster.crop(box)
    differs = before.pixels[box.slices] != after.pixels[box.slices]
    differs = differs if differs.ndim == 2 else differs.any(2)
    if part.kind.bits == 16:
        top = part.kind.top
        colours: Pixels = np.rint(colour.rgb(part) * top).astype(np.uint16)
        own = part.pixels[..., -1:] if part.has_alpha else np.uint16(top)
        return Raster(np.dstack([colours, np.where(differs[..., None], own, np.uint16(0))]), "RGBA16")
    alpha = colour.alpha8(part)
    seen = np.where(differs, np.uint8(255) if alpha is None else alpha, np.uint8(0))
    return Raster(np.dstack([colour.rgb8(part), seen]), "RGBA")


def _png(raster: Raster, metadata: Metadata) -> bytes:
    stream = io.BytesIO()
    encoding.encode(stream, raster, metadata, form="PNG")
    return stream.getvalue()


def _thumbnail(photo: Photo) -> bytes:
    small = Image.fromarray(photo.rgb8())
    small.thumbnail((_THUMBNAIL, _THUMBNAIL))
    stream = io.BytesIO()
    small.convert("RGBA").save(stream, "PNG")
    return stream.getvalue()
