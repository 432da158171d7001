"""What lies outside every chip: damage filled classically on the photo itself, in tiles."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.fill import classical
from engine.geometry import CHIP, F32, U8, Box, Frame, Size
from engine.photo import masks
from engine.photo.photos import Paint
from engine.progress import Preview, Progress
from engine.request import Request

_TILE, _OVERLAP = 2048, 48  # photo pixels a side
_CONTEXT = 128  # photo pixels of surroundings that a fill sees
_WIDE = 96.0  # photo pixels: the radius of damage that is too wide for a tile
_SHOWN = 1 << 16  # photo pixels of damage from which on its filling is shown
_COARSE = 4  # photo pixels a side of what is looked at to tell wide damage


def classical_method(request: Request) -> classical.Classical:
    """The classical method for what lies outside the faces."""
    return "auto" if request.method == "diffusion" else request.method


def fill_surroundings(request: Request, mask: U8, progress: Progress) -> Iterator[Paint]:
    """Fill what is left of a request's mask from around it, in tiles, for these are enough; a too wide area as a whole.

    `mask`: (H, W) uint8 of the photo's size, over 127 means "fill".  Each part is filled when it is asked for.  Raises
    RequestError if the request's mask covers all that a part could be filled from, and Cancelled.
    """
    size, margin = request.photo.size, int(np.ceil(request.feather)) + 1
    wide = _too_wide(mask)
    narrow = np.where(wide > 0, np.uint8(0), mask)
    pieces = [(box, narrow, y, x) for box, y, x in _tiles(narrow, margin)]
    for box in (group.grown(margin).clipped(size) for group in _groups(wide)):
        pieces.append((box, wide, np.ones(box.height, np.float32), np.ones(box.width, np.float32)))
    for index, (box, part, y, x) in enumerate(pieces):
        step = progress.part(index / len(pieces), (index + 1) / len(pieces))
        step.report(0.0, "Filling around the faces")
        view, damaged = _around(box, request, max(_CONTEXT, margin))
        inner = box.seen_from(view).slices
        filled = classical.fill(
            request.photo.rgb8(view),
            np.where(damaged, np.uint8(255), np.uint8(0)),
            method=classical_method(request),
            seed=request.seed,
            progress=step,
            on_guess=_previewed(request, view, index, step),
        )
        alpha = masks.feather(part[view.slices], request.feather)[inner]
        yield Paint(box, (filled[inner] / 255).astype(np.float32), alpha * np.outer(y, x))


def _around(box: Box, request: Request, context: int) -> tuple[Box, NDArray[np.bool_]]:
    """A box with its surroundings, and (h, w) where they are damaged: no source, in a face or not.

    Where all of them are, as deep inside a large mask, more is taken in.
    """
    size = request.photo.size
    while True:
        view = box.grown(context).clipped(size)
        damaged = masks.feather(request.mask[view.slices], request.feather) > 0
        if not damaged.all() or view == request.photo.box:
            return view, damaged
        context *= 2


def _previewed(request: Request, view: Box, piece: int, progress: Progress) -> classical.OnGuess:
    """Reports each level of a large area as a picture of the square around it; of a small area it tells nothing."""
    if np.count_nonzero(request.mask[view.slices] > 127) < _SHOWN:
        return lambda *_told: None
    side = max(view.width, view.height)
    left, top = (view.left + view.right - side) // 2, (view.top + view.bottom - side) // 2
    square = Box(left, top, left + side, top + side)
    frame, there = Frame(left + side / 2, top + side / 2, side), square.clipped(request.photo.size)
    base = _on_chip(request.photo.rgb8(there), there, square)
    hole = _on_chip(np.where(request.mask[there.slices] > 127, np.uint8(255), np.uint8(0)), there, square) > 0

    def tell(index: int, count: int, box: Box, guess: F32) -> None:
        lies = Box(box.left + view.left, box.top + view.top, box.right + view.left, box.bottom + view.top)
        filled = _on_chip(np.rint(guess.clip(0, 1) * 255).astype(np.uint8), lies, square)
        preview = Preview(frame, piece, 0, index, count, np.where(hole[..., None], filled, base))
        progress.report(index / count, "Filling around the faces", preview=preview)

    return tell


def _on_chip(picture: U8, box: Box, square: Box) -> U8:
    """A picture of a box, at whatever size, as it lies on the chip of the square around it; its border goes on."""
    scale = CHIP / square.width
    x = [round((edge - square.left) * scale) for edge in (box.left, box.right)]
    y = [round((edge - square.top) * scale) for edge in (box.top, box.bottom)]
    small = cv2.resize(picture, (max(1, x[1] - x[0]), max(1, y[1] - y[0])), interpolation=cv2.INTER_AREA)
    down, across = CHIP - y[0] - small.shape[0], CHIP - x[0] - small.shape[1]
    chip = cv2.copyMakeBorder(small, y[0], max(0, down), x[0], max(0, across), cv2.BORDER_REPLICATE)
    return np.asarray(chip[:CHIP, :CHIP], np.uint8)


def _too_wide(mask: U8) -> U8:
    """The connected parts of the mask that are too wide to be filled in tiles; looked for at a coarser scale."""
    height, width = mask.shape
    coarse = (max(1, width // _COARSE), max(1, height // _COARSE))
    small = np.where(cv2.resize(mask, coarse, interpolation=cv2.INTER_AREA) > 0, np.uint8(255), np.uint8(0))
    wide = cv2.resize(classical.thick_parts(small, _WIDE / _COARSE), (width, height), interpolation=cv2.INTER_NEAREST)
    return np.asarray(cv2.bitwise_and(mask, wide), np.uint8)


def _tiles(mask: U8, margin: int) -> Iterator[tuple[Box, F32, F32]]:
    """Overlapping squares that hold everything within `margin` of the mask.

    Each comes with the ramps, down (h,) and across (w,), by which it is laid over those above and to its left, so that
    no line shows.
    """
    size = Size(mask.shape[1], mask.shape[0])
    area = masks.bounds(mask).grown(margin).clipped(size)
    for top in range(area.top, area.bottom, _TILE):
        for left in range(area.left, area.right, _TILE):
            box = Box(left, top, left + _TILE + _OVERLAP, top + _TILE + _OVERLAP).intersection(area)
            if masks.is_empty(mask[box.grown(margin).clipped(size).slices]):
                continue
            x = _rise(box.width) if left > area.left else np.ones(box.width, np.float32)
            y = _rise(box.height) if top > area.top else np.ones(box.height, np.float32)
            yield box, y, x


def _rise(length: int) -> F32:
    """(length,): from 0 to 1 over the overlap of two tiles."""
    return ((np.arange(length, dtype=np.float32) + 1) / (_OVERLAP + 1)).clip(0, 1)


def _groups(mask: U8) -> list[Box]:
    """Boxes around damage, those that come near each other joined, so that none is read twice."""
    boxes = masks.components(mask)
    merged: list[Box] = []
    for box in sorted(boxes, key=lambda b: (b.top, b.left)):
        near = [m for m in merged if not m.grown(_CONTEXT).intersection(box).empty]
        for other in near:
            merged.remove(other)
            box = box.union(other)
        merged.append(box)
    return merged
