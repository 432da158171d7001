"""Tiles show the picture, are rendered again only where it changed, and stay within their memory."""

from __future__ import annotations

import numpy as np
import pytest

from engine.geometry import Box, Size
from faceapp.editing.display import U32
from faceapp.ui.canvas.pyramid import TILE, Pyramid

SIZE = Size(700, 300)  # of no whole number of tiles


class Painter:
    """A picture of random numbers; a level shows the upper left of each square of its pixels."""

    def __init__(self) -> None:
        self.pixels = np.random.default_rng(0).integers(1, 1 << 32, (SIZE.height, SIZE.width), np.uint32)
        self.rendered: list[tuple[Box, int]] = []

    def render(self, box: Box, factor: int) -> U32:
        self.rendered.append((box, factor))
        return self.pixels[box.top : box.bottom : factor, box.left : box.right : factor]


@pytest.fixture
def painter() -> Painter:
    return Painter()


def shown(pyramid: Pyramid, level: int) -> U32:
    """All tiles of a level side by side."""
    whole = np.zeros((-(-SIZE.height >> level), -(-SIZE.width >> level)), np.uint32)
    for key in pyramid.keys(level, Box(0, 0, SIZE.width, SIZE.height)):
        box, tile = pyramid.box(key), pyramid.tile(key)
        top, left = box.top >> level, box.left >> level
        whole[top : top + tile.pixels.shape[0], left : left + tile.pixels.shape[1]] = tile.pixels
    return whole


@pytest.mark.parametrize("level", [0, 1, 2])
def test_the_tiles_of_a_level_are_the_picture(painter: Painter, level: int) -> None:
    factor = 1 << level
    assert np.array_equal(shown(Pyramid(SIZE, painter.render), level), painter.pixels[::factor, ::factor])


def test_the_image_shares_the_tiles_memory(painter: Painter) -> None:
    tile = Pyramid(SIZE, painter.render).tile((0, 0, 0))
    assert tile.image.pixel(5, 3) == int(painter.pixels[3, 5]) | 0xFF << 24
    tile.pixels[3, 5] = 0xFF123456
    assert tile.image.pixel(5, 3) == 0xFF123456


def test_only_what_changed_is_rendered_again(painter: Painter) -> None:
    pyramid = Pyramid(SIZE, painter.render)
    shown(pyramid, 1)
    painter.rendered.clear()
    changed = Box(301, 11, 333, 22)
    painter.pixels[changed.top : changed.bottom, changed.left : changed.right] = 7
    pyramid.invalidate(changed)
    assert pyramid.peek((1, 0, 0)) is None  # it is stale,
    assert pyramid.stale((1, 0, 0)) is not None  # but can be shown until it is mended
    assert np.array_equal(shown(pyramid, 1), painter.pixels[::2, ::2])
    assert painter.rendered == [(Box(300, 10, 334, 22), 2)]
    assert pyramid.peek((1, 0, 0)) is not None


def test_what_was_not_looked_at_for_long_goes_first(painter: Painter) -> None:
    tile = TILE * TILE * 4
    pyramid = Pyramid(SIZE, painter.render, limit=2 * tile)
    for column in (0, 1):
        pyramid.tile((0, 0, column))
    pyramid.tile((0, 0, 0))  # looked at again
    pyramid.tile((0, 0, 2))
    assert pyramid.nbytes <= 2 * tile
    assert pyramid.stale((0, 0, 1)) is None
    assert pyramid.stale((0, 0, 0)) is not None
    pyramid.clear()
    assert pyramid.nbytes == 0


def test_a_tile_of_nothing_is_blank_until_something_is_there(painter: Painter) -> None:
    painter.pixels[:] = 0
    pyramid = Pyramid(SIZE, painter.render, opaque=False)
    assert pyramid.tile((0, 0, 0)).blank
    painter.pixels[9, 9] = 1
    pyramid.invalidate(Box(9, 9, 10, 10))
    assert not pyramid.tile((0, 0, 0)).blank
    assert pyramid.tile((0, 0, 1)).blank


def test_a_box_beside_the_photo_touches_no_tile(painter: Painter) -> None:
    assert list(Pyramid(SIZE, painter.render).keys(0, Box(800, 0, 900, 50))) == []
