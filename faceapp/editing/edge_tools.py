"""The edge pencil and the edge eraser, as functions on a chip's edge map."""

from __future__ import annotations

import cv2
import numpy as np

from engine.geometry import CHIP, U8, Frame
from faceapp.editing.frame_tools import to_chip
from faceapp.editing.mask_tools import Point

ERASER_WIDTH = 9
"""Chip pixels."""


def pencil(edges: U8 | None, frame: Frame, points: list[Point], *, width: int = 1) -> U8:
    """A new edge map with a line through photo points, as thin as Canny draws (`width` chip pixels)."""
    return _drawn(edges, frame, points, width=width, value=255)


def eraser(edges: U8 | None, frame: Frame, points: list[Point], *, width: int = ERASER_WIDTH) -> U8:
    """A new edge map with a stripe through photo points wiped out."""
    return _drawn(edges, frame, points, width=width, value=0)


def _drawn(edges: U8 | None, frame: Frame, points: list[Point], *, width: int, value: int) -> U8:
    """`edges` is (CHIP, CHIP) uint8, or None for an empty map; the one given is left as it is."""
    new = np.zeros((CHIP, CHIP), np.uint8) if edges is None else edges.copy()
    line = np.floor(to_chip(frame, points, CHIP)).clip(-CHIP, 2 * CHIP).astype(np.int32)
    cv2.polylines(new, [line.reshape(-1, 1, 2)], False, value, max(1, width), cv2.LINE_8)
    return new
