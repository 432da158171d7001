"""The side panel: what the wheel does, and what is in sight on a small screen."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from faceapp.editing.document import Document
from faceapp.ui.look.widgets import Section
from faceapp.ui.main_window import MainWindow

pytestmark = pytest.mark.slow


def turn(window: MainWindow, widget: QWidget, notches: int) -> None:
    """The wheel, over the middle of a widget, from where the window system brings it."""
    at = widget.mapTo(window, widget.rect().center())
    QTest.wheelEvent(window.windowHandle(), QPointF(at), QPoint(0, 120 * notches))


def unfolded(window: MainWindow) -> None:
    window.resize(1280, 800)
    for section in window.side.findChildren(Section):
        section.head.setChecked(True)
    QApplication.processEvents()


def test_the_wheel_scrolls_by_the_bar_and_by_any_field(window: MainWindow) -> None:
    unfolded(window)
    bar, restore = window.side.verticalScrollBar(), window.side.restore
    turn(window, bar, -3)
    assert bar.value() > 0
    turn(window, bar, 9)
    assert bar.value() == 0
    before = window.store.value
    turn(window, restore.method, -3)  # has no focus: its value stays, the panel goes
    assert window.store.value == before
    assert bar.value() > 0


def test_what_is_used_every_minute_is_in_sight_at_1280_by_800(
    qtbot: QtBot, window: MainWindow, document: Document
) -> None:
    window.resize(1280, 800)
    QApplication.processEvents()
    side, mask = window.side, window.side.mask_panel
    used = [
        side.restore.go,
        side.restore.variants,
        side.restore.seed,
        side.restore.quality,
        mask.brush_size,
        mask.hardness,
        mask.detect,
        mask.sensitivity,
        *mask.buttons,
        *(section.head for section in side.sections),
    ]
    seen = QRect(QPoint(0, 0), side.viewport().size())
    hidden = [w for w in used if not seen.contains(QRect(w.mapTo(side.viewport(), QPoint(0, 0)), w.size()))]
    assert [type(widget).__name__ for widget in hidden] == []


def test_the_wands_tolerance_is_there_while_the_wand_is_in_hand(window: MainWindow, document: Document) -> None:
    tolerance = window.side.mask_panel.tolerance
    for tool, there in (("brush", False), ("wand", True), ("lasso", False)):
        window.canvas.set_tool(tool)
        assert tolerance.isVisible() is there


def test_the_advanced_settings_unfold_with_a_sentence_each(qtbot: QtBot, window: MainWindow) -> None:
    restore = window.side.restore
    assert not restore.sampler.isVisible()
    qtbot.mouseClick(restore.advanced.head, Qt.MouseButton.LeftButton)
    for field in (restore.steps, restore.sampler, restore.feather, restore.device):
        assert field.isVisible()


@pytest.mark.parametrize(("key", "index"), [(Qt.Key.Key_P, 2), (Qt.Key.Key_F, 3)])
def test_the_panel_of_a_tool_unfolds_into_sight(
    qtbot: QtBot, window: MainWindow, document: Document, key: Qt.Key, index: int
) -> None:
    window.resize(1280, 800)
    section = window.side.sections[index]
    assert not section.body.isVisible()
    qtbot.keyClick(window, key)
    qtbot.wait(20)
    seen = QRect(QPoint(0, 0), window.side.viewport().size())
    assert seen.contains(QRect(section.mapTo(window.side.viewport(), QPoint(0, 0)), section.size()))


def test_a_section_unfolds_into_sight(qtbot: QtBot, window: MainWindow) -> None:
    """That of the faces is the lowest: a click on its head changed nothing that could be seen."""
    window.resize(1280, 800)
    section = window.side.sections[3]
    qtbot.mouseClick(section.head, Qt.MouseButton.LeftButton)
    qtbot.wait(20)
    seen = QRect(QPoint(0, 0), window.side.viewport().size())
    assert seen.contains(QRect(section.mapTo(window.side.viewport(), QPoint(0, 0)), section.size()))
