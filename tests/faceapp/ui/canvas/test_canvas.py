"""Hands on the canvas: every tool by mouse, pen and keys, zoom and pan, before and after."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QRect, Qt
from PySide6.QtGui import (
    QInputDevice,
    QMouseEvent,
    QNativeGestureEvent,
    QPaintEvent,
    QPointingDevice,
    QTabletEvent,
    QWheelEvent,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from engine import Frame, Photo
from faceapp.editing import mask_tools
from faceapp.editing.document import Document
from faceapp.ui.canvas.canvas import Canvas

LEFT, MIDDLE, NONE = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton, Qt.KeyboardModifier.NoModifier
CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
Place = tuple[float, float]


@pytest.fixture
def canvas(qtbot: QtBot) -> Iterator[Canvas]:
    """A canvas of 500 x 400 on a photo of 400 x 300, one to one, in two halves of one colour each."""
    pixels = np.full((300, 400, 3), 40, np.uint8)
    pixels[:, 200:] = 200
    canvas = Canvas(Document(Photo.from_array(pixels)))
    qtbot.addWidget(canvas)
    canvas.resize(500, 400)
    canvas.show()
    qtbot.waitExposed(canvas)
    canvas.actual()
    canvas.brush_size, canvas.brush_hardness = 20, 1.0
    yield canvas
    canvas.set_document(None)


def document(canvas: Canvas) -> Document:
    assert canvas.document is not None
    return canvas.document


def at(canvas: Canvas, place: Place) -> QPoint:
    return QPointF(*canvas.view.to_view(*place)).toPoint()


def drag(canvas: Canvas, *places: Place, held: Qt.KeyboardModifier = NONE, button: Qt.MouseButton = LEFT) -> None:
    """Press at the first photo point, move through the others, release at the last."""
    QTest.mousePress(canvas, button, held, at(canvas, places[0]))
    for before, place in pairwise(places):
        for share in (0.5, 1.0):  # a hand does not jump
            QTest.mouseMove(canvas, at(canvas, place) * share + at(canvas, before) * (1 - share))
    QTest.mouseRelease(canvas, button, held, at(canvas, places[-1]))


def masked(canvas: Canvas, x: int, y: int) -> bool:
    return bool(document(canvas).mask[y, x] > 127)


def test_brush_and_eraser_with_their_undo_names(canvas: Canvas) -> None:
    drag(canvas, (50, 50), (150, 50))
    assert masked(canvas, 100, 50)
    assert not masked(canvas, 100, 75)
    assert document(canvas).history.undo_name == "Brush stroke"
    QTest.keyClick(canvas, Qt.Key.Key_E)
    drag(canvas, (100, 40), (100, 60))
    assert not masked(canvas, 100, 50)
    assert masked(canvas, 60, 50)
    assert document(canvas).history.undo_name == "Eraser stroke"


@pytest.mark.parametrize("size", [20, 900])
def test_the_ring_has_the_brushs_true_size(canvas: Canvas, size: int) -> None:
    canvas.brush_size = size
    here = QPointF(at(canvas, (100, 100)))
    everywhere = QPointF(canvas.mapToGlobal(here))
    none = Qt.MouseButton.NoButton
    QApplication.sendEvent(canvas, QMouseEvent(QEvent.Type.MouseMove, here, everywhere, none, none, NONE))
    row = canvas.grab().toImage()
    y = at(canvas, (100, 100)).y()
    left = at(canvas, (100 - min(size / 2, 100), 100)).x()
    edge = [row.pixelColor(x, y).red() for x in range(max(0, left - 2), left + 3)]
    assert (max(edge) > 150) == (size == 20)  # the large one's edge is outside the view
    assert row.pixelColor(at(canvas, (100, 100))).red() == 40


def test_ctrl_erases_and_shift_draws_straight_lines(canvas: Canvas) -> None:
    QTest.mouseClick(canvas, LEFT, NONE, at(canvas, (50, 150)))
    QTest.mouseClick(canvas, LEFT, SHIFT, at(canvas, (250, 150)))
    assert all(masked(canvas, x, 150) for x in range(50, 250))
    drag(canvas, (150, 140), (150, 160), held=CONTROL)
    assert not masked(canvas, 150, 150)


def test_the_brush_keys_and_wheel(canvas: Canvas) -> None:
    QTest.keyClick(canvas, Qt.Key.Key_BracketRight)
    assert canvas.brush_size == 22
    QTest.keyClick(canvas, Qt.Key.Key_BracketLeft)
    assert canvas.brush_size == pytest.approx(19.8)
    wheel(canvas, 120, held=CONTROL)
    assert canvas.brush_size == pytest.approx(19.8 * 1.1)
    wheel(canvas, -240, held=SHIFT)
    assert canvas.brush_hardness == pytest.approx(0.9)


@pytest.mark.parametrize(("key", "inside"), [(Qt.Key.Key_R, True), (Qt.Key.Key_O, False)])
def test_rectangle_and_ellipse(canvas: Canvas, key: Qt.Key, inside: bool) -> None:
    QTest.keyClick(canvas, key)
    drag(canvas, (50, 60), (150, 160))
    assert masked(canvas, 100, 110)
    assert masked(canvas, 52, 62) == inside  # the corner
    drag(canvas, (80, 90), (120, 130), held=CONTROL)
    assert not masked(canvas, 100, 110)


def test_a_freehand_lasso_and_a_polygon(canvas: Canvas) -> None:
    QTest.keyClick(canvas, Qt.Key.Key_L)
    drag(canvas, (50, 50), (150, 50), (150, 150), (50, 150))
    assert masked(canvas, 120, 90)
    document(canvas).history.undo()
    assert not document(canvas).mask.any()
    for corner in ((200, 50), (300, 50), (300, 150), (999, 999)):
        if corner == (999, 999):
            QTest.keyClick(canvas, Qt.Key.Key_Return)
        else:
            QTest.mouseClick(canvas, LEFT, NONE, at(canvas, corner))
    assert masked(canvas, 280, 70)
    assert not masked(canvas, 210, 140)
    QTest.mouseClick(canvas, LEFT, NONE, at(canvas, (20, 20)))
    assert canvas.tool.busy
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    assert not canvas.tool.busy


def test_the_wand_takes_one_half(canvas: Canvas) -> None:
    QTest.keyClick(canvas, Qt.Key.Key_W)
    QTest.mouseClick(canvas, LEFT, NONE, at(canvas, (300, 100)))
    np.testing.assert_array_equal(document(canvas).mask[:, 200:], 255)
    assert not document(canvas).mask[:, :200].any()


def test_escape_in_mid_stroke_takes_it_back(canvas: Canvas) -> None:
    QTest.mousePress(canvas, LEFT, NONE, at(canvas, (50, 50)))
    QTest.mouseMove(canvas, at(canvas, (90, 50)))
    assert document(canvas).mask.any()
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    assert not document(canvas).mask.any()
    QTest.mouseRelease(canvas, LEFT, NONE, at(canvas, (90, 50)))
    assert document(canvas).history.undo_name is None


def test_frames_are_drawn_and_moved(canvas: Canvas) -> None:
    QTest.keyClick(canvas, Qt.Key.Key_F)
    drag(canvas, (100, 50), (200, 150))
    assert document(canvas).frames == (Frame(150, 100, 100),)
    drag(canvas, (150, 100), (170, 120))
    assert document(canvas).frames == (Frame(170, 120, 100),)
    assert document(canvas).history.undo_name == "Move frame"


@pytest.mark.parametrize("by_run", [False, True])
def test_edges_that_a_moved_frame_drops_are_told_of(canvas: Canvas, by_run: bool) -> None:
    said: list[str] = []
    canvas.told.connect(said.append)
    document(canvas).set_frames([Frame(150, 100, 100)], "New frame")
    document(canvas).set_edges(0, np.full((256, 256), 255, np.uint8), "Draw edges", by_run=by_run)
    QTest.keyClick(canvas, Qt.Key.Key_F)
    drag(canvas, (150, 100), (170, 120))
    assert document(canvas).edges == (None,)
    assert [("Undo brings them back" in text) for text in said] == [True] * (not by_run)
    assert document(canvas).history.undo() == "Move frame"
    assert document(canvas).edges[0] is not None


def test_a_frame_beside_the_photo_is_none(canvas: Canvas) -> None:
    QTest.keyClick(canvas, Qt.Key.Key_F)
    drag(canvas, (410, 50), (440, 80))
    assert document(canvas).frames == ()
    assert document(canvas).history.undo_name is None


def test_edges_are_drawn_and_wiped_on_the_frame(canvas: Canvas) -> None:
    document(canvas).set_frames([Frame(150, 100, 128)], "New frame")
    QTest.keyClick(canvas, Qt.Key.Key_P)
    drag(canvas, (120, 100), (180, 100))
    drawn = document(canvas).edges[0]
    assert drawn is not None
    assert 100 < int((drawn > 0).sum()) < 140  # 60 photo pixels are 120 of the chip's
    QTest.keyClick(canvas, Qt.Key.Key_X)
    drag(canvas, (120, 100), (180, 100))
    wiped = document(canvas).edges[0]
    assert wiped is not None
    assert not wiped.any()
    QTest.keyClick(canvas, Qt.Key.Key_P)
    drag(canvas, (300, 250), (350, 250))  # outside every frame
    assert document(canvas).history.undo_name == "Erase edges"


# -- pen -----------------------------------------------------------------------------------------------


def pen(canvas: Canvas, kind: QEvent.Type, place: Place, pressure: float, *, other_end: bool = False) -> None:
    end = QPointingDevice.PointerType.Eraser if other_end else QPointingDevice.PointerType.Pen
    can = QInputDevice.Capability.Position | QInputDevice.Capability.Pressure
    device = QPointingDevice("pen", 1, QInputDevice.DeviceType.Stylus, end, can, 1, 1)
    point = QPointF(*canvas.view.to_view(*place))
    held = Qt.MouseButton.NoButton if kind == QEvent.Type.TabletRelease else LEFT
    event = QTabletEvent(
        kind, device, point, QPointF(canvas.mapToGlobal(point)), pressure, 0, 0, 0, 0, 0, NONE, LEFT, held
    )
    QApplication.sendEvent(canvas, event)


def pen_drag(canvas: Canvas, start: Place, end: Place, pressure: float, *, other_end: bool = False) -> None:
    pen(canvas, QEvent.Type.TabletPress, start, pressure, other_end=other_end)
    pen(canvas, QEvent.Type.TabletMove, end, pressure, other_end=other_end)
    pen(canvas, QEvent.Type.TabletRelease, end, 0.0, other_end=other_end)


def test_the_pens_pressure_is_the_strokes_width(canvas: Canvas) -> None:
    pen_drag(canvas, (50, 50), (150, 50), 1.0)
    pen_drag(canvas, (50, 150), (150, 150), 0.25)
    widths = [int((document(canvas).mask[y - 20 : y + 20, 100] > 127).sum()) for y in (50, 150)]
    assert widths[0] == pytest.approx(20, abs=1)
    assert widths[1] == pytest.approx(5, abs=1)
    pen_drag(canvas, (100, 40), (100, 60), 1.0, other_end=True)
    assert not masked(canvas, 100, 50)


# -- the view ------------------------------------------------------------------------------------------


def wheel(canvas: Canvas, delta: int, *, held: Qt.KeyboardModifier = NONE, place: Place = (100, 100)) -> None:
    point = QPointF(at(canvas, place))
    event = QWheelEvent(
        point, QPointF(canvas.mapToGlobal(point)), QPoint(), QPoint(0, delta), Qt.MouseButton.NoButton, held,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(canvas, event)


def test_the_wheel_zooms_at_the_pointer(canvas: Canvas) -> None:
    before = canvas.view.to_view(100, 100)
    wheel(canvas, 240)
    assert canvas.zoom == pytest.approx(1.44)
    assert canvas.view.to_view(100, 100) == pytest.approx(before, abs=1)


def touchpad(canvas: Canvas, value: float, place: Place, *, kind: Qt.NativeGestureType) -> bool:
    point = QPointF(at(canvas, place))
    event = QNativeGestureEvent(
        kind, QPointingDevice.primaryPointingDevice(), 2, point, point, QPointF(canvas.mapToGlobal(point)), value,
        QPointF(),
    )  # fmt: skip
    return QApplication.sendEvent(canvas, event)


def test_a_touchpads_pinch_zooms_at_the_fingers(canvas: Canvas) -> None:
    zoom, rotate = Qt.NativeGestureType.ZoomNativeGesture, Qt.NativeGestureType.RotateNativeGesture
    before = canvas.view.to_view(120, 80)
    for _ in range(4):
        assert touchpad(canvas, 0.1, (120, 80), kind=zoom)
    assert canvas.zoom == pytest.approx(math.exp(0.4))
    assert canvas.view.to_view(120, 80) == pytest.approx(before, abs=2)
    touchpad(canvas, -0.4, (120, 80), kind=zoom)
    assert canvas.zoom == pytest.approx(1.0)
    touchpad(canvas, 0.5, (120, 80), kind=rotate)
    assert canvas.zoom == pytest.approx(1.0)


def test_two_fingers_on_a_touch_screen_zoom_and_do_not_paint(qtbot: QtBot, canvas: Canvas) -> None:
    frame = QWidget()  # Qt counts a top-level widget's touches twice
    qtbot.addWidget(frame)
    frame.resize(520, 420)
    canvas.setParent(frame)
    frame.show()
    canvas.show()
    screen = QTest.createTouchDevice()

    def fingers(apart: int) -> tuple[QPoint, QPoint]:
        return QPoint(200 - apart, 150), QPoint(200 + apart, 150)

    def touch() -> QTest.QTouchEventSequence:
        return QTest.touchEvent(canvas, screen)

    left, right = fingers(40)
    touch().press(0, left, canvas).press(1, right, canvas).commit()
    for apart in (50, 60, 70, 80):
        left, right = fingers(apart)
        touch().move(0, left, canvas).move(1, right, canvas).commit()
    touch().release(0, left, canvas).release(1, right, canvas).commit()
    assert canvas.zoom == pytest.approx(80 / 50)  # the first movement is what makes it a pinch
    assert not document(canvas).mask.any()
    assert document(canvas).history.undo_name is None
    drag(canvas, (100, 100), (150, 100))
    assert masked(canvas, 120, 100)  # and the brush paints again
    canvas.setParent(None)


def test_zoom_keys(canvas: Canvas) -> None:
    QTest.keyClick(canvas, Qt.Key.Key_Plus)
    assert canvas.zoom == 1.5
    QTest.keyClick(canvas, Qt.Key.Key_1)
    assert canvas.zoom == 1.0
    QTest.keyClick(canvas, Qt.Key.Key_Minus)
    assert canvas.zoom == pytest.approx(0.667)
    QTest.keyClick(canvas, Qt.Key.Key_0)
    canvas.resize(240, 200)
    assert canvas.zoom < 0.55  # it goes on fitting


@pytest.mark.parametrize("way", ["space", "middle", "hand"])
def test_three_ways_to_pan(canvas: Canvas, way: str) -> None:
    canvas.zoom_to(2.0)
    x, y = canvas.view.x, canvas.view.y
    here, there = (100.0, 100.0), (110.0, 95.0)
    if way == "space":
        QTest.keyPress(canvas, Qt.Key.Key_Space)
    elif way == "hand":
        QTest.keyClick(canvas, Qt.Key.Key_H)
    start, end = at(canvas, here), at(canvas, there)
    button = MIDDLE if way == "middle" else LEFT
    QTest.mousePress(canvas, button, NONE, start)
    QTest.mouseMove(canvas, end)
    QTest.mouseRelease(canvas, button, NONE, end)
    QTest.keyRelease(canvas, Qt.Key.Key_Space)
    assert (canvas.view.x - x, canvas.view.y - y) == (20, -10)
    assert not document(canvas).mask.any()


def test_arrows_move_the_view_and_the_split_line(canvas: Canvas) -> None:
    canvas.zoom_to(4.0)
    before = canvas.view
    QTest.keyClick(canvas, Qt.Key.Key_Right)
    QTest.keyClick(canvas, Qt.Key.Key_Up, SHIFT)
    assert (canvas.view.x, canvas.view.y) == (before.x - 40, before.y + 200)
    canvas.split = 0.5
    QTest.keyClick(canvas, Qt.Key.Key_Left)
    QTest.keyClick(canvas, Qt.Key.Key_Left, SHIFT)
    assert canvas.split == pytest.approx(0.39)
    assert canvas.view.x == before.x - 40


def test_tab_shows_the_original_while_it_is_held(canvas: Canvas) -> None:
    document(canvas).edit_mask("x", mask_tools.invert)
    painted = canvas.grab().toImage().pixelColor(at(canvas, (100, 100)))
    QTest.keyPress(canvas, Qt.Key.Key_Tab)
    original = canvas.grab().toImage().pixelColor(at(canvas, (100, 100)))
    QTest.keyRelease(canvas, Qt.Key.Key_Tab)
    assert (original.red(), original.green(), original.blue()) == (40, 40, 40)
    assert painted.red() > 100
    assert canvas.grab().toImage().pixelColor(at(canvas, (100, 100))) == painted


def test_the_split_slider(canvas: Canvas) -> None:
    document(canvas).edit_mask("x", mask_tools.invert)
    canvas.split = 0.5
    picture = canvas.grab().toImage()
    assert picture.pixelColor(at(canvas, (100, 100))).red() == 40
    assert picture.pixelColor(at(canvas, (300, 100))).red() != 200
    line = QPoint(canvas.width() // 2, 100)
    QTest.mousePress(canvas, LEFT, NONE, line)
    QTest.mouseMove(canvas, QPoint(100, 100))
    QTest.mouseRelease(canvas, LEFT, NONE, QPoint(100, 100))
    assert canvas.split == pytest.approx(0.2)
    assert document(canvas).history.undo_name == "x"  # nothing was painted


class Regions(QObject):
    """Remembers what a widget was asked to repaint."""

    def __init__(self, canvas: Canvas) -> None:
        super().__init__()
        self.seen: list[QRect] = []
        canvas.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QPaintEvent):
            self.seen.append(event.rect())
        return False


def test_only_what_changed_is_repainted(qtbot: QtBot, canvas: Canvas) -> None:
    """A dab on a photo repaints the dab, not the canvas."""
    QTest.mouseMove(canvas, at(canvas, (100, 100)))
    qtbot.wait(50)
    regions = Regions(canvas)
    QTest.mousePress(canvas, LEFT, NONE, at(canvas, (100, 100)))
    qtbot.waitUntil(lambda: bool(regions.seen))
    QTest.mouseRelease(canvas, LEFT, NONE, at(canvas, (100, 100)))
    assert max(region.width() * region.height() for region in regions.seen) < 50 * 50
