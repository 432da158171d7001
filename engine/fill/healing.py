"""A stroke healed at once: texture from the place near by that fits best, its colours bent to those around the stroke.

The copying is that of spot healing brushes; the bending is a membrane (Georgiev 2005), filled in by push and pull.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.fill.prefill import push_pull
from engine.geometry import F32, U8, Box, Size

Flags = NDArray[np.bool_]

_CELL = 2.0  # widths of a stroke: a longer one takes its texture from several places
_LARGEST_CELL = 96  # pixels
_RIM = 5  # pixels around a stroke that are compared
_ANGLES = 24
_DISTANCES = (1.2, 1.7, 2.5, 3.7)  # of a source, in widths of the stroke and its rim
_NEAR = 1e-3  # what such a width of distance counts, on the scale of a mean squared difference of colours
_MEMBRANE = 256  # pixels a side at which colours are bent
_LEAST = 0.9  # of a stroke's pixels that a source must cover


def heal_reach(box: Box) -> int:
    """How many pixels around a stroke's box healing looks at."""
    return math.ceil(_DISTANCES[-1] * (max(1, min(box.width, box.height)) + 2 * _RIM)) + 2 * _RIM


def heal(picture: F32, coverage: U8) -> F32:
    """(H, W, 3) float32 0..1 with what `coverage`, (H, W) uint8, touches filled from around it; the rest as it was.

    Unchanged if everything is covered.
    """
    hole = coverage > 0
    if not hole.any() or hole.all():
        return picture
    x, y, width, height = cv2.boundingRect(hole.astype(np.uint8))
    # What is written lies here; the picture around it, from which sources come, may be a hundred times as large.
    near = Box(x, y, x + width, y + height).grown(_RIM).clipped(Size(hole.shape[1], hole.shape[0]))
    part, before = hole[near.slices], picture[near.slices]
    wide = 2 * math.ceil(float(cv2.distanceTransform(part.astype(np.uint8), cv2.DIST_L2, 3).max()))
    texture, weight = np.zeros_like(before), np.zeros(part.shape, np.float32)
    for window in _windows(hole, min(math.ceil(_CELL * wide), _LARGEST_CELL)):
        _add_source(picture, hole, window, wide, (near, texture, weight))
    texture = np.where(weight[..., None] > 0, texture / np.maximum(weight, 1e-6)[..., None], 0)
    rim = _grown(part, _RIM) & ~part
    bent = texture + _bent(np.where(rim[..., None], before - texture, 0), rim, part)
    healed = picture.copy()
    healed[near.slices] = np.where(part[..., None], bent.clip(0, 1), before)
    return healed


def _windows(hole: Flags, cell: int) -> Iterator[Box]:
    """Overlapping squares that hold all of a stroke: one, if it is small."""
    x, y, width, height = cv2.boundingRect(hole.astype(np.uint8))
    if max(width, height) <= 2 * cell:
        yield Box(x, y, x + width, y + height)
        return
    for top in range(y - cell, y + height, cell):
        for left in range(x - cell, x + width, cell):
            yield Box(left, top, left + 2 * cell, top + 2 * cell).intersection(Box(x, y, x + width, y + height))


def _add_source(picture: F32, hole: Flags, window: Box, wide: int, laid: tuple[Box, F32, F32]) -> None:
    """Add the best source of one window to the texture laid in a box and its weight, least at the window's border."""
    near, texture, weight = laid
    size = Size(hole.shape[1], hole.shape[0])
    if window.empty or not hole[window.slices].any():
        return
    area = window.grown(_RIM).clipped(size)
    part = hole[area.slices]
    rim = _grown(part, _RIM) & ~part
    offset = _best_offset(picture, hole, area, (part, rim), wide + 2 * _RIM)
    if offset is None:
        return
    dx, dy = offset
    there = Box(area.left + dx, area.top + dy, area.right + dx, area.bottom + dy)
    inside = there.clipped(size)
    seen = Box(inside.left - dx, inside.top - dy, inside.right - dx, inside.bottom - dy)
    share = ~hole[inside.slices] * _tent(seen.width)[None] * _tent(seen.height)[:, None]
    place = seen.seen_from(near).slices
    texture[place] += picture[inside.slices] * share[..., None]
    weight[place] += share


