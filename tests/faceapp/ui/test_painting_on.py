"""Painting where a result is shown, or where the mask is hidden."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from engine import Frame, read_photo
from faceapp.editing.document import Document
from faceapp.ui.main_window import MainWindow

pytestmark = pytest.mark.slow

Drag = Callable[..., None]


def idle(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: not window.door.busy and not window.door.waiting, timeout=10_000)


@pytest.fixture
def result(qtbot: QtBot, window: MainWindow, document: Document, drag: Drag) -> Document:
    """The document with a result that is shown."""
    drag((40, 40), (90, 70))
    window.actions_["restore"].trigger()
    idle(qtbot, window)
    assert document.shown is not None
    return document


@pytest.mark.parametrize("tool", ["brush", "rectangle", "lasso", "wand"])
def test_painting_goes_on_on_top_of_the_shown_result(
    window: MainWindow, result: Document, drag: Drag, tool: str
) -> None:
    seen, filled = result.pixels_in(result.original.box).copy(), result.mask.copy()
    window.actions_[f"tool_{tool}"].trigger()
    if tool == "lasso":
        for corner in ((110, 90), (140, 90), (140, 110), (110, 90)):
            drag(corner)
    else:
        drag((110, 90), None if tool == "wand" else (140, 110))
    assert np.array_equal(result.picture.pixels_in(result.original.box), seen)
    assert result.mask.any()
    assert not result.mask[40:70, 40:90].any()
    assert "kept" in window.notice.text
    window.actions_["undo"].trigger()  # the stroke
    assert not result.mask.any()
    window.actions_["undo"].trigger()  # the result, with its mask: one step
    assert np.array_equal(result.mask, filled)
    assert not result.picture.tiles


def test_a_click_loses_nothing_of_what_is_saved(
    qtbot: QtBot, window: MainWindow, result: Document, drag: Drag, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = result.pixels_in(result.original.box).copy()
    drag((120, 100))
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args: (str(tmp_path / "out.png"), ""))
    qtbot.keyClick(window, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    idle(qtbot, window)
    assert np.array_equal(read_photo(tmp_path / "out.png").pixels, seen)


def test_a_hidden_mask_shows_itself_when_it_is_painted(
    qtbot: QtBot, window: MainWindow, document: Document, drag: Drag
) -> None:
    drag((40, 40), (90, 70))
    qtbot.keyClick(window, Qt.Key.Key_M)
    bare = window.canvas.grab().toImage()
    assert not window.actions_["show_mask"].isChecked()
    drag((100, 40), (140, 40))
    assert window.actions_["show_mask"].isChecked()
    assert window.canvas.grab().toImage() != bare


def test_keep_leaves_no_edges_of_the_old_mask(qtbot: QtBot, window: MainWindow, document: Document, drag: Drag) -> None:
    edges = np.zeros((256, 256), np.uint8)
    edges[60:180, 100] = 255
    document.set_frames([Frame(80, 60, 100)], "New frame")
    document.set_edges(0, edges, "Draw edges")
    drag((40, 40), (90, 70))
    window.actions_["restore"].trigger()
    idle(qtbot, window)
    window.variants.keep.click()
    assert document.edges == (None,)
    window.actions_["undo"].trigger()
    assert document.edges[0] is not None
    assert np.array_equal(document.edges[0], edges)
    assert document.mask.any()


def test_undo_goes_back_from_a_result_to_its_mask_and_not_past_it(
    qtbot: QtBot, window: MainWindow, result: Document
) -> None:
    mask, variant = result.mask.copy(), result.shown
    assert window.actions_["undo"].text().endswith("Restore")
    qtbot.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert result.shown is None
    assert np.array_equal(result.mask, mask)
    assert result.results == (variant,)
    assert window.actions_["undo"].text().endswith("Brush stroke")
    window.variants.thumbs.setCurrentRow(0)
    assert result.shown is variant
