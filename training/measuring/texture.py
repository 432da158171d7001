"""Texture of a fill against that of the truth: what hair loses first."""

from __future__ import annotations

import math

import cv2
import numpy as np

from engine.geometry import F64, U8

_FINE = 1.5  # sigma in pixels: what it blurs away is texture
_AROUND = 3.0  # sigma of the neighbourhood whose direction is told
_FLOOR = 0.25  # levels squared: less is no texture


def texture(truth: U8, picture: U8, hole: np.ndarray) -> float:
    """log2 of the fine band's energy in the hole, picture over truth: 0 as rough as the truth, -1 half of it.

    `truth`, `picture`: (S, S, 3) uint8; `hole`: (S, S) bool.  0 for an empty hole.
    """
    if not hole.any():
        return 0.0
    made, true = ((_fine(image)[hole] ** 2).mean() + _FLOOR for image in (picture, truth))
    return math.log2(made / true)


def _fine(image: U8) -> F64:
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float64)
    return np.asarray(grey - cv2.GaussianBlur(grey, (0, 0), _FINE))


def strands(truth: U8, picture: U8, hole: np.ndarray) -> float:
    """How well directions agree in the hole: 1 the truth's, 0 none in common, -1 across; NaN if the truth has none.

    Directions of the structure tensor (Bigun and Granlund 1987), each place by how clear it is in the truth.
    """
    made, true = _direction(picture)[hole], _direction(truth)[hole]
    clear = np.linalg.norm(true, axis=1)
    if not clear.sum() > 0:
        return math.nan
    length = np.maximum(np.linalg.norm(made, axis=1), 1e-6)
    return float(((made * true).sum(1) / length).sum() / clear.sum())


def _direction(image: U8) -> F64:
    """(S, S, 2): the doubled angle of the direction across strands, as long as it is clear."""
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float64)
    x, y = (cv2.Sobel(grey, cv2.CV_64F, *order, ksize=3, scale=0.125) for order in ((1, 0), (0, 1)))
    parts = (x * x - y * y, 2 * x * y)
    return np.stack([cv2.GaussianBlur(part, (0, 0), _AROUND) for part in parts], -1)
