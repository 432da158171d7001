"""Mip tiles of one big picture, made when somebody looks at them and mended where they changed.

Level k shows means of 2^k x 2^k photo pixels.  A tile is `TILE` level pixels square; tiles are kept least
recently used first out, bounded in bytes.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from PySide6.QtGui import QImage

from engine.geometry import Box, Size
from faceapp.editing.display import U32

TILE = 256
NOTHING = Box(0, 0, 0, 0)

Key = tuple[int, int, int]
"""(level, row, column)"""

Render = Callable[[Box, int], U32]
"""Screen pixels of a photo box shrunk by a factor; the box starts at a multiple of the factor."""


@dataclass(eq=False)
class Tile:
    """Pixels and a picture over the same memory; `stale` is the photo box still to be rendered again."""

    pixels: U32
    image: QImage
    stale: Box
    blank: bool = False


class Pyramid:
    """The mip tiles of one picture."""

    def __init__(self, size: Size, render: Render, *, limit: int = 192 << 20, opaque: bool = True) -> None:
        """`limit`: bytes of tiles; `opaque`: whether every pixel's alpha is 255, which paints faster."""
        self._size, self._render, self._limit = size, render, limit
        self._format = QImage.Format.Format_RGB32 if opaque else QImage.Format.Format_ARGB32_Premultiplied
        self._tiles: OrderedDict[Key, Tile] = OrderedDict()
        self.nbytes = 0
        """Memory held by the tiles."""

    def keys(self, level: int, box: Box) -> Iterator[Key]:
        """The tiles of a level that a photo box touches."""
        box, side = box.clipped(self._size), TILE << level
        if box.empty:
            return
        for row in range(box.top // side, (box.bottom - 1) // side + 1):
            for column in range(box.left // side, (box.right - 1) // side + 1):
                yield level, row, column

    def box(self, key: Key) -> Box:
        """The photo pixels of a tile; at the right and bottom edge it may reach a little past the photo."""
        level, row, column = key
        side = TILE << level
        left, top = column * side, row * side
        right = min(left + side, -(-self._size.width >> level) << level)
        bottom = min(top + side, -(-self._size.height >> level) << level)
        return Box(left, top, right, bottom)

    def peek(self, key: Key) -> Tile | None:
        """The tile if it is there and up to date."""
        tile = self._tiles.get(key)
        return tile if tile is not None and tile.stale.empty else None

    def stale(self, key: Key) -> Tile | None:
        """The tile if it is there, perhaps out of date."""
        return self._tiles.get(key)

    def tile(self, key: Key) -> Tile:
        """The tile, made or mended if need be."""
        tile = self._tiles.get(key) or self._new(key)
        self._tiles.move_to_end(key)
        if not tile.stale.empty:
            self._mend(key, tile)
        return tile

    def invalidate(self, box: Box) -> None:
        """The picture changed inside a photo box."""
        for key, tile in self._tiles.items():
            touched = box.intersection(self.box(key))
            if not touched.empty:
                tile.stale = tile.stale.union(touched)

    def clear(self) -> None:
        """Forget every tile."""
        self._tiles.clear()
        self.nbytes = 0

    def _new(self, key: Key) -> Tile:
        box, level = self.box(key), key[0]
        pixels = np.empty((box.height >> level, box.width >> level), np.uint32)
        height, width = pixels.shape
        image = QImage(pixels.data, width, height, width * 4, self._format)
        tile = self._tiles[key] = Tile(pixels, image, stale=box)
        self.nbytes += pixels.nbytes
        while self.nbytes > self._limit and len(self._tiles) > 1:
            self.nbytes -= self._tiles.popitem(last=False)[1].pixels.nbytes
        return tile

    def _mend(self, key: Key, tile: Tile) -> None:
        level, whole = key[0], self.box(key)
        stale, tile.stale = tile.stale, NOTHING
        left, top = (stale.left - whole.left) >> level, (stale.top - whole.top) >> level
        right, bottom = -(-(stale.right - whole.left) >> level), -(-(stale.bottom - whole.top) >> level)
        photo = Box(left << level, top << level, right << level, bottom << level)
        photo = Box(
            photo.left + whole.left,
            photo.top + whole.top,
            photo.right + whole.left,
            photo.bottom + whole.top,
        ).clipped(self._size)
        tile.pixels[top:bottom, left:right] = self._render(photo, 1 << level)
        tile.blank = not tile.pixels.any()
