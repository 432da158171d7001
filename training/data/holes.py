"""Holes to train on: masks of the kinds of damage that real photos have, made in bulk as a bank.

A hole is (S, S) uint8, 1 where the picture is missing.  Sizes are shares of S, so that a bank can be made at
any resolution.
"""

from __future__ import annotations

import math

import cv2
import numpy as np

from engine.geometry import U8

_BOTTOM_SHARE, _TOP_SHARE = 0.005, 0.65
_WIDE_SHARES = 0.35, 0.9

_FEATURES = ((0.38, 0.47), (0.62, 0.47), (0.5, 0.61), (0.5, 0.75))  # where eyes, nose and mouth of a chip lie


def strokes(rng: np.random.Generator, size: int) -> U8:
    """Free brush strokes: wandering thick lines, the usual irregular mask (Yu et al. 2019)."""
    hole = np.zeros((size, size), np.uint8)
    for _ in range(rng.integers(1, 7)):
        x, y = rng.uniform(0, size, 2)
        heading = rng.uniform(0, 2 * math.pi)
        width = int(max(2, size * rng.uniform(0.03, 0.16)))
        for _ in range(rng.integers(2, 9)):
            heading += rng.normal(0, 0.9)
            reach = size * rng.uniform(0.05, 0.25)
            end = (x + reach * math.cos(heading), y + reach * math.sin(heading))
            cv2.line(hole, (int(x), int(y)), (int(end[0]), int(end[1])), 1, width)
            cv2.circle(hole, (int(end[0]), int(end[1])), width // 2, 1, -1)
            x, y = np.clip(end, 0, size)
    return hole


def box(rng: np.random.Generator, size: int) -> U8:
    """One or two rectangles or ellipses, now and then turned."""
    hole = np.zeros((size, size), np.uint8)
    for _ in range(rng.integers(1, 3)):
        centre = rng.uniform(0.15, 0.85, 2) * size
        sides = rng.uniform(0.12, 0.6, 2) * size
        angle = float(rng.uniform(0, 180)) if rng.random() < 0.4 else 0.0
        if rng.random() < 0.5:
            corners = cv2.boxPoints((centre.tolist(), sides.tolist(), angle))
            cv2.fillPoly(hole, [corners.astype(np.int32)], (1,))
        else:
            axes = (sides / 2).astype(int).tolist()
            cv2.ellipse(hole, centre.astype(int).tolist(), axes, angle, 0, 360, 1, -1)
    return hole


def features(rng: np.random.Generator, size: int) -> U8:
    """A patch over an eye, the nose or the mouth of an aligned face, sometimes over two of them."""
    hole = np.zeros((size, size), np.uint8)
    for which in rng.choice(len(_FEATURES), rng.integers(1, 3), replace=False):
        centre = (np.array(_FEATURES[which]) + rng.normal(0, 0.025, 2)) * size
        axes = (rng.uniform((0.06, 0.05), (0.17, 0.13)) * size).astype(int).tolist()
        cv2.ellipse(hole, centre.astype(int).tolist(), axes, float(rng.normal(0, 25)), 0, 360, 1, -1)
    return hole


def half_face(rng: np.random.Generator, size: int) -> U8:
    """All on one side of a line near the middle, its rim torn."""
    angle = rng.choice([0, 90, 180, 270]) + rng.normal(0, 15)
    normal = np.array([math.cos(math.radians(angle)), math.sin(math.radians(angle))])
    y, x = np.mgrid[:size, :size] / size - 0.5
    rim = _smooth_noise(rng, size) * 0.06
    return np.asarray(x * normal[0] + y * normal[1] + rim > rng.uniform(-0.05, 0.2), np.uint8)


def scratches(rng: np.random.Generator, size: int) -> U8:
    """Thin long lines, nearly straight, in one or two directions, and a few specks of dust."""
    hole = np.zeros((size, size), np.uint8)
    heading = rng.uniform(0, math.pi)
    for _ in range(rng.integers(2, 14)):
        angle = heading + rng.normal(0, 0.25)
        middle = rng.uniform(0, size, 2)
        along = np.array([math.cos(angle), math.sin(angle)]) * size * rng.uniform(0.1, 0.8)
        bend = rng.normal(0, 0.04 * size, 2)
        points = np.array([middle - along, middle + bend, middle + along]).astype(np.int32)
        cv2.polylines(hole, [points], False, (1,), int(max(1, size * rng.uniform(0.004, 0.03))))
    for _ in range(rng.integers(0, 20)):
        x, y = rng.integers(0, size, 2).tolist()
        cv2.circle(hole, (x, y), int(max(1, size * rng.uniform(0.003, 0.02))), 1, -1)
    return hole


def blots(rng: np.random.Generator, size: int) -> U8:
    """Stains and torn patches: smooth noise above a threshold."""
    noise = _smooth_noise(rng, size)
    return np.asarray(noise > np.quantile(noise, 1 - rng.uniform(0.03, 0.55)), np.uint8)


def _smooth_noise(rng: np.random.Generator, size: int) -> np.ndarray:
    grid = rng.standard_normal((int(rng.integers(4, 12)),) * 2)
    return np.asarray(cv2.resize(grid, (size, size), interpolation=cv2.INTER_CUBIC))


KINDS = {strokes: 0.35, box: 0.15, features: 0.15, half_face: 0.1, scratches: 0.13, blots: 0.12}


def draw(rng: np.random.Generator, size: int) -> U8:
    """One hole of a random kind, sometimes of two, that covers 0.5 to 65 % of the chip."""
    kinds = list(KINDS)
    while True:
        hole = kinds[rng.choice(len(kinds), p=list(KINDS.values()))](rng, size)
        if rng.random() < 0.15:
            hole |= kinds[rng.choice(len(kinds), p=list(KINDS.values()))](rng, size)
        if _BOTTOM_SHARE < hole.mean() < _TOP_SHARE:
            return hole


def wide(rng: np.random.Generator, size: int) -> U8:
    """All but a box, half the chip, or boxes and strokes heaped up: 35 to 90 % of the chip, as whole faces are lost."""
    kinds = (_all_but_a_box, _half, _heap)
    while True:
        hole = kinds[rng.choice(3, p=(0.2, 0.2, 0.6))](rng, size)
        if _WIDE_SHARES[0] <= hole.mean() <= _WIDE_SHARES[1]:
            return hole


def _all_but_a_box(rng: np.random.Generator, size: int) -> U8:
    hole = np.ones((size, size), np.uint8)
    width, height = rng.uniform(0.35, 0.8, 2) * size
    left, top = rng.uniform(0, size - width), rng.uniform(0, size - height)
    hole[int(top) : int(top + height), int(left) : int(left + width)] = 0
    return hole


def _half(rng: np.random.Generator, size: int) -> U8:
    """About half, on one of the four sides."""
    hole = np.zeros((size, size), np.uint8)
    hole[: int(rng.uniform(0.35, 0.65) * size)] = 1
    return np.ascontiguousarray(np.rot90(hole, int(rng.integers(4))))


def _heap(rng: np.random.Generator, size: int) -> U8:
    hole, goal = np.zeros((size, size), np.uint8), rng.uniform(*_WIDE_SHARES)
    while hole.mean() < goal:
        if rng.random() < 0.5:
            width, height = rng.uniform(0.15, 0.7, 2) * size
            left, top = rng.uniform(-0.1, 1 - 0.5 * np.array((width, height)) / size) * size
            hole[max(0, int(top)) : int(top + height), max(0, int(left)) : int(left + width)] = 1
        else:
            hole |= strokes(rng, size)
    return hole


def bank(count: int, size: int, *, seed: int, wide_ones: int = 0) -> U8:
    """(count, 1, size, size) uint8 holes, the last `wide_ones` of them wide; the same for the same arguments."""
    rng = np.random.default_rng(seed)
    kinds = [draw] * (count - wide_ones) + [wide] * wide_ones
    return np.stack([kind(rng, size)[None] for kind in kinds])
