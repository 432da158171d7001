"""Boxes on arrays: the squares that changes are kept in, bounds, coordinates.  No Qt."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import cv2

from engine.geometry import U8, Box, Size

TILE = 256
"""Side of the squares that changed pixels are kept in, in pixels."""

TileKey = tuple[int, int]
"""(row, column) of a `TILE` square."""


def tile_box(key: TileKey, size: Size) -> Box:
    """A `TILE` square as far as it lies on an array of that size."""
    top, left = key[0] * TILE, key[1] * TILE
    return Box(left, top, left + TILE, top + TILE).clipped(size)


def tile_keys(box: Box) -> Iterator[TileKey]:
    """The `TILE` squares that a box touches; none for an empty box."""
    if box.empty:
        return
    for row in range(box.top // TILE, (box.bottom - 1) // TILE + 1):
        for column in range(box.left // TILE, (box.right - 1) // TILE + 1):
            yield row, column


def bounding(boxes: Iterable[Box]) -> Box:
    """The smallest box that holds all; an empty box for none."""
    total = Box(0, 0, 0, 0)
    for box in boxes:
        total = total.union(box)
    return total


def inside(box: Box, outer: Box) -> Box:
    """A box in the coordinates of the box around it."""
    return Box(box.left - outer.left, box.top - outer.top, box.right - outer.left, box.bottom - outer.top)


def masked_box(mask: U8) -> Box:
    """The smallest box that holds every pixel over 0."""
    x, y, width, height = cv2.boundingRect(mask)
    return Box(x, y, x + width, y + height)
