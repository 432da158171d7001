"""How a photo is when it has just been opened: its size on the screen, the brush, the sample's mask."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

import engine
from faceapp import samples
from faceapp.editing.document import Document
from faceapp.ui.commands.workspace import OpenPhoto
from faceapp.ui.dialogs import Preferences
from faceapp.ui.main_window import MainWindow

pytestmark = pytest.mark.slow


def blank(width: int, height: int) -> OpenPhoto:
    return OpenPhoto(Document(engine.Photo.from_array(np.zeros((height, width, 3), np.uint8))), "blank")


def test_the_sample_opens_with_its_mask(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.mouseClick(window.welcome.sample, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.workspace.document is not None and not window.door.busy)
    document = window.workspace.document
    assert document is not None
    assert np.array_equal(document.mask, engine.read_mask(samples.PORTRAIT_MASK, document.size))
    assert not document.dirty
    photo = window.workspace.current
    assert photo is not None
    assert window.files.suggestion(photo).parent == Path(window.store.value.save_folder)  # not in the program


def test_the_brush_follows_the_photos_size(qtbot: QtBot, window: MainWindow) -> None:
    sizes = []
    for side in (250, 4000):
        window.workspace.add(blank(side, side // 2))
        sizes.append(window.canvas.brush_size)
        assert window.side.mask_panel.brush_size.value == window.canvas.brush_size
    assert sizes == [10, 160]
    qtbot.keyClick(window.canvas, Qt.Key.Key_BracketRight)
    assert window.canvas.brush_size == 176
    window.workspace.step(-1)
    assert window.canvas.brush_size == pytest.approx(11)
    window.workspace.step(1)
    assert window.canvas.brush_size == pytest.approx(176)


def test_fit_enlarges_a_small_photo_unless_that_is_not_wanted(qtbot: QtBot, window: MainWindow) -> None:
    window.workspace.add(blank(100, 80))
    room = min(window.canvas.width() / 100, window.canvas.height() / 80)
    assert 0.8 * room < window.canvas.zoom <= room
    dialog = Preferences(window, window.store)
    qtbot.addWidget(dialog)
    dialog.enlarges.click()
    dialog.accept()
    assert window.canvas.zoom == 1
    window.store.put(replace(window.store.value, fit_enlarges=True))
    assert window.canvas.zoom > 1
