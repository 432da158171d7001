"""The document: undo and redo of everything, bit-exact in any order; open strokes; variants; who hears of what."""

from __future__ import annotations

import gc
import tracemalloc
from dataclasses import dataclass, replace
from typing import Any
from weakref import ref

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import Photo, Preview
from engine.geometry import CHIP, U8, Box, Frame
from faceapp.editing import mask_tools
from faceapp.editing.document import Document
from faceapp.editing.mask_tools import Brush
from faceapp.editing.reshaping import Turn, reshaped
from faceapp.editing.variant import Variant

WIDTH, HEIGHT = 90, 70


def photo(*, depth: Any = np.uint8, channels: int = 3) -> Photo:
    pixels = np.random.default_rng(3).integers(0, np.iinfo(depth).max, (HEIGHT, WIDTH, channels), depth)
    return Photo.from_array(pixels)


def variant(box: Box, value: int, *, depth: Any = np.uint8) -> Variant:
    pixels = np.full((box.height, box.width, 3), value, depth)
    return Variant(
        box=box, pixels=pixels, faces=(), method="telea", device="cpu", model="none", seed=0, steps=1, seconds=0.1
    )


@dataclass(frozen=True)
class State:
    """Everything that undo brings back."""

    photo: bytes
    mask: bytes
    frames: tuple[Frame, ...]
    edges: tuple[bytes | None, ...]

    @classmethod
    def of(cls, document: Document) -> State:
        edges = tuple(None if e is None else e.tobytes() for e in document.edges)
        return cls(document.photo.pixels.tobytes(), document.mask.tobytes(), document.frames, edges)


def edge_map(seed: int) -> U8:
    return (np.random.default_rng(seed).integers(0, 20, (CHIP, CHIP)) == 0).astype(np.uint8) * 255


def apply(document: Document, what: str, seed: int) -> None:
    """One thing a user can do, chosen by name, its details by a seed."""
    random = np.random.default_rng(seed)
    x, y = int(random.integers(0, WIDTH - 10)), int(random.integers(0, HEIGHT - 10))
    box = Box(x, y, x + int(random.integers(1, 10)), y + int(random.integers(1, 10)))
    if what == "stroke":
        with document.begin_mask_stroke("Brush stroke") as stroke:
            drawing = mask_tools.Stroke(document.mask, stroke.backup, erase=bool(seed % 2))
            for at in random.uniform(-5, 90, (4, 2)):
                stroke.report(drawing.to((float(at[0]), float(at[1])), Brush(9, 0.5)))
    elif what == "invert":
        document.edit_mask("Invert mask", mask_tools.invert)
    elif what == "rectangle":
        ends = (box.left, box.top), (box.right, box.bottom)
        document.edit_mask("Rectangle", lambda mask: mask_tools.rectangle(mask, *ends), within=box)
    elif what == "result":
        document.apply_result(variant(box, seed % 256), "Restore", clear_mask=bool(seed % 3))
    elif what == "frame":
        document.set_frames([*document.frames[-2:], Frame(x, y, 20 + seed % 30)], "New frame")
    elif what == "edges" and document.frames:
        document.set_edges(seed % len(document.frames), edge_map(seed), "Draw edges")


actions = st.tuples(
    st.sampled_from(["stroke", "invert", "rectangle", "result", "frame", "edges"]), st.integers(0, 10_000)
)
moves = st.tuples(st.sampled_from(["undo", "redo"]), st.just(0))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(actions, moves), max_size=24))
def test_undo_and_redo_are_bit_exact_in_any_order(operations: list[tuple[str, int]]) -> None:
    document = Document(photo())
    states, at = [State.of(document)], 0
    for what, seed in operations:
        steps = document.history.state
        if what == "undo":
            document.history.undo()
            at = max(0, at - 1)
        elif what == "redo":
            document.history.redo()
            at = min(len(states) - 1, at + 1)
        else:
            apply(document, what, seed)
            if document.history.state != steps:  # it changed something
                states, at = [*states[: at + 1], State.of(document)], at + 1
        assert State.of(document) == states[at], what
        assert document.dirty == (at != 0)
    while document.history.undo():
        pass
    assert State.of(document) == states[0]
    assert document.original.pixels is not None
    np.testing.assert_array_equal(document.original.pixels, photo().pixels)


