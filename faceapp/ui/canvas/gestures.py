"""What mouse, pen, wheel, pinch and keys mean to the canvas: pan, zoom, split, compare, or a tool's work."""

from __future__ import annotations

import math
from typing import Protocol

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import (
    QInputEvent,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPointingDevice,
    QTabletEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QGestureEvent, QPinchGesture

from faceapp.editing.viewport import ring_step
from faceapp.ui.canvas.toolbox import TOOLS
from faceapp.ui.canvas.tools import Host, Pointer, Tool

SPLIT_REACH = 7.0
"""How near, in view pixels, the split line is grabbed."""

ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
"""Which way the view goes."""


class Surface(Host, Protocol):
    """What gestures need of the canvas: what a tool needs, and what they move themselves."""

    split: float | None
    brush_size: float
    brush_hardness: float

    @property
    def tool(self) -> Tool: ...
    def set_tool(self, name: str) -> None: ...
    def set_compare(self, on: bool) -> None: ...
    def tell_pointer(self, x: float, y: float) -> None: ...
    def show_split_cursor(self) -> None: ...
    def update_cursor(self) -> None: ...
    def update_ring(self) -> None: ...
    def zoom_to(self, scale: float, at: QPointF) -> None: ...
    def zoom_step(self, steps: int, at: QPointF | None) -> None: ...
    def fit(self) -> None: ...
    def actual(self) -> None: ...
    def width(self) -> int: ...
    def from_screen(self, point: QPointF) -> QPointF: ...


class Gestures:
    """The canvas's input state: who owns the drag, where the pointer is."""

    def __init__(self, canvas: Surface) -> None:
        self._canvas = canvas
        self.pointer: QPointF | None = None
        """The pointer in view pixels while it is over the canvas."""
        self._space = False
        self._owner: str | None = None
        self._grip = QPointF()
        self._pinched_from = 1.0

    @property
    def hand(self) -> bool:
        """Whether a press would pan (Space is held) or a pan is under way."""
        return self._space or self.panning

    @property
    def panning(self) -> bool:
        return self._owner == "pan"

    def hover_point(self) -> Pointer | None:
        """The pointer as a tool sees it."""
        return None if self.pointer is None else self._pointer(self.pointer)

    # -- mouse -----------------------------------------------------------------------------------------

    def mouse_press(self, event: QMouseEvent) -> None:
        canvas, at = self._canvas, event.position()
        if self._owner is not None or canvas.document is None:
            return
        left = event.button() == Qt.MouseButton.LeftButton
        if event.button() == Qt.MouseButton.MiddleButton or (left and self._space):
            self._owner, self._grip = "pan", at
        elif left and self._on_split(at):
            self._owner = "split"
        elif left:
            self._owner = "tool"
            canvas.tool.press(self._pointer(at, event))
        canvas.update_cursor()

    def mouse_move(self, event: QMouseEvent) -> None:
        self._moved(event.position(), event, 1.0, erases=False)

    def mouse_release(self, event: QMouseEvent) -> None:
        middle = event.button() == Qt.MouseButton.MiddleButton
        if self._owner == "pan" or (event.button() == Qt.MouseButton.LeftButton and not middle):
            self._released(event.position(), event, 1.0, erases=False)

    def mouse_double(self, event: QMouseEvent) -> None:
        if self._canvas.tool.busy and event.button() == Qt.MouseButton.LeftButton:
            self._canvas.tool.confirm()
        else:
            self.mouse_press(event)

    # -- pen -------------------------------------------------------------------------------------------

    def tablet(self, event: QTabletEvent) -> None:
        """A pen: like the mouse, with pressure; accepting it keeps Qt from sending a mouse event as well."""
        canvas, at = self._canvas, event.position()
        erases = event.pointerType() == QPointingDevice.PointerType.Eraser
        if event.type() == QEvent.Type.TabletPress and self._owner is None and canvas.document is not None:
            if self._space or event.button() == Qt.MouseButton.MiddleButton:
                self._owner, self._grip = "pan", at
            elif self._on_split(at):
                self._owner = "split"
            else:
                self._owner = "tool"
                canvas.tool.press(self._pointer(at, event, event.pressure(), erases=erases))
        elif event.type() == QEvent.Type.TabletMove:
            self._moved(at, event, event.pressure(), erases=erases)
        elif event.type() == QEvent.Type.TabletRelease:
            self._released(at, event, event.pressure(), erases=erases)
        event.accept()

    # -- both ------------------------------------------------------------------------------------------

    def _moved(self, at: QPointF, event: QInputEvent, pressure: float, *, erases: bool) -> None:
        canvas = self._canvas
        self.pointer = at
        if self._owner == "pan":
            shift = at - self._grip
            self._grip = at
            canvas.pan(shift.x(), shift.y())
        elif self._owner == "split":
            canvas.split = at.x() / max(1, canvas.width())
        else:
            pointer = self._pointer(at, event, pressure, erases=erases)
            if self._owner == "tool":
                canvas.tool.drag(pointer)
            else:
                canvas.tool.hover(pointer)
                canvas.update_cursor()
                if self._on_split(at):
                    canvas.show_split_cursor()
        canvas.update_ring()
        x, y = canvas.view.to_photo(at.x(), at.y())
        canvas.tell_pointer(x, y)

    def _released(self, at: QPointF, event: QInputEvent, pressure: float, *, erases: bool) -> None:
        owner, self._owner = self._owner, None
        if owner == "tool":
            self._canvas.tool.release(self._pointer(at, event, pressure, erases=erases))
        self._canvas.update_cursor()

    def _pointer(
        self, at: QPointF, event: QInputEvent | None = None, pressure: float = 1.0, *, erases: bool = False
    ) -> Pointer:
        x, y = self._canvas.view.to_photo(at.x(), at.y())
        held = event.modifiers() if event is not None else Qt.KeyboardModifier.NoModifier
        return Pointer(
            x,
            y,
            pressure=pressure,
            shift=bool(held & Qt.KeyboardModifier.ShiftModifier),
            ctrl=bool(held & Qt.KeyboardModifier.ControlModifier),
            alt=bool(held & Qt.KeyboardModifier.AltModifier),
            eraser=erases,
        )

    def _on_split(self, at: QPointF) -> bool:
        split = self._canvas.split
        return split is not None and abs(at.x() - split * self._canvas.width()) <= SPLIT_REACH

    def leave(self) -> None:
        """The pointer left the canvas."""
        if self._owner is None:
            self.pointer = None
            self._canvas.update_ring()

    def focus_lost(self) -> None:
        """Keys released elsewhere are never heard of."""
        self._space = False
        self._canvas.set_compare(False)
        self._canvas.update_cursor()

    # -- wheel, pinch, keys ----------------------------------------------------------------------------

    def wheel(self, event: QWheelEvent) -> None:
        """Zoom at the pointer; with Ctrl the brush's size, with Shift its hardness."""
        canvas = self._canvas
        delta = event.angleDelta().y() or event.angleDelta().x()  # Alt and Shift turn the wheel sideways
        if not delta or canvas.document is None:
            event.ignore()
            return
        turns, held = delta / 120, event.modifiers()
        if held & Qt.KeyboardModifier.ControlModifier:
            canvas.brush_size *= 1.1**turns
        elif held & Qt.KeyboardModifier.ShiftModifier:
            canvas.brush_hardness += 0.05 * turns
        else:
            canvas.zoom_to(canvas.view.scale * 1.2**turns, event.position())
            canvas.update_ring()
        event.accept()

    def pinch(self, event: QEvent) -> bool:
        """Zoom by a touchpad's or a touch screen's pinch; False if it is another gesture."""
        if isinstance(event, QNativeGestureEvent):
            if event.gestureType() != Qt.NativeGestureType.ZoomNativeGesture:
                return False
            self._canvas.zoom_to(self._canvas.view.scale * math.exp(event.value()), event.position())
            return True
        if isinstance(event, QGestureEvent):
            pinch = event.gesture(Qt.GestureType.PinchGesture)
            if isinstance(pinch, QPinchGesture):
                self._two_fingers(pinch)
                return True
        return False

    def _two_fingers(self, pinch: QPinchGesture) -> None:
        """Zoom from where the fingers began: the last event of a pinch repeats the factor of the one before."""
        canvas, state = self._canvas, pinch.state()
        if state == Qt.GestureState.GestureStarted:
            if self._owner == "tool":
                canvas.tool.cancel()  # the first finger was taken for the mouse
            self._owner, self._pinched_from = "pinch", canvas.view.scale
        canvas.zoom_to(self._pinched_from * pinch.totalScaleFactor(), canvas.from_screen(pinch.centerPoint()))
        if state in (Qt.GestureState.GestureFinished, Qt.GestureState.GestureCanceled):
            self._owner = None

    def key_press(self, event: QKeyEvent) -> bool:
        """Obey a key; False if it means nothing here."""
        canvas, key, held = self._canvas, Qt.Key(event.key()), event.modifiers()
        shift = held & Qt.KeyboardModifier.ShiftModifier
        if held & ~(Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier):
            return False
        if key == Qt.Key.Key_Tab:
            canvas.set_compare(True)
        elif key == Qt.Key.Key_Space:
            self.hold_hand(True)
        elif key in (Qt.Key.Key_BracketLeft, Qt.Key.Key_BracketRight):
            canvas.brush_size = ring_step(canvas.brush_size, 1 if key == Qt.Key.Key_BracketRight else -1)
        elif key in (Qt.Key.Key_BraceLeft, Qt.Key.Key_BraceRight):
            canvas.brush_hardness += 0.1 if key == Qt.Key.Key_BraceRight else -0.1
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            canvas.zoom_step(1, self.pointer)
        elif key == Qt.Key.Key_Minus:
            canvas.zoom_step(-1, self.pointer)
        elif key == Qt.Key.Key_0:
            canvas.fit()
        elif key == Qt.Key.Key_1:
            canvas.actual()
        elif key in ARROWS:
            self._arrow(*ARROWS[key], far=bool(shift))
        elif not shift and (tool := _tool_of(key)):
            canvas.set_tool(tool)
        else:
            return self._tool_key(key)
        return True

    def _arrow(self, dx: int, dy: int, *, far: bool) -> None:
        """Move the view, or the split line if there is one; `far`: by large steps."""
        canvas = self._canvas
        if canvas.split is not None and dx:
            canvas.split += dx * (0.1 if far else 0.01)
        else:
            step = 200 if far else 40
            canvas.pan(-dx * step, -dy * step)

    def _tool_key(self, key: Qt.Key) -> bool:
        tool = self._canvas.tool
        if not tool.busy:
            return False
        if key == Qt.Key.Key_Escape:
            tool.cancel()
            self._owner = None
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            tool.confirm()
        elif key == Qt.Key.Key_Backspace:
            tool.step_back()
        else:
            return False
        return True

    def key_release(self, event: QKeyEvent) -> bool:
        """Let go of Space or Tab; False if the key means nothing here."""
        if event.isAutoRepeat() or event.key() not in (Qt.Key.Key_Space, Qt.Key.Key_Tab):
            return False
        if event.key() == Qt.Key.Key_Tab:
            self._canvas.set_compare(False)
            return True
        self.hold_hand(False)
        return True

    def hold_hand(self, on: bool) -> None:
        """Space goes down, or up: while it is held, dragging moves the photo."""
        self._space = on
        self._canvas.update_cursor()
        self._canvas.update_ring()


def _tool_of(key: Qt.Key) -> str | None:
    """The tool whose key it is; the canvas obeys it when no shortcut of the window takes it first."""
    return next((name for name, row in TOOLS.items() if ord(row.key) == key), None)
