"""Reaching everything by keyboard and by ear: shortcuts, mnemonics, accessible names, focus."""

from __future__ import annotations

from collections import Counter

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QListWidget,
    QSlider,
    QWidget,
)

from faceapp.document import Document
from faceapp.ui.main_window import MainWindow


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


def test_every_control_of_the_dialogs_has_a_name(window: MainWindow) -> None:
    from faceapp.ui.batch_dialog import BatchDialog
    from faceapp.ui.dialogs import Preferences

    kinds = (QAbstractButton, QAbstractSpinBox, QComboBox, QSlider, QLineEdit)
    batch = BatchDialog(window, store=window.store, door=window.door, models=window.restorer.models)
    for dialog in (batch, Preferences(window, window.store)):
        for widget in dialog.findChildren(QWidget):
            inner = isinstance(widget.parentWidget(), (QAbstractSpinBox, QComboBox))
            if not isinstance(widget, kinds) or inner or widget.objectName().startswith("qt_"):
                continue
            text = widget.text() if isinstance(widget, QAbstractButton) else ""
            assert widget.accessibleName() or text, f"{type(widget).__name__} in {type(dialog).__name__}"
        dialog.deleteLater()
