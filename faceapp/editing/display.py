"""Photo and mask pixels as the screen wants them: shrunk by whole factors, 32 bits a pixel."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.geometry import U8

U32 = NDArray[np.uint32]
"""(H, W) pixels 0xAARRGGBB, colours multiplied by alpha."""

CHECKER = (204, 255)
"""The two greys under a transparent photo."""


def shrunk(pixels: NDArray[Any], factor: int) -> NDArray[Any]:
    """Means of `factor` x `factor` squares; the last column and row are repeated to fill theirs up."""
    if factor == 1:
        return pixels
    height, width = pixels.shape[:2]
    rows, columns = -height % factor, -width % factor
    if rows or columns:
        pixels = cv2.copyMakeBorder(pixels, 0, rows, 0, columns, cv2.BORDER_REPLICATE)
    goal = (pixels.shape[1] // factor, pixels.shape[0] // factor)
    return cv2.resize(pixels, goal, interpolation=cv2.INTER_AREA)


def rgb8(pixels: NDArray[Any], *, origin: tuple[int, int] = (0, 0)) -> U8:
    """(h, w, 3) uint8 RGB of (h, w) grey, (h, w, 2) grey + alpha, (h, w, 3) RGB or (h, w, 4) RGBA.

    Takes uint8 and uint16.  Alpha is shown over a checkerboard that starts at `origin` (x, y).
    """
    if pixels.dtype == np.uint16:
        pixels = np.asarray(cv2.convertScaleAbs(pixels, alpha=1 / 257), np.uint8)
    channels = 1 if pixels.ndim == 2 else pixels.shape[2]
    if channels in (2, 4):
        return _over_checker(pixels, origin)
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_GRAY2RGB) if channels == 1 else pixels, np.uint8)


def screen_pixels(rgb: U8) -> U32:
    """Opaque screen pixels of (h, w, 3) uint8 RGB."""
    bgra = cv2.cvtColor(rgb, cv2.COLOR_RGB2BGRA)
    screen: U32 = bgra.view("<u4")[..., 0]
    return screen


def _over_checker(pixels: U8, origin: tuple[int, int]) -> U8:
    height, width = pixels.shape[:2]
    rows, columns = np.arange(height) + origin[1], np.arange(width) + origin[0]
    squares = ((rows[:, None] >> 3) + (columns[None, :] >> 3)) & 1
    under = np.where(squares, *CHECKER).astype(np.uint16)[..., None]
    alpha = pixels[..., -1:].astype(np.uint16)
    colour = np.broadcast_to(pixels[..., :-1], (height, width, 3))
    mixed: U8 = ((colour * alpha + under * (255 - alpha) + 127) // 255).astype(np.uint8)
    return mixed


def tint_table(rgb: tuple[int, int, int], opacity: float) -> U32:
    """(256,) screen pixels: a colour at `opacity` (0..1) times coverage 0..255."""
    alpha = np.rint(np.arange(256) * opacity).astype(np.uint32)
    red, green, blue = ((alpha * c + 127) // 255 for c in rgb)
    table: U32 = ((alpha << 24) | (red << 16) | (green << 8) | blue).astype(np.uint32)
    return table


def tinted(coverage: U8, table: U32) -> U32:
    """Screen pixels of a coverage through a `tint_table`."""
    return np.take(table, coverage, mode="clip")
