"""The canvas's tools: each turns presses and drags into calls of `mask_tools`, `frame_tools` and `edge_tools`.

A tool knows the document through its host (the canvas) and nothing of Qt's events.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from PySide6.QtCore import QCoreApplication, QPointF
from PySide6.QtGui import QPainter

from engine.geometry import U8, Box
from faceapp.editing import mask_tools
from faceapp.editing.document import Document
from faceapp.editing.mask_stroke import MaskStroke
from faceapp.editing.mask_tools import Brush, Point
from faceapp.editing.reshaping import Reshape
from faceapp.editing.viewport import View
from faceapp.ui.canvas import overlays

Cursor = Literal["ring", "cross", "hand", "arrow"]


@dataclass(frozen=True, slots=True)
class Pointer:
    """Where the mouse or pen is: photo point, pressure 0..1 (a mouse: 1), keys held."""

    x: float
    y: float
    pressure: float = 1.0
    shift: bool = False
    ctrl: bool = False
    alt: bool = False
    eraser: bool = False
    """The pen's other end."""

    @property
    def point(self) -> Point:
        return self.x, self.y

    @property
    def erases(self) -> bool:
        return self.ctrl or self.eraser


class Host(Protocol):
    """What a tool needs of the canvas."""

    @property
    def document(self) -> Document | None: ...
    @property
    def view(self) -> View: ...
    @property
    def brush(self) -> Brush: ...
    @property
    def wand_tolerance(self) -> int: ...
    def ready_to_paint(self) -> Document | None: ...
    def draft_edges(self, index: int, edges: U8 | None) -> None: ...
    def pan(self, dx: float, dy: float) -> None: ...
    def reshape(self, change: Reshape) -> None: ...
    def tell(self, text: str) -> None: ...
    def update(self) -> None: ...


def tr(text: str) -> str:
    """Translate a tool's word."""
    return QCoreApplication.translate("", text)  # where lupdate puts what stands in no class


class Tool:
    """A tool that does nothing; the others say what a gesture means to them."""

    cursor: Cursor = "cross"

    def __init__(self, host: Host) -> None:
        self.host = host

    @property
    def busy(self) -> bool:
        """Whether a gesture is under way (Esc cancels it)."""
        return False

    def press(self, at: Pointer) -> None:
        """The button went down."""

    def drag(self, at: Pointer) -> None:
        """The pointer moved with the button down."""

    def hover(self, at: Pointer) -> None:
        """The pointer moved with no button down."""

    def release(self, at: Pointer) -> None:
        """The button went up."""

    def confirm(self) -> None:
        """Return was pressed or the button double-clicked."""

    def step_back(self) -> None:
        """Backspace was pressed."""

    def cancel(self) -> None:
        """Leave the document as it was before the gesture."""

    def paint(self, painter: QPainter, view: View) -> None:
        """Paint what is in the making."""

    def shape(self, at: Pointer) -> Cursor:
        """The cursor to show there."""
        return self.cursor


class StrokeTool(Tool):
    """A brush of any kind: Shift-click draws on from where the last stroke on the document ended."""

    cursor: Cursor = "ring"

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self._last: tuple[Document, Point] | None = None

    def press(self, at: Pointer) -> None:
        document = self.host.ready_to_paint()
        if document is None:
            return
        self._begin(document, at)
        if at.shift and self._last is not None and self._last[0] is document:
            self._to(self._last[1], at.pressure)
        self._to(at.point, at.pressure)

    def drag(self, at: Pointer) -> None:
        self._to(at.point, at.pressure)

    def _begin(self, document: Document, at: Pointer) -> None:
        """Begin a stroke."""
        raise NotImplementedError

    def _to(self, point: Point, pressure: float) -> None:
        """Go on to a point, if a stroke is in the making."""
        raise NotImplementedError


class BrushTool(StrokeTool):
    """Brush and eraser; Ctrl or the pen's other end turns the brush into an eraser."""

    def __init__(self, host: Host, *, erase: bool = False) -> None:
        super().__init__(host)
        self._erase = erase
        self._change: MaskStroke | None = None
        self._stroke: mask_tools.Stroke | None = None

    @property
    def busy(self) -> bool:
        return self._change is not None

    def _begin(self, document: Document, at: Pointer) -> None:
        erase = self._erase or at.erases
        self._change = document.begin_mask_stroke(tr("Eraser stroke") if erase else tr("Brush stroke"))
        self._stroke = mask_tools.Stroke(document.mask, self._change.backup, erase=erase)

    def release(self, at: Pointer) -> None:
        if self._change is not None and self.host.document is not None:
            self._change.commit()
            self._last = self.host.document, at.point
        self._change = self._stroke = None

    def cancel(self) -> None:
        if self._change is not None:
            self._change.cancel()
        self._change = self._stroke = None

    def _to(self, point: Point, pressure: float) -> None:
        if self._change is None or self._stroke is None or not self._change.open:
            return  # an undo in mid-stroke has closed it
        self._change.report(self._stroke.to(point, self.host.brush.pressed(pressure)))


class _OutlineTool(Tool):
    """A tool that shows an outline first and changes the mask at the end."""

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self._points: list[Point] = []
        self._erase = False

    @property
    def busy(self) -> bool:
        return bool(self._points)

    def cancel(self) -> None:
        self._points = []
        self.host.update()

    def _finish(self, name: str, function: Callable[[U8], Box], within: Box) -> None:
        self._points = []
        self.host.update()
        if not within.empty and (document := self.host.ready_to_paint()) is not None:
            document.edit_mask(name, function, within=within)


