"""How dark the skin of a face is, as it is photographed."""

from __future__ import annotations

import math

import cv2
import numpy as np

from engine.geometry import F32, U8

GROUPS = ("light", "medium", "dark")
_LIGHT, _DARK = 41.0, 10.0
"""Individual typology angles in degrees: above, "light" and paler; below, "brown" and darker (Del Bino and Bernerd
2013)."""

_CHEEKS = ((0.36, 0.6), (0.64, 0.6), (0.5, 0.4))
"""Centres of what is looked at, as shares of an aligned chip's side: both cheeks, and between the brows."""
_REACH = 0.045
_MIDDLE_GREY = 50.0


def tone(picture: U8) -> str:
    """Which of `GROUPS` the skin of an aligned chip, (S, S, 3) uint8, belongs to."""
    side = len(picture)
    half = max(1, round(_REACH * side))
    spots = [(round(x * side), round(y * side)) for x, y in _CHEEKS]
    patches = [picture[y - half : y + half, x - half : x + half].reshape(-1, 1, 3) for x, y in spots]
    lightness, _red, yellow = np.median(in_lab(np.concatenate(patches)), (0, 1))
    angle = math.degrees(math.atan2(lightness - _MIDDLE_GREY, max(float(yellow), 1e-3)))
    return GROUPS[0] if angle > _LIGHT else GROUPS[1] if angle > _DARK else GROUPS[2]


def in_lab(picture: U8) -> F32:
    """(H, W, 3) float32, CIELAB."""
    return np.asarray(cv2.cvtColor(picture.astype(np.float32) / 255, cv2.COLOR_RGB2LAB), np.float32)
