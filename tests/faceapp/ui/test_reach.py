"""Reaching everything by keyboard and by ear: shortcuts, mnemonics, accessible names, focus."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import pairwise

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDialog,
    QHeaderView,
    QLineEdit,
    QListWidget,
    QMenu,
    QSlider,
    QTextEdit,
    QToolButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from faceapp.editing.document import Document
from faceapp.ui.look.widgets import Section
from faceapp.ui.main_window import MainWindow

pytestmark = pytest.mark.slow


def test_shortcuts_do_not_clash(window: MainWindow) -> None:
    keys = Counter(
        sequence.toString(QKeySequence.SequenceFormat.PortableText)
        for action in window.actions_.values()
        for sequence in action.shortcuts()
    )
    assert len(keys) > 40
    assert [key for key, count in keys.items() if count > 1] == []
    taken_by_the_canvas = {"Tab", "Space", "[", "]", "{", "}"}
    assert taken_by_the_canvas.isdisjoint(keys)


def test_menu_mnemonics_do_not_clash(window: MainWindow) -> None:
    for menu in [a.menu() for a in window.menuBar().actions()]:
        assert isinstance(menu, QMenu)
        letters = Counter(a.text()[a.text().index("&") + 1].lower() for a in menu.actions() if "&" in a.text())
        assert [letter for letter, count in letters.items() if count > 1] == [], menu.title()


def test_every_control_has_a_name_and_can_be_reached(window: MainWindow, document: Document) -> None:
    kinds = (QAbstractButton, QAbstractSpinBox, QComboBox, QSlider, QListWidget, QLineEdit)
    nameless, unreachable = [], []
    for widget in window.findChildren(QWidget):
        inner = isinstance(widget.parentWidget(), (QAbstractSpinBox, QComboBox)) or widget.objectName().startswith(
            "qt_"
        )
        if not isinstance(widget, kinds) or inner:
            continue
        text = widget.text() if isinstance(widget, QAbstractButton) else ""
        if not (widget.accessibleName() or text):
            nameless.append(f"{type(widget).__name__} in {type(widget.parentWidget()).__name__}")
        if not widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
            unreachable.append(f"{type(widget).__name__} {widget.accessibleName() or text}")
    assert nameless == []
    assert unreachable == []


def test_tab_goes_through_everything_and_down_the_panels(qtbot: QtBot, window: MainWindow, document: Document) -> None:
    window.activateWindow()
    for section in window.side.findChildren(Section):
        section.head.setChecked(True)
    window.canvas.setFocus()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is window.canvas)
    qtbot.wait(20)  # the unfolded panels find their places with the next turns of the event loop
    visited: list[QWidget] = []
    while len(visited) < 120:  # Tab belongs to the canvas, so the window is asked to move on
        QWidget.focusNextPrevChild(window, True)
        at = QApplication.focusWidget()
        assert at is not None
        if at is window.canvas:
            break
        visited.append(at)
    assert len(set(visited)) == len(visited) < 120
    side = [widget for widget in visited if window.side.isAncestorOf(widget)]
    tops = [widget.mapTo(window.side, widget.rect().center()).y() for widget in side]
    assert len(side) > 30
    assert all(low >= high - 3 for high, low in pairwise(tops)), "a panel is walked upwards"
    tools = {a for name, a in window.actions_.items() if name.startswith("tool_")}
    assert tools <= {w.defaultAction() for w in visited if isinstance(w, QToolButton)}
    QTest.keyClick(window.canvas, Qt.Key.Key_Backtab)  # the way out of the canvas
    assert QApplication.focusWidget() is visited[-1]


def test_every_control_of_the_dialogs_has_a_name(
    window: MainWindow, make_dialogs: Callable[[MainWindow], list[QDialog]]
) -> None:
    kinds = (QAbstractButton, QAbstractSpinBox, QAbstractItemView, QComboBox, QSlider, QLineEdit, QTextEdit)
    for dialog in make_dialogs(window):
        for widget in dialog.findChildren(QWidget):
            inner = isinstance(widget.parentWidget(), (QAbstractSpinBox, QComboBox, QAbstractItemView))
            inner = inner or isinstance(widget, QHeaderView) or widget.window() is not dialog
            if not isinstance(widget, kinds) or inner or widget.objectName().startswith("qt_"):
                continue
            text = widget.text() if isinstance(widget, QAbstractButton) else ""
            assert widget.accessibleName() or text, f"{type(widget).__name__} in {type(dialog).__name__}"
        dialog.deleteLater()


def test_what_has_no_room_in_the_toolbox_is_behind_an_arrow(qtbot: QtBot, window: MainWindow) -> None:
    """The arrow was there, and drew nothing."""
    window.resize(1024, 600)
    window.show()
    arrows = [b for b in window.findChildren(QToolButton) if b.metaObject().className() == "QToolBarExtension"]
    qtbot.waitUntil(lambda: any(arrow.isVisible() for arrow in arrows))
    (arrow,) = (arrow for arrow in arrows if arrow.isVisible())
    drawn = arrow.grab().toImage()
    assert len({drawn.pixel(x, y) for x in range(drawn.width()) for y in range(drawn.height())}) > 4
