"""Whether skin comes back in its colour, whatever that colour is: errors by tone of skin."""

from __future__ import annotations

import math

import cv2
import numpy as np

from engine.geometry import U8

GROUPS = ("light", "medium", "dark")
_LIGHT, _DARK = 41.0, 10.0
"""Individual typology angles in degrees: above, "light" and paler; below, "brown" and darker (Del Bino and Bernerd
2013)."""

_CHEEKS = ((0.36, 0.6), (0.64, 0.6), (0.5, 0.4))
"""Centres of what is looked at, as shares of an aligned chip's side: both cheeks, and between the brows."""
_REACH = 0.045
_FACE = (0.5, 0.57), (0.22, 0.3)
"""Centre and half axes of an ellipse that holds skin mostly."""
_MIDDLE_GREY = 50.0


def tone(truth: U8) -> str:
    """Which of `GROUPS` the skin of an aligned chip, (S, S, 3) uint8, belongs to, as it is photographed."""
    side = truth.shape[0]
    half = max(1, round(_REACH * side))
    lab = _lab(truth)
    spots = [(round(x * side), round(y * side)) for x, y in _CHEEKS]
    patches = [lab[y - half : y + half, x - half : x + half].reshape(-1, 3) for x, y in spots]
    lightness, _red, yellow = np.median(np.concatenate(patches), 0)
    angle = math.degrees(math.atan2(lightness - _MIDDLE_GREY, max(float(yellow), 1e-3)))
    return GROUPS[0] if angle > _LIGHT else GROUPS[1] if angle > _DARK else GROUPS[2]


def colour_error(truth: U8, picture: U8, hole: np.ndarray) -> tuple[float, float]:
    """Distance of the mean colours of hidden skin (CIE 1976), and how much too light the fill is, in L*.

    `truth`, `picture`: (S, S, 3) uint8 of an aligned chip; `hole`: (S, S) bool.  NaN where no skin is hidden.
    """
    side = truth.shape[0]
    y, x = (np.mgrid[:side, :side] + 0.5) / side
    (cx, cy), (rx, ry) = _FACE
    skin = hole & (((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 < 1)
    if not skin.any():
        return math.nan, math.nan
    made, true = (_lab(p)[skin].mean(0) for p in (picture, truth))
    return float(np.linalg.norm(made - true)), float(made[0] - true[0])


def _lab(picture: U8) -> np.ndarray:
    return cv2.cvtColor(picture.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
