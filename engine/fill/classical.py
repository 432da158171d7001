"""Classical fills, for what lies outside every chip: OpenCV's two for thin damage, PatchMatch for areas."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.errors import RequestError
from engine.fill import patchmatch
from engine.geometry import F32, U8, Box, Size
from engine.photo import masks
from engine.progress import Progress

Classical = Literal["auto", "telea", "ns", "patchmatch"]
OnGuess = Callable[[int, int, Box, F32], None]
"""Hears of a level of PatchMatch: its number from 1, of how many, and (h, w, 3) 0..1 that lies on the box."""

_THIN = 8.0  # pixels: radius of the widest inscribed circle up to which damage counts as thin
_INPAINT_RADIUS = 5
_CONTEXT = 64  # pixels of surroundings that a fill sees
_LARGEST = 1 << 22  # pixels of a picture that PatchMatch looks at
_MOST = 1 << 16  # pixels of a hole that it searches for: its time grows with them
_POINTS = 1 << 14  # pixels looked up at once (OpenCV's remap takes less than 2^15 rows)


def fill(
    rgb8: U8,
    mask: U8,
    *,
    method: Classical = "auto",
    seed: int = 0,
    progress: Progress | None = None,
    on_guess: OnGuess = lambda *_told: None,
) -> U8:
    """Fill the masked part of a picture from the rest; known pixels come back bit-identical.

    `rgb8`: (H, W, 3) uint8; `mask`: (H, W) uint8, over 127 means "fill".  `auto` takes Telea for thin
    damage and PatchMatch for what is wider than 16 pixels; `on_guess` hears how far that is.  Raises RequestError if
    the mask covers everything, and Cancelled.
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
        thick = thick_parts(hole)
        picture = _inpainted(picture, _with_rim(hole, thick), cv2.INPAINT_TELEA)
        hole, method = thick, "patchmatch"
    if method != "patchmatch":
        picture = _inpainted(picture, hole, cv2.INPAINT_NS if method == "ns" else cv2.INPAINT_TELEA)
    elif hole.any():

        def tell(index: int, count: int, guess: F32) -> None:
            on_guess(index, count, box, guess)

        picture = _matched(picture, hole > 0, seed=seed, progress=progress, on_guess=tell)
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


def _with_rim(hole: U8, thick: U8) -> U8:
    """The thin parts of a hole, and of the thick ones what lies so near that it would be taken for known."""
    side = 2 * _INPAINT_RADIUS + 3
    near = cv2.dilate(np.where(thick > 0, 0, hole).astype(np.uint8), np.ones((side, side), np.uint8))
    return np.asarray(cv2.bitwise_and(hole, near), np.uint8)


def _inpainted(rgb8: U8, hole: U8, kind: int) -> U8:
    return np.asarray(cv2.inpaint(rgb8, hole, _INPAINT_RADIUS, kind), np.uint8) if hole.any() else rgb8


def _matched(
    rgb8: U8,
    missing: NDArray[np.bool_],
    *,
    seed: int,
    progress: Progress | None,
    on_guess: Callable[[int, int, F32], None],
) -> U8:
    """PatchMatch; of a large area on a shrunk copy, whose field then says which pixels to copy at full size."""
    height, width = missing.shape
    shrink = min(1.0, (_MOST / missing.sum()) ** 0.5, (_LARGEST / missing.size) ** 0.5)
    shape = (max(1, round(width * shrink)), max(1, round(height * shrink)))
    gone = cv2.resize(missing.astype(np.uint8) * 255, shape, interpolation=cv2.INTER_AREA) > 0
    small = (cv2.resize(rgb8, shape, interpolation=cv2.INTER_AREA) / 255).astype(np.float32)
    guess, field = patchmatch.fill(small, gone, seed=seed, progress=progress, on_guess=on_guess)
    if shrink == 1.0:
        return np.asarray(np.rint(guess.clip(0, 1) * 255), np.uint8)
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
