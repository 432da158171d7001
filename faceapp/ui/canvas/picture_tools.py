"""The tools that paint on the picture itself: heal, clone, and bring the original back."""

from __future__ import annotations

from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainter

from engine.geometry import Box
from faceapp.editing.document import Document
from faceapp.editing.mask_tools import Point
from faceapp.editing.picture_stroke import PictureStroke, shifted
from faceapp.editing.viewport import View
from faceapp.ui.canvas import overlays
from faceapp.ui.canvas.tools import Host, Pointer, StrokeTool, tr


class PictureTool(StrokeTool):
    """A brush on the picture; a result that is shown is kept first."""

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self._stroke: PictureStroke | None = None

    @property
    def busy(self) -> bool:
        return self._stroke is not None

    def _begin(self, document: Document, at: Pointer) -> None:
        self._stroke = PictureStroke(document, self.title())

    def release(self, at: Pointer) -> None:
        stroke, self._stroke = self._stroke, None
        if stroke is None or self.host.document is None:
            return
        self.finish(stroke)
        stroke.commit()
        self._last = self.host.document, at.point
        self.host.update()

    def cancel(self) -> None:
        if self._stroke is not None:
            self._stroke.cancel()
        self._stroke = None
        self.host.update()

    def _to(self, point: Point, pressure: float) -> None:
        if self._stroke is not None and self._stroke.open:
            self.touched(self._stroke, self._stroke.to(point, self.host.brush.pressed(pressure)))

    def title(self) -> str:
        """What the undo step is called."""
        raise NotImplementedError

    def touched(self, stroke: PictureStroke, box: Box) -> None:
        """The stroke covers more inside a box."""

    def finish(self, stroke: PictureStroke) -> None:
        """The button went up."""


class HealTool(PictureTool):
    """Paint over a blemish: when the button goes up it is filled from around it."""

    def title(self) -> str:
        return tr("Heal")

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self._path: list[Point] = []

    def press(self, at: Pointer) -> None:
        self._path = []
        super().press(at)

    def _to(self, point: Point, pressure: float) -> None:
        self._path.append(point)
        super()._to(point, pressure)

    def touched(self, stroke: PictureStroke, box: Box) -> None:
        self.host.update()

    def finish(self, stroke: PictureStroke) -> None:
        self._path = []
        stroke.heal()

    def cancel(self) -> None:
        self._path = []
        super().cancel()

    def paint(self, painter: QPainter, view: View) -> None:
        points = [QPointF(*view.to_view(*point)) for point in self._path]
        overlays.paint_path(painter, points, self.host.brush.size * view.scale)


class CloneTool(PictureTool):
    """Alt-click takes a source; strokes copy from there, the source going along from stroke to stroke."""

    def title(self) -> str:
        return tr("Clone")

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self._source: Point | None = None
        self._away: tuple[int, int] | None = None
        """How far the source lies from the brush, once a stroke has begun."""
        self._at: Point = (0.0, 0.0)

    def press(self, at: Pointer) -> None:
        self._at = at.point
        if at.alt:
            self._source, self._away = at.point, None
            self.host.update()
        elif self._source is not None:
            if self._away is None:
                self._away = round(self._source[0] - at.x), round(self._source[1] - at.y)
            super().press(at)
        else:
            self.host.tell(tr("The clone stamp has no source yet: Alt-click the place to copy from."))

    def drag(self, at: Pointer) -> None:
        self._at = at.point
        super().drag(at)

    def hover(self, at: Pointer) -> None:
        self._at = at.point
        if self._source is not None:
            self.host.update()

    def touched(self, stroke: PictureStroke, box: Box) -> None:
        if self._away is not None and not box.empty:
            stroke.lay(box, shifted(stroke.before, box, *self._away))

    def paint(self, painter: QPainter, view: View) -> None:
        if self._source is None:
            return
        place = self._source if self._away is None else (self._at[0] + self._away[0], self._at[1] + self._away[1])
        overlays.paint_cross(painter, QPointF(*view.to_view(*place)))


class BringBackTool(PictureTool):
    """Paint the original back into a result."""

    def title(self) -> str:
        return tr("Bring back the original")

    def touched(self, stroke: PictureStroke, box: Box) -> None:
        if not box.empty:
            stroke.lay(box, stroke.before.original.pixels[box.slices])
