"""Edges of a chip: Canny for what is visible, thin lines for what a network draws."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from engine.geometry import F32, U8
from engine.request import Canny

_BLUR = 1.4 / 256  # sigma of the smoothing as a share of the chip's side
CANNY_LOW, CANNY_HIGH = 60.0, 150.0
"""The thresholds where a `Canny` leaves them open."""
CANNY_MOST = 1020.0
"""The largest that makes sense: the steepest gradient that Sobel's filter finds in 8 bits."""


def canny(rgb: U8, known: U8 | None = None, thresholds: Canny | None = None) -> U8:
    """The Canny edge map of a chip (Canny 1986), stretched to full contrast first, so that faded photos count.

    `rgb`: (S, S, 3) uint8; `known`: (S, S) uint8, non-zero where `rgb` holds (None: everywhere).
    Returns (S, S) uint8, 255 on an edge; edges within a pixel of the unknown are dropped, for its border is one.
    """
    thresholds = thresholds or Canny()
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    values = grey if known is None else grey[known > 0]
    if values.size == 0:
        return np.zeros_like(grey)
    low, high = np.percentile(values, (1, 99))
    scale = 255 / max(high - low, 16)
    stretched = np.rint(((grey - low) * scale).clip(0, 255)).astype(np.uint8)
    smooth = cv2.GaussianBlur(stretched, (0, 0), max(_BLUR * grey.shape[0], 0.6))
    edges = cv2.Canny(
        smooth,
        CANNY_LOW if thresholds.low is None else thresholds.low,
        CANNY_HIGH if thresholds.high is None else thresholds.high,
        L2gradient=True,
    )
    if known is not None:
        edges[edge_hole((known == 0).astype(np.uint8)) > 0] = 0
    return np.asarray(edges)


def edge_hole(hole: Any) -> Any:
    """A hole as it is for edges, a pixel wider to all eight sides: what lies on its rim may be the rim's own edge.

    `hole`: (..., H, W) numbers, larger in the hole; a NumPy array or a torch tensor.  Returns the same, new.
    """
    tall = hole + 0
    tall[..., 1:, :] = tall[..., 1:, :].clip(min=hole[..., :-1, :])
    tall[..., :-1, :] = tall[..., :-1, :].clip(min=hole[..., 1:, :])
    wide = tall + 0
    wide[..., 1:] = wide[..., 1:].clip(min=tall[..., :-1])
    wide[..., :-1] = wide[..., :-1].clip(min=tall[..., 1:])
    return wide


_FLAT = 1e-4
_FAINT, _SURE = 0.1, 0.2  # a line starts where an edge is this likely, and goes on while it is this likely


def lines(likely: F32) -> U8:
    """Thin lines along the ridges of an edge probability, as Canny would draw them.

    `likely`: (S, S) float32 0..1.  What is no maximum across the line is dropped, then hysteresis.
    Returns (S, S) uint8, 255 on a line.
    """
    smooth = np.asarray(cv2.GaussianBlur(likely, (0, 0), 1.0), np.float32)
    across_x, across_y, curvature = _sharpest(smooth)
    y, x = np.mgrid[: smooth.shape[0], : smooth.shape[1]].astype(np.float32)
    sides = (
        cv2.remap(smooth, x + s * across_x, y + s * across_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        for s in (1, -1)
    )
    ridge = (curvature < -_FLAT) & (smooth >= next(sides)) & (smooth > next(sides))
    faint = (ridge & (smooth > _FAINT)).astype(np.uint8)
    count, labels = cv2.connectedComponents(faint, connectivity=8)
    strongest = np.zeros(count, np.float32)
    np.maximum.at(strongest, np.asarray(labels, np.intp).ravel(), smooth.ravel())
    strongest[0] = 0
    return np.where((strongest > _SURE)[labels], 255, 0).astype(np.uint8)


def _sharpest(image: F32) -> tuple[F32, F32, F32]:
    """The unit direction (x, y) in which the image curves down most, and that second derivative (its Hessian's
    least eigenvalue)."""
    xx, yy, xy = (cv2.Sobel(image, cv2.CV_32F, *order, ksize=3, scale=0.25) for order in ((2, 0), (0, 2), (1, 1)))
    turn = np.arctan2(2 * xy, xx - yy) / 2
    least = (xx + yy) / 2 - np.sqrt((xx - yy) ** 2 / 4 + xy**2)
    return -np.sin(turn), np.cos(turn), np.asarray(least, np.float32)
