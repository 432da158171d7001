"""The mask tools as functions on arrays: each writes to the mask in place and returns the box it changed.

The mask is (H, W) uint8, 0..255.  Points are (x, y) in photo pixels with pixel centres at .5; they may lie
outside.  A tool first makes a *coverage* (uint8, 255 where it fully covers a pixel); adding takes the larger
of mask and coverage, erasing subtracts the coverage.  Work is proportional to the box, never to the photo.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QImage, QPainter

from engine.geometry import U8, Box, Size
from faceapp.editing.boxes import masked_box
from faceapp.editing.history import Backup

Point = tuple[float, float]

NOTHING = Box(0, 0, 0, 0)
WAND_REACH = 200
"""How far about the point the wand looks at first, in photo pixels."""


@dataclass(frozen=True, slots=True)
class Brush:
    """A round brush: `size` is its diameter in photo pixels, `hardness` 0..1 the share that covers fully."""

    size: float
    hardness: float = 1.0

    def pressed(self, pressure: float) -> Brush:
        """The brush under a pen pressure of 0..1, in 32 steps so that its stamps can be reused."""
        return Brush(max(1.0, self.size * math.ceil(max(pressure, 0.0) * 32) / 32), self.hardness)


class Stroke:
    """A brush stroke in the making.

    The coverage of the whole stroke is kept apart, so passing twice over a place changes nothing, and an
    eraser stroke takes away exactly what the same brush stroke put on an empty mask.
    """

    def __init__(self, mask: U8, backup: Backup | None = None, *, erase: bool = False) -> None:
        """`backup` remembers what the stroke paints over; give the document's to make the stroke undoable."""
        self._mask, self._erase = mask, erase
        self._size = _size(mask)
        self._backup = backup or Backup(mask)
        # The system gives memory only where it is written (`zeros_like` would write everywhere).
        self._coverage: U8 = np.zeros(mask.shape, np.uint8)
        self._last: tuple[Point, Brush] | None = None

    def to(self, point: Point, brush: Brush) -> Box:
        """Draw from the last point (or dab, if it is the first) to `point`; returns the changed box."""
        start, before = self._last or (point, brush)
        self._last = point, brush
        length = math.dist(start, point)
        count = max(1, math.ceil(length / spacing(min(brush.size, before.size))))
        touched = NOTHING
        for i in range(1, count + 1):
            t = i / count
            size = brush.size if i == count else _between(before.size, brush.size, t)
            x, y = start[0] + (point[0] - start[0]) * t, start[1] + (point[1] - start[1]) * t
            touched = touched.union(self._dab((x, y), Brush(size, brush.hardness)))
        if not touched.empty:
            self._backup.save(touched)
            part = touched.slices
            combine(self._backup.old[part], self._coverage[part], out=self._mask[part], erase=self._erase)
        return touched

    def _dab(self, point: Point, brush: Brush) -> Box:
        left, top, coverage = stamp(point, brush)
        whole = Box(left, top, left + coverage.shape[1], top + coverage.shape[0])
        box = whole.clipped(self._size)
        if box.empty:
            return NOTHING
        inside = Box(box.left - left, box.top - top, box.right - left, box.bottom - top)
        view = self._coverage[box.slices]
        np.maximum(view, coverage[inside.slices], out=view)
        return box


def stroke(mask: U8, points: Sequence[Point], brush: Brush, *, erase: bool = False) -> Box:
    """Draw a whole stroke through the points."""
    drawing, box = Stroke(mask, erase=erase), NOTHING
    for point in points:
        box = box.union(drawing.to(point, brush))
    return box


