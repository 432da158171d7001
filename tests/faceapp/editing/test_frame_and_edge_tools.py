"""Frames by hand, and edges drawn on them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from engine.geometry import CHIP, Frame
from faceapp.editing import edge_tools, frame_tools

frames = st.builds(
    Frame, st.floats(-200, 800), st.floats(-200, 800), st.floats(frame_tools.MIN_SIDE, 900), st.floats(-180, 180)
)
places = st.tuples(st.floats(-500, 1500), st.floats(-500, 1500))


@given(places, places)
def test_a_drawn_frame_is_the_square_from_the_first_corner(
    start: tuple[float, float], end: tuple[float, float]
) -> None:
    frame = frame_tools.drawn(start, end)
    assert frame.side >= frame_tools.MIN_SIDE
    assert frame.side == pytest.approx(max(abs(end[0] - start[0]), abs(end[1] - start[1]), frame_tools.MIN_SIDE))
    assert min(math.dist(start, corner) for corner in frame.corners()) < 1e-6
    assert frame.angle == 0


@given(frames)
def test_handles_are_found_where_they_are_painted(frame: Frame) -> None:
    knob = frame_tools.rotate_handle(frame, 26)
    assert frame_tools.handle_at(frame, knob, tolerance=4, reach=26) == "rotate"
    for x, y in frame.corners():
        assert frame_tools.handle_at(frame, (float(x), float(y)), tolerance=4, reach=26) == "scale"
    assert frame_tools.handle_at(frame, (frame.cx, frame.cy), tolerance=4, reach=26) == "move"
    far = (frame.cx + 3 * frame.side, frame.cy)
    assert frame_tools.handle_at(frame, far, tolerance=4, reach=26) is None


@given(frames, places, places)
def test_moving_moves_and_nothing_else(frame: Frame, start: tuple[float, float], now: tuple[float, float]) -> None:
    moved = frame_tools.dragged(frame, "move", start, now)
    assert (moved.side, moved.angle) == (frame.side, frame.angle)
    back = frame_tools.dragged(moved, "move", now, start)
    assert (back.cx, back.cy) == pytest.approx((frame.cx, frame.cy), abs=1e-6)


@given(frames, st.floats(0.3, 4))
def test_scaling_by_a_corner_keeps_the_centre(frame: Frame, ratio: float) -> None:
    corner = frame.corners()[2]
    goal = (frame.cx + (corner[0] - frame.cx) * ratio, frame.cy + (corner[1] - frame.cy) * ratio)
    scaled = frame_tools.dragged(frame, "scale", (float(corner[0]), float(corner[1])), goal)
    assert (scaled.cx, scaled.cy, scaled.angle) == (frame.cx, frame.cy, frame.angle)
    assert scaled.side == pytest.approx(max(frame.side * ratio, frame_tools.MIN_SIDE))


@given(frames, st.floats(-170, 170))
def test_rotating_follows_the_hand_and_snaps_to_upright(frame: Frame, turn: float) -> None:
    start = frame_tools.rotate_handle(frame, 26)
    a, x, y = math.radians(turn), start[0] - frame.cx, start[1] - frame.cy
    now = (frame.cx + x * math.cos(a) - y * math.sin(a), frame.cy + x * math.sin(a) + y * math.cos(a))
    turned = frame_tools.dragged(frame, "rotate", start, now)
    wanted = (frame.angle + turn + 180) % 360 - 180
    assume(abs(abs(wanted) - 1.5) > 1e-6)  # there the last digit decides
    if abs(wanted) < 1.5:
        assert turned.angle == 0
    else:
        assert abs((turned.angle - wanted + 180) % 360 - 180) < 1e-6
    assert -180 <= turned.angle <= 180


@given(frames, st.floats(1, 255), st.floats(1, 255))
def test_chip_and_photo_points_agree(frame: Frame, u: float, v: float) -> None:
    x, y = frame.to_photo(CHIP) @ np.array([u, v, 1.0])
    assert frame_tools.to_chip(frame, [(float(x), float(y))], CHIP)[0] == pytest.approx((u, v), abs=1e-5)
    assert frame_tools.contains(frame, (float(x), float(y)))


@given(frames, st.integers(0, CHIP - 1), st.integers(0, CHIP - 1))
def test_the_pencil_draws_under_the_pointer_one_pixel_thin(frame: Frame, u: int, v: int) -> None:
    (x, y) = frame.to_photo(CHIP) @ np.array([u + 0.5, v + 0.5, 1.0])
    drawn = edge_tools.pencil(None, frame, [(float(x), float(y))] * 2)
    assert drawn[v, u] == 255
    assert int((drawn > 0).sum()) == 1
    wiped = edge_tools.eraser(drawn, frame, [(float(x), float(y))] * 2)
    assert not wiped.any()
    assert drawn[v, u] == 255  # the map that was given is left as it was


@given(frames, places, places)
def test_lines_that_leave_the_frame_are_harmless(
    frame: Frame, start: tuple[float, float], end: tuple[float, float]
) -> None:
    drawn = edge_tools.pencil(None, frame, [start, end])
    assert drawn.shape == (CHIP, CHIP)
    assert drawn.dtype == np.uint8


def test_a_line_is_connected_and_as_thin_as_canny_draws() -> None:
    frame = Frame(100, 100, 128)
    drawn = edge_tools.pencil(None, frame, [(50, 60), (140, 120)])
    rows, columns = np.nonzero(drawn)
    assert len(set(columns)) == columns.max() - columns.min() + 1
    assert max(np.bincount(columns)) <= 2
    assert set(np.unique(drawn)) == {0, 255}
    assert rows.min() >= 40
