"""The tools that give the photo another shape: crop, and straighten by a line that should be level or upright."""

from __future__ import annotations

import math
from typing import Literal

from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainter

import engine
from engine.geometry import Box, Size
from faceapp.editing.mask_tools import Point
from faceapp.editing.reshaping import Crop, Straighten
from faceapp.editing.viewport import View
from faceapp.ui.canvas import overlays
from faceapp.ui.canvas.tools import Host, Pointer, Tool

Side = Literal["left", "top", "right", "bottom"]
SMALLEST = 4
"""Pixels a side that a crop leaves at least."""
LEAST_LINE = 20.0
"""View pixels that a line to straighten by is long at least: a shorter one says little."""


class CropTool(Tool):
    """Drag a rectangle, then its sides and corners, or all of it; Return or a double click cuts, Esc gives it up."""

    REACH = 8.0
    """How near, in view pixels, a side is grabbed."""

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self.box: Box | None = None
        """What would be left, in photo pixels."""
        self._grip: tuple[Point, Box, frozenset[Side] | None] | None = None
        """Where a drag began, the box then, and the sides that it moves; None: a new box."""

    @property
    def busy(self) -> bool:
        return self.box is not None or self._grip is not None

    def press(self, at: Pointer) -> None:
        if self.host.document is None:
            return
        box, sides = self.box or Box(0, 0, 0, 0), self._sides(at)
        self._grip = at.point, box, sides

    def drag(self, at: Pointer) -> None:
        document = self.host.document
        if self._grip is None or document is None:
            return
        start, box, sides = self._grip
        if sides is None:
            edges = (start[0], start[1], at.x, at.y)
            new = Box(*(round(v) for v in (min(edges[::2]), min(edges[1::2]), max(edges[::2]), max(edges[1::2]))))
        else:
            new = _dragged(box, sides, round(at.x - start[0]), round(at.y - start[1]), document.size)
        new = new.clipped(document.size)
        if min(new.width, new.height) >= SMALLEST:
            self.box = new
        self.host.update()

    def release(self, at: Pointer) -> None:
        self._grip = None
        if self.box is not None and self.host.document is not None:
            self.box = engine.snapped(self.host.document.original, self.box)
            self.host.update()

    def confirm(self) -> None:
        document, box = self.host.document, self.box
        self.cancel()
        if document is not None and box is not None and box != document.original.box:
            self.host.reshape(Crop(box))

    def cancel(self) -> None:
        self.box = self._grip = None
        self.host.update()

    def paint(self, painter: QPainter, view: View) -> None:
        if self.box is None:
            return
        box = self.box
        corners = ((box.left, box.top), (box.right, box.top), (box.right, box.bottom), (box.left, box.bottom))
        points = [QPointF(*view.to_view(*corner)) for corner in corners]
        overlays.paint_outside(painter, points[0], points[2])
        overlays.paint_outline(painter, points, closed=True, dots=True)

    def _sides(self, at: Pointer) -> frozenset[Side] | None:
        """The sides near the pointer; all of them inside the box; None where a new one begins."""
        if self.box is None:
            return None
        box, reach = self.box, self.REACH / self.host.view.scale
        if not (box.left - reach <= at.x <= box.right + reach and box.top - reach <= at.y <= box.bottom + reach):
            return None
        places: dict[Side, float] = {
            "left": abs(at.x - box.left), "top": abs(at.y - box.top),
            "right": abs(at.x - box.right), "bottom": abs(at.y - box.bottom),
        }  # fmt: skip
        near = frozenset(side for side, away in places.items() if away <= reach)
        return near or frozenset(places)


def _dragged(box: Box, sides: frozenset[Side], dx: int, dy: int, size: Size) -> Box:
    """The box after some of its sides went along; a whole box stays on the photo as large as it is."""
    if len(sides) == 4:
        dx = min(max(dx, -box.left), size.width - box.right)
        dy = min(max(dy, -box.top), size.height - box.bottom)
    left, right = box.left + dx * ("left" in sides), box.right + dx * ("right" in sides)
    top, bottom = box.top + dy * ("top" in sides), box.bottom + dy * ("bottom" in sides)
    return Box(min(left, right), min(top, bottom), max(left, right), max(top, bottom))


class StraightenTool(Tool):
    """Draw a line along what should be level or upright: the photo is turned until it is."""

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self._line: tuple[Point, Point] | None = None

    @property
    def busy(self) -> bool:
        return self._line is not None

    def press(self, at: Pointer) -> None:
        self._line = at.point, at.point

    def drag(self, at: Pointer) -> None:
        if self._line is not None:
            self._line = self._line[0], at.point
            self.host.update()

    def release(self, at: Pointer) -> None:
        line = self._line
        self.cancel()
        if line is None or self.host.document is None:
            return
        if math.dist(*line) * self.host.view.scale >= LEAST_LINE and (degrees := level(*line)):
            self.host.reshape(Straighten(degrees))

    def cancel(self) -> None:
        self._line = None
        self.host.update()

    def paint(self, painter: QPainter, view: View) -> None:
        if self._line is not None:
            overlays.paint_outline(painter, [QPointF(*view.to_view(*p)) for p in self._line], closed=False, dots=True)


def level(start: Point, end: Point) -> float:
    """Degrees clockwise, -45..45, that make a line level or upright, whichever is nearer."""
    slope = math.degrees(math.atan2(end[1] - start[1], end[0] - start[0]))
    return -((slope + 45) % 90 - 45)
