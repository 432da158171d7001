"""How strongly a result is laid over the photo, chosen after the run: a blend in the photo's own depth."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from engine.errors import RequestError
from engine.geometry import U8, Box, Size
from engine.photo.colour import Pixels
from engine.photo.masks import feather
from engine.photo.photos import Canvas, Paint, Photo

_BAND = 1 << 20  # pixels blended at a time


def weakened(
    before: Photo, after: Photo, strength: float, *, box: Box, missing: U8 | None = None, seam: float = 0.0
) -> Photo:
    """`after` as strongly as `strength` says: 0 is `before` bit for bit, 1 is `after`.

    The photos are of one size and mode, and differ inside `box` only.  `missing`: (H, W) uint8, over 127 where nothing
    was left of the photo; there, and fading over `seam` pixels around it, `after` stays whole, for half a scratch helps
    nobody.  None: everything is blended.  Raises RequestError if the strength is not from 0 to 1.
    """
    if not 0 <= strength <= 1:
        raise RequestError("The strength is {0}; it has to be from 0 to 1.", str(strength))
    if strength == 1 or box.empty:
        return after
    if before.mode in ("1", "P"):  # numbers that are no brightness: blended as colours, then the nearest of those
        if strength == 0 and missing is None:
            return before
        canvas = Canvas(before)
        canvas.paint(_paints(before, after, strength, box, missing, seam))
        return canvas.photo
    pixels = after.pixels.copy()
    for band in _bands(box):
        old, new = before.pixels[band.slices].astype(np.float64), after.pixels[band.slices]
        weight = _weight(band, strength, missing, seam)
        if old.ndim == 3:
            weight = weight[..., None]
        pixels[band.slices] = np.rint(old + (new - old) * weight).astype(new.dtype)
    return replace(after, pixels=_frozen(pixels))


def _frozen(pixels: Pixels) -> Pixels:
    pixels.flags.writeable = False
    return pixels


def _paints(before: Photo, after: Photo, strength: float, box: Box, missing: U8 | None, seam: float) -> Iterator[Paint]:
    """What differs, and nothing else: a palette may hold one colour twice, and dithering would spread."""
    for band in _bands(box):
        differs = before.pixels[band.slices] != after.pixels[band.slices]
        weight = np.where(differs, _weight(band, strength, missing, seam), 0.0)
        cover = np.where(weight > strength, weight, 0.0)
        yield Paint(band, after.rgb(band), weight.astype(np.float32), cover.astype(np.float32))


def _bands(box: Box) -> Iterator[Box]:
    rows = max(1, _BAND // box.width)
    for top in range(box.top, box.bottom, rows):
        yield Box(box.left, top, box.right, min(top + rows, box.bottom))


def _weight(band: Box, strength: float, missing: U8 | None, seam: float) -> np.ndarray:
    """(h, w) in 0..1: how much of `after` is to be seen."""
    if missing is None:
        return np.full((band.height, band.width), strength)
    near = band.grown(int(np.ceil(seam)) + 1).clipped(Size(missing.shape[1], missing.shape[0]))
    kept = feather(missing[near.slices], seam)[band.seen_from(near).slices]
    return np.asarray(strength + (1 - strength) * kept.astype(np.float64))