@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
def test_a_result_changes_its_box_only_and_leaves_older_photos_alone(depth: Any) -> None:
    document = Document(photo(depth=depth))
    first = document.photo
    before = first.pixels.copy()
    box = Box(10, 20, 30, 40)
    document.apply_result(variant(box, 7, depth=depth), "Restore")
    assert document.photo is not first
    np.testing.assert_array_equal(first.pixels, before)  # a worker may still be reading it
    assert (document.photo.pixels[box.slices] == 7).all()
    outside = np.ones((HEIGHT, WIDTH), bool)
    outside[box.slices] = False
    np.testing.assert_array_equal(document.photo.pixels[outside], before[outside])
    assert not document.photo.pixels.flags.writeable
    assert document.history.undo_name == "Restore"


def test_keeping_a_result_is_one_step_with_its_mask() -> None:
    document = Document(photo())
    document.edit_mask("Rectangle", lambda mask: mask_tools.rectangle(mask, (10, 20), (30, 40)))
    before = State.of(document)
    document.apply_result(variant(Box(10, 20, 30, 40), 7), "Restore", clear_mask=True)
    after = State.of(document)
    assert not document.mask.any()
    assert document.history.undo() == "Restore"
    assert State.of(document) == before
    assert document.history.redo() == "Restore"
    assert State.of(document) == after


def test_keeping_takes_only_what_was_filled_off_the_mask() -> None:
    """What was painted while a run went on was cleared with its mask, and the damage under it stayed unseen."""
    document, box = Document(photo()), Box(10, 10, 20, 30)  # the soft rim of the marks lies outside what changed
    marks = Box(10, 10, 30, 30), np.zeros((20, 20), np.uint8)
    marks[1][:, :12] = 200
    for kind in ("missing", "blurred"):
        document.edit_mask("x", lambda mask: mask_tools.rectangle(mask, (10, 10), (40, 30)), kind=kind)
    results = (replace(variant(box, 7), marks=marks), variant(box, 9))
    document.set_results(results)
    document.show_variant(results[0])
    document.keep_shown("Restore")
    for mask in document.masks.values():
        assert not mask[10:30, 10:22].any()
        assert mask[10:30, 22:40].all()
    assert document.results == ()
    document.history.undo()
    assert list(document.results) == list(results)  # to choose again
    assert document.mask[10:30, 10:40].all()
    later = variant(box, 11)
    document.set_results([*results, later])
    document.history.redo()
    assert list(document.results) == [later]  # made since: it stays
    document.history.undo()
    assert list(document.results) == [*results, later]


def test_an_undone_keep_has_the_strength_of_before() -> None:
    document, made = Document(photo()), variant(Box(10, 10, 20, 20), 7)
    document.set_results([made])
    document.mark_saved()
    document.show_variant(made)
    document.keep_shown("Restore")
    document.weaken_kept(0.4, "Strength")
    for name in ("Strength", "Restore"):
        assert document.history.undo() == name
    assert document.strength_of(made) == 1
    assert not document.dirty


def test_the_history_counts_the_pictures_of_steps() -> None:
    preview = Preview(Frame(20, 20, 20), 0, 1, 1, 2, np.zeros((CHIP, CHIP, 3), np.uint8))
    document, made = Document(photo()), replace(variant(Box(10, 10, 20, 20), 7), previews=(preview,) * 3)
    document.set_results([made])
    document.show_variant(made)
    document.keep_shown("Restore")
    assert document.history.nbytes > 3 * preview.chip.nbytes


