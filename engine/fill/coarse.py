"""The chip at 64x64: shrunk so that no hidden pixel shows through, and the coarse fill enlarged again.

Structure is cheap to learn small (cascaded diffusion, Ho et al. 2022): the coarse network fills the chip here, and the
fine one begins from that.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from engine.fill.edges import canny
from engine.fill.prefill import push_pull
from engine.geometry import COARSE, F32

STEPS = 2
"""Evaluations that it is worth: the mean, and its transport to a face; more have nothing to add."""

START = 0.7
"""Noise level, in -1..1, from which the mean is transported; learnt for 0.3 to 0.9."""

HIDDEN = 0.1
"""A place is hole where more than this share of it is hidden; else its colour is the mean of what is visible in it."""


def shrunk(image: Any, missing: Any) -> tuple[Any, Any]:
    """The picture and its hole at 64x64.

    `image`: (N, C, S, S) float in -1..1, S a multiple of 64; `missing`: (N, 1, S, S) float, 1 where hidden.  Both are
    NumPy arrays or both torch tensors.  Returns (N, C, 64, 64) and (N, 1, 64, 64); what is hidden tells nothing.
    """
    visible = _means(1 - missing)
    small = _means(image * (1 - missing)) / visible.clip(min=1 / image.shape[-1] ** 2)
    return small, (1 - visible > HIDDEN) * 1.0


def _means(planes: Any) -> Any:
    """(N, C, S, S) -> (N, C, 64, 64): the mean of each place."""
    n, c, size, _ = planes.shape
    ratio = size // COARSE
    return planes.reshape(n, c, COARSE, ratio, COARSE, ratio).mean((3, 5))


def condition(image: F32, missing: F32, guide: F32) -> tuple[F32, F32, F32]:
    """What the coarse network is given of a chip: (prefill, hole, edges), (1, 3 or 1, 64, 64) float32.

    `image`, `missing`: (1, 3 or 1, S, S), see `shrunk`; `guide`: (1, 1, S, S) edges 0..1, of which only those in the
    hole are taken: for what is visible Canny looks at the small picture itself.
    """
    small, gone = (np.asarray(planes, np.float32) for planes in shrunk(image, missing))
    prefill: F32 = push_pull(small, 1 - gone)
    pixels = np.rint((prefill[0].transpose(1, 2, 0) + 1) * 127.5).clip(0, 255).astype(np.uint8)
    seen = canny(np.ascontiguousarray(pixels), np.where(gone[0, 0] > 0, 0, 255).astype(np.uint8)) / np.float32(255)
    drawn = _lines(guide) if ((guide == 0) | (guide == 1)).all() else _means(guide)
    wide = cv2.dilate(gone[0, 0], np.ones((3, 3), np.uint8))
    return prefill, gone, np.where(wide > 0, drawn, seen).astype(np.float32)


def _lines(guide: F32) -> F32:
    """(1, 1, S, S) -> (1, 1, 64, 64): thin lines must not fade where they are shrunk."""
    size = guide.shape[-1] // COARSE
    return np.asarray(guide.reshape(1, 1, COARSE, size, COARSE, size).max((3, 5)))


def enlarged(picture: F32, size: int) -> F32:
    """(1, 3, 64, 64) -> (1, 3, size, size) float32 in -1..1, bicubic."""
    rows = cv2.resize(picture[0].transpose(1, 2, 0), (size, size), interpolation=cv2.INTER_CUBIC)
    return np.ascontiguousarray(rows.transpose(2, 0, 1)[None].clip(-1, 1), np.float32)
