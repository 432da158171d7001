"""The holes that fills are measured on: free strokes in five bins of area, and parts of the face; never changed.

They are not those of `training.data.holes`, which may change as training learns better: a measurement must not.
"""

from __future__ import annotations

import math

import cv2
import numpy as np

_AREAS = {
    "10-20 %": (0.1, 0.2),
    "20-30 %": (0.2, 0.3),
    "30-40 %": (0.3, 0.4),
    "40-50 %": (0.4, 0.5),
    "50-60 %": (0.5, 0.6),
}

# Left, top, right and bottom as shares of an aligned chip: the eyes lie near (0.38, 0.47) and (0.62, 0.47), the
# mouth near (0.5, 0.75) (`engine.faces.frames`).
_PARTS = {
    "box": (0.3, 0.35, 0.65, 0.7),
    "half face": (0.0, 0.0, 0.5, 1.0),
    "eyes": (0.27, 0.4, 0.73, 0.55),
    "mouth": (0.35, 0.67, 0.65, 0.83),
    "hair": (0.1, 0.0, 0.9, 0.25),
}
_SHIFT = 0.05  # by which a part's hole is moved at random; half faces are mirrored instead

STROKES = tuple(_AREAS)
"""Kinds of holes: free strokes, by the share of the picture that they hide."""
PARTS = tuple(_PARTS)
"""Kinds of holes: rectangles over a part of the face."""


def measured_hole(valid: np.ndarray, *, kind: str, seed: tuple[int, ...]) -> np.ndarray:
    """The hole of one kind for one chip; the same for the same arguments.

    `valid`: (S, S) bool; of a kind in `STROKES` the hole covers that share.  Returns (S, S) bool, a part of `valid`.
    """
    rng = np.random.default_rng((*seed, (*STROKES, *PARTS).index(kind)))
    hole = _strokes(rng, valid, *_AREAS[kind]) if kind in _AREAS else _part(rng, valid.shape, kind)
    return np.asarray(hole & valid)


def _strokes(rng: np.random.Generator, valid: np.ndarray, low: float, high: float) -> np.ndarray:
    """Wandering strokes that hide from `low` up to `high` of what is valid."""
    while True:
        target = rng.uniform(low, high)
        canvas = np.zeros(valid.shape, np.uint8)
        share = 0.0
        while share < target:
            _stroke(rng, canvas)
            share = ((canvas > 0) & valid).sum() / max(1, valid.sum())
        if share < high:
            return np.asarray(canvas > 0)


def _part(rng: np.random.Generator, shape: tuple[int, ...], kind: str) -> np.ndarray:
    """A rectangle over a part of the face, moved or mirrored at random."""
    box = np.array(_PARTS[kind])
    if kind == "half face":
        box[[0, 2]] = box[[0, 2]] + rng.choice((0.0, 0.5))
    else:
        box = box + np.tile(rng.uniform(-_SHIFT, _SHIFT, 2), 2)
    left, top, right, bottom = np.rint(box * shape[0]).astype(int).clip(0)
    hole = np.zeros(shape, bool)
    hole[top:bottom, left:right] = True
    return hole


def _stroke(rng: np.random.Generator, canvas: np.ndarray) -> None:
    """Draw one wandering brush stroke with round ends into `canvas` (S, S) uint8."""
    size = canvas.shape[0]
    x, y = rng.uniform(0, size, 2)
    heading, width = rng.uniform(0, 2 * math.pi), max(2, round(size * rng.uniform(0.02, 0.12)))
    for _ in range(rng.integers(2, 7)):
        heading += rng.normal(0, 0.8)
        reach = size * rng.uniform(0.04, 0.18)
        end = np.clip((x + reach * math.cos(heading), y + reach * math.sin(heading)), 0, size)
        cv2.line(canvas, (int(x), int(y)), (int(end[0]), int(end[1])), 1, width)
        x, y = end
