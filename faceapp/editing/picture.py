"""The photo with what was kept of the runs: the original and, over it, squares of other pixels.  No Qt.

A picture is immutable: keeping a result makes a new one that shares every square it does not touch.  So undo
is going back to the older picture, its cost that of the change and not of the photo, and a worker may read
on while the document moves on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

import engine
from engine.geometry import Box, Size
from faceapp.editing.boxes import TileKey, bounding, inside, tile_box, tile_keys

Pixels = NDArray[Any]
"""(H, W) or (H, W, C), uint8 or uint16: the photo's own channels and depth."""


@dataclass(frozen=True, eq=False)
class Picture:
    """A photo of which some squares are other than in the original."""

    original: engine.Photo
    """The photo as it was read."""
    tiles: Mapping[TileKey, Pixels] = field(default_factory=dict)
    """The squares (of `boxes.TILE` pixels) that were changed, read-only."""
    drawn: bool = False
    """Whether networks drew some of it."""

    @property
    def size(self) -> Size:
        return self.original.size

    @property
    def changed(self) -> Box:
        """A box that holds every changed pixel; empty if there is none."""
        return bounding(tile_box(key, self.size) for key in self.tiles)

    @property
    def nbytes(self) -> int:
        """Bytes of all pixels, those of the original too."""
        return int(self.original.pixels.nbytes) + sum(int(tile.nbytes) for tile in self.tiles.values())

    def pixels_in(self, box: Box) -> Pixels:
        """The pixels of a box on the photo; not to be written to (most are a view of the original)."""
        pixels: Pixels = self.original.pixels[box.slices]
        touched = [key for key in tile_keys(box) if key in self.tiles] if self.tiles else []
        if not touched:
            return pixels
        pixels = pixels.copy()
        for key in touched:
            square = tile_box(key, self.size)
            overlap = box.intersection(square)
            pixels[inside(overlap, box).slices] = self.tiles[key][inside(overlap, square).slices]
        return pixels

    def sampled(self, step: int) -> Pixels:
        """Every `step`-th pixel of every `step`-th row, for a small picture of the whole."""
        pixels: Pixels = self.original.pixels[::step, ::step].copy()
        for key, tile in self.tiles.items():
            square = tile_box(key, self.size)
            top, left = -(-square.top // step), -(-square.left // step)
            part = tile[top * step - square.top :: step, left * step - square.left :: step]
            pixels[top : top + part.shape[0], left : left + part.shape[1]] = part
        return pixels

    def patched(self, box: Box, pixels: Pixels, *, drawn: bool = False) -> Picture:
        """The picture with these pixels inside a box on the photo; `drawn`: networks made them."""
        tiles = dict(self.tiles)
        for key in tile_keys(box):
            square = tile_box(key, self.size)
            overlap = box.intersection(square)
            tile = self.pixels_in(square).copy()
            tile[inside(overlap, square).slices] = pixels[inside(overlap, box).slices]
            tile.flags.writeable = False
            tiles[key] = tile
        return Picture(self.original, tiles, self.drawn or drawn)

    def added(self, older: Picture) -> int:
        """Bytes that this picture holds and an older one does not."""
        return sum(int(tile.nbytes) for key, tile in self.tiles.items() if older.tiles.get(key) is not tile)

    def photo(self) -> engine.Photo:
        """All of it as one photo: the original, or a copy as large as that, so leave it to a worker."""
        if not self.tiles:
            return self.original
        pixels = np.ascontiguousarray(self.pixels_in(self.original.box))
        pixels.flags.writeable = False
        return replace(self.original, pixels=pixels)
