"""The canvas: a photo with tools.

The widget only paints and keeps its state; where things lie is `faceapp.editing.viewport`, how layers are painted is
`scene`, what an event means is `gestures`, what a gesture does is `tools`.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRect, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QTabletEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from engine.geometry import U8, Box
from faceapp.editing.document import Document
from faceapp.editing.mask_tools import Brush
from faceapp.editing.reshaping import Reshape
from faceapp.editing.viewport import MAX_BRUSH, MIN_BRUSH
from faceapp.settings import Settings
from faceapp.ui.canvas import overlays
from faceapp.ui.canvas.gestures import Gestures
from faceapp.ui.canvas.photo_view import PhotoView
from faceapp.ui.canvas.toolbox import TOOLS, WorksOn
from faceapp.ui.canvas.tools import Cursor, Tool

SHAPES: dict[Cursor, Qt.CursorShape] = {
    "ring": Qt.CursorShape.BlankCursor,
    "cross": Qt.CursorShape.CrossCursor,
    "hand": Qt.CursorShape.OpenHandCursor,
    "arrow": Qt.CursorShape.SizeAllCursor,
}


class Canvas(PhotoView):
    """A view on one document, with the tools that change it."""

    cursor_moved = Signal(float, float)
    """The pointer, in photo pixels."""
    tool_changed = Signal(str)
    painting = Signal(bool)
    """The mask is about to be painted; whether a result that was shown has been kept for it."""
    reshape_wanted = Signal(object)
    """A `Reshape` that a tool asks for."""
    told = Signal(str)
    """A sentence for the user."""
    size_changed = Signal(float)
    """Brush diameter in photo pixels."""
    hardness_changed = Signal(float)

    def __init__(self, document: Document | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.wand_tolerance = 24
        """Largest difference of a channel (0..255) that the wand takes for the same colour."""
        self._brush = Brush(Settings().brush_size, Settings().brush_hardness)
        self._ring: QRect | None = None
        self._outlined: Box | None = None
        self._tools = {name: row.make(self) for name, row in TOOLS.items()}
        self._tool_name = next(iter(TOOLS))
        self._gestures = Gestures(self)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.grabGesture(Qt.GestureType.PinchGesture)
        self.setAccessibleName(self.tr("Photo"))
        self.set_document(document)
        self.update_cursor()

    # -- tools -----------------------------------------------------------------------------------------

    @property
    def tool(self) -> Tool:
        return self._tools[self._tool_name]

    @property
    def tool_name(self) -> str:
        """One of `TOOLS`."""
        return self._tool_name

    @property
    def works_on(self) -> WorksOn:
        """What the tool in hand works on."""
        return TOOLS[self._tool_name].works_on

    def set_tool(self, name: str) -> None:
        """Take one of `TOOLS`; a gesture under way is cancelled."""
        if name not in self._tools:
            raise ValueError(f"no such tool: {name}")
        if name != self._tool_name:
            self.tool.cancel()
            self._tool_name = name
            self.tool_changed.emit(name)
            self.update_cursor()
            self.update()

    @property
    def brush(self) -> Brush:
        return self._brush

    @property
    def brush_size(self) -> float:
        """Diameter in photo pixels, `MIN_BRUSH`..`MAX_BRUSH`."""
        return self._brush.size

    @brush_size.setter
    def brush_size(self, size: float) -> None:
        size = min(max(float(size), MIN_BRUSH), MAX_BRUSH)
        if size != self._brush.size:
            self._brush = Brush(size, self._brush.hardness)
            self.size_changed.emit(size)
            self.update_ring()

    @property
    def brush_unit(self) -> float:
        """What `Settings.brush_size` counts in: a thousandth of the photo's longer side."""
        size = None if self._document is None else self._document.size
        return 1.0 if size is None else max(size.width, size.height) / 1000

    @property
    def brush_hardness(self) -> float:
        """0..1."""
        return self._brush.hardness

    @brush_hardness.setter
    def brush_hardness(self, hardness: float) -> None:
        hardness = round(min(max(float(hardness), 0.0), 1.0), 3)
        if hardness != self._brush.hardness:
            self._brush = Brush(self._brush.size, hardness)
            self.hardness_changed.emit(hardness)

    def ready_to_paint(self) -> Document | None:
        """The document, for a tool that is about to change the mask: first a result that is shown is kept."""
        document = self._document
        if document is not None:
            self.painting.emit(document.keep_shown(self.tr("Restore")))
        return document

    def reshape(self, change: Reshape) -> None:
        """Ask for another shape of the photo."""
        self.reshape_wanted.emit(change)

    def tell(self, text: str) -> None:
        """Say why a tool does nothing."""
        self.told.emit(text)

    def draft_edges(self, index: int, edges: U8 | None) -> None:
        """Show an edge map in place of the document's while it is being drawn."""
        if self._scene is not None and self._document is not None:
            self._scene.draft = None if edges is None else (index, edges)
            self.update_box(self._document.frames[index].box())

    @property
    def outlined(self) -> Box | None:
        """A part of the photo that is looked at, outlined while the mask is shown."""
        return self._outlined

    @outlined.setter
    def outlined(self, box: Box | None) -> None:
        if box != self._outlined:
            self._outlined = box
            self.update()

    def leave_document(self) -> None:
        self.tool.cancel()

    # -- painting --------------------------------------------------------------------------------------

    def paint_over(self, painter: QPainter) -> None:
        if self._scene is None:
            return
        self._scene.paint_frames(painter, self.view, handles=self.works_on == "frames")
        if self._outlined is not None and self._looks.show_mask:
            overlays.paint_box(painter, self._outlined, self.view)
        self.tool.paint(painter, self.view)
        at = self._gestures.pointer
        if at is not None and self._shows_ring():
            overlays.paint_ring(painter, at.x(), at.y(), self._brush.size / 2 * self.view.scale)

    def _shows_ring(self) -> bool:
        return self.tool.cursor == "ring" and not self._gestures.hand and self._document is not None

    def update_ring(self) -> None:
        """Repaint where the brush ring was and where it is."""
        if self._ring is not None:
            self.update(self._ring)
        at = self._gestures.pointer
        self._ring = None
        if at is not None and self._shows_ring():
            reach = max(self._brush.size / 2 * self.view.scale, 7) + 3
            self._ring = QRect(int(at.x() - reach), int(at.y() - reach), int(2 * reach) + 2, int(2 * reach) + 2)
            self.update(self._ring)

    def update_cursor(self) -> None:
        """Show the cursor that the tool or a pan under way wants."""
        if self._gestures.hand:
            held = self._gestures.panning
            self.setCursor(Qt.CursorShape.ClosedHandCursor if held else Qt.CursorShape.OpenHandCursor)
        else:
            at = self._gestures.hover_point()
            self.setCursor(SHAPES[self.tool.shape(at) if at else self.tool.cursor])

    def show_split_cursor(self) -> None:
        """Show that a press here would drag the split line."""
        self.setCursor(Qt.CursorShape.SplitHCursor)

    def tell_pointer(self, x: float, y: float) -> None:
        """Tell whoever listens where the pointer is, in photo pixels."""
        self.cursor_moved.emit(x, y)

    def from_screen(self, point: QPointF) -> QPointF:
        """A point of the screen in view pixels."""
        return self.mapFromGlobal(point)

    def hold_hand(self, on: bool) -> None:
        """While on, dragging moves the photo, whatever the tool."""
        self._gestures.hold_hand(on)

    # -- events: `gestures` says what they mean --------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.NativeGesture, QEvent.Type.Gesture) and self._gestures.pinch(event):
            return True
        return super().event(event)

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab compares; Shift+Tab leaves the canvas."""
        return False if forward else super().focusNextPrevChild(forward)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._gestures.mouse_press(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._gestures.mouse_move(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._gestures.mouse_release(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self._gestures.mouse_double(event)

    def tabletEvent(self, event: QTabletEvent) -> None:
        self._gestures.tablet(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        self._gestures.wheel(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self._gestures.key_press(event):
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if not self._gestures.key_release(event):
            super().keyReleaseEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self._gestures.leave()
        super().leaveEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._gestures.focus_lost()
        super().focusOutEvent(event)
