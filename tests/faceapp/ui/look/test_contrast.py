"""Text as it is painted, not as the theme promises it: 4.5:1 against its own ground, in both themes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QCheckBox,
    QComboBox,
    QDialog,
    QLabel,
    QToolButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from faceapp.editing.document import Document
from faceapp.settings import Theme
from faceapp.ui.look import theme
from faceapp.ui.main_window import MainWindow

pytestmark = pytest.mark.slow

WITH_TEXT = (QLabel, QAbstractButton, QAbstractSpinBox, QComboBox)


def says_something(widget: QWidget) -> bool:
    if isinstance(widget, (QAbstractSpinBox, QComboBox)):
        return True
    if isinstance(widget, QToolButton) and not widget.objectName():
        return False  # an icon, which has a test of its own
    return isinstance(widget, (QLabel, QAbstractButton)) and bool(widget.text().strip())


def painted_contrast(image: QImage, area: QRect) -> float:
    """Between the commonest colour of an area and what stands out from it most."""
    part = image.copy(area)
    colors = Counter(part.pixelColor(x, y).name() for y in range(part.height()) for x in range(part.width()))
    ground = colors.most_common(1)[0][0]
    return max(theme.contrast(color, ground) for color in colors)


def text_area(widget: QWidget, window: QWidget) -> QRect:
    """Where a widget paints its text: without borders, check marks and arrows."""
    area = widget.contentsRect().adjusted(3, 3, -3, -3)
    if isinstance(widget, QCheckBox):
        area.setLeft(area.left() + 22)
    if isinstance(widget, QComboBox):
        area.setRight(area.right() - 24)
    return QRect(widget.mapTo(window, QPoint(0, 0)) + area.topLeft(), area.size())


def weak_texts(window: QWidget) -> list[str]:
    image, weak, seen = window.grab().toImage(), [], 0
    for widget in window.findChildren(QWidget):
        if not isinstance(widget, WITH_TEXT) or not widget.isVisibleTo(window) or not widget.isEnabled():
            continue
        area = text_area(widget, window).intersected(image.rect())
        if not says_something(widget) or widget.visibleRegion().isEmpty() or area.width() < 4 or area.height() < 8:
            continue
        seen += 1
        found = painted_contrast(image, area)
        if found < 4.5:
            text = widget.text() if isinstance(widget, (QLabel, QAbstractButton)) else widget.accessibleName()
            weak.append(f"{type(widget).__name__} {text!r}: {found:.2f}")
    assert seen
    return weak


@pytest.mark.parametrize("name", ["dark", "light"])
def test_painted_text_stands_out(
    qtbot: QtBot,
    window: MainWindow,
    document: Document,
    name: Theme,
    make_dialogs: Callable[[MainWindow], list[QDialog]],
) -> None:
    window.store.put(replace(window.store.value, theme=name))
    window.tell("A sentence.")
    qtbot.wait(20)
    assert weak_texts(window) == []
    for dialog in make_dialogs(window):
        qtbot.addWidget(dialog)
        dialog.show()
        qtbot.waitExposed(dialog)
        assert weak_texts(dialog) == [], type(dialog).__name__
        dialog.close()


def test_the_measure_itself(qapp: object) -> None:
    image = QImage(40, 20, QImage.Format.Format_RGB32)
    image.fill(QColor("#ffffff"))
    image.setPixelColor(5, 5, QColor("#767676"))
    assert painted_contrast(image, image.rect()) == pytest.approx(4.54, abs=0.01)
