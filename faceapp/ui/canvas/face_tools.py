"""The tools that work on a face's frame: the frame itself, the edge pencil and the edge eraser."""

from __future__ import annotations

from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainter

from engine.geometry import CHIP, U8, Frame
from faceapp.editing import edge_tools, frame_tools
from faceapp.editing.frame_tools import Handle
from faceapp.editing.mask_tools import Point
from faceapp.editing.viewport import View
from faceapp.ui.canvas import overlays
from faceapp.ui.canvas.tools import Cursor, Host, Pointer, Tool, tr


class FrameTool(Tool):
    """Move, scale and rotate the active frame; drag on empty ground for a new one."""

    TOUCH = 9.0
    """How near, in view pixels, a handle is grabbed."""

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self._start: tuple[Handle | None, Point, Frame | None] | None = None
        self._draft: Frame | None = None

    @property
    def busy(self) -> bool:
        return self._start is not None

    def press(self, at: Pointer) -> None:
        document = self.host.document
        if document is None:
            return
        handle = self._handle(at)
        if handle is None:
            under = [i for i, f in enumerate(document.frames) if frame_tools.contains(f, at.point)]
            if under:
                document.select_frame(min(under, key=lambda i: document.frames[i].side))
                handle = "move"
        active = document.frames[document.selected] if handle is not None else None
        self._start = handle, at.point, active

    def drag(self, at: Pointer) -> None:
        if self._start is None:
            return
        handle, start, frame = self._start
        if handle is not None and frame is not None:
            self._draft = frame_tools.dragged(frame, handle, start, at.point)
        elif max(abs(at.x - start[0]), abs(at.y - start[1])) >= frame_tools.MIN_SIDE:
            self._draft = frame_tools.drawn(start, at.point)
        self.host.update()

    def release(self, at: Pointer) -> None:
        document, draft = self.host.document, self._draft
        handle = self._start[0] if self._start else None
        self._start = self._draft = None
        if document is None or draft is None or draft.box().clipped(document.size).empty:
            self.host.update()  # beside the photo there is no face
            return
        frames = list(document.frames)
        if handle is None:
            document.set_frames([*frames, draft], tr("New frame"), selected=len(frames))
        else:
            frames[document.selected] = draft
            names = {"move": tr("Move frame"), "scale": tr("Scale frame"), "rotate": tr("Rotate frame")}
            drawn = document.own_edges[document.selected]
            document.set_frames(frames, names[handle])
            if drawn is not None:
                self.host.tell(tr("The edges that were drawn lay on the frame as it was; Undo brings them back."))

    def cancel(self) -> None:
        self._start = self._draft = None
        self.host.update()

    def paint(self, painter: QPainter, view: View) -> None:
        if self._draft is not None:
            overlays.paint_frame(painter, self._draft, view, selected=True, handles=True)

    def shape(self, at: Pointer) -> Cursor:
        return "arrow" if self._handle(at) else "cross"

    def _handle(self, at: Pointer) -> Handle | None:
        document, scale = self.host.document, self.host.view.scale
        if document is None or not document.frames:
            return None
        frame = document.frames[document.selected]
        reach = overlays.ROTATE_REACH / scale
        return frame_tools.handle_at(frame, at.point, tolerance=self.TOUCH / scale, reach=reach)


class EdgeTool(Tool):
    """Draw or wipe edges on the frame under the pointer; Ctrl makes the pencil wipe."""

    def __init__(self, host: Host, *, erase: bool) -> None:
        super().__init__(host)
        self._erase = erase
        self._wipes = erase
        self._frame: tuple[int, Frame] | None = None
        self._edges: U8 | None = None
        self._last: Point = (0.0, 0.0)

    @property
    def busy(self) -> bool:
        return self._frame is not None

    def press(self, at: Pointer) -> None:
        document, index = self.host.document, self._under(at)
        if document is None:
            return
        if index is None:
            self.host.tell(tr("Edges lie inside a face's frame, and there is none here: find faces, or draw a frame."))
            return
        document.select_frame(index)
        self._frame, self._edges = (index, document.frames[index]), document.edges[index]
        self._wipes, self._last = self._erase or at.erases, at.point
        self.drag(at)

    def drag(self, at: Pointer) -> None:
        if self._frame is None:
            return
        index, frame = self._frame
        tool = edge_tools.eraser if self._wipes else edge_tools.pencil
        self._edges = tool(self._edges, frame, [self._last, at.point])
        self._last = at.point
        self.host.draft_edges(index, self._edges)

    def release(self, at: Pointer) -> None:
        frame, edges, document = self._frame, self._edges, self.host.document
        self.cancel()
        if frame is not None and document is not None:
            document.set_edges(frame[0], edges, tr("Erase edges") if self._wipes else tr("Draw edges"))

    def cancel(self) -> None:
        if self._frame is not None:
            self.host.draft_edges(self._frame[0], None)
        self._frame = self._edges = None

    def paint(self, painter: QPainter, view: View) -> None:
        if self._frame is not None and self._wipes:
            radius = edge_tools.ERASER_WIDTH / 2 * self._frame[1].side / CHIP * view.scale
            centre = QPointF(*view.to_view(*self._last))
            overlays.paint_ring(painter, centre.x(), centre.y(), radius)

    def _under(self, at: Pointer) -> int | None:
        """The active frame if the pointer is in it, else the smallest that it is in."""
        document = self.host.document
        if document is None:
            return None
        under = [i for i, frame in enumerate(document.frames) if frame_tools.contains(frame, at.point)]
        if document.selected in under:
            return document.selected
        return min(under, key=lambda i: document.frames[i].side, default=None)
