"""Edge maps: what Canny sees of a chip, and thin lines out of a network's probabilities."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
import pytest
from skimage import data

from engine.fill.edges import CANNY_HIGH, CANNY_LOW, CANNY_MOST, canny, edge_hole, lines
from engine.geometry import F32
from engine.request import Canny

CHIP = data.astronaut()[:256, 96:352]


def likely(points: list[tuple[int, int]], *, peak: float, width: float = 2.5) -> F32:
    """A soft line of that probability, as a young network draws."""
    line = np.zeros((256, 256), np.float32)
    cv2.polylines(line, [np.array(points, np.int32)], False, (1.0,), 1)
    soft = cv2.GaussianBlur(line, (0, 0), width)
    return np.asarray(soft / soft.max() * peak, np.float32)


def test_edges_at_the_unknown_do_not_count() -> None:
    known = np.full((256, 256), 255, np.uint8)
    known[80:160, 60:200] = 0
    holed = np.where(known[..., None] > 0, CHIP, 0).astype(np.uint8)
    edges = canny(holed, known)
    near = cv2.dilate(255 - known, np.ones((3, 3), np.uint8)) > 0
    assert not edges[near].any()
    assert (edges[~near] > 0).mean() > 0.02
    assert not canny(holed, np.zeros_like(known)).any()


def test_a_faded_photo_has_the_same_edges() -> None:
    faded = (100 + CHIP * 0.3).astype(np.uint8)
    whole, pale = canny(CHIP) > 0, canny(faded) > 0
    assert (whole & cv2.dilate(pale.astype(np.uint8), np.ones((3, 3))).astype(bool)).sum() > 0.85 * whole.sum()


def test_higher_thresholds_leave_fewer_edges() -> None:
    counts = [np.count_nonzero(canny(CHIP, None, Canny(low=t / 2, high=t))) for t in (60, 150, 300)]
    assert counts[0] > counts[1] > counts[2] > 0


def test_what_is_left_open_is_the_constants() -> None:
    np.testing.assert_array_equal(canny(CHIP), canny(CHIP, None, Canny(CANNY_LOW, CANNY_HIGH)))
    assert 0 < CANNY_LOW < CANNY_HIGH < CANNY_MOST
    assert not canny(CHIP, None, Canny(CANNY_MOST, CANNY_MOST)).any()


@pytest.mark.parametrize("points", [[(40, 30), (40, 220)], [(30, 50), (220, 200)], [(20, 128), (128, 90), (230, 140)]])
def test_a_soft_line_becomes_a_thin_one(points: list[tuple[int, int]]) -> None:
    drawn = lines(likely(points, peak=0.6))
    true = cv2.dilate((likely(points, peak=1, width=0.3) > 0.5).astype(np.uint8), np.ones((9, 9)))
    assert set(np.unique(drawn)) == {0, 255}
    assert (drawn[true == 0] == 0).all()
    length = sum(max(abs(b[0] - a[0]), abs(b[1] - a[1])) for a, b in pairwise(points))
    assert 0.8 * length < np.count_nonzero(drawn) < 1.8 * length
    assert cv2.connectedComponents(drawn, connectivity=8)[0] <= 3  # the background, and a break at a corner


def test_faint_lines_go_on_from_sure_ones_only() -> None:
    sure, faint = likely([(30, 60), (120, 60)], peak=0.6), likely([(100, 60), (220, 60)], peak=0.18)
    assert np.count_nonzero(lines(np.maximum(sure, faint))[:, 200:] > 0) > 10
    assert not lines(faint).any()
    assert not lines(np.full((256, 256), 0.9, np.float32)).any()


def test_the_hole_of_the_edges_is_a_pixel_wider_in_both_libraries() -> None:
    torch = pytest.importorskip("torch")
    holes = (np.random.default_rng(0).random((3, 1, 64, 64)) < 0.03).astype(np.float32)
    holes[0, :, 0, 0] = holes[1, :, -1, 20:] = holes[2, :, 10:30, -1] = 1
    before = holes.copy()
    wide = edge_hole(holes)
    for hole, found in zip(holes[:, 0], wide[:, 0], strict=True):
        np.testing.assert_array_equal(found, cv2.dilate(hole, np.ones((3, 3), np.uint8)))
    tensors = torch.from_numpy(holes)
    np.testing.assert_array_equal(edge_hole(tensors).numpy(), wide)
    np.testing.assert_array_equal(holes, before)
    assert wide.dtype == np.float32
