"""Classical fills, for what lies outside every chip: OpenCV's two for thin damage, PatchMatch for areas."""

from __future__ import annotations

from typing import Literal

import cv2
import numpy as np

from engine import masks, patchmatch
from engine.errors import RequestError
from engine.progress import Progress
from engine.types import U8, Size

Classical = Literal["auto", "telea", "ns", "patchmatch"]

_THIN = 8.0  # pixels: radius of the widest inscribed circle up to which damage counts as thin
_INPAINT_RADIUS = 5
_CONTEXT = 64  # pixels of surroundings that a fill sees
_LARGEST = 512 * 512  # pixels that PatchMatch searches at once


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
        hole, method = _thick(hole), "patchmatch"
    if hole.any():
        picture = _crop_fill(picture, hole, method, seed=seed, progress=progress)
    out = rgb8.copy()
    view, missing = out[box.slices], mask[box.slices] > 127
    view[missing] = picture[missing]
    return out


def _thick(hole: U8) -> U8:
    """The connected parts of a hole (0 or 255) that are wider than `_THIN` allows."""
    depth = cv2.distanceTransform(hole, cv2.DIST_L2, 3)
    count, labels = cv2.connectedComponents(hole)
    deepest = np.zeros(count, np.float32)
    np.maximum.at(deepest, np.asarray(labels, np.intp).ravel(), depth.ravel())
    return np.asarray(np.where((deepest > _THIN)[labels], hole, 0), np.uint8)


def _crop_fill(rgb8: U8, hole: U8, method: Classical, *, seed: int, progress: Progress | None) -> U8:
    if method != "patchmatch":
        kind = cv2.INPAINT_NS if method == "ns" else cv2.INPAINT_TELEA
        return np.asarray(cv2.inpaint(rgb8, hole, _INPAINT_RADIUS, kind), np.uint8)
    height, width = hole.shape
    shrink = min(1.0, (_LARGEST / (height * width)) ** 0.5)
    picture, missing = (rgb8 / 255).astype(np.float32), hole > 0
    if shrink == 1.0:
        filled = patchmatch.fill(picture, missing, seed=seed, progress=progress)
        return np.asarray(np.rint(filled.clip(0, 1) * 255), np.uint8)
    return _scaled_fill(rgb8, picture, missing, shrink, seed=seed, progress=progress)


def _scaled_fill(
    rgb8: U8,
    picture: np.ndarray,
    missing: np.ndarray,
    shrink: float,
    *,
    seed: int,
    progress: Progress | None,
) -> U8:
    """A large area: fill a shrunk copy, then copy full-resolution pixels along its nearest-neighbour field."""
    height, width = missing.shape
    shape = (max(1, round(width * shrink)), max(1, round(height * shrink)))
    gone = cv2.resize(missing.astype(np.float32), shape, interpolation=cv2.INTER_AREA) > 0
    small = np.asarray(cv2.resize(picture, shape, interpolation=cv2.INTER_AREA), np.float32)
    guess = patchmatch.fill(small, gone, seed=seed, progress=progress)
    field = patchmatch.nearest_field(guess, gone, seed=seed, progress=progress)
    here = np.stack(np.meshgrid(*map(np.arange, gone.shape), indexing="ij"), 2)
    offset = cv2.resize((field - here).astype(np.float32), (width, height), interpolation=cv2.INTER_NEAREST)
    rows, columns = np.nonzero(missing)
    at = np.rint(offset[rows, columns] / shrink).astype(int) + np.stack((rows, columns), 1)
    at = at.clip(0, (height - 1, width - 1))
    copied = ~missing[at[:, 0], at[:, 1]]
    smooth = cv2.resize(guess, (width, height), interpolation=cv2.INTER_CUBIC)
    out = rgb8.copy()
    out[missing] = np.rint(smooth[missing].clip(0, 1) * 255).astype(np.uint8)
    out[rows[copied], columns[copied]] = rgb8[at[copied, 0], at[copied, 1]]
    return out
