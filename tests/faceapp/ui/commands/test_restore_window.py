"""The real networks in the real window: previews, variants, cancel, edges, and an event loop that never waits."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from engine import Frame, Photo, Preview, write_photo
from engine.faces import likeness
from engine.geometry import Box
from faceapp.editing import mask_tools
from faceapp.editing.boxes import masked_box
from faceapp.editing.document import Document
from faceapp.editing.mask_tools import Point
from faceapp.editing.variant import Variant
from faceapp.jobs import Ticket
from faceapp.ui.commands.restoring import MAX_VARIANTS, Previews, newest
from faceapp.ui.layers import LAYERS
from faceapp.ui.look.theme import RESOURCES
from faceapp.ui.main_window import MainWindow

data = pytest.importorskip("skimage.data", reason="needs scikit-image's picture of an astronaut")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (RESOURCES / "models" / "catalog.json").exists(), reason="the models do not lie in resources/models"
    ),
]

FACE = Frame(224, 118, 176, 4)


@pytest.fixture
def astronaut(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> Document:
    write_photo(Photo.from_array(data.astronaut()), tmp_path / "astronaut.png")
    window.store.put(replace(window.store.value, method="diffusion", steps=3, device="cpu"))
    window.files.open_paths([tmp_path / "astronaut.png"])
    qtbot.waitUntil(lambda: window.workspace.document is not None)
    document = window.workspace.document
    assert document is not None
    document.edit_mask("Brush stroke", lambda m: mask_tools.stroke(m, [(205, 90), (232, 125)], mask_tools.Brush(14)))
    document.set_frames([FACE], "New frame")
    return document


def longest_gap(qtbot: QtBot, over: Callable[[], bool]) -> float:
    """Seconds of the longest turn of the event loop until `over`."""
    longest = 0.0
    while not over():
        start = time.perf_counter()
        qtbot.wait(1)
        longest = max(longest, time.perf_counter() - start - 0.001)
    return longest


def gap_at_rest(qtbot: QtBot, seconds: float = 0.5) -> float:
    """Seconds of the longest turn of the event loop while nothing is done: the machine's own pauses."""
    end = time.perf_counter() + seconds
    return longest_gap(qtbot, lambda: time.perf_counter() > end)


def test_steps_variants_and_their_strips(
    qtbot: QtBot, window: MainWindow, astronaut: Document, screenshot: Callable[[QWidget, str], None]
) -> None:
    window.store.put(replace(window.store.value, variants=2, seed=5))
    before = astronaut.photo
    shown: list[Preview] = []
    window.restorer.previewed.connect(lambda preview: shown.append(preview) if preview else None)
    first, second = window.restorer.restore()
    assert window.status.waiting.text() == "1 waiting"
    qtbot.waitUntil(lambda: second.over, timeout=60_000)
    assert (first.state, second.state) == ("done", "done")
    assert [variant.seed for variant in astronaut.results] == [5, 6]
    assert [preview.index for preview in shown] == [1, 2, 3, 4, 5, 1, 2, 3, 4, 5]
    assert window.steps.count == 5
    assert window.variants.thumbs.count() == 2
    assert astronaut.photo is before
    assert astronaut.edges[0] is not None  # drawn by the network, to be edited
    qtbot.wait(30)
    screenshot(window, "window-variants")
    window.steps.slider.setValue(0)
    assert window.canvas.grab() is not None
    window.variants.thumbs.setCurrentRow(0)
    assert astronaut.shown is astronaut.results[0]
    window.actions_["keep"].trigger()
    changed = (astronaut.photo.pixels != before.pixels).any(axis=2)
    assert changed.any()
    window.actions_["undo"].trigger()
    reach = masked_box(astronaut.mask).grown(8)
    changed[reach.slices] = False
    assert not changed.any()


def test_seeds_that_make_no_difference_are_one_variant(qtbot: QtBot, window: MainWindow, astronaut: Document) -> None:
    """In one step nothing is left to chance."""
    window.store.put(replace(window.store.value, steps=1, variants=2, seed=5))
    _, second = window.restorer.restore()
    qtbot.waitUntil(lambda: second.over, timeout=60_000)
    assert [variant.seed for variant in astronaut.results] == [5]
    assert astronaut.shown is astronaut.results[0]
    assert "same picture" in window.notice.text