def test_what_the_history_forgets_is_kept_alive_by_nothing() -> None:
    document, box = Document(photo(), undo_bytes=1), Box(10, 10, 20, 20)
    made = [variant(box, value) for value in range(4)]
    seen = [ref(one) for one in made]
    for one in made:
        document.set_results([one])
        document.show_variant(one)
        document.keep_shown("Restore")
    del made, one
    gc.collect()
    assert [one() is None for one in seen] == [True, True, False, False]  # but what Undo goes back to
    assert document.kept is not None


def test_a_strength_is_saved_or_asked_about() -> None:
    document, box = Document(photo()), Box(10, 10, 20, 20)
    document.set_results([variant(box, 7)])
    document.mark_saved()
    assert not document.dirty
    document.set_strength(document.results[0], 0.5)
    assert document.dirty
    saved = document.offers
    document.set_results([*document.results, variant(box, 9)])  # while that was written
    document.mark_saved(offers=saved)
    assert document.dirty


def test_whose_edges_they_are_goes_along() -> None:
    document = Document(photo())
    document.set_frames([Frame(20, 20, 20), Frame(50, 20, 20)], "Find faces")
    for index in range(2):
        document.set_edges(index, edge_map(index), "Edges", by_run=index == 1)
    assert document.own_edges[1] is None
    assert document.own_edges[0] is not None
    document.reshape(reshaped(document.content, Turn(2)), "Mirror")
    assert document.own_edges[1] is None
    assert document.edges[1] is not None
    document.set_frames(document.frames[::-1], "New order")
    assert document.own_edges[0] is None
    assert document.own_edges[1] is not None
    document.set_edges(0, edge_map(2), "Draw edges")
    assert document.own_edges[0] is not None


def test_keeping_and_undoing_cost_the_change_and_not_the_photo() -> None:
    document = Document(Photo.from_array(np.zeros((3000, 4000, 3), np.uint8)))
    box = Box(1000, 1000, 1400, 1300)
    document.edit_mask("x", lambda mask: mask_tools.rectangle(mask, (1000, 1000), (1400, 1300)), within=box)
    kept = variant(box, 7)
    tracemalloc.start()
    document.apply_result(kept, "Restore", clear_mask=True)
    document.history.undo()
    document.history.redo()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 << 20  # the photo has 36 MB
    assert document.history.nbytes < 4 << 20


def test_a_shown_variant_is_seen_but_not_in_the_photo() -> None:
    document, box = Document(photo()), Box(10, 10, 20, 20)
    heard: list[tuple[str, Box]] = []
    document.changed.append(lambda what, where: heard.append((what, where)))
    shown = variant(box, 200)
    document.set_results([shown])
    document.show_variant(shown)
    around = Box(5, 5, 25, 25)
    assert (document.pixels_in(around)[5:15, 5:15] == 200).all()
    np.testing.assert_array_equal(document.pixels_in(around)[:5], document.original.pixels[5:10, 5:25])
    np.testing.assert_array_equal(document.pixels_in(around, before=True), document.original.pixels[5:25, 5:25])
    np.testing.assert_array_equal(document.photo.pixels, document.original.pixels)
    assert document.history.clean  # it is no part of the photo
    assert document.dirty  # and it is in no file
    document.set_results([])  # what is not on offer cannot be shown
    assert document.shown is None
    assert [what for what, _ in heard] == ["results", "photo", "results", "photo"]
    assert heard[1] == ("photo", box)


@pytest.mark.parametrize("strength", [1.0, 0.5])
def test_a_variant_leaves_what_was_healed_since_it_was_made(strength: float) -> None:
    """Its box holds more than it changed: hidden, healed beside and shown again, it took the healing away."""
    document, box = Document(photo()), Box(10, 10, 20, 20)
    pixels = document.original.pixels[box.slices].copy()
    pixels[5:] = 200
    made = replace(variant(box, 0), pixels=pixels)
    document.set_results([made])
    document.set_strength(made, strength)
    before, healed = document.picture, Box(8, 8, 14, 14)
    document.show_picture(before.patched(healed, np.full((6, 6, 3), 77, np.uint8)), healed)
    document.keep_picture(before, healed, "Heal")
    document.show_variant(made)
    assert (document.pixels_in(healed) == 77).all()
    filled = Box(10, 15, 20, 20)
    shown = document.pixels_in(filled)
    assert np.abs(shown - (document.original.pixels[filled.slices] * (1 - strength) + 200 * strength)).max() <= 1
    assert (document.offered[0][0].pixels[:4, :4] == 77).all()
    document.keep_shown("Restore")
    assert (document.photo.pixels[healed.slices] == 77).all()
    np.testing.assert_array_equal(document.photo.pixels[filled.slices], shown)


