"""Frames by the framing network: from a rough square to the frame of a face that is mostly hidden.

The network sees a square of the photo and says how to move it onto the face's frame; the frame it names gives the
next square, and the look at that one is nearer the truth.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from engine.faces.frames import HOLE_COVERAGE, Source, cut, cut_mask
from engine.geometry import F32, SQUARE, U8, Box, Frame
from engine.runtime.models import Networks

ZOOM = 0.85
"""Side of the square looked at next, over the frame's: what lies near the border of a frame is seldom face."""
PASSES = 3
_SIDES = (0.8, 1.3, 2.1, 3.4)
"""Sides of the squares tried, over that of the masked area: from a mask wider than the face to one over an eye."""
_GRID = 96  # places a side on which masked areas are told apart
_AREAS = 3
_SMALLEST = 32  # photo pixels
QUARTERS = (0.0, 90.0, 180.0, 270.0)
"""The turns, in degrees, in which a photo may lie."""


@dataclass(frozen=True, slots=True)
class Guess:
    """A frame and the error to expect: the root mean square distance of its corners from the true ones, in sides."""

    frame: Frame
    error: float


def moved(square: Frame, move: Sequence[float]) -> Frame:
    """The frame whose centre and upper side are `move` (x, y; x, y) in a square's axes and sides."""
    x, y, right, down = (float(v) for v in move[:4])
    cos, sin = math.cos(math.radians(square.angle)), math.sin(math.radians(square.angle))
    cx, cy = square.cx + square.side * (cos * x - sin * y), square.cy + square.side * (sin * x + cos * y)
    return Frame(cx, cy, square.side * math.hypot(right, down), square.angle + math.degrees(math.atan2(down, right)))


def corner_error(frame: Frame, truth: Frame) -> float:
    """The largest distance of a corner from the true one, over the true side."""
    return float(np.linalg.norm(frame.corners() - truth.corners(), axis=1).max() / truth.side)


def mean_error(frame: Frame, truth: Frame) -> float:
    """The root mean square distance of the corners from the true ones, over the true side."""
    return float(np.sqrt(((frame.corners() - truth.corners()) ** 2).sum(1).mean()) / truth.side)


def reframe(photo: Source, mask: U8, squares: Sequence[Frame], networks: Networks) -> list[Guess]:
    """What the framing network makes of each square in `PASSES` looks.

    `mask`: (H, W) uint8 of the photo's size.  Raises DeviceError.
    """
    guesses: list[Guess] = []
    for look in range(PASSES):
        if look:
            squares = [around(guess.frame) for guess in guesses]
        seen = [_look(photo, mask, square) for square in squares]
        found = networks.frame(np.stack([s[0] for s in seen]), np.stack([s[1] for s in seen]))
        guesses = [Guess(moved(s, f), math.exp(float(f[4]))) for s, f in zip(squares, found, strict=True)]
    return guesses


def around(frame: Frame) -> Frame:
    """The square to look at, to see whether a frame is right."""
    return Frame(frame.cx, frame.cy, frame.side * ZOOM, frame.angle)


def mean(one: Frame, other: Frame) -> Frame:
    """The frame half way between two of the same face."""
    turn = (other.angle - one.angle + 180) % 360 - 180
    cx, cy, side = (one.cx + other.cx) / 2, (one.cy + other.cy) / 2, (one.side + other.side) / 2
    return Frame(cx, cy, side, one.angle + turn / 2)


def propose(
    photo: Source, mask: U8, networks: Networks, *, within: U8 | None = None, angles: Sequence[float] = QUARTERS
) -> list[Guess]:
    """The face that each masked area may lie on, the surest first; faces that overlap count once.

    `within`: the part of the mask, (H, W) uint8, whose areas are meant; None: all of it.

    Squares of several sides around each of the largest areas, and around all of them, are looked at together, turned
    by each of `angles` (degrees): the network knows upright faces only, and is surest in the turn in which the photo's
    stand.
    """
    squares = [_square(box, share) for box in _areas(mask if within is None else within) for share in _SIDES]
    size = photo.size
    squares.append(Frame(size.width / 2, size.height / 2, min(size.width, size.height)))
    squares = [replace(square, angle=angle) for angle in angles for square in squares]
    kept: list[Guess] = []
    for guess in sorted(reframe(photo, mask, squares, networks), key=lambda g: g.error):
        if all(apart(guess.frame, other.frame) for other in kept):
            kept.append(guess)
    return kept


def apart(one: Frame, other: Frame) -> bool:
    """Whether two frames hold different faces: their centres lie further apart than half a side."""
    return math.hypot(one.cx - other.cx, one.cy - other.cy) > (one.side + other.side) / 4


def _square(box: Box, share: float) -> Frame:
    side = share * max(box.width, box.height, _SMALLEST)
    return Frame((box.left + box.right) / 2, (box.top + box.bottom) / 2, side)


def _areas(mask: U8) -> list[Box]:
    """Boxes around all that is masked, and around the largest areas if there are several."""
    height, width = mask.shape
    scale = max(1.0, max(height, width) / _GRID)
    shape = (max(1, round(width / scale)), max(1, round(height / scale)))
    small = cv2.resize(np.where(mask > 127, np.uint8(255), np.uint8(0)), shape, interpolation=cv2.INTER_AREA)
    near = cv2.morphologyEx((small > 0).astype(np.uint8), cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    count, _labels, stats, _centres = cv2.connectedComponentsWithStats(near)
    order = sorted(range(1, count), key=lambda i: -stats[i, cv2.CC_STAT_AREA])[:_AREAS]
    boxes = [Box(x, y, x + w, y + h) for x, y, w, h in (stats[i, :4].tolist() for i in order)]
    if count > 2:
        x, y, w, h = cv2.boundingRect(near)
        boxes.insert(0, Box(x, y, x + w, y + h))
    sx, sy = width / shape[0], height / shape[1]
    return [Box(round(b.left * sx), round(b.top * sy), round(b.right * sx), round(b.bottom * sy)) for b in boxes]


def _look(photo: Source, mask: U8, square: Frame) -> tuple[F32, F32]:
    """The network's inputs for one square: (3, SQUARE, SQUARE) in -1..1, and (1, SQUARE, SQUARE), 1 where known."""
    picture, inside = cut(photo, square, SQUARE)
    hole = cut_mask(mask, square, SQUARE) > HOLE_COVERAGE
    known = (inside & ~hole).astype(np.float32)[None]
    return ((picture.transpose(2, 0, 1) * 2 - 1) * known).astype(np.float32), known
