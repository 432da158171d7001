"""Tab as the window system brings it: held it compares, wherever the focus is; tapped it moves the focus."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
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
