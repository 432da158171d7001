"""Undo and redo: bit-exact in any order, bounded, and sure of what is saved."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.geometry import U8, Box
from faceapp.editing.boxes import TILE
from faceapp.editing.history import Backup, History, PatchStep, pack, unpack


@dataclass
class Page:
    """An array with a history, edited at random."""

    array: U8 = field(default_factory=lambda: np.zeros((TILE + 90, 2 * TILE + 40), np.uint8))
    history: History = field(default_factory=History)

    def fill(self, name: str, box: Box, value: int) -> None:
        backup = Backup(self.array)
        backup.save(box)
        self.array[box.slices] = value
        self.history.push(
            PatchStep(name, target=lambda: self.array, pieces=backup.changed(), swapped=lambda _box: None)
        )


boxes = st.builds(
    lambda left, top, width, height: Box(left, top, left + width, top + height),
    st.integers(0, 500),
    st.integers(0, 300),
    st.integers(1, 300),
    st.integers(1, 300),
)
edits = st.tuples(st.just("edit"), boxes, st.integers(0, 255))
moves = st.tuples(st.sampled_from(["undo", "redo"]), st.none(), st.none())


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(edits, moves, moves), max_size=25))
def test_any_order_of_operations_is_bit_exact(operations: list[tuple[str, Box, int]]) -> None:
    page = Page()
    states, at = [page.array.copy()], 0
    for what, box, value in operations:
        if what == "edit":
            page.fill("fill", box, value)
            states, at = [*states[: at + 1], page.array.copy()], at + 1
        elif what == "undo":
            assert (page.history.undo() is None) == (at == 0)
            at = max(0, at - 1)
        else:
            assert (page.history.redo() is None) == (at == len(states) - 1)
            at = min(len(states) - 1, at + 1)
        np.testing.assert_array_equal(page.array, states[at])
        assert page.history.clean == (at == 0)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 40), st.integers(1, 40), st.booleans())
def test_packed_pixels_come_back(seed: int, height: int, width: int, plain: bool) -> None:
    rng = np.random.default_rng(seed)
    pixels = rng.integers(0, 256, (height, width), np.uint8)
    if plain:
        pixels[...] = pixels[0, 0]
    packed = pack(pixels)
    np.testing.assert_array_equal(unpack(packed, pixels.shape), pixels)
    assert (len(packed) == 1) == bool((pixels == pixels[0, 0]).all())


def test_the_menu_shows_what_comes_next() -> None:
    page = Page()
    assert (page.history.undo_name, page.history.redo_name) == (None, None)
    page.fill("one", Box(0, 0, 9, 9), 1)
    page.fill("two", Box(5, 5, 20, 20), 2)
    assert (page.history.undo_name, page.history.redo_name) == ("two", None)
    page.history.undo()
    assert (page.history.undo_name, page.history.redo_name) == ("one", "two")
    page.fill("three", Box(0, 0, 2, 2), 3)
    assert (page.history.undo_name, page.history.redo_name) == ("three", None)


def test_memory_is_bounded_and_the_newest_step_survives() -> None:
    rng = np.random.default_rng(3)
    page = Page(history=History(limit=150_000))
    for i in range(20):
        page.array[...] = rng.integers(0, 256, page.array.shape)  # noise does not compress
        page.fill(f"step {i}", Box(0, 0, 200, 200), i)
        assert page.history.nbytes <= 150_000
    assert page.history.undo() == "step 19"
    small = Page(history=History(limit=10))
    small.array[...] = rng.integers(0, 256, small.array.shape)
    small.fill("large", Box(0, 0, 300, 300), 7)
    assert small.history.undo_name == "large"


def test_forgetting_the_oldest_steps_keeps_track_of_the_saved_state() -> None:
    rng = np.random.default_rng(4)
    page = Page(history=History(limit=150_000))

    def noisy(name: str) -> None:
        page.array[...] = rng.integers(0, 256, page.array.shape)
        page.fill(name, Box(0, 0, 250, 250), 7)

    for i in range(3):
        noisy(f"{i}")
    page.history.mark_clean()
    noisy("after saving")
    assert not page.history.clean
    page.history.undo()
    assert page.history.clean
    noisy("another way")
    noisy("and on")
    while page.history.undo():
        pass
    assert page.history.clean == (page.history.state == 3)


def test_a_saved_state_that_was_redone_over_is_gone() -> None:
    page = Page()
    page.fill("one", Box(0, 0, 9, 9), 1)
    page.history.mark_clean()
    page.history.undo()
    assert not page.history.clean
    page.fill("two", Box(0, 0, 9, 9), 2)
    page.history.undo()
    assert not page.history.clean
    page.history.mark_dirty()
    assert not page.history.clean


def test_a_backup_copies_only_what_is_touched() -> None:
    array = np.zeros((4 * TILE, 4 * TILE), np.uint8)
    backup = Backup(array)
    box = Box(TILE - 5, TILE - 5, TILE + 5, TILE + 5)
    backup.save(box)
    array[box.slices] = 9
    backup.save(box)  # later than the change: what is known stays as it was
    pieces = backup.changed()
    assert len(pieces) == 4
    assert all(not old.any() for _, old in pieces)


def test_listeners_hear_of_every_change() -> None:
    heard: list[str | None] = []
    page = Page()
    page.history = History(changed=lambda: heard.append(page.history.undo_name))
    page.fill("one", Box(0, 0, 9, 9), 1)
    page.history.undo()
    page.history.undo()
    page.history.redo()
    assert heard == ["one", None, "one"]
