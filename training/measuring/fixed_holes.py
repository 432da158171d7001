"""The holes that fills are measured on: free strokes in five bins of area, parts of the face, wide ones; never changed.

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

# Wide holes: what stays visible, or how much goes.
_WIDE = ("a box left", "a half left", "a heap")
_EYE = "one eye"

STROKES = tuple(_AREAS)
"""Kinds of holes: free strokes, by the share of the picture that they hide."""
PARTS = tuple(_PARTS)
"""Kinds of holes: rectangles over a part of the face."""
WIDE = ("all but a box", "a side", "a heap")
"""Kinds of holes: 35 to 90 % of the picture, as where most of a face is lost."""
EYE = ("one eye",)
"""The kind of hole that hides one eye with its brow, and spares the other."""


def measured_hole(valid: np.ndarray, *, kind: str, seed: tuple[int, ...]) -> np.ndarray:
    """The hole of one kind for one chip; the same for the same arguments.

    `valid`: (S, S) bool; of a kind in `STROKES` the hole covers that share.  Returns (S, S) bool, a part of `valid`.
    """
    rng = np.random.default_rng((*seed, (*STROKES, *PARTS, *WIDE, *EYE).index(kind)))
    if kind in _AREAS:
        hole = _strokes(rng, valid, *_AREAS[kind])
    elif kind in WIDE:
        hole = _wide(rng, valid.shape, kind)
    else:
        hole = _eye(rng, valid.shape) if kind in EYE else _part(rng, valid.shape, kind)
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
    return _rectangle(shape, box)


def _wide(rng: np.random.Generator, shape: tuple[int, ...], kind: str) -> np.ndarray:
    """All but a rectangle, all on one of four sides, or rectangles and strokes until a share is hidden."""
    if kind == "all but a box":
        width, height = rng.uniform(0.35, 0.8, 2)
        left, top = rng.uniform(0, 1 - width), rng.uniform(0, 1 - height)
        return ~_rectangle(shape, np.array((left, top, left + width, top + height)))
    if kind == "a side":
        return np.rot90(_rectangle(shape, np.array((0, 0, rng.uniform(0.35, 0.65), 1))), int(rng.integers(4)))
    hole, goal = np.zeros(shape, np.uint8), rng.uniform(0.35, 0.8)
    while hole.mean() < goal:
        if rng.random() < 0.5:
            width, height = rng.uniform(0.15, 0.5, 2)
            left, top = rng.uniform(0, 1 - width), rng.uniform(0, 1 - height)
            hole |= _rectangle(shape, np.array((left, top, left + width, top + height)))
        else:
            _stroke(rng, hole)
    return np.asarray(hole > 0)


def _eye(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """An ellipse over one eye and its brow."""
    size = shape[0]
    centre = np.array((rng.choice((0.38, 0.62)), 0.455)) + rng.uniform(-0.01, 0.01, 2)
    axes = np.array((0.1, 0.075)) * rng.uniform(0.95, 1.1, 2)
    hole = np.zeros(shape, np.uint8)
    (x, y), (rx, ry) = (np.rint(v * size).astype(int).tolist() for v in (centre, axes))
    cv2.ellipse(hole, (x, y), (rx, ry), 0, 0, 360, 1, -1)
    return np.asarray(hole > 0)


def _rectangle(shape: tuple[int, ...], box: np.ndarray) -> np.ndarray:
    """`box`: left, top, right and bottom as shares of the side."""
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
