"""Masks, frames, edges and kept results go along when the photo gets another shape."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine import CHIP, Box, Frame, Photo, Reference, cut
from faceapp.editing import mask_tools
from faceapp.editing.document import Document
from faceapp.editing.reshaping import Crop, Reshape, Straighten, Turn, reshaped
from faceapp.editing.variant import Variant

CHANGES: list[Reshape] = [*(Turn(code) for code in range(1, 9)), Crop(Box(40, 20, 290, 190)), Straighten(-7.0)]


def worked_on() -> Document:
    """A photo with a kept result, a mask, and two frames, one of them with drawn edges."""
    y, x = np.mgrid[:240, :320].astype(np.float32)
    pixels = np.stack([np.sin(x / 23) + np.cos(y / 31), np.sin((x + 2 * y) / 41), np.cos((x - y) / 37)], -1)
    document = Document(Photo.from_array((pixels / 2 * 60 + 120).astype(np.uint8)))
    box = Box(150, 80, 210, 140)
    variant = Variant(
        box=box, pixels=255 - document.original.pixels[box.slices], faces=(), method="telea", device="cpu",
        model="none", seed=0, steps=0, seconds=0.1,
    )  # fmt: skip
    document.apply_result(variant, "Restore")
    document.edit_mask("Brush", lambda m: mask_tools.stroke(m, [(120, 90), (160, 130)], mask_tools.Brush(20)))
    document.set_frames([Frame(170, 110, 90, 12), Frame(20, 220, 30)], "Frames")
    edges = np.zeros((CHIP, CHIP), np.uint8)
    edges[40:200, 60:70] = 255
    document.set_edges(0, edges, "Draw")
    return document


@pytest.mark.parametrize("change", CHANGES)
def test_a_frame_shows_the_same_face_afterwards(change: Reshape) -> None:
    """The chip of the moved frame is the chip as it was, or its mirror image, with the mask and the edges on it."""
    document = worked_on()
    frame, edges = document.frames[0], document.edges[0]
    after = reshaped(document.content, change)
    there = after.layout.frames[0]
    mirrored = isinstance(change, Turn) and change.orientation in (2, 4, 5, 7)
    old, new = (cut(picture.photo(), f)[0] for picture, f in ((document.picture, frame), (after.picture, there)))
    assert np.abs((old[:, ::-1] if mirrored else old) - new).mean() < 0.01
    masks = (Photo.from_array(document.mask), Photo.from_array(after.masks[0]))
    was, now = (cut(mask, f)[0][..., 0] for mask, f in zip(masks, (frame, there), strict=True))
    assert np.abs((was[:, ::-1] if mirrored else was) - now).mean() < 0.01
    drawn = after.layout.edges[0]
    assert edges is not None
    assert drawn is not None
    assert np.array_equal(drawn, edges[:, ::-1] if mirrored else edges)


@pytest.mark.parametrize("change", CHANGES)
def test_a_reference_is_mirrored_with_the_photo(change: Reshape) -> None:
    document = worked_on()
    chip = np.random.default_rng(0).integers(0, 256, (CHIP, CHIP, 3), np.uint8)
    document.set_reference(Reference(chip=chip, known=chip[..., 0]), "Reference")
    there = reshaped(document.content, change).layout.reference
    assert isinstance(there, Reference)
    mirrored = isinstance(change, Turn) and change.orientation in (2, 4, 5, 7)
    assert np.array_equal(there.chip, chip[:, ::-1] if mirrored else chip)
    document.set_reference("mirror", "Reference")
    assert reshaped(document.content, change).layout.reference == "mirror"


def test_a_frame_beyond_the_crop_is_left_out() -> None:
    document = worked_on()
    after = reshaped(document.content, Crop(Box(100, 0, 320, 180)))
    assert after.layout.frames == (Frame(70, 110, 90, 12),)


@pytest.mark.parametrize("change", CHANGES)
def test_the_original_stays_the_other_side_of_the_comparison(change: Reshape) -> None:
    document = worked_on()
    document.reshape(reshaped(document.content, change), "Turn")
    whole = document.original.box
    assert document.size == document.picture.size == document.original.size
    assert document.mask.shape == document.original.pixels.shape[:2]
    before, now = document.pixels_in(whole, before=True), document.pixels_in(whole)
    differ = (before != now).any(2)
    assert 0 < differ.mean() < 0.1
    if not isinstance(change, Straighten):
        assert len(document.picture.tiles) < 4


@pytest.mark.parametrize("change", CHANGES)
def test_what_networks_drew_is_still_said_of_the_new_shape(change: Reshape) -> None:
    document = worked_on()
    assert not reshaped(document.content, change).picture.drawn
    box = Box(150, 80, 210, 140)
    document.show_picture(document.picture.patched(box, document.pixels_in(box), drawn=True), box)
    assert reshaped(document.content, change).picture.drawn


def test_variants_go_with_the_shape_they_were_made_for() -> None:
    document = worked_on()
    document.reshape(reshaped(document.content, Turn(6)), "Turn")
    box = Box(10, 20, 30, 50)
    pixels = 255 - document.original.pixels[box.slices]
    variant = Variant(
        box=box, pixels=pixels, faces=(), method="telea", device="cpu", model="none", seed=0, steps=0, seconds=0.1
    )
    document.set_results([variant])
    document.show_variant(variant)
    document.history.undo()
    assert document.results == ()
    other = replace(variant, seed=1)
    document.set_results([other])
    for exchange, offered in ((document.history.redo, variant), (document.history.undo, other)):
        exchange()
        assert list(document.results) == [offered]
        assert document.shown is None


@pytest.mark.parametrize("change", CHANGES)
def test_undo_and_redo_are_exact_over_a_change_of_shape(change: Reshape) -> None:
    document = worked_on()
    picture, mask, frames = document.picture, document.mask.copy(), document.frames
    document.reshape(reshaped(document.content, change), "Turn")
    document.edit_mask("Invert", mask_tools.invert)
    after = document.mask.copy(), document.frames, document.photo.pixels
    for _ in range(2):
        document.history.undo()
    assert document.picture is picture
    assert document.size == picture.size
    assert np.array_equal(document.mask, mask)
    assert document.frames == frames
    while document.history.undo() is not None:
        pass
    while document.history.redo() is not None:
        pass
    assert np.array_equal(document.mask, after[0])
    assert document.frames == after[1]
    assert np.array_equal(document.photo.pixels, after[2])
