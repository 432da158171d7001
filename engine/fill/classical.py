"""Classical fills, for what lies outside every chip: OpenCV's two for thin damage, PatchMatch for areas."""

from __future__ import annotations

from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.errors import RequestError
from engine.fill import patchmatch
from engine.geometry import F32, U8, Size
from engine.photo import masks
from engine.progress import Progress

Classical = Literal["auto", "telea", "ns", "patchmatch"]

_THIN = 8.0  # pixels: radius of the widest inscribed circle up to which damage counts as thin
_INPAINT_RADIUS = 5
_CONTEXT = 64  # pixels of surroundings that a fill sees
_LARGEST = 512 * 512  # pixels that PatchMatch searches at once
_POINTS = 1 << 14  # pixels looked up at once (OpenCV's remap takes less than 2^15 rows)


def fill(rgb8: U8, mask: U8, *, method: Classical = "auto", seed: int = 0, progress: Progress | None = None) -> U8:
    """Fill the masked part of a picture from the rest; known pixels come back bit-identical.

    `rgb8`: (H, W, 3) uint8; `mask`: (H, W) uint8, over 127 means "fill".  `auto` takes Telea for thin
    damage and PatchMatch for what is wider than 16 pixels.  Raises RequestError if the mask covers everything, and
    Cancelled.
    """
    bounds = masks.bounds(mask)
    if bounds.empty:
        return rgb8.copy()
    box = bounds.grown(_CONTEXT).clipped(Size(mask.shape[1], mask.shape[0]))
    hole = np.where(mask[box.slices] > 127, 255, 0).astype(np.uint8)
    if (hole > 0).all():
        raise RequestError("The mask covers everything: there is nothing to fill it from.")
    if progress is not None:
        progress.check()
    picture = np.ascontiguousarray(rgb8[box.slices])
    if method == "auto":
        picture = _crop_fill(picture, hole, "telea", seed=seed, progress=progress)
        hole, method = thick_parts(hole), "patchmatch"
    if hole.any():
        picture = _crop_fill(picture, hole, method, seed=seed, progress=progress)
    out = rgb8.copy()
    view, missing = out[box.slices], mask[box.slices] > 127
    view[missing] = picture[missing]
    return out


def thick_parts(mask: U8, radius: float = _THIN) -> U8:
    """The connected parts of a mask (over 127) that hold a disc larger than `radius`; (H, W) uint8, 0 or 255."""
    hole = np.where(mask > 127, 255, 0).astype(np.uint8)
    deep = cv2.distanceTransform(hole, cv2.DIST_L2, 3) > radius
    count, labels = cv2.connectedComponents(hole)
    thick = np.zeros(count, np.uint8)
    thick[labels[deep]] = 255
    return np.asarray(thick[labels], np.uint8)


def _crop_fill(rgb8: U8, hole: U8, method: Classical, *, seed: int, progress: Progress | None) -> U8:
    if method != "patchmatch":
        kind = cv2.INPAINT_NS if method == "ns" else cv2.INPAINT_TELEA
        return np.asarray(cv2.inpaint(rgb8, hole, _INPAINT_RADIUS, kind), np.uint8)
    height, width = hole.shape
    shrink = min(1.0, (_LARGEST / (height * width)) ** 0.5)
    missing = hole > 0
    if shrink == 1.0:
        filled = patchmatch.fill((rgb8 / 255).astype(np.float32), missing, seed=seed, progress=progress)
        return np.asarray(np.rint(filled.clip(0, 1) * 255), np.uint8)
    return _scaled_fill(rgb8, missing, shrink, seed=seed, progress=progress)


def _scaled_fill(rgb8: U8, missing: NDArray[np.bool_], shrink: float, *, seed: int, progress: Progress | None) -> U8:
    """A large area: fill a shrunk copy, then copy full-resolution pixels along its nearest-neighbour field."""
    height, width = missing.shape
    shape = (max(1, round(width * shrink)), max(1, round(height * shrink)))
    gone = cv2.resize(missing.astype(np.uint8) * 255, shape, interpolation=cv2.INTER_AREA) > 0
    small = (cv2.resize(rgb8, shape, interpolation=cv2.INTER_AREA) / 255).astype(np.float32)
    guess = patchmatch.fill(small, gone, seed=seed, progress=progress)
    field = patchmatch.nearest_field(guess, gone, seed=seed, progress=progress)
    offset = field - np.stack(np.meshgrid(*map(np.arange, gone.shape), indexing="ij"), 2)
    out = rgb8.copy()
    holes = np.flatnonzero(missing)
    for start in range(0, holes.size, _POINTS):
        at = np.stack(np.divmod(holes[start : start + _POINTS], width), 1)
        y, x = at.T
        out[y, x] = _sampled(guess, at, (height, width))
        moved = np.rint(offset[y * shape[1] // height, x * shape[0] // width] / shrink).astype(int)
        sy, sx = (at + moved).clip(0, (height - 1, width - 1)).T
        known = ~missing[sy, sx]
        out[y[known], x[known]] = rgb8[sy[known], sx[known]]
    return out


def _sampled(small: F32, at: NDArray[np.intp], size: tuple[int, int]) -> U8:
    """The colours of a shrunk picture (h, w, 3), 0..1, at places (N, 2), row and column, of one of `size`."""
    scale = np.array(small.shape[:2]) / size
    y, x = ((at + 0.5) * scale - 0.5).astype(np.float32).T[..., None]
    colours = cv2.remap(small, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)[:, 0]
    return np.asarray(np.rint(colours.clip(0, 1) * 255), np.uint8)
