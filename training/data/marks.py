"""What damage is made of: a mark is a coverage and a tone, drawn as a square of its own.

All draw on `size` pixels a side from an injected random source; `training/data/line_marks.py` and `area_marks.py` hold
the kinds, `damaged.py` lays them on photos.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from engine.geometry import F32, F64, U8

_FINE = 3  # sub-pixels a side that thin lines are drawn with


@dataclass(frozen=True, eq=False, slots=True)
class Mark:
    """`cover`: (S, S) float32 0..1, how much of each place is damaged; `tone`: (S, S) float32 0..1.

    A `sheer` one lightens or darkens what lies under it, by as much as its tone is off 0.5; else the tone replaces it.
    """

    cover: F32
    tone: F32
    sheer: bool = False


def evenly(cover: F32, rng: np.random.Generator) -> Mark:
    """A mark of one tone, some with a little mottling: mostly bright (bare paper, dust), often dark, seldom grey."""
    kind = rng.random()
    level = rng.uniform(0.78, 1) if kind < 0.58 else rng.uniform(0, 0.2) if kind < 0.92 else rng.uniform(0.3, 0.7)
    mottle = clouds(len(cover), rng, coarsest=16) * max(0.0, rng.uniform(-0.12, 0.12))
    return Mark(cover, np.clip(level + mottle, 0, 1).astype(np.float32))


def clouds(size: int, rng: np.random.Generator, *, coarsest: int = 4, octaves: int = 4) -> F32:
    """(size, size) float32, smooth noise of mean 0 and about -1..1; `coarsest`: cells a side of its widest waves."""
    total, gain = np.zeros((size, size), np.float32), 1.0
    for octave in range(octaves):
        cells = min(size, coarsest << octave)
        noise = rng.uniform(-1, 1, (cells + 1, cells + 1)).astype(np.float32)
        total += np.float32(gain) * np.asarray(cv2.resize(noise, (size, size), interpolation=cv2.INTER_CUBIC))
        gain /= 2
    return total


def soft(picture: F32, sigma: float) -> F32:
    """Blurred by so many pixels."""
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma), np.float32) if sigma > 0.05 else picture


def stroke(size: int, lines: list[F64], widths: list[F64]) -> F32:
    """(size, size) coverage of polylines, (n, 2) points each, whose width changes: (n,) pixels."""
    canvas = np.zeros((size * _FINE, size * _FINE), np.uint8)
    for points, width in zip(lines, widths, strict=True):
        at = np.rint(points * _FINE * 16).astype(np.int32)
        thick = np.maximum(1, np.rint(width * _FINE)).astype(int)
        if (thick == thick[0]).all():
            cv2.polylines(canvas, [at.reshape(-1, 1, 2)], False, (255,), int(thick[0]), cv2.LINE_8, 4)
            continue
        for start, end, wide in zip(at[:-1], at[1:], thick, strict=False):
            cv2.line(canvas, start.tolist(), end.tolist(), (255,), int(wide), cv2.LINE_8, 4)
    return _shrunk(canvas, size)


def filled(size: int, outlines: list[F64]) -> F32:
    """(size, size) coverage of filled polygons, (n, 2) points each."""
    canvas = np.zeros((size * _FINE, size * _FINE), np.uint8)
    for points in outlines:
        cv2.fillPoly(canvas, [np.rint(points * _FINE).astype(np.int32)], (255,))
    return _shrunk(canvas, size)


def _shrunk(canvas: U8, size: int) -> F32:
    small = np.asarray(cv2.resize(canvas, (size, size), interpolation=cv2.INTER_AREA), np.float32)
    return small / np.float32(255)


def lettered(text: str, rng: np.random.Generator) -> U8:
    """(H, W) uint8, a line of letters with room around it: in strokes (Hershey's), or printed (Pillow's own font)."""
    if rng.random() < 0.5:
        font, thick, scale = int(rng.integers(0, 8)), int(rng.integers(1, 4)), rng.uniform(0.6, 2.5)
        (wide, high), _ = cv2.getTextSize(text, font, scale, thick)
        canvas = np.zeros((high * 2, wide + 2 * high), np.uint8)
        cv2.putText(canvas, text, (high // 2, high + high // 2), font, scale, (255,), thick, cv2.LINE_AA)
        return canvas
    printed, bold = ImageFont.load_default(rng.uniform(16, 60)), int(rng.integers(0, 2))
    left, top, right, bottom = printed.getbbox(text, stroke_width=bold)
    image = Image.new("L", (int(right - left) + 16, int(bottom - top) + 16))
    ImageDraw.Draw(image).text((8 - left, 8 - top), text, 255, printed, stroke_width=bold)
    return np.asarray(image, np.uint8)


def wandering(
    rng: np.random.Generator, size: int, *, length: float, bend: float, rough: float, points: int = 48
) -> F64:
    """A line of such a length that begins anywhere: (points, 2).

    `bend`: how far it turns from one end to the other, in radians; `rough`: how far its points stray, in pixels.
    """
    angle = rng.uniform(0, 2 * np.pi)
    turns = angle + np.linspace(-0.5, 0.5, points) * rng.normal(0, bend) + np.cumsum(rng.normal(0, bend / 12, points))
    steps = np.column_stack([np.cos(turns), np.sin(turns)]) * length / points
    path = np.cumsum(steps, axis=0)
    stray = np.cumsum(rng.normal(0, rough, (points, 2)), axis=0) + rng.normal(0, rough / 2, (points, 2))
    return np.asarray(path - path[rng.integers(points)] + stray + rng.uniform(0, size, 2), np.float64)


def across(rng: np.random.Generator, size: int, *, rough: float, points: int = 96) -> F64:
    """A nearly straight line from border to border, in any direction: (points, 2)."""
    angle, middle = rng.uniform(0, np.pi), rng.uniform(0.05, 0.95, 2) * size
    along = np.linspace(-1.5, 1.5, points)[:, None] * size
    ahead = np.array([np.cos(angle), np.sin(angle)])
    aside = np.array([-ahead[1], ahead[0]])
    stray = np.cumsum(rng.normal(0, rough, points)) + rng.normal(0, rough, points)
    return np.asarray(middle + ahead * along + aside * stray[:, None], np.float64)


def blob(rng: np.random.Generator, *, centre: F64, radius: float, rough: float = 0.2) -> F64:
    """The outline of a roundish shape: (64, 2)."""
    turns = np.linspace(0, 2 * np.pi, 64, endpoint=False)
    waves = [rng.normal(0, rough / k**0.8) * np.cos(k * turns + rng.uniform(0, 6.3)) for k in range(1, 14)]
    reach = radius * np.maximum(0.15, 1 + np.sum(waves, axis=0))
    stretch, tilt = rng.uniform(0.5, 1), rng.uniform(0, np.pi)
    flat = np.column_stack([np.cos(turns) * reach, np.sin(turns) * reach * stretch])
    spin = np.array([[np.cos(tilt), np.sin(tilt)], [-np.sin(tilt), np.cos(tilt)]])
    return np.asarray(centre + flat @ spin, np.float64)


def anywhere(rng: np.random.Generator, size: int) -> F64:
    """A place on the square."""
    return rng.uniform(0, size, 2)


def width_of(rng: np.random.Generator, thinnest: float, widest: float) -> float:
    """A width, thin ones oftener."""
    return float(np.exp(rng.uniform(np.log(thinnest), np.log(widest))))
