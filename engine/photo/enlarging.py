"""A larger photo of the same: Lanczos in its own channels and depth, with metadata that stay true."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from engine.errors import PhotoError
from engine.photo.colour import MODES, Pixels
from engine.photo.encoding import format_of
from engine.photo.formats import FORMATS
from engine.photo.metadata import enlarged_metadata
from engine.photo.photos import MAX_PIXELS, Photo

_ROWS = 256  # of the photo, enlarged at a time
_REACH = 4  # rows that the kernel sees to either side
_COPIES = 6.0  # of the result that a run and its file hold at once, as measured


def check_enlarging(photo: Photo, factor: int, *, suffix: str) -> None:
    """Raise PhotoError, before any work, if a photo so enlarged is too much for us, its format or the memory.

    `suffix`: of the file it will be written to (".png").
    """
    width, height = photo.size.width * factor, photo.size.height * factor
    pixels = width * height
    if pixels > MAX_PIXELS:
        most = MAX_PIXELS // 1_000_000
        raise PhotoError(
            "enlarged {0} times it has {1} megapixels; {2} are the most", factor, pixels // 1_000_000, most
        )
    form = FORMATS[format_of(suffix)]
    if max(width, height) > form.largest_side:
        raise PhotoError("{0} holds at most {1} pixels a side", form.name, form.largest_side)
    needed, free = int(photo.pixels.nbytes * factor**2 * _COPIES), _free_memory()
    if free is not None and needed > free:
        mebi = 1 << 20
        raise PhotoError(
            "enlarged {0} times it needs {1} MB of memory, and {2} MB are free", factor, needed // mebi, free // mebi
        )


def enlarged(photo: Photo, factor: int) -> Photo:
    """The photo `factor` times as wide and high (1: itself), in its own mode and depth.

    A palette's photo becomes one of full colour, and a black and white one of greys.  Resolution (dpi) and the sizes
    that EXIF and XMP tell follow.  Raises PhotoError if there is not enough memory.
    """
    if factor == 1:
        return photo
    photo = _in_full_colour(photo)
    extra = photo.metadata.extra
    try:
        pixels = _enlarged(photo.pixels, factor, alpha=MODES[photo.mode].alpha)
        if extra is not None:
            planes = (_enlarged(plane, factor, alpha=False) for plane in np.moveaxis(extra.samples, -1, 0))
            extra = replace(extra, samples=np.stack(list(planes), -1))
    except MemoryError:
        raise PhotoError("not enough memory to enlarge it {0} times", factor) from None
    pixels.flags.writeable = False
    metadata = enlarged_metadata(photo.metadata, factor, width=pixels.shape[1], height=pixels.shape[0])
    return replace(photo, pixels=pixels, metadata=replace(metadata, extra=extra))


def _enlarged(pixels: Pixels, factor: int, *, alpha: bool) -> Pixels:
    """In bands of rows, so that what one costs is all that is held beside the result."""
    height, width = pixels.shape[:2]
    out = np.empty((height * factor, width * factor, *pixels.shape[2:]), pixels.dtype)
    for top in range(0, height, _ROWS):
        bottom, near = min(top + _ROWS, height), max(0, top - _REACH)
        large = _lanczos(pixels[near : bottom + _REACH], factor, alpha=alpha)
        skip = (top - near) * factor
        out[top * factor : bottom * factor] = large[skip : skip + (bottom - top) * factor]
    return out


def _in_full_colour(photo: Photo) -> Photo:
    """Between a palette's colours there may be none of it."""
    if photo.mode == "1":
        return replace(photo, mode="L")
    if photo.palette is None:
        return photo
    alpha = photo.alpha8()
    colours = photo.rgb8()
    pixels: Pixels = colours if alpha is None else np.dstack((colours, alpha))
    return replace(photo, pixels=pixels, mode="RGB" if alpha is None else "RGBA", palette=None)


def _lanczos(pixels: Pixels, factor: int, *, alpha: bool) -> Pixels:
    """Enlarged; colours weigh as much as they are to be seen, so that what hides under transparency does not bleed."""
    shape = (pixels.shape[1] * factor, pixels.shape[0] * factor)
    if not alpha:
        return np.asarray(cv2.resize(pixels, shape, interpolation=cv2.INTER_LANCZOS4))
    top = np.iinfo(pixels.dtype).max
    cover = pixels[..., -1:].astype(np.float32) / top
    planes = np.concatenate((pixels[..., :-1] * cover, pixels[..., -1:]), 2, dtype=np.float32)
    large = np.asarray(cv2.resize(planes, shape, interpolation=cv2.INTER_LANCZOS4), np.float32)
    large[..., :-1] /= np.maximum(large[..., -1:] / top, 1 / top)
    return np.asarray(np.rint(large.clip(0, top)), pixels.dtype)


def _free_memory() -> int | None:
    """Bytes that programs may still take; None where the system does not tell.  (There, running out is found then.)"""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    told = dict(line.split(":", 1) for line in lines if ":" in line)
    return int(told["MemAvailable"].split()[0]) << 10 if "MemAvailable" in told else None
