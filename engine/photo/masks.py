"""Masks: (H, W) uint8, over 127 means "restore here".  Every function returns new arrays of 0 and 255."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from engine.errors import MaskError
from engine.geometry import F32, U8, Box, Size
from engine.photo.photos import Photo, read_photo, write_photo
from engine.wording import Sentence

_ASPECT_TOLERANCE = 0.01
_HALF = 127.5
_QUARTER = 63
"""A photo pixel is restored if a larger mask covers a quarter of it: a thin scratch must not vanish."""


def read_mask(path: Path | str, size: Size, *, tell: Callable[[Sentence], None] = lambda _note: None) -> U8:
    """Read any picture as a mask for a photo of that size: over half grey means "restore here".

    Transparent parts are not restored, whatever colour hides there.  A picture of one colour whose alpha alone
    varies (strokes on a transparent layer) is read by its alpha.  Where half grey tells nothing apart, a picture of
    exactly two values (labels 0 and 1, a palette's black and red) is read by them, and `tell` hears so.  Scaled to
    the photo if the aspect agrees within 1 %.  Raises MaskError if it does not, or if nothing is over half grey though
    the picture is not black; PhotoError if the file cannot be read.
    """
    picture = read_photo(path)
    if not _same_aspect(picture.size, size):
        own = picture.size
        raise MaskError(
            "{0}: the mask is {1} x {2} pixels and does not fit the photo of {3} x {4}",
            Path(path),
            own.width,
            own.height,
            size.width,
            size.height,
        )
    return _scaled(_as_mask(picture, Path(path), tell), size)


def write_mask(mask: U8, path: Path | str, *, force: bool = False) -> None:
    """Write a mask as a grey picture of 0 and 255 (PNG by choice).  Raises PhotoError."""
    write_photo(Photo.from_array(_clean(mask), "L"), path, force=force)


def bounds(mask: U8) -> Box:
    """The smallest box that holds every masked pixel; an empty box if there is none."""
    rows = np.flatnonzero(mask.max(axis=1, initial=0) > 127)
    if rows.size == 0:
        return Box(0, 0, 0, 0)
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    columns = np.flatnonzero(mask[top:bottom].max(axis=0) > 127)
    return Box(int(columns[0]), top, int(columns[-1]) + 1, bottom)


def is_empty(mask: U8) -> bool:
    """Whether nothing is masked."""
    return bool(mask.max(initial=0) <= 127)


def nothing(size: Size) -> U8:
    """(H, W) of a mask in which nothing is marked; it takes no memory and cannot be written to."""
    return np.asarray(np.broadcast_to(np.uint8(0), (size.height, size.width)))


def united(mask: U8, other: U8) -> U8:
    """Masked where either of two masks is."""
    return np.maximum(mask, other)


def invert(mask: U8) -> U8:
    """Masked becomes unmasked and the other way round."""
    return np.where(mask > 127, np.uint8(0), np.uint8(255))


def grow(mask: U8, px: float) -> U8:
    """Mask every pixel within `px` pixels (Euclidean, between centres) of a masked one."""
    _check_radius(px)
    out = np.zeros_like(mask)
    box = bounds(mask)
    if not box.empty:
        area = box.grown(int(px) + 1).clipped(_size(mask))
        out[area.slices] = np.where(_distance_outside(mask[area.slices]) <= px, np.uint8(255), np.uint8(0))
    return out


def shrink(mask: U8, px: float) -> U8:
    """Unmask every pixel within `px` pixels of an unmasked one; what lies past the border counts as masked.

    So `shrink(grow(mask, px), px)` is a morphological closing with a disc: it holds the mask.
    """
    _check_radius(px)
    out = np.zeros_like(mask)
    box = bounds(mask)
    if not box.empty:
        area = box.grown(1).clipped(_size(mask))
        inside = _distance_inside(mask[area.slices])
        out[area.slices] = np.where(inside > px, np.uint8(255), np.uint8(0))
    return out


def feather(mask: U8, px: float) -> F32:
    """(H, W) float32 alpha: 1 on the mask, falling smoothly outside it to exactly 0 at a distance of `px`.

    No pixel outside `grow(mask, px)` is above 0.  A crop gives the whole's values if it holds everything
    masked within `px` of it.
    """
    _check_radius(px)
    out = np.zeros(mask.shape, np.float32)
    box = bounds(mask)
    if not box.empty:
        area = box.grown(int(px) + 1).clipped(_size(mask))
        distance = _distance_outside(mask[area.slices])
        width = np.float32(px)
        ramp = 1 - np.minimum(distance, width) / width if width > 0 else (distance == 0).astype(np.float32)
        out[area.slices] = ramp * ramp * (3 - 2 * ramp)  # smoothstep: no crease at either end
    return out


def faded(mask: U8, *, out: float, within: float) -> F32:
    """(H, W) float32 alpha: 1 well inside the mask, falling smoothly from `within` pixels inside to `out` outside it.

    As `feather` otherwise; a crop has to reach `within` further.
    """
    _check_radius(out)
    _check_radius(within)
    alpha = np.zeros(mask.shape, np.float32)
    box = bounds(mask)
    if not box.empty:
        area = box.grown(int(out) + 1).clipped(_size(mask))
        part = mask[area.slices]
        depth = np.minimum(_distance_inside(part), np.float32(within)) - _distance_outside(part)
        ramp = ((depth + np.float32(out)) / np.float32(max(out + within, 1e-6))).clip(0, 1)
        alpha[area.slices] = ramp * ramp * (3 - 2 * ramp)
    return alpha


def components(mask: U8) -> list[Box]:
    """The box of every connected (also diagonally) part of the mask, from top to bottom, then left to right."""
    around = bounds(mask)
    if around.empty:
        return []
    _, _, stats, _ = cv2.connectedComponentsWithStats(_clean(mask[around.slices]), connectivity=8)
    found = [
        Box(int(x), int(y), int(x + w), int(y + h))
        for x, y, w, h in stats[1:, : cv2.CC_STAT_HEIGHT + 1] + [around.left, around.top, 0, 0]
    ]
    return sorted(found, key=lambda box: (box.top, box.left))


def _check_radius(px: float) -> None:
    if not px >= 0:
        raise ValueError(f"a radius cannot be {px}")


def _size(mask: U8) -> Size:
    return Size(mask.shape[1], mask.shape[0])


def _clean(mask: U8) -> U8:
    return np.where(mask > 127, np.uint8(255), np.uint8(0))


def _distance_outside(mask: U8) -> F32:
    """Distance of every pixel to the nearest masked one; 0 on the mask, which must not be empty."""
    return cv2.distanceTransform(invert(mask), cv2.DIST_L2, cv2.DIST_MASK_PRECISE).astype(np.float32, copy=False)


def _distance_inside(mask: U8) -> F32:
    """Distance of every pixel to the nearest unmasked one; infinite if there is none."""
    clean = _clean(mask)
    if clean.all():
        return np.full(mask.shape, np.inf, np.float32)
    return cv2.distanceTransform(clean, cv2.DIST_L2, cv2.DIST_MASK_PRECISE).astype(np.float32, copy=False)


def _same_aspect(one: Size, other: Size) -> bool:
    """Equal aspect within the tolerance, or within the one pixel that rounding a small picture costs."""
    wanted = one.width * other.height / other.width
    slack = max(_ASPECT_TOLERANCE * one.height, 0.5 + 0.5 * one.height / one.width)
    return abs(wanted - one.height) <= slack


def _as_mask(picture: Photo, path: Path, tell: Callable[[Sentence], None]) -> U8:
    weight = _weight(picture)
    low, high = float(weight.min()), float(weight.max())
    if low <= _HALF and (high > _HALF or high == 0):
        return np.where(weight > _HALF, np.uint8(255), np.uint8(0))
    most = picture.raster.kind.top
    if low < high and bool(((weight == low) | (weight == high)).all()):
        values = round(low * most / 255), round(high * most / 255)
        tell(Sentence("{0}: a mask of two values, {1} and {2}: the brighter one is restored.", path, *values))
        return np.where(weight == high, np.uint8(255), np.uint8(0))
    if high > _HALF:
        return np.full(weight.shape, 255, np.uint8)
    brightest = round(high * most / 255)
    raise MaskError("{0}: nothing in it is over half grey; the brightest is {1} of {2}", path, brightest, most)


def _weight(picture: Photo) -> U8 | F32:
    """(H, W) 0..255, uint8 or, of a 16-bit picture, float32: how much each pixel asks to be restored."""
    grey = _grey(picture)
    alpha = picture.alpha8()
    if alpha is None or alpha.min() == 255:
        return grey
    visible = grey[alpha > 0]
    if visible.size and float(visible.max()) - float(visible.min()) <= 8:
        return alpha
    return np.minimum(grey, alpha)


def _grey(picture: Photo) -> U8 | F32:
    if picture.raster.kind.bits == 8:
        return np.asarray(cv2.cvtColor(picture.rgb8(), cv2.COLOR_RGB2GRAY), np.uint8)
    red, green, blue = np.moveaxis(picture.rgb(), -1, 0)  # not by OpenCV, which sums equal pixels unequally
    return np.asarray((0.299 * red + 0.587 * green + 0.114 * blue) * 255, np.float32)


def _scaled(mask: U8, size: Size) -> U8:
    if _size(mask) == size:
        return mask
    smaller = size.width * size.height < mask.size
    how = cv2.INTER_AREA if smaller else cv2.INTER_NEAREST
    scaled = cv2.resize(mask, (size.width, size.height), interpolation=how)
    return np.where(scaled > _QUARTER, np.uint8(255), np.uint8(0))