class LassoTool(_OutlineTool):
    """Drag for a freehand lasso; click from corner to corner for a polygon.

    Return, a double click or a click on the first corner closes the polygon; Backspace takes a corner back.
    """

    CLOSE = 8.0
    """How near, in view pixels, a click must be to the first corner to close the polygon."""

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self._freehand = False
        self._hover: Point | None = None

    def press(self, at: Pointer) -> None:
        if self._points and math.dist(at.point, self._points[0]) * self.host.view.scale <= self.CLOSE:
            self.confirm()
            return
        if not self._points:
            self._erase, self._freehand = at.erases, False
        self._points.append(at.point)
        self.host.update()

    def drag(self, at: Pointer) -> None:
        if not self._points:
            return
        if len(self._points) == 1 or self._freehand:
            self._freehand = True
            if math.dist(at.point, self._points[-1]) * self.host.view.scale >= 1:
                self._points.append(at.point)
        else:
            self._hover = at.point
        self.host.update()

    def hover(self, at: Pointer) -> None:
        if self._points:
            self._hover = at.point
            self.host.update()

    def release(self, at: Pointer) -> None:
        drawn = self._freehand and len(self._points) > 2
        span = max((math.dist(p, self._points[0]) for p in self._points), default=0.0)
        if drawn and span * self.host.view.scale > self.CLOSE / 2:
            self.confirm()
        elif self._freehand:  # a click with a trembling hand is a corner
            del self._points[1:]
            self._freehand = False

    def confirm(self) -> None:
        points, document, erase = self._points, self.host.document, self._erase
        self._hover = None
        if document is None or len(points) < 3:
            self.cancel()
            return
        name = tr("Erase with lasso") if erase else tr("Lasso")
        within = mask_tools.polygon_box(document.mask, points)
        self._finish(name, lambda mask: mask_tools.polygon(mask, points, erase=erase), within)

    def step_back(self) -> None:
        if self._points:
            self._points.pop()
            self.host.update()

    def paint(self, painter: QPainter, view: View) -> None:
        tail = [self._hover] if self._hover and self._points and not self._freehand else []
        points = [QPointF(*view.to_view(*p)) for p in (*self._points, *tail)]
        overlays.paint_outline(painter, points, closed=False, dots=not self._freehand)


class BoxTool(_OutlineTool):
    """Rectangle and ellipse; Shift makes them square, Ctrl erases."""

    def __init__(self, host: Host, *, round_shape: bool) -> None:
        super().__init__(host)
        self._round = round_shape

    def press(self, at: Pointer) -> None:
        self._points, self._erase = [at.point, at.point], at.erases

    def drag(self, at: Pointer) -> None:
        if not self._points:
            return
        (x, y), end = self._points[0], at.point
        if at.shift:
            side = max(abs(at.x - x), abs(at.y - y))
            end = x + math.copysign(side, at.x - x), y + math.copysign(side, at.y - y)
        self._points[1] = end
        self.host.update()

    def release(self, at: Pointer) -> None:
        document, erase = self.host.document, self._erase
        if not self._points or document is None:
            return
        a, b = self._points
        if self._round:
            name = tr("Erase ellipse") if erase else tr("Ellipse")
            corners = mask_tools.ellipse_points(a, b)
            within = mask_tools.polygon_box(document.mask, corners)
            self._finish(name, lambda mask: mask_tools.ellipse(mask, a, b, erase=erase), within)
        else:
            name = tr("Erase rectangle") if erase else tr("Rectangle")
            within = mask_tools.rectangle_box(document.mask, a, b)
            self._finish(name, lambda mask: mask_tools.rectangle(mask, a, b, erase=erase), within)

    def paint(self, painter: QPainter, view: View) -> None:
        if not self._points:
            return
        a, b = self._points
        corners = mask_tools.ellipse_points(a, b) if self._round else [a, (b[0], a[1]), b, (a[0], b[1])]
        points = [QPointF(*view.to_view(*p)) for p in corners]
        overlays.paint_outline(painter, points, closed=True)


class WandTool(Tool):
    """Click a colour: what is connected and alike is masked; Ctrl erases."""

    def press(self, at: Pointer) -> None:
        document = self.host.document
        if document is None:
            return
        box, area = mask_tools.alike(document.rgb_in, document.size, at.point, tolerance=self.host.wand_tolerance)
        if box.empty or self.host.ready_to_paint() is None:
            return
        name = tr("Erase with wand") if at.erases else tr("Wand")
        document.edit_mask(name, lambda mask: mask_tools.lay(mask, box, area, erase=at.erases), within=box)


class HandTool(Tool):
    """Drag the photo about."""

    cursor: Cursor = "hand"

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self._grip: Point | None = None

    def press(self, at: Pointer) -> None:
        self._grip = at.point

    def drag(self, at: Pointer) -> None:
        if self._grip is not None:
            scale = self.host.view.scale
            self.host.pan((at.x - self._grip[0]) * scale, (at.y - self._grip[1]) * scale)

    def release(self, at: Pointer) -> None:
        self._grip = None