def test_a_failing_edit_leaves_the_mask() -> None:
    document = Document(photo())

    def breaks(mask: U8) -> Box:
        mask[:10] = 99
        raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"):
        document.edit_mask("x", breaks)
    assert not document.mask.any()
    assert document.history.undo_name is None


def test_undo_in_the_middle_of_a_stroke_takes_the_stroke_back() -> None:
    document = Document(photo())
    stroke = document.begin_mask_stroke("Brush stroke")
    stroke.apply(lambda mask: mask_tools.rectangle(mask, (5, 5), (20, 20)))
    assert document.history.undo() == "Brush stroke"
    assert not document.mask.any()
    assert not stroke.open
    stroke.commit()  # the button goes up later
    assert document.history.undo_name is None
    assert document.history.redo() == "Brush stroke"
    assert int((document.mask == 255).sum()) == 15 * 15


def test_a_stroke_that_changes_nothing_is_no_step() -> None:
    document = Document(photo())
    document.edit_mask("Clear mask", mask_tools.clear)
    assert document.history.undo_name is None
    assert not document.dirty


def test_a_cancelled_stroke_is_as_if_it_never_was() -> None:
    document = Document(photo())
    document.edit_mask("Rectangle", lambda mask: mask_tools.rectangle(mask, (5, 5), (20, 20)))
    before, state = document.mask.copy(), document.history.state
    stroke = document.begin_mask_stroke("Brush stroke")
    stroke.apply(mask_tools.invert)
    stroke.cancel()
    np.testing.assert_array_equal(document.mask, before)
    assert document.history.state == state


def test_a_frame_that_stays_keeps_its_edges() -> None:
    document = Document(photo())
    one, two, three = Frame(30, 30, 20), Frame(60, 40, 20), Frame(40, 40, 30)
    document.set_frames([one, two], "Find faces")
    document.set_edges(1, edge_map(1), "Draw edges")
    document.set_visible_edges(1, edge_map(2))
    document.set_frames([three, two], "x")
    assert document.edges[0] is None
    assert document.edges[1] is not None
    assert document.visible_edges(0) is None
    assert document.visible_edges(1) is not None
    document.history.undo()
    assert document.frames == (one, two)


def test_edges_are_copied_and_their_shape_is_checked() -> None:
    document = Document(photo())
    document.set_frames([Frame(30, 30, 20)], "New frame")
    mine = edge_map(1)
    document.set_edges(0, mine, "Draw edges")
    mine[:] = 0
    held = document.edges[0]
    assert held is not None
    assert held.any()
    assert not held.flags.writeable
    with pytest.raises(ValueError, match="uint8"):
        document.set_edges(0, np.zeros((3, 3), np.uint8), "x")


def test_the_memory_of_undo_is_bounded() -> None:
    square = photo().pixels.nbytes  # the photo is smaller than the squares that are remembered
    document = Document(photo(), undo_bytes=5 * square)
    for value in range(40):
        document.apply_result(variant(Box(0, 0, 50, 50), value), "Restore")
    assert 4 * square < document.history.nbytes <= 5 * square
    assert document.history.undo_name == "Restore"


def test_selecting_a_frame_is_no_step() -> None:
    document = Document(photo())
    document.set_frames([Frame(30, 30, 20), Frame(60, 40, 20)], "Find faces")
    document.mark_saved()
    document.select_frame(1)
    document.select_frame(7)
    assert document.selected == 1
    assert not document.dirty