def test_the_window_never_waits_for_a_run(
    qtbot: QtBot, window: MainWindow, astronaut: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No turn of the event loop takes 50 ms, loading the models included.

    Without the extra `identity`: dlib holds the interpreter while it looks at a face, some 70 ms.

    Other processes pause this one as they like, so what the machine does to an idle window, measured right before
    each run, is allowed on top, and the best of some runs counts: a window that waits for the worker, waits every
    time.
    """
    monkeypatch.setattr(likeness, "_embedder", lambda: None)
    gaps = []
    for _ in range(5):
        rest = gap_at_rest(qtbot)
        (ticket,) = window.restorer.restore()
        gaps.append(longest_gap(qtbot, lambda ticket=ticket: ticket.over) - rest)  # type: ignore[misc]
        assert ticket.state == "done"
        if gaps[-1] < 0.05:
            break
    assert min(gaps) < 0.05, gaps


def test_cancel_within_a_step_leaves_everything(qtbot: QtBot, window: MainWindow, astronaut: Document) -> None:
    window.store.put(replace(window.store.value, steps=400))
    before, mask, name = astronaut.photo, astronaut.mask.copy(), astronaut.history.undo_name
    steps: list[int] = []
    window.restorer.previewed.connect(lambda preview: steps.append(preview.index) if preview else None)
    (ticket,) = window.restorer.restore()
    qtbot.waitUntil(lambda: len(steps) > 2, timeout=60_000)
    window.actions_["cancel"].trigger()
    asked = steps[-1]
    qtbot.waitUntil(lambda: ticket.over, timeout=20_000)
    assert steps[-1] <= asked + 2  # the one under way, and one that was on its way to the window
    assert ticket.state == "cancelled"
    assert astronaut.photo is before
    assert np.array_equal(astronaut.mask, mask)
    assert astronaut.history.undo_name == name
    assert astronaut.results == ()


def test_cancel_stops_all_variants_and_opens_what_was_dropped_meanwhile(
    qtbot: QtBot, window: MainWindow, astronaut: Document, photo_file: Path
) -> None:
    window.store.put(replace(window.store.value, steps=400, variants=2))
    runs = window.restorer.restore()
    qtbot.waitUntil(lambda: window.restorer.running, timeout=60_000)
    window.files.open_paths([photo_file])
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not window.door.busy and not window.door.waiting, timeout=20_000)
    assert [run.state for run in runs] == ["cancelled"] * 2
    assert [photo.title for photo in window.workspace.photos] == ["astronaut.png", "waves.png"]


def test_a_closed_photos_runs_are_cancelled(
    qtbot: QtBot, window: MainWindow, astronaut: Document, photo_file: Path
) -> None:
    """They went on to their end, and what was opened next waited behind them."""
    window.store.put(replace(window.store.value, steps=400, variants=2))
    runs = window.restorer.restore()
    window.files.open_paths([photo_file])
    qtbot.waitUntil(lambda: window.restorer.running, timeout=60_000)
    closed = window.workspace.current
    assert closed is not None
    window.workspace.remove(closed)
    qtbot.waitUntil(lambda: not window.door.busy and not window.door.waiting, timeout=20_000)
    assert [run.state for run in runs] == ["cancelled"] * 2
    assert [photo.title for photo in window.workspace.photos] == ["waves.png"]


def test_while_one_photo_is_restored_another_shows_its_mask(
    qtbot: QtBot, window: MainWindow, astronaut: Document, photo_file: Path
) -> None:
    window.files.open_paths([photo_file])
    qtbot.waitUntil(lambda: window.workspace.document is not astronaut)
    window.workspace.step(-1)
    layers = [window.actions_[f"show_{layer}"] for layer in LAYERS]
    window.store.put(replace(window.store.value, steps=400))
    window.restorer.restore()
    qtbot.waitUntil(lambda: window.restorer.running, timeout=60_000)
    assert not any(layer.isChecked() for layer in layers)
    window.workspace.step(1)
    assert all(layer.isChecked() for layer in layers)
    window.workspace.step(-1)
    assert not any(layer.isChecked() for layer in layers)


def test_fill_again_follows_the_edges_that_were_drawn(qtbot: QtBot, window: MainWindow, astronaut: Document) -> None:
    window.restorer.fill_again()
    assert "edge pencil" in window.notice.text
    fills = []
    for column in (100, 130):
        edges = np.zeros((256, 256), np.uint8)
        edges[60:180, column] = 255
        astronaut.set_edges(0, edges, "Draw edges")
        (ticket,) = window.restorer.fill_again()
        qtbot.waitUntil(lambda ticket=ticket: ticket.over, timeout=60_000)  # type: ignore[misc]
        assert ticket.state == "done"
        fills.append(astronaut.results[-1].pixels)
        drawn = astronaut.edges[0]
        assert drawn is not None
        assert np.array_equal(drawn, edges)  # a person's edges are not drawn over
    assert not np.array_equal(fills[0], fills[1])


@pytest.mark.parametrize("change", ["healed", "turned back"])
def test_a_variant_of_a_photo_that_changed_meanwhile_waits(
    qtbot: QtBot, window: MainWindow, astronaut: Document, change: str
) -> None:
    """It was thrown away: a stroke of healing while it was made cost the run."""
    window.store.put(replace(window.store.value, method="telea"))
    window.actions_["turn_right"].trigger()
    qtbot.waitUntil(lambda: astronaut.history.undo_name == "Turn right", timeout=20_000)
    free = threading.Event()
    window.door.submit(Ticket("wait", lambda _: free.wait(60)))
    (run,) = window.restorer.restore()
    before, box = astronaut.picture, Box(0, 0, 8, 8)
    if change == "healed":
        astronaut.show_picture(before.patched(box, np.zeros((8, 8, 3), np.uint8)), box)
        astronaut.keep_picture(before, box, "Heal")
    else:
        astronaut.history.undo()
    free.set()
    qtbot.waitUntil(lambda: run.over, timeout=60_000)
    assert astronaut.shown is None
    if change == "turned back":
        assert not astronaut.results
        assert "discarded" in window.notice.text
        return
    assert "waits below" in window.notice.text
    (made,) = astronaut.results
    window.restorer.choose(0)
    window.restorer.keep()
    assert (astronaut.photo.pixels[box.slices] == 0).all()
    assert (astronaut.photo.pixels[made.box.slices] != before.pixels_in(made.box)).any()


def test_closing_in_the_middle_of_a_run_is_clean(qtbot: QtBot, window: MainWindow, astronaut: Document) -> None:
    window.store.put(replace(window.store.value, steps=400))
    (ticket,) = window.restorer.restore()
    qtbot.waitUntil(lambda: window.restorer.running, timeout=60_000)
    astronaut.mark_saved()
    start = time.perf_counter()
    assert window.close()
    assert ticket.state == "cancelled"
    assert time.perf_counter() - start < 10  # a step, not the rest of 400
    qtbot.waitUntil(lambda: not [thread for thread in threading.enumerate() if thread.name == "jobs"])


def draw(qtbot: QtBot, window: MainWindow, start: Point, end: Point) -> None:
    """Drag from one photo point to another with the mouse."""
    canvas = window.canvas
    first, last = (QPointF(*canvas.view.to_view(*point)).toPoint() for point in (start, end))
    qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, pos=first)
    qtbot.mouseMove(canvas, last)
    qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=last)


def test_moving_an_edge_moves_the_fill(qtbot: QtBot, window: MainWindow, astronaut: Document) -> None:
    """By the Edges panel's own way: pencil, button.  Half a face is gone; where the line is drawn, the fill has
    more of an edge than the fill of the line drawn elsewhere has there."""
    window.store.put(replace(window.store.value, steps=1))
    astronaut.edit_mask("Rectangle", lambda m: mask_tools.rectangle(m, (190, 60), (225, 170)))
    columns, slopes = (202, 213), []
    for column in columns:
        window.actions_["edges_clear"].trigger()
        window.actions_["tool_edge_pencil"].trigger()
        draw(qtbot, window, (column, 60), (column, 170))
        assert astronaut.edges[0] is not None
        window.side.edges.again.click()
        qtbot.waitUntil(lambda: not window.door.busy and not window.door.waiting, timeout=60_000)
        grey = astronaut.pixels_in(Box(0, 60, 512, 170)).mean(axis=2)
        slopes.append(np.abs(np.diff(grey, axis=1)))
    for i, column in enumerate(columns):
        here, elsewhere = (slope[:, column - 3 : column + 2].max(axis=1).mean() for slope in (slopes[i], slopes[1 - i]))
        assert here > 1.1 * elsewhere


def test_variants_are_bounded_in_number_and_bytes() -> None:
    def sized(seed: int, side: int) -> Variant:
        pixels = np.zeros((side, side, 3), np.uint8)
        return Variant(
            box=Box(0, 0, side, side), pixels=pixels, faces=(), method="telea", device="cpu", model="none",
            seed=seed, steps=1, seconds=0.1,
        )  # fmt: skip

    small = tuple(sized(seed, 10) for seed in range(40))
    assert [variant.seed for variant in newest(small)] == list(range(40 - MAX_VARIANTS, 40))
    assert [variant.seed for variant in newest(small, limit=1000)] == [37, 38, 39]
    assert [variant.seed for variant in newest((sized(1, 10), sized(2, 99)), limit=1000)] == [2]


def test_previews_are_thinned_evenly() -> None:
    previews = Previews(most=10)
    chip = np.zeros((256, 256, 3), np.uint8)
    for index in range(1, 1001):
        previews.add(Preview(FACE, 0, 1, index, 1000, chip))
    kept = [preview.index for preview in previews.all()]
    assert len(kept) <= 12
    assert kept[0] == 1
    assert kept[-1] == 1000
    assert max(np.diff(kept)) <= 3 * max(1, int(np.median(np.diff(kept))))
