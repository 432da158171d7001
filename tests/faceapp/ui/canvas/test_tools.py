"""Tools without a window: what presses, drags and keys mean to the document of a plain host."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest

from engine import Photo
from engine.geometry import U8
from faceapp.editing.document import Document
from faceapp.editing.mask_tools import Brush
from faceapp.editing.reshaping import Reshape
from faceapp.editing.viewport import View
from faceapp.ui.canvas.tools import BoxTool, BrushTool, HandTool, LassoTool, Pointer, Tool, WandTool


def halves() -> Document:
    """A photo of 60 x 40, dark left of 30 and light right of it."""
    pixels = np.full((40, 60, 3), 40, np.uint8)
    pixels[:, 30:] = 200
    return Document(Photo.from_array(pixels))


@dataclass
class Desk:
    """A host without a canvas: the photo twice as large as it is."""

    document: Document | None = field(default_factory=halves)
    view: View = field(default_factory=lambda: View(2.0))
    brush: Brush = field(default_factory=lambda: Brush(6, 1.0))
    wand_tolerance: int = 10
    panned: list[tuple[float, float]] = field(default_factory=list)

    def reshape(self, change: Reshape) -> None:
        raise AssertionError("no tool here changes the photo's shape")

    def tell(self, text: str) -> None:
        raise AssertionError("no tool here has anything to say")

    def ready_to_paint(self) -> Document | None:
        return self.document

    def draft_edges(self, index: int, edges: U8 | None) -> None:
        raise AssertionError("no tool here draws edges")

    def pan(self, dx: float, dy: float) -> None:
        self.panned.append((dx, dy))

    def update(self) -> None: ...

    @property
    def open_document(self) -> Document:
        assert self.document is not None
        return self.document

    @property
    def mask(self) -> U8:
        return self.open_document.mask

    @property
    def undo_name(self) -> str | None:
        return self.open_document.history.undo_name


@pytest.fixture
def desk() -> Desk:
    return Desk()


def drag(tool: Tool, *points: tuple[float, float], ctrl: bool = False, shift: bool = False) -> None:
    """Press at the first, move through the others, release at the last."""
    pointers = [Pointer(*point, ctrl=ctrl, shift=shift) for point in points]
    tool.press(pointers[0])
    for pointer in pointers[1:]:
        tool.drag(pointer)
    tool.release(pointers[-1])


def test_clicks_make_a_polygon_that_a_click_on_its_first_corner_closes(desk: Desk) -> None:
    tool = LassoTool(desk)
    for corner in ((10, 10), (50, 10), (50, 30), (10, 30)):
        drag(tool, corner)
    assert tool.busy
    assert not desk.mask.any()  # an outline is no mask yet
    drag(tool, (11, 11))  # near it: 3 view pixels
    assert not tool.busy
    assert desk.mask[12:28, 12:48].min() == 255
    assert desk.mask[:9].max() == 0
    assert desk.undo_name == "Lasso"


def test_backspace_takes_a_corner_back_and_two_corners_are_none(desk: Desk) -> None:
    tool = LassoTool(desk)
    for corner in ((10, 10), (50, 10), (50, 30)):
        drag(tool, corner)
    tool.step_back()
    tool.confirm()
    assert not tool.busy
    assert not desk.mask.any()
    assert desk.undo_name is None


def test_a_trembling_click_is_a_corner_and_no_freehand_lasso(desk: Desk) -> None:
    tool = LassoTool(desk)
    drag(tool, (10, 10), (10.6, 10), (10.6, 10.6), (10, 10.6))
    assert tool.busy
    for corner in ((50, 10), (50, 30)):
        drag(tool, corner)
    tool.confirm()
    assert desk.mask[12:15, 40:48].min() == 255


def test_escape_forgets_an_outline(desk: Desk) -> None:
    tool = LassoTool(desk)
    drag(tool, (10, 10))
    tool.cancel()
    assert not tool.busy
    tool.confirm()
    assert desk.undo_name is None


def test_shift_makes_a_square_and_a_circle_on_the_side_of_the_hand(desk: Desk) -> None:
    drag(BoxTool(desk, round_shape=False), (40, 20), (30, 18), shift=True)
    assert desk.mask[11:19, 31:39].min() == 255
    assert desk.mask[21:].max() == 0
    desk.open_document.history.undo()
    drag(BoxTool(desk, round_shape=True), (20, 10), (40, 12), shift=True)
    assert desk.mask[20, 22:38].min() == 255
    assert desk.mask[11, 21] == 0  # a circle has no corners


@pytest.mark.parametrize(
    ("tool", "name"),
    [
        (lambda desk: BoxTool(desk, round_shape=False), "Erase rectangle"),
        (lambda desk: BoxTool(desk, round_shape=True), "Erase ellipse"),
        (LassoTool, "Erase with lasso"),
        (WandTool, "Erase with wand"),
        (BrushTool, "Eraser stroke"),
        (lambda desk: BrushTool(desk, erase=True), "Eraser stroke"),
    ],
)
def test_every_tool_erases_with_ctrl_and_says_so(desk: Desk, tool: type[Tool], name: str) -> None:
    drag(BoxTool(desk, round_shape=False), (0, 0), (60, 40))
    assert desk.mask.min() == 255
    drag(tool(desk), (5, 5), (5, 35), (25, 35), ctrl=True)
    assert desk.mask[20, 6] == 0
    assert desk.mask[:, 32:].min() == 255
    assert desk.undo_name == name
    desk.open_document.history.undo()
    assert desk.mask.min() == 255


def test_the_wand_takes_what_is_connected_and_alike_and_nothing_beside_the_photo(desk: Desk) -> None:
    drag(WandTool(desk), (45, 20))
    assert desk.mask[:, 31:].min() == 255
    assert desk.mask[:, :29].max() == 0
    before = desk.mask.copy()
    drag(WandTool(desk), (-10, 20))
    assert np.array_equal(desk.mask, before)


def test_an_undo_in_mid_stroke_ends_the_stroke(desk: Desk) -> None:
    tool = BrushTool(desk)
    tool.press(Pointer(10, 10))
    tool.drag(Pointer(20, 10))
    desk.open_document.history.undo()
    tool.drag(Pointer(40, 30))
    tool.release(Pointer(40, 30))
    assert not desk.mask.any()
    assert not tool.busy


def test_a_straight_line_goes_on_from_the_last_stroke_of_the_same_photo_only(desk: Desk) -> None:
    tool = BrushTool(desk)
    drag(tool, (10, 10))
    drag(tool, (50, 10), shift=True)
    assert desk.mask[10, 12:48].min() == 255
    desk.document = halves()
    drag(tool, (50, 30), shift=True)
    assert desk.mask[10:26].max() == 0


def test_the_hand_pans_by_view_pixels(desk: Desk) -> None:
    tool = HandTool(desk)
    tool.drag(Pointer(5, 5))  # no grip yet
    drag(tool, (10, 10), (13, 8))
    assert desk.panned == [(6.0, -4.0)]


@pytest.mark.parametrize(
    "make",
    [BrushTool, LassoTool, WandTool, HandTool, lambda desk: BoxTool(desk, round_shape=True)],
)
def test_without_a_photo_nothing_happens(make: type[Tool]) -> None:
    desk = Desk(document=None)
    tool = make(desk)
    drag(tool, (10, 10), (30, 10), (30, 30), (10, 12))
    tool.confirm()
    tool.cancel()
    assert not tool.busy
