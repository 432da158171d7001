"""The mask tools by their properties: what they must cover, what they must leave alone."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import grow, shrink
from engine.geometry import U8, Box, Size
from faceapp.editing import mask_tools
from faceapp.editing.boxes import masked_box
from faceapp.editing.history import Backup
from faceapp.editing.mask_tools import Brush, Point, Stroke

HEIGHT, WIDTH = 90, 120
WHOLE = Box(0, 0, WIDTH, HEIGHT)

coordinates = st.floats(-30, 150, allow_nan=False, width=32)
points = st.tuples(coordinates, coordinates)
paths = st.lists(points, min_size=1, max_size=6)
brushes = st.builds(Brush, st.floats(1, 60), st.floats(0, 1))


def blank() -> U8:
    return np.zeros((HEIGHT, WIDTH), np.uint8)


def noise(seed: int) -> U8:
    return np.random.default_rng(seed).integers(0, 256, (HEIGHT, WIDTH), np.uint8)


def blobs(seed: int) -> U8:
    """A mask of 0 and 255 with smooth shapes."""
    mask, rng = blank(), np.random.default_rng(seed)
    for _ in range(3):
        x, y = rng.uniform(0, (WIDTH, HEIGHT))
        mask_tools.stroke(mask, [(x, y)], Brush(float(rng.uniform(4, 40))))
    return np.where(mask > 127, np.uint8(255), np.uint8(0))


def distances(path: list[Point]) -> np.ndarray:
    """(H, W) distance of every pixel centre to a polyline."""
    y, x = np.mgrid[:HEIGHT, :WIDTH] + 0.5
    best = np.full((HEIGHT, WIDTH), np.inf)
    for (ax, ay), (bx, by) in zip(path, path[1:] or path, strict=False):
        dx, dy = bx - ax, by - ay
        length = dx * dx + dy * dy
        t = np.clip(((x - ax) * dx + (y - ay) * dy) / length, 0, 1) if length > 1e-9 else np.zeros_like(x)
        best = np.minimum(best, np.hypot(x - ax - t * dx, y - ay - t * dy))
    return best


def outside(box: Box) -> np.ndarray:
    rest = np.ones((HEIGHT, WIDTH), bool)
    rest[box.clipped(Size(WIDTH, HEIGHT)).slices] = False
    return rest


@settings(max_examples=80, deadline=None)
@given(paths, st.floats(2, 60))
def test_a_stroke_covers_its_path_and_no_more(path: list[Point], size: float) -> None:
    mask = blank()
    box = mask_tools.stroke(mask, path, Brush(size, 1.0))
    away = distances(path)
    slack = 0.75 if size < 128 else 1.2  # dabs lie on a grid of a quarter or half a pixel
    assert (mask[away <= size / 2 - slack] > 127).all()
    assert (mask[away >= size / 2 + 0.5 + slack] == 0).all()
    assert not mask[outside(box)].any()


@settings(max_examples=60, deadline=None)
@given(paths, brushes)
def test_the_eraser_undoes_the_brush(path: list[Point], brush: Brush) -> None:
    mask = blank()
    mask_tools.stroke(mask, path, brush)
    mask_tools.stroke(mask, path, brush, erase=True)
    assert not mask.any()


@settings(max_examples=60, deadline=None)
@given(paths, brushes, st.integers(0, 1000), st.booleans())
def test_a_stroke_twice_is_a_stroke_once(path: list[Point], brush: Brush, seed: int, erase: bool) -> None:
    once, twice = noise(seed), noise(seed)
    mask_tools.stroke(once, path, brush, erase=erase)
    mask_tools.stroke(twice, [*path, *reversed(path)], brush, erase=erase)
    covered = blank()
    mask_tools.stroke(covered, [*path, *reversed(path)], brush)
    again = blank()
    mask_tools.stroke(again, path, brush)
    # A way back may lay its dabs between the others', never beside them, and never adds up.
    assert np.abs(covered.astype(int) - again).max() <= 40
    np.testing.assert_array_equal(once[covered == 0], twice[covered == 0])


@settings(max_examples=40, deadline=None)
@given(paths, brushes, st.integers(0, 1000), st.booleans())
def test_a_stroke_moves_the_mask_one_way_and_inside_its_box(
    path: list[Point], brush: Brush, seed: int, erase: bool
) -> None:
    before, mask = noise(seed), noise(seed)
    box = mask_tools.stroke(mask, path, brush, erase=erase)
    assert (mask <= before).all() if erase else (mask >= before).all()
    np.testing.assert_array_equal(mask[outside(box)], before[outside(box)])


def test_a_stroke_in_many_events_is_the_stroke_in_one_go() -> None:
    path = [(5.0 + 3 * i, 40 + 20 * math.sin(i / 4)) for i in range(30)]
    one, many = blank(), blank()
    mask_tools.stroke(one, path, Brush(14, 0.5))
    backup = Backup(many)
    drawing = Stroke(many, backup)
    boxes = [drawing.to(point, Brush(14, 0.5)) for point in path]
    np.testing.assert_array_equal(one, many)
    assert max(box.width * box.height for box in boxes) < 600  # work goes with the event, not the photo
    for box, old in backup.changed():
        many[box.slices] = old
    assert not many.any()


def test_pressure_scales_the_size() -> None:
    light, full = blank(), blank()
    mask_tools.stroke(light, [(60, 45)], Brush(40).pressed(0.25))
    mask_tools.stroke(full, [(60, 45)], Brush(40).pressed(1.0))
    assert 0.05 < np.count_nonzero(light > 127) / np.count_nonzero(full > 127) < 0.08
    assert Brush(40).pressed(0.0).size == 1


def test_hardness_softens_the_edge_only() -> None:
    for hardness in (0.0, 0.4, 1.0):
        mask = blank()
        mask_tools.stroke(mask, [(60.5, 45.5)], Brush(60, hardness))
        row = mask[45, 60:].astype(int)
        assert row[0] == 255
        assert (np.diff(row) <= 0).all()
        assert row[31] <= 2 if hardness < 1 else row[31] == 0
        soft = np.count_nonzero((row > 0) & (row < 255))
        assert soft >= 25 * (1 - hardness)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**31))
def test_inverting_twice_is_nothing(seed: int) -> None:
    mask = noise(seed)
    assert mask_tools.invert(mask) == WHOLE
    mask_tools.invert(mask)
    np.testing.assert_array_equal(mask, noise(seed))


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 1000), st.floats(1, 9))
def test_grow_then_shrink_closes_and_never_loses(seed: int, reach: float) -> None:
    mask = blobs(seed)
    before = mask.copy()
    mask_tools.replace(mask, shrink(grow(mask, reach), reach))
    assert (mask >= before).all()
    assert (grow(before, reach) >= mask).all()


@settings(max_examples=50, deadline=None)
@given(st.lists(points, min_size=3, max_size=8))
def test_a_freehand_lasso_equals_the_polygon(corners: list[Point]) -> None:
    """A hand goes through many points along the sides; what it fills is the same."""
    along: list[Point] = []
    for a, b in zip(corners, [*corners[1:], corners[0]], strict=True):
        along += [(a[0] + (b[0] - a[0]) * i / 9, a[1] + (b[1] - a[1]) * i / 9) for i in range(9)]
    polygon, lasso = blank(), blank()
    mask_tools.polygon(polygon, corners)
    box = mask_tools.polygon(lasso, along)
    near = np.minimum(distances([*corners, corners[0]]), 9) < 1.5
    np.testing.assert_array_equal(polygon[~near], lasso[~near])
    assert not lasso[outside(box)].any()


@settings(max_examples=50, deadline=None)
@given(st.lists(points, min_size=3, max_size=8))
def test_a_polygon_fills_what_is_inside_by_the_even_odd_rule(corners: list[Point]) -> None:
    mask = blank()
    mask_tools.polygon(mask, corners)
    y, x = np.mgrid[:HEIGHT, :WIDTH] + 0.5
    inside = np.zeros((HEIGHT, WIDTH), bool)
    for (ax, ay), (bx, by) in zip(corners, [*corners[1:], corners[0]], strict=True):
        if ay != by:
            crosses = (ay > y) != (by > y)
            inside ^= crosses & (x < (bx - ax) * (y - ay) / (by - ay) + ax)
    sure = distances([*corners, corners[0]]) > 1.5
    np.testing.assert_array_equal(mask[sure], np.where(inside, 255, 0)[sure])


@settings(max_examples=40, deadline=None)
@given(points, points, st.integers(0, 1000), st.booleans())
def test_a_rectangle_changes_itself_and_nothing_else(a: Point, b: Point, seed: int, erase: bool) -> None:
    mask = noise(seed)
    box = mask_tools.rectangle(mask, a, b, erase=erase)
    assert (mask[box.slices] == (0 if erase else 255)).all()
    np.testing.assert_array_equal(mask[outside(box)], noise(seed)[outside(box)])
    wanted = abs(b[0] - a[0]), abs(b[1] - a[1])
    assert box.width <= wanted[0] + 1
    assert box.height <= wanted[1] + 1


def test_an_ellipse_fits_its_rectangle() -> None:
    mask = blank()
    mask_tools.ellipse(mask, (20, 10), (100, 70))
    assert mask.sum() / 255 == pytest.approx(math.pi * 40 * 30, rel=0.01)
    box = masked_box(np.where(mask > 127, mask, 0))
    assert (box.left, box.top, box.right, box.bottom) == pytest.approx((20, 10, 100, 70), abs=1)
    mask_tools.ellipse(mask, (20, 10), (100, 70), erase=True)
    assert not mask.any()
    assert mask_tools.ellipse(mask, (20, 10), (20.4, 70)).empty


def test_the_wand_takes_what_is_connected_and_alike() -> None:
    rgb = np.full((HEIGHT, WIDTH, 3), 100, np.uint8)
    rgb[20:40, 20:50] = 120
    rgb[60:70, 60:70] = 120  # alike, but elsewhere
    rgb.flags.writeable = False  # as those of an opened photo
    mask = blank()

    def take(point: tuple[float, float], tolerance: int, *, erase: bool = False) -> Box:
        area = mask_tools.alike(lambda box: rgb[box.slices], Size(WIDTH, HEIGHT), point, tolerance=tolerance)
        return mask_tools.lay(mask, *area, erase=erase)

    box = take((25.5, 25.5), 10)
    assert box == Box(20, 20, 50, 40)
    assert mask[box.slices].all()
    assert np.count_nonzero(mask) == 20 * 30
    assert take((25.5, 25.5), 25) == WHOLE
    assert mask.all()
    take((65, 65), 3, erase=True)
    assert np.count_nonzero(mask == 0) == 100
    assert take((-3, 5), 3).empty


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 12))
def test_the_wand_looks_no_further_than_it_must_and_misses_nothing(seed: int, coarse: int) -> None:
    random = np.random.default_rng(seed)
    blots = random.integers(0, 2, (60 // coarse + 1, 80 // coarse + 1), np.uint8) * 200
    grey = np.kron(blots, np.ones((coarse, coarse), np.uint8))[:60, :80]
    x, y = int(random.integers(80)), int(random.integers(60))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mask_tools, "WAND_REACH", 3)
        box, area = mask_tools.alike(lambda b: np.dstack([grey[b.slices]] * 3), Size(80, 60), (x, y), tolerance=5)
    _, labels = cv2.connectedComponents((grey == grey[y, x]).astype(np.uint8), connectivity=4)
    mask = np.zeros_like(grey)
    mask_tools.lay(mask, box, area)
    assert np.array_equal(mask > 0, labels == labels[y, x])


def test_the_wand_reads_a_small_area_of_a_large_photo() -> None:
    rgb = np.zeros((4000, 4000, 3), np.uint8)
    rgb[2000:2040, 2000:2040] = 99
    seen: list[Box] = []

    def rgb_in(box: Box) -> U8:
        seen.append(box)
        return rgb[box.slices]

    box, _ = mask_tools.alike(rgb_in, Size(4000, 4000), (2010, 2010), tolerance=5)
    assert box == Box(2000, 2000, 2040, 2040)
    assert sum(b.width * b.height for b in seen) < 600 * 600


def test_clear_and_replace_report_what_they_changed() -> None:
    mask, other = blank(), blank()
    mask_tools.rectangle(mask, (10, 10), (20, 30))
    mask_tools.rectangle(other, (40, 50), (60, 70))
    assert mask_tools.replace(mask, other) == Box(10, 10, 60, 70)
    np.testing.assert_array_equal(mask, other)
    assert mask_tools.clear(mask) == Box(40, 50, 60, 70)
    assert not mask.any()
    assert mask_tools.clear(mask).empty
    with pytest.raises(ValueError, match="size"):
        mask_tools.replace(mask, np.zeros((2, 2), np.uint8))
