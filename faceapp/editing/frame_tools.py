"""Frames by hand, as arithmetic: draw a new square, find the handle under a point, drag it."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Literal

import numpy as np

from engine.geometry import Frame
from faceapp.editing.mask_tools import Point

Handle = Literal["move", "scale", "rotate"]

MIN_SIDE = 16.0
"""Smallest frame that can be drawn, in photo pixels."""

EYES: tuple[Point, Point] = ((0.375, 0.472), (0.625, 0.472))
MOUTH: tuple[Point, Point] = ((0.4, 0.75), (0.6, 0.75))
"""Where the eyes and the mouth's corners of a level face lie in its frame, in shares of the side.

The frame is that of `engine.faces.frames.align`, for eyes 1.1 times nearer each other than they are to the mouth.
"""


def in_frame(frame: Frame, share: Point) -> Point:
    """The photo point of a point that is given in shares of the frame's side."""
    x, y = frame.to_photo(1) @ (*share, 1.0)
    return float(x), float(y)


def drawn(start: Point, end: Point) -> Frame:
    """The upright square from one corner towards another; its side is the longer distance."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    side = max(abs(dx), abs(dy), MIN_SIDE)
    return Frame(start[0] + math.copysign(side, dx) / 2, start[1] + math.copysign(side, dy) / 2, side)


def rotate_handle(frame: Frame, reach: float) -> Point:
    """Where the rotation handle is: `reach` photo pixels above the middle of the top side."""
    a, distance = math.radians(frame.angle), frame.side / 2 + reach
    return frame.cx + math.sin(a) * distance, frame.cy - math.cos(a) * distance


def handle_at(frame: Frame, point: Point, *, tolerance: float, reach: float) -> Handle | None:
    """The handle within `tolerance` photo pixels of a point; inside the square: "move"; else None."""
    if math.dist(point, rotate_handle(frame, reach)) <= tolerance:
        return "rotate"
    if min(math.dist(point, (float(x), float(y))) for x, y in frame.corners()) <= tolerance:
        return "scale"
    return "move" if contains(frame, point) else None


def contains(frame: Frame, point: Point) -> bool:
    """Whether a photo point lies in the square."""
    x, y = to_chip(frame, [point], 1)[0]
    return bool(0 <= x <= 1 and 0 <= y <= 1)


def dragged(frame: Frame, handle: Handle, start: Point, now: Point) -> Frame:
    """The frame after its handle went from `start` to `now`."""
    if handle == "move":
        return replace(frame, cx=frame.cx + now[0] - start[0], cy=frame.cy + now[1] - start[1])
    centre = (frame.cx, frame.cy)
    if handle == "scale":
        ratio = math.dist(now, centre) / max(math.dist(start, centre), 1e-6)
        return replace(frame, side=max(frame.side * ratio, MIN_SIDE))
    turn = _bearing(centre, now) - _bearing(centre, start)
    angle = (frame.angle + math.degrees(turn) + 180) % 360 - 180
    return replace(frame, angle=0.0 if abs(angle) < 1.5 else angle)


def to_chip(frame: Frame, points: list[Point], size: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """(N, 2) chip coordinates (0..size) of photo points."""
    matrix = frame.to_photo(size)
    moved = np.asarray(points, np.float64) - matrix[:, 2]
    return np.asarray(np.linalg.solve(matrix[:, :2], moved.T).T)


def _bearing(centre: Point, point: Point) -> float:
    return math.atan2(point[1] - centre[1], point[0] - centre[0])