def _tent(length: int) -> F32:
    at = (np.arange(length, dtype=np.float32) + 0.5) / length
    return np.minimum(at, 1 - at) + np.float32(1e-3)


def _best_offset(picture: F32, hole: Flags, area: Box, parts: tuple[Flags, Flags], step: int) -> tuple[int, int] | None:
    """Where the rim looks most alike, but for its mean colour, and what is to be copied is known.

    `parts`: the area's part of the stroke, and of its rim; `step`: pixels that distances count in.
    """
    size = Size(hole.shape[1], hole.shape[0])
    holes, rims = (np.argwhere(flags) + np.array([area.top, area.left]) for flags in parts)
    holes, rims = holes[:: max(1, len(holes) // 400)], rims[:: max(1, len(rims) // 400)]
    rims = rims[~hole[rims[:, 0], rims[:, 1]]]
    if len(rims) == 0:
        return None
    wanted = picture[rims[:, 0], rims[:, 1]]
    wanted = wanted - wanted.mean(0)
    best: tuple[float, tuple[int, int]] | None = None
    for distance in _DISTANCES:
        for turn in range(_ANGLES):
            angle = 2 * math.pi * turn / _ANGLES
            dx, dy = round(distance * step * math.cos(angle)), round(distance * step * math.sin(angle))
            known = _known(hole, holes + np.array([dy, dx]), size)
            seen = _known(hole, rims + np.array([dy, dx]), size)
            if known.mean() < _LEAST or seen.mean() < _LEAST:
                continue
            found = picture[rims[seen, 0] + dy, rims[seen, 1] + dx]
            missed = wanted[seen] - (found - found.mean(0))
            cost = float(np.square(missed).mean() + 0.1 * (1 - known.mean()) + _NEAR * distance)
            if best is None or cost < best[0]:
                best = cost, (dx, dy)
    return None if best is None else best[1]


def _known(hole: Flags, places: NDArray[np.intp], size: Size) -> Flags:
    y, x = places.T
    inside = (y >= 0) & (x >= 0) & (y < size.height) & (x < size.width)
    known: Flags = inside & ~hole[np.where(inside, y, 0), np.where(inside, x, 0)]
    return known


def _bent(differences: F32, rim: Flags, hole: Flags) -> F32:
    """What the rim misses, spread smoothly over the stroke; (H, W, 3)."""
    x, y, width, height = cv2.boundingRect((rim | hole).astype(np.uint8))
    crop = Box(x, y, x + width, y + height).slices
    shrink = min(1.0, _MEMBRANE / max(width, height))
    shape = (max(1, math.ceil(width * shrink)), max(1, math.ceil(height * shrink)))
    known = rim[crop].astype(np.float32)
    small = cv2.resize(known, shape, interpolation=cv2.INTER_AREA)
    colours = cv2.resize(differences[crop] * known[..., None], shape, interpolation=cv2.INTER_AREA)
    square = 1 << max(shape[0] - 1, shape[1] - 1, 1).bit_length()
    image, there = np.zeros((1, 3, square, square), np.float32), np.zeros((1, 1, square, square), np.float32)
    where = small > 1e-3
    there[0, 0, : shape[1], : shape[0]] = where
    means = np.where(where[..., None], colours / np.maximum(small, 1e-3)[..., None], 0)
    image[0, :, : shape[1], : shape[0]] = means.transpose(2, 0, 1)
    spread = push_pull(image, there)[0].transpose(1, 2, 0)[: shape[1], : shape[0]]
    out = np.zeros_like(differences)
    out[crop] = cv2.resize(np.ascontiguousarray(spread), (width, height), interpolation=cv2.INTER_LINEAR)
    return out


def _grown(flags: Flags, pixels: int) -> Flags:
    side = 2 * pixels + 1
    return np.asarray(cv2.dilate(flags.astype(np.uint8), np.ones((side, side), np.uint8)) > 0)