def stamp(point: Point, brush: Brush) -> tuple[int, int, U8]:
    """The (left, top) pixel and the (n, n) uint8 coverage of one dab.

    Small brushes are placed to a quarter of a pixel, large ones, where nobody can see it, to whole pixels.
    """
    phases = 4 if brush.size < 32 else 2 if brush.size < 128 else 1
    grid = [round(v * phases) for v in point]
    size = brush.size if brush.size < 64 else round(brush.size)
    coverage = _stamp(size, round(brush.hardness, 3), (grid[0] % phases) / phases, (grid[1] % phases) / phases)
    half = coverage.shape[0] // 2
    return grid[0] // phases - half, grid[1] // phases - half, coverage


def spacing(size: float) -> float:
    """Distance between dabs at which the scallops of a hard edge stay under a fifth of a pixel."""
    return max(0.5, math.sqrt(0.8 * size))


def _between(start: float, end: float, t: float) -> float:
    """A diameter on the way between two, in steps of at most 3 % where they differ, so that stamps come again."""
    if start == end:
        return end
    size = start + (end - start) * t
    grain = 2.0 ** (math.floor(math.log2(size)) - 5)
    return round(size / grain) * grain


@lru_cache(maxsize=48)
def _stamp(size: float, hardness: float, dx: float, dy: float) -> U8:
    """Coverage of a disc whose centre lies (dx, dy) from the corner of the middle pixel."""
    radius = size / 2
    half = math.ceil(radius + 1)
    centres = np.arange(-half, half + 1, dtype=np.float32) + np.float32(0.5)
    distance = np.sqrt((centres - dx)[None, :] ** 2 + (centres - dy)[:, None] ** 2)
    soft = (1 - hardness) * radius
    t = np.clip((radius + 0.5 - distance) / max(1.0, soft), 0, 1)
    if soft > 1:
        t = t * t * (3 - 2 * t)
    coverage: U8 = np.rint(t * 255).astype(np.uint8)
    coverage.flags.writeable = False
    return coverage


def combine(old: U8, coverage: U8, *, out: U8, erase: bool) -> None:
    """Write `old` with the coverage added or erased to `out`; all of one shape."""
    if erase:
        cv2.subtract(old, coverage, dst=out)
    else:
        np.maximum(old, coverage, out=out)


def polygon_box(mask: U8, points: Sequence[Point]) -> Box:
    """What a polygon can touch, with its soft edge."""
    if len(points) < 3:
        return NOTHING
    xs, ys = [p[0] for p in points], [p[1] for p in points]
    box = Box(math.floor(min(xs)), math.floor(min(ys)), math.ceil(max(xs)), math.ceil(max(ys)))
    return box.grown(2).clipped(_size(mask))


def polygon(mask: U8, points: Sequence[Point], *, erase: bool = False) -> Box:
    """Fill a closed polygon (even-odd rule, antialiased); a freehand lasso is one with many corners."""
    box = polygon_box(mask, points)
    if box.empty:
        return NOTHING
    coverage = np.zeros((box.height, box.width), np.uint8)
    canvas = QImage(coverage.data, box.width, box.height, box.width, QImage.Format.Format_Grayscale8)
    painter = QPainter(canvas)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(Qt.GlobalColor.white)
    painter.drawPolygon([QPointF(x - box.left, y - box.top) for x, y in points], Qt.FillRule.OddEvenFill)
    painter.end()  # OpenCV's fill would be half a pixel too wide all around
    view = mask[box.slices]
    combine(view, coverage, out=view, erase=erase)
    return box


def rectangle_box(mask: U8, a: Point, b: Point) -> Box:
    """The whole pixels of the rectangle between two corners."""
    (left, right), (top, bottom) = sorted((a[0], b[0])), sorted((a[1], b[1]))
    return Box(round(left), round(top), round(right), round(bottom)).clipped(_size(mask))


def rectangle(mask: U8, a: Point, b: Point, *, erase: bool = False) -> Box:
    """Fill the rectangle between two corners."""
    box = rectangle_box(mask, a, b)
    if box.empty:
        return NOTHING
    mask[box.slices] = 0 if erase else 255
    return box


