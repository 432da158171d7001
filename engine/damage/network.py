"""The damage network over a whole photo: in tiles, and at several sizes, for marks are thin and wide.

Its weights and its graph lie beside the other networks' (resources/models); as the face detector's, they are those that
ship, whatever folder holds the networks that fill.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

import cv2
import numpy as np

from engine.geometry import U8, Box, Size
from engine.progress import Progress
from engine.runtime.catalog import DAMAGE, read_catalog

if TYPE_CHECKING:
    from engine.runtime.onnx_backend import Session

LARGEST = 4096
"""The larger side at which a photo is searched: in a larger scan, damage that matters is several pixels wide."""
_SMALLEST = 640  # a look at half the size is worth it while the photo is larger than this
_TILE, _MARGIN = 608, 208  # side of what is searched at once; and what is seen around it besides
_MULTIPLE = 16
_DOUBTED = 240  # of 255: a look that is nowhere so sure of damage needs no second one


def chances(grey: U8, progress: Progress | None = None) -> U8:
    """How likely each place is damaged, (h, w) uint8, 0 for not at all and 255 for surely.

    `grey`: (H, W) uint8; (h, w) is its size, shrunk to `LARGEST` a side.  Raises ModelError if the network is missing,
    Cancelled.
    """
    progress = progress or Progress()
    looks = list(_looks(grey))
    total = sum(look.size for look in looks)
    best, done = np.zeros(looks[0].shape, np.uint8), 0.0
    for look in looks:
        share = look.size / total
        seen = _searched(look, progress.part(done, done + share))
        np.maximum(best, cv2.resize(seen, best.shape[::-1], interpolation=cv2.INTER_LINEAR), out=best)
        done += share
    return best


def _looks(grey: U8) -> Iterator[U8]:
    """The photo at the size that is searched, then at half of it, and so on."""
    larger = max(grey.shape)
    if larger > LARGEST:
        grey = _shrunk(grey, LARGEST / larger)
    yield grey
    while max(grey.shape) > _SMALLEST:
        grey = _shrunk(grey, 0.5)
        yield grey


def _shrunk(grey: U8, scale: float) -> U8:
    size = max(1, round(grey.shape[1] * scale)), max(1, round(grey.shape[0] * scale))
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)


def _searched(grey: U8, progress: Progress) -> U8:
    """One look, tile by tile."""
    found = np.zeros(grey.shape, np.uint8)
    size = Size(grey.shape[1], grey.shape[0])
    tiles = list(_tiles(size))
    for index, tile in enumerate(tiles):
        progress.report(index / len(tiles), "looking for damage")
        around = tile.grown(_MARGIN).clipped(size)
        found[tile.slices] = _seen(grey[around.slices])[tile.seen_from(around).slices]
    return found


def _tiles(size: Size) -> Iterator[Box]:
    for top in range(0, size.height, _TILE):
        for left in range(0, size.width, _TILE):
            yield Box(left, top, left + _TILE, top + _TILE).clipped(size)


def _seen(grey: U8) -> U8:
    """The network on (h, w), and where it is sure of damage on the mirror image as well: their mean errs less."""
    first = _run(grey)
    if first.max() < _DOUBTED:
        return first
    second = cv2.flip(_run(np.asarray(cv2.flip(grey, 1), np.uint8)), 1)
    return np.asarray(cv2.addWeighted(first, 0.5, second, 0.5, 0), np.uint8)


def _run(grey: U8) -> U8:
    """The network once, on (h, w) as it is."""
    height, width = grey.shape
    below, beside = max(32 - height, -height % _MULTIPLE), max(32 - width, -width % _MULTIPLE)
    padded = cv2.copyMakeBorder(grey, 0, below, 0, beside, cv2.BORDER_REPLICATE)
    (found,) = _session().run({"grey": np.asarray(padded, np.float32)[None, None] / np.float32(255)})
    return np.asarray(np.rint(found[0, 0, :height, :width] * 255), np.uint8)


@lru_cache(maxsize=1)
def _session() -> Session:
    from engine.runtime.onnx_backend import open_session

    catalog = read_catalog()
    catalog.checked(f"{DAMAGE}.safetensors")  # the graph points into it
    return open_session(catalog.checked(f"{DAMAGE}.fp32.onnx"))
