"""Where the photo lies on the screen."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.geometry import Box, Frame, Size
from faceapp.editing.viewport import MAX_SCALE, MIN_SCALE, ZOOM_STEPS, View, centred, fitted, mip_level, ring_step

scales = st.floats(MIN_SCALE, MAX_SCALE)
offsets = st.floats(-5000, 5000)
views = st.builds(View, scales, offsets, offsets)
points = st.tuples(st.floats(0, 2000), st.floats(0, 2000))
sizes = st.builds(Size, st.integers(1, 20_000), st.integers(1, 20_000))
windows = st.builds(Size, st.integers(100, 4000), st.integers(100, 4000))


@given(views, points)
def test_there_and_back(view: View, point: tuple[float, float]) -> None:
    assert view.to_view(*view.to_photo(*point)) == pytest.approx(point, abs=1e-6)


@given(views, st.floats(0.01, 100), points)
def test_zooming_keeps_the_point_under_the_cursor(view: View, factor: float, at: tuple[float, float]) -> None:
    zoomed = view.zoomed(factor, at)
    assert MIN_SCALE <= zoomed.scale <= MAX_SCALE
    assert zoomed.to_view(*view.to_photo(*at)) == pytest.approx(at, rel=1e-6, abs=1e-4)


@given(views, points)
def test_steps_up_and_down_stop_at_round_scales(view: View, at: tuple[float, float]) -> None:
    up, down = view.stepped(1, at), view.stepped(-1, at)
    assert down.scale <= view.scale <= up.scale
    assert any(math.isclose(up.scale, step) for step in ZOOM_STEPS)
    assert any(math.isclose(down.scale, step) for step in ZOOM_STEPS)


@given(views, sizes, windows)
def test_a_photo_cannot_be_lost(view: View, photo: Size, window: Size) -> None:
    clamped = view.clamped(photo, window)
    seen = clamped.visible(photo, window)
    left, top = clamped.to_view(0, 0)
    right, bottom = clamped.to_view(photo.width, photo.height)
    assert left <= window.width / 2 + 1e-6
    assert right >= window.width / 2 - 1e-6
    assert top <= window.height / 2 + 1e-6
    assert bottom >= window.height / 2 - 1e-6
    assert not seen.empty
    again = clamped.clamped(photo, window)
    assert (again.x, again.y) == pytest.approx((clamped.x, clamped.y))


@given(sizes, windows)
def test_fitted_is_whole_centred_and_never_enlarged(photo: Size, window: Size) -> None:
    view = fitted(photo, window)
    assert view.scale <= 1
    left, top = view.to_view(0, 0)
    right, bottom = view.to_view(photo.width, photo.height)
    assert left + right == pytest.approx(window.width, abs=1e-6)
    assert top + bottom == pytest.approx(window.height, abs=1e-6)
    if view.scale > MIN_SCALE:
        assert left >= 16 - 1e-6
        assert top >= 16 - 1e-6


@given(views, st.integers(-50, 500), st.integers(-50, 500), st.integers(1, 400), st.integers(1, 400))
def test_boxes_hold_what_they_are_boxes_of(view: View, left: int, top: int, width: int, height: int) -> None:
    box = Box(left, top, left + width, top + height)
    seen = view.view_box(box, margin=0)
    back = view.photo_box(seen.left, seen.top, seen.right, seen.bottom)
    assert back.union(box) == back


@given(scales)
def test_a_mip_level_is_shown_at_half_to_full_size(scale: float) -> None:
    level = mip_level(scale)
    shown = scale * 2**level
    if scale >= 1:
        assert level == 0
    else:
        assert 0.5 - 1e-6 < shown <= 1 + 1e-6


@given(views, st.builds(Frame, st.floats(-100, 900), st.floats(-100, 900), st.floats(16, 500), st.floats(-180, 180)))
def test_a_picture_is_laid_on_its_frames_corners(view: View, frame: Frame) -> None:
    a, b, c, d, x, y = view.frame_matrix(frame, 256)
    laid = [(a * u + c * v + x, b * u + d * v + y) for u, v in ((0, 0), (0, 256), (256, 256), (256, 0))]
    corners = [view.to_view(float(u), float(v)) for u, v in frame.corners()]
    np.testing.assert_allclose(laid, corners, rtol=1e-6, atol=1e-3)


@given(st.floats(1, 2000), st.sampled_from([-1, 1]))
def test_brush_sizes_step_and_stay_in_range(size: float, direction: int) -> None:
    changed = ring_step(size, direction)
    assert 1 <= changed <= 2000
    if 2 < size < 1800:
        assert 1 - 1e-9 <= (changed - size) * direction <= max(1, size * 0.1) + 1e-9


def test_centred_puts_the_middle_in_the_middle() -> None:
    view = centred(Size(400, 200), Size(1000, 600), scale=2.0)
    assert view.to_view(200, 100) == (500, 300)
    assert view.panned(3, -4).to_view(200, 100) == (503, 296)
