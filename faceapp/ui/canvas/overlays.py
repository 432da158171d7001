"""What is painted over the photo: edges, frames with handles, the brush ring, the split line, chips."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QPainterPath, QPen, QPolygonF, QTransform

from engine.geometry import CHIP, U8, Box, Frame
from engine.progress import Preview
from faceapp.editing.display import tint_table, tinted
from faceapp.editing.frame_tools import EYES, MOUTH, in_frame, rotate_handle
from faceapp.editing.viewport import View

VISIBLE_COLOR = QColor(0, 200, 255)
"""Canny edges of what is visible."""
DRAWN_COLOR = QColor(255, 210, 0)
"""Edges drawn by the network or by hand."""
FRAME_COLOR = QColor(255, 255, 255)
FRAME_SELECTED = QColor(255, 205, 60)
SHADOW = QColor(0, 0, 0, 170)
VEIL = QColor(255, 255, 255, 120)
"""What a stroke that works at its end leaves till then."""

MAX_RING = 400.0
"""Largest brush outline, in view pixels, that is kept as a picture."""
HANDLE = 5.0
"""Half the side of a handle, in view pixels."""
EYE = 0.055
"""Radius of the rings that the eyes belong in, in sides of the frame."""
ROTATE_REACH = 26.0
"""Distance of the rotation handle from the frame, in view pixels."""


def edge_image(edges: U8, color: QColor, opacity: float) -> QImage:
    """A (CHIP, CHIP) uint8 edge map in one colour, clear elsewhere."""
    table = tint_table((color.red(), color.green(), color.blue()), opacity)
    pixels = np.ascontiguousarray(tinted(edges, table))
    height, width = pixels.shape
    image = QImage(pixels.data, width, height, width * 4, QImage.Format.Format_ARGB32_Premultiplied)
    return image.copy()  # its own memory


def chip_image(chip: U8) -> QImage:
    """A (CHIP, CHIP, 3) uint8 RGB chip."""
    pixels = np.ascontiguousarray(chip)
    return QImage(pixels.data, CHIP, CHIP, CHIP * 3, QImage.Format.Format_RGB888).copy()


def paint_on_frame(painter: QPainter, image: QImage, frame: Frame, view: View) -> None:
    """Lay a square picture on its frame."""
    painter.save()
    painter.setTransform(QTransform(*view.frame_matrix(frame, image.width())), True)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, True)
    painter.drawImage(QPointF(0, 0), image)
    painter.restore()


def frame_polygon(frame: Frame, view: View) -> QPolygonF:
    """The square's corners on the view, closed."""
    points = [QPointF(*view.to_view(float(x), float(y))) for x, y in frame.corners()]
    return QPolygonF([*points, points[0]])


def paint_frame(painter: QPainter, frame: Frame, view: View, *, selected: bool, handles: bool) -> None:
    """The square with a shadow that shows it on any photo; handles where it can be dragged."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    shape = frame_polygon(frame, view)
    for pen in _double_pen(FRAME_SELECTED if selected else FRAME_COLOR, 2.0 if selected else 1.2):
        painter.setPen(pen)
        painter.drawPolyline(shape)
    if handles and selected:
        _paint_features(painter, frame, view)
        _paint_handles(painter, frame, view, shape)
    painter.restore()


def _paint_features(painter: QPainter, frame: Frame, view: View) -> None:
    """Where the eyes and the mouth of the face belong."""
    radius = EYE * frame.side * view.scale
    eyes, mouth = ([QPointF(*view.to_view(*in_frame(frame, at))) for at in pair] for pair in (EYES, MOUTH))
    for pen in _double_pen(FRAME_SELECTED, 1.2, dashed=True):
        painter.setPen(pen)
        for eye in eyes:
            painter.drawEllipse(eye, radius, radius)
        painter.drawLine(*mouth)


def _paint_handles(painter: QPainter, frame: Frame, view: View, shape: QPolygonF) -> None:
    knob = QPointF(*view.to_view(*rotate_handle(frame, ROTATE_REACH / view.scale)))
    top = (shape.at(0) + shape.at(3)) / 2
    painter.setPen(QPen(FRAME_SELECTED, 1.5))
    painter.drawLine(QLineF(top, knob))
    painter.setPen(QPen(SHADOW, 1.2))
    painter.setBrush(FRAME_SELECTED)
    painter.drawEllipse(knob, HANDLE + 0.5, HANDLE + 0.5)
    for i in range(4):
        corner = shape.at(i)
        painter.drawRect(QRectF(corner.x() - HANDLE, corner.y() - HANDLE, 2 * HANDLE, 2 * HANDLE))


def paint_ring(painter: QPainter, x: float, y: float, radius: float) -> None:
    """The brush's outline at true size, readable on light and dark; a cross where it would be too small."""
    ratio = painter.device().devicePixelRatio()
    if 2.5 <= radius <= MAX_RING:
        image = _ring(round(radius * 4) / 4, ratio)
        corner = image.width() / ratio / 2
        painter.drawImage(QPointF(round((x - corner) * ratio) / ratio, round((y - corner) * ratio) / ratio), image)
        return
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for pen in _double_pen(QColor(255, 255, 255), 1.2):
        painter.setPen(pen)
        if radius >= 2.5:
            painter.drawEllipse(QPointF(x, y), radius, radius)
        else:
            painter.drawLine(QLineF(x - 6, y, x + 6, y))
            painter.drawLine(QLineF(x, y - 6, x, y + 6))
    painter.restore()


