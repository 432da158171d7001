"""The tools' table: a row and a class are all that a new tool needs."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu, QToolBar
from pytestqt.qtbot import QtBot

from engine import Photo
from faceapp.editing.document import Document
from faceapp.ui.canvas.canvas import Canvas
from faceapp.ui.canvas.toolbox import TOOLS, ToolRow, action_of
from faceapp.ui.canvas.tools import Pointer, Tool
from faceapp.ui.look.theme import ICONS
from faceapp.ui.main_window import MainWindow


class Stamp(Tool):
    """A tool that nobody knows yet."""

    pressed = 0

    def press(self, at: Pointer) -> None:
        self.pressed += 1


@pytest.fixture
def stamp(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(TOOLS, "photo", ToolRow("photo", "U", Stamp, "edges", text="Stamp", tip="Stamps"))


def test_a_row_is_all_that_a_tool_needs(
    qtbot: QtBot, stamp: None, make_window: Callable[[], MainWindow], photo_file: Path
) -> None:
    window = make_window()
    window.files.open_paths([photo_file])
    qtbot.waitUntil(lambda: window.workspace.document is not None and not window.door.busy)
    action = window.actions_["tool_photo"]
    assert action.text() == "Stamp"
    assert "Stamps" in action.toolTip()
    (menu,) = [a.menu() for a in window.menuBar().actions() if a.text() == "&Tools"]
    assert isinstance(menu, QMenu)
    assert action in menu.actions()
    (bar,) = [bar for bar in window.findChildren(QToolBar) if bar.objectName() == "tools"]
    assert action in bar.actions()
    assert action in [button.defaultAction() for button in window.side.edges.buttons]
    action.trigger()
    assert isinstance(window.canvas.tool, Stamp)
    assert action.isChecked()
    assert window.side.sections[2].head.isChecked()


def test_its_key_takes_it_in_hand(qtbot: QtBot, stamp: None) -> None:
    canvas = Canvas(Document(Photo.from_array(np.zeros((60, 80, 3), np.uint8))))
    qtbot.addWidget(canvas)
    canvas.show()
    qtbot.waitExposed(canvas)
    QTest.keyClick(canvas, Qt.Key.Key_U)
    assert canvas.tool_name == "photo"
    QTest.mouseClick(canvas, Qt.MouseButton.LeftButton)
    assert isinstance(canvas.tool, Stamp)
    assert canvas.tool.pressed == 1
    canvas.set_document(None)


def test_every_tool_has_a_key_an_icon_and_a_name_of_its_own() -> None:
    rows = list(TOOLS.values())
    for told in ("name", "text", "tip", "key"):
        assert len({getattr(row, told) for row in rows}) == len(rows)
    assert all((ICONS / f"{row.name}.svg").is_file() and len(row.key) == 1 and row.key.isupper() for row in rows)


def test_tools_that_work_on_the_same_lie_together(window: MainWindow) -> None:
    (bar,) = [bar for bar in window.findChildren(QToolBar) if bar.objectName() == "tools"]
    rows = {window.actions_[action_of(name)]: row for name, row in TOOLS.items()}
    kinds = [None if action.isSeparator() else rows[action].works_on for action in bar.actions()]
    assert [kind for kind, _ in groupby(kinds)] == ["mask", None, "edges", None, "frames", None, "photo", None, "view"]
