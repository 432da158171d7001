"""Masks: geometry by properties, files by example."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from engine.errors import MaskError, PhotoError
from engine.geometry import U8, Box, Size
from engine.photo import masks
from engine.photo.photos import Photo, write_photo
from engine.wording import Sentence

MASKS = arrays.arrays(
    np.uint8,
    st.tuples(st.integers(1, 24), st.integers(1, 24)),
    elements=st.sampled_from([0, 0, 0, 127, 128, 255]),
)
RADII = st.one_of(st.integers(0, 6), st.floats(0, 6, width=32))


def clean(mask: U8) -> U8:
    return np.where(mask > 127, 255, 0).astype(np.uint8)


def distances(mask: U8) -> np.ndarray:
    """Brute force: distance of each pixel to the nearest masked one."""
    places = np.argwhere(mask > 127)
    every = np.argwhere(np.ones(mask.shape, bool))
    if len(places) == 0:
        return np.full(mask.shape, np.inf)
    gaps = np.sqrt(((every[:, None] - places[None]) ** 2).sum(-1)).min(1)
    return gaps.reshape(mask.shape)


@given(MASKS, st.integers(0, 6))
def test_grow_is_a_disc(mask: U8, px: int) -> None:
    np.testing.assert_array_equal(masks.grow(mask, px) > 0, distances(mask) <= px)


@given(MASKS, RADII)
def test_shrink_is_grow_of_the_rest(mask: U8, px: float) -> None:
    np.testing.assert_array_equal(masks.shrink(mask, px), masks.invert(masks.grow(masks.invert(mask), px)))


@given(MASKS, RADII)
def test_grow_then_shrink_closes(mask: U8, px: float) -> None:
    closed = masks.shrink(masks.grow(mask, px), px)
    assert (closed >= clean(mask)).all()
    np.testing.assert_array_equal(masks.shrink(masks.grow(closed, px), px), closed)


@given(MASKS, RADII, RADII)
def test_grow_is_monotone_in_its_radius(mask: U8, one: float, other: float) -> None:
    small, large = sorted((one, other))
    assert (masks.grow(mask, small) <= masks.grow(mask, large)).all()
    assert (masks.shrink(mask, small) >= masks.shrink(mask, large)).all()


@given(MASKS)
def test_invert_twice_is_the_mask(mask: U8) -> None:
    np.testing.assert_array_equal(masks.invert(masks.invert(mask)), clean(mask))


@given(MASKS)
def test_bounds_are_tight(mask: U8) -> None:
    box = masks.bounds(mask)
    assert box.empty == masks.is_empty(mask) == (not (mask > 127).any())
    if not box.empty:
        inside = mask[box.slices] > 127
        assert inside.sum() == (mask > 127).sum()
        assert inside[0].any()
        assert inside[-1].any()
        assert inside[:, 0].any()
        assert inside[:, -1].any()


@given(MASKS, RADII)
def test_feather_is_one_inside_and_zero_beyond(mask: U8, px: float) -> None:
    alpha, away = masks.feather(mask, px), distances(mask)
    assert alpha.dtype == np.float32
    assert ((alpha >= 0) & (alpha <= 1)).all()
    assert (alpha[mask > 127] == 1).all()
    assert (alpha[(away >= px) & (away > 0)] == 0).all()
    assert (alpha[away < px * 0.99] > 0).all()
    order = np.argsort(away, axis=None, kind="stable")
    assert (np.diff(alpha.ravel()[order]) <= 1e-6).all()


@given(MASKS, st.integers(0, 4))
def test_feather_of_a_crop_is_the_crop_of_the_feather(mask: U8, px: int) -> None:
    around = masks.bounds(mask).grown(px).clipped(Size(mask.shape[1], mask.shape[0]))
    if not around.empty:
        np.testing.assert_array_equal(masks.feather(mask[around.slices], px), masks.feather(mask, px)[around.slices])


def test_a_negative_radius_is_refused() -> None:
    for change in (masks.grow, masks.shrink, masks.feather):
        with pytest.raises(ValueError, match="radius"):
            change(np.zeros((3, 3), np.uint8), -1)


def test_components_have_a_box_each() -> None:
    mask = np.zeros((20, 30), np.uint8)
    mask[2:5, 3:9] = 255
    mask[10, 20] = mask[11, 21] = 200
    mask[15, 0] = 127
    assert masks.components(mask) == [Box(3, 2, 9, 5), Box(20, 10, 22, 12)]
    assert masks.components(np.zeros((5, 5), np.uint8)) == []


def test_a_mask_survives_a_file(tmp_path: Path) -> None:
    mask = (np.random.default_rng(0).random((30, 40)) > 0.5).astype(np.uint8) * 200
    masks.write_mask(mask, tmp_path / "m.png")
    np.testing.assert_array_equal(masks.read_mask(tmp_path / "m.png", Size(40, 30)), clean(mask))
    with pytest.raises(PhotoError, match="exists"):
        masks.write_mask(mask, tmp_path / "m.png")


@pytest.mark.parametrize("scale", [0.25, 0.5, 2, 3])
def test_a_mask_is_scaled_to_the_photo(scale: float, tmp_path: Path) -> None:
    mask = np.zeros((120, 160), np.uint8)
    cv2.circle(mask, (80, 60), 30, 255, -1)
    masks.write_mask(mask, tmp_path / "m.png")
    scaled = masks.read_mask(tmp_path / "m.png", Size(round(160 * scale), round(120 * scale)))
    assert set(np.unique(scaled)) == {0, 255}
    assert (scaled > 0).mean() == pytest.approx((mask > 0).mean(), rel=0.12)


def test_a_thin_scratch_survives_a_smaller_photo(tmp_path: Path) -> None:
    mask = np.zeros((300, 300), np.uint8)
    mask[151] = 255
    masks.write_mask(mask, tmp_path / "m.png")
    assert (masks.read_mask(tmp_path / "m.png", Size(100, 100)) > 0).any(axis=0).all()


def test_another_aspect_is_an_error_with_both_sizes(tmp_path: Path) -> None:
    masks.write_mask(np.zeros((100, 150), np.uint8), tmp_path / "m.png")
    with pytest.raises(MaskError, match=r"150 x 100 .* 100 x 150"):
        masks.read_mask(tmp_path / "m.png", Size(100, 150))
    assert masks.read_mask(tmp_path / "m.png", Size(1501, 1000)).shape == (1000, 1501)


@pytest.mark.parametrize("stroke", [0, 255, 90])
def test_strokes_on_a_transparent_layer_are_read_by_alpha(stroke: int, tmp_path: Path) -> None:
    layer = np.zeros((40, 40, 4), np.uint8)
    layer[10:20, 5:30] = (stroke, stroke, stroke, 255)
    write_photo(Photo.from_array(layer), tmp_path / "m.png")
    wanted = np.where(layer[..., 3] > 0, 255, 0)
    np.testing.assert_array_equal(masks.read_mask(tmp_path / "m.png", Size(40, 40)), wanted)


def test_what_is_transparent_is_not_restored(tmp_path: Path) -> None:
    layer = np.full((40, 40, 4), 255, np.uint8)
    layer[:20, :, :3] = 0
    layer[30:, :, 3] = 0
    write_photo(Photo.from_array(layer), tmp_path / "m.png")
    found = masks.read_mask(tmp_path / "m.png", Size(40, 40))
    assert (found[20:30] == 255).all()
    assert (found[:20] == 0).all()
    assert (found[30:] == 0).all()


def label(kind: str) -> Photo:
    """A mask as programs for labelling write it: rows 10 to 19 are meant, and nothing is over half grey."""
    labels = np.zeros((40, 50), np.uint8)
    labels[10:20] = 1
    if kind == "palette":
        return Photo(labels, "P", np.array([[0, 0, 0], [128, 0, 0]], np.uint8))
    if kind == "red on black":
        return Photo.from_array(np.dstack([labels * 255, labels * 0, labels * 0]))
    if kind == "alpha":
        return Photo.from_array(np.dstack([labels * 0, labels * 0, labels * 0, labels * 100]))
    if kind == "16 bits in colour":
        return Photo.from_array(np.dstack([labels.astype(np.uint16) * value for value in (3, 1, 2)]))
    return Photo.from_array(labels.astype(np.uint16 if kind == "16 bits" else np.uint8))


@pytest.mark.parametrize("size", [Size(50, 40), Size(100, 80)])
@pytest.mark.parametrize("kind", ["0 and 1", "16 bits", "16 bits in colour", "palette", "red on black", "alpha"])
def test_a_mask_of_two_values_is_read_by_them(kind: str, size: Size, tmp_path: Path) -> None:
    path, notes = tmp_path / "m.png", list[Sentence]()
    write_photo(label(kind), path)
    found = masks.read_mask(path, size, tell=notes.append)
    masked = np.zeros((size.height, size.width), bool)
    masked[size.height // 4 : size.height // 2] = True
    np.testing.assert_array_equal(found > 0, masked)
    (note,) = map(str, notes)
    assert note.startswith(f"{path}: a mask of two values, 0 and ")


@pytest.mark.parametrize(("values", "wanted"), [((0, 255), 255), ((100, 200), 200), ((200, 255), 255), ((0, 0), 1)])
def test_where_half_grey_tells_apart_nothing_is_said(values: tuple[int, int], wanted: int, tmp_path: Path) -> None:
    notes = list[Sentence]()
    pixels = np.full((40, 50), values[0], np.uint8)
    pixels[10:20] = values[1]
    write_photo(Photo.from_array(pixels), tmp_path / "m.png")
    found = masks.read_mask(tmp_path / "m.png", Size(50, 40), tell=notes.append)
    np.testing.assert_array_equal(found > 0, pixels >= wanted)
    assert len(notes) == (values == (200, 255))


@pytest.mark.parametrize("values", [(0, 40, 80), (7, 7, 7)])
def test_a_mask_that_is_dark_all_over_is_refused(values: tuple[int, int, int], tmp_path: Path) -> None:
    pixels = np.repeat(np.array(values, np.uint8), 10)[:, None].repeat(40, 1)
    write_photo(Photo.from_array(pixels), tmp_path / "m.png")
    with pytest.raises(MaskError, match=f"nothing in it is over half grey; the brightest is {max(values)} of 255"):
        masks.read_mask(tmp_path / "m.png", Size(40, 30))