def ellipse_points(a: Point, b: Point) -> list[Point]:
    """Corners of the ellipse that fills the rectangle between two corners, dense enough to look round."""
    cx, cy = (a[0] + b[0]) / 2, (a[1] + b[1]) / 2
    rx, ry = abs(b[0] - a[0]) / 2, abs(b[1] - a[1]) / 2
    count = int(min(max(16, 4 * math.sqrt(max(rx, ry)) * 2), 720))
    turns = [2 * math.pi * i / count for i in range(count)]
    return [(cx + rx * math.cos(t), cy + ry * math.sin(t)) for t in turns]


def ellipse(mask: U8, a: Point, b: Point, *, erase: bool = False) -> Box:
    """Fill the ellipse that fits the rectangle between two corners."""
    if min(abs(b[0] - a[0]), abs(b[1] - a[1])) < 1:
        return NOTHING
    return polygon(mask, ellipse_points(a, b), erase=erase)


def alike(rgb_in: Callable[[Box], U8], size: Size, point: Point, *, tolerance: int) -> tuple[Box, U8]:
    """The connected area whose colour is within `tolerance` (0..255, each channel) of the point's.

    `rgb_in` gives a box of the photo as (h, w, 3) uint8.  Only as much as the area needs is asked for: a square
    about the point, four times as wide as long as the area runs out of it.  Returns the area's box and its
    (h, w) uint8 coverage, 0 or 255.
    """
    x, y = math.floor(point[0]), math.floor(point[1])
    whole, reach = Box(0, 0, size.width, size.height), WAND_REACH
    if not (0 <= x < size.width and 0 <= y < size.height):
        return NOTHING, np.zeros((0, 0), np.uint8)
    while True:
        seen = Box(x, y, x + 1, y + 1).grown(reach).clipped(size)
        box, coverage = _flooded(rgb_in(seen), (x - seen.left, y - seen.top), tolerance)
        box = Box(box.left + seen.left, box.top + seen.top, box.right + seen.left, box.bottom + seen.top)
        if box.grown(1).intersection(whole) == box.grown(1).intersection(seen):
            return box, coverage
        reach *= 4


def _flooded(rgb: U8, seed: tuple[int, int], tolerance: int) -> tuple[Box, U8]:
    found = np.zeros((rgb.shape[0] + 2, rgb.shape[1] + 2), np.uint8)
    flags = 4 | cv2.FLOODFILL_MASK_ONLY | cv2.FLOODFILL_FIXED_RANGE | (255 << 8)
    near = (float(tolerance),) * 3
    # OpenCV refuses what may not be written to, although it writes to its mask only.
    _, _, _, rect = cv2.floodFill(np.require(rgb, requirements=["C", "W"]), found, seed, 0, near, near, flags)
    box = Box(rect[0], rect[1], rect[0] + rect[2], rect[1] + rect[3])
    return box, found[1:-1, 1:-1][box.slices]


def lay(mask: U8, box: Box, coverage: U8, *, erase: bool = False) -> Box:
    """Add (h, w) uint8 coverage inside a box on the mask, or take it away."""
    view = mask[box.slices]
    combine(view, coverage, out=view, erase=erase)
    return box


def invert(mask: U8) -> Box:
    """Exchange what is masked and what is not."""
    np.subtract(255, mask, out=mask)
    return Box(0, 0, mask.shape[1], mask.shape[0])


def clear(mask: U8) -> Box:
    """Mask nothing."""
    box = masked_box(mask)
    mask[box.slices] = 0
    return box


def replace(mask: U8, new: NDArray[np.uint8]) -> Box:
    """Take over another mask of the same size (an imported or detected one)."""
    if new.shape != mask.shape:
        raise ValueError("the masks differ in size")
    box = masked_box(mask).union(masked_box(new))
    mask[box.slices] = new[box.slices]
    return box


def _size(mask: U8) -> Size:
    return Size(mask.shape[1], mask.shape[0])
