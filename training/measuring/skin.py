"""Whether skin comes back in its colour, whatever that colour is: errors by tone of skin."""

from __future__ import annotations

import math

import numpy as np

from engine.geometry import U8
from training.data.tones import in_lab

_FACE = (0.5, 0.57), (0.22, 0.3)
"""Centre and half axes of an ellipse that holds skin mostly."""


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
    made, true = (in_lab(p)[skin].mean(0) for p in (picture, truth))
    return float(np.linalg.norm(made - true)), float(made[0] - true[0])