@lru_cache(maxsize=4)
def _ring(radius: float, ratio: float) -> QImage:
    """A brush outline as a picture: blending it is several times as fast as stroking two circles."""
    side = 2 * math.ceil((radius + 3) * ratio)
    image = QImage(side, side, QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(ratio)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for pen in _double_pen(QColor(255, 255, 255), 1.2):
        painter.setPen(pen)
        painter.drawEllipse(QPointF(side / ratio / 2, side / ratio / 2), radius, radius)
    painter.end()
    return image


def paint_path(painter: QPainter, points: list[QPointF], width: float) -> None:
    """Where a brush of that width has been, in view pixels."""
    if not points:
        return
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    round_cap, round_join = Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin
    painter.setPen(QPen(VEIL, max(width, 1.0), Qt.PenStyle.SolidLine, round_cap, round_join))
    painter.drawPolyline(QPolygonF([*points, points[-1] + QPointF(0.01, 0)]))  # a single point is a dot
    painter.restore()


def paint_cross(painter: QPainter, at: QPointF) -> None:
    """A small cross, readable on light and dark."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for pen in _double_pen(QColor(255, 255, 255), 1.2):
        painter.setPen(pen)
        painter.drawLine(at - QPointF(8, 0), at + QPointF(8, 0))
        painter.drawLine(at - QPointF(0, 8), at + QPointF(0, 8))
    painter.restore()


def paint_outline(painter: QPainter, points: list[QPointF], *, closed: bool, dots: bool = False) -> None:
    """The outline of a selection in the making."""
    if not points:
        return
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    shape = QPolygonF([*points, points[0]] if closed else points)
    for pen in _double_pen(QColor(255, 255, 255), 1.2, dashed=True):
        painter.setPen(pen)
        painter.drawPolyline(shape)
    if dots:
        painter.setPen(QPen(SHADOW, 1))
        painter.setBrush(QColor(255, 255, 255))
        for point in points:
            painter.drawEllipse(point, 3, 3)
    painter.restore()


def paint_box(painter: QPainter, box: Box, view: View) -> None:
    """The outline of a box on the photo, a little outside it."""
    (left, top), (right, bottom) = view.to_view(box.left, box.top), view.to_view(box.right, box.bottom)
    shape = QRectF(left, top, right - left, bottom - top).adjusted(-6, -6, 6, 6)
    corners = [shape.topLeft(), shape.topRight(), shape.bottomRight(), shape.bottomLeft()]
    paint_outline(painter, corners, closed=True)


def paint_outside(painter: QPainter, corner: QPointF, other: QPointF) -> None:
    """Darken all but a rectangle."""
    whole = QPainterPath()
    whole.addRect(QRectF(painter.viewport()))
    whole.addRect(QRectF(corner, other))
    painter.fillPath(whole, SHADOW)  # odd and even: the rectangle is a hole in it


def paint_split(painter: QPainter, x: float, height: float) -> None:
    """The line between before and after, with a grip."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for pen in _double_pen(QColor(255, 255, 255), 1.6):
        painter.setPen(pen)
        painter.drawLine(QLineF(x, 0, x, height))
    painter.setPen(QPen(SHADOW, 1.2))
    painter.setBrush(QColor(255, 255, 255))
    painter.drawEllipse(QPointF(x, height / 2), 9, 9)
    painter.setPen(QPen(QColor(40, 40, 40), 1.6))
    for side in (-1, 1):
        tip = QPointF(x + side * 5.5, height / 2)
        painter.drawPolyline(
            QPolygonF([tip + QPointF(-side * 3, -3), tip, tip + QPointF(-side * 3, 3)]),
        )
    painter.restore()


def paint_label(painter: QPainter, text: str, corner: QPointF) -> None:
    """A word on a dark plate, its bottom left at `corner`."""
    painter.save()
    font = QFont(painter.font())
    font.setBold(True)
    painter.setFont(font)
    room = QRectF(painter.fontMetrics().boundingRect(text)).adjusted(-8, -4, 8, 4)
    room.moveBottomLeft(corner)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(SHADOW)
    painter.drawRoundedRect(room, 4, 4)
    painter.setPen(QColor(255, 255, 255))
    painter.drawText(room, Qt.AlignmentFlag.AlignCenter, text)
    painter.restore()


class ChipPreview:
    """A running job's chip, kept as a picture."""

    def __init__(self, preview: Preview) -> None:
        self.frame = preview.frame
        self.image = chip_image(preview.chip)


def _double_pen(color: QColor, width: float, *, dashed: bool = False) -> tuple[QPen, QPen]:
    """A wide dark pen and a narrow bright one over it."""
    under, over = QPen(SHADOW, width + 1.6), QPen(color, width)
    if dashed:
        over.setDashPattern([4, 3])
    return under, over
