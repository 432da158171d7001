"""Crop, turns, mirror and straighten by hand, in the window."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

import engine
from engine import Box, Frame, Size, read_photo
from faceapp.editing.document import Document
from faceapp.editing.reshaping import Crop
from faceapp.storage.project_reading import read_project
from faceapp.ui.canvas.shape_tools import level
from faceapp.ui.main_window import MainWindow

pytestmark = pytest.mark.slow

Drag = Callable[..., None]


def idle(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: not window.door.busy and not window.door.waiting, timeout=10_000)


def test_a_crop_drawn_adjusted_and_cut(qtbot: QtBot, window: MainWindow, document: Document, drag: Drag) -> None:
    pixels = document.photo.pixels
    qtbot.keyClick(window, Qt.Key.Key_T)
    drag((30, 20), (120, 100))
    drag((120, 60), (140, 60))  # its right side
    drag((80, 60), (70, 65))  # all of it
    qtbot.keyClick(window.canvas, Qt.Key.Key_Return)
    idle(qtbot, window)
    assert abs(document.size.width - 110) <= 1
    assert abs(document.size.height - 80) <= 1
    assert np.array_equal(document.photo.pixels, pixels[25:105, 20:130][: document.size.height, : document.size.width])
    assert window.status.size_label.text() == f"{document.size.width} × {document.size.height}"
    assert window.actions_["undo"].text().endswith("Crop")
    window.actions_["undo"].trigger()
    assert np.array_equal(document.photo.pixels, pixels)


def test_a_crop_of_a_jpeg_compresses_nothing_again(
    qtbot: QtBot, window: MainWindow, drag: Drag, tmp_path: Path
) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (10, 14, 3), np.uint8).repeat(12, 0).repeat(12, 1)
    engine.write_photo(engine.Photo.from_array(pixels), tmp_path / "a.jpg", quality=70)
    window.files.open_paths([tmp_path / "a.jpg"])
    qtbot.waitUntil(lambda: window.workspace.document is not None and not window.door.busy)
    document = window.workspace.document
    assert document is not None
    window.actions_["tool_crop"].trigger()
    drag((37, 21), (120, 100))
    qtbot.keyClick(window.canvas, Qt.Key.Key_Return)
    idle(qtbot, window)
    assert document.size.width > 120 - 37
    assert document.size.height > 100 - 21
    assert engine.losses(document.original, ".jpg") == ()


def test_a_mask_found_before_a_crop_is_not_laid_on_what_is_left(
    qtbot: QtBot, window: MainWindow, document: Document, tmp_path: Path
) -> None:
    engine.write_mask(np.full((120, 160), 255, np.uint8), tmp_path / "mask.png")
    window.shapes.reshape(Crop(Box(10, 10, 60, 50)))
    window.masks.import_from(tmp_path / "mask.png")  # waits behind the crop, with a size that is no more
    idle(qtbot, window)
    assert document.size == Size(50, 40)
    assert not document.mask.any()


def test_escape_gives_a_crop_up(qtbot: QtBot, window: MainWindow, document: Document, drag: Drag) -> None:
    window.actions_["tool_crop"].trigger()
    bare = window.canvas.grab().toImage()
    drag((30, 20), (120, 100))
    assert window.canvas.grab().toImage() != bare
    qtbot.keyClick(window.canvas, Qt.Key.Key_Escape)
    qtbot.keyClick(window.canvas, Qt.Key.Key_Return)
    idle(qtbot, window)
    assert document.size == Size(160, 120)
    assert not document.dirty


@pytest.mark.parametrize(("action", "turn"), [("turn_left", 1), ("turn_right", -1), ("mirror", 0)])
def test_turns_take_mask_and_frames_along(
    qtbot: QtBot, window: MainWindow, document: Document, drag: Drag, tmp_path: Path, action: str, turn: int
) -> None:
    drag((40, 40), (90, 70))
    document.set_frames([Frame(50, 40, 30)], "New frame")
    pixels, mask = document.photo.pixels, document.mask.copy()
    window.actions_[action].trigger()
    idle(qtbot, window)

    def moved(array: np.ndarray) -> np.ndarray:
        return np.rot90(array, turn) if turn else array[:, ::-1]

    assert np.array_equal(document.photo.pixels, moved(pixels))
    assert np.array_equal(document.mask, moved(mask))
    spot = np.zeros((120, 160), bool)
    spot[39:42, 49:52] = True
    frame = document.frames[0]
    assert moved(spot)[int(frame.cy), int(frame.cx)]
    photo = window.workspace.current
    assert photo is not None
    window.files.write_project(photo, tmp_path / "turned.facemend")
    window.files.write_photo(photo, tmp_path / "turned.png")
    idle(qtbot, window)
    assert np.array_equal(read_photo(tmp_path / "turned.png").pixels, moved(pixels))
    again = read_project(tmp_path / "turned.facemend").document
    assert np.array_equal(again.photo.pixels, moved(pixels))
    assert np.array_equal(again.mask, moved(mask))


def test_a_shown_result_goes_along(qtbot: QtBot, window: MainWindow, document: Document, drag: Drag) -> None:
    drag((40, 40), (90, 70))
    window.side.restore.go.click()
    idle(qtbot, window)
    seen = document.pixels_in(document.original.box).copy()
    window.actions_["turn_right"].trigger()
    idle(qtbot, window)
    assert np.array_equal(document.photo.pixels, np.rot90(seen, -1))


def test_a_line_that_should_be_level_turns_the_photo(
    qtbot: QtBot, window: MainWindow, document: Document, drag: Drag
) -> None:
    qtbot.keyClick(window, Qt.Key.Key_A)
    drag((20, 60), (140, 72))
    idle(qtbot, window)
    assert document.size.width < 160
    assert "computed anew" in window.notice.text
    window.actions_["undo"].trigger()
    assert document.size == Size(160, 120)


@pytest.mark.parametrize(
    ("end", "degrees"), [((100, 10), -5.71), ((100, -10), 5.71), ((10, 100), 5.71), ((-10, -100), 5.71), ((50, 0), 0)]
)
def test_lines_become_level_or_upright(end: tuple[float, float], degrees: float) -> None:
    assert level((0, 0), end) == pytest.approx(degrees, abs=0.01)
