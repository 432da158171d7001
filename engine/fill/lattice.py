"""The lattice that a network's upsampling leaves in what it draws, taken away.

A picture that is made by unfolding a coarser grid (sub-pixel convolution, Shi et al. 2016) can carry a pattern that
repeats with the grid's cells: checkerboards, combed lines (Odena et al. 2016).  What photos show knows nothing of that
grid, so what all cells around a place have in common, pixel by pixel of the cell, is the pattern.
"""

from __future__ import annotations

import cv2
import numpy as np

from engine.geometry import F32

CELL = 4
"""Pixels: what the completion networks' last layer unfolds by."""

_FINE = 2.0  # sigma in pixels of the blur that is taken away: the pattern is finer
_AROUND = 2.5  # sigma in cells
_MOST = 0.16  # colours in -1..1: an edge must not count for more, or it would leave echoes beside itself
_NOTHING = 1e-3


def without_lattice(planes: F32, missing: F32) -> F32:
    """A chip less the pattern in its hole.

    `planes`: (1, 3, S, S) float32 -1..1, S a multiple of `CELL`; `missing`: (1, 1, S, S), 1 in the hole, else 0:
    nothing changes there.
    """
    hole = missing[0, 0]
    weight = _around(_cells(hole)) + _NOTHING
    return np.stack([plane - hole * _pattern(plane, hole, weight) for plane in planes[0]])[None]


def _pattern(plane: F32, hole: F32, weight: F32) -> F32:
    fine = (plane - cv2.GaussianBlur(plane, (0, 0), _FINE)).clip(-_MOST, _MOST)
    common = _around(_cells(fine * hole)) / weight
    return _pixels(common - common.mean(2, keepdims=True))


def _around(cells: F32) -> F32:
    return np.asarray(cv2.GaussianBlur(cells, (0, 0), _AROUND))


def _cells(plane: F32) -> F32:
    """(S, S) -> (S / CELL, S / CELL, CELL * CELL)."""
    n = len(plane) // CELL
    return np.ascontiguousarray(plane.reshape(n, CELL, n, CELL).transpose(0, 2, 1, 3).reshape(n, n, -1))


def _pixels(cells: F32) -> F32:
    """The way back."""
    n = len(cells)
    return cells.reshape(n, n, CELL, CELL).transpose(0, 2, 1, 3).reshape(n * CELL, n * CELL)
