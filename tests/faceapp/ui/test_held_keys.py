"""Tab and Space as the window system brings them: held they compare and pan, wherever the focus is."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from faceapp.editing.document import Document
from faceapp.ui.main_window import MainWindow

pytestmark = pytest.mark.slow


@pytest.fixture
def beside(qtbot: QtBot, window: MainWindow, document: Document) -> MainWindow:
    """The window after a click on a slider of the panel, which has the focus now."""
    window.activateWindow()
    slider = window.side.mask_panel.hardness.slider
    qtbot.mouseClick(slider, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: QApplication.focusWidget() is slider)
    return window


def test_tab_held_anywhere_compares(qtbot: QtBot, beside: MainWindow) -> None:
    handle, focus = beside.windowHandle(), QApplication.focusWidget()
    QTest.keyPress(handle, Qt.Key.Key_Tab)
    qtbot.waitUntil(lambda: beside.canvas.compare)
    assert beside.actions_["compare"].isChecked()
    QTest.keyRelease(handle, Qt.Key.Key_Tab)
    assert not beside.canvas.compare
    assert QApplication.focusWidget() is focus


def test_a_short_tab_moves_the_focus(beside: MainWindow) -> None:
    QTest.keyClick(beside.windowHandle(), Qt.Key.Key_Tab)
    assert not beside.canvas.compare
    assert QApplication.focusWidget() is beside.side.mask_panel.hardness.number


def test_on_the_canvas_tab_compares_at_once(qtbot: QtBot, beside: MainWindow) -> None:
    beside.canvas.setFocus()
    QTest.keyPress(beside.windowHandle(), Qt.Key.Key_Tab)
    assert beside.canvas.compare
    QTest.keyRelease(beside.windowHandle(), Qt.Key.Key_Tab)
    assert not beside.canvas.compare


def dragged(window: MainWindow) -> None:
    """Over the middle of the photo."""
    at = window.canvas.mapTo(window, window.canvas.rect().center())
    QTest.mousePress(window.windowHandle(), Qt.MouseButton.LeftButton, pos=at)
    QTest.mouseMove(window.windowHandle(), at + QPoint(40, 30))
    QTest.mouseRelease(window.windowHandle(), Qt.MouseButton.LeftButton, pos=at + QPoint(40, 30))


def test_space_held_anywhere_moves_the_photo(beside: MainWindow, document: Document) -> None:
    """It painted, and pressed the button that had the focus."""
    handle, mirror = beside.windowHandle(), beside.actions_["reference_mirror"]
    beside.side.sections[3].head.setChecked(True)
    mirror.trigger()
    beside.side.faces.reference_buttons[2].setFocus()  # No reference
    before = beside.canvas.view
    QTest.keyPress(handle, Qt.Key.Key_Space)
    dragged(beside)
    QTest.keyRelease(handle, Qt.Key.Key_Space)
    assert not document.marked
    assert document.reference == "mirror"
    assert beside.canvas.view != before
    dragged(beside)
    assert document.marked
