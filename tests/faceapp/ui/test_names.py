"""Names of photos that mean something to Qt, or nothing to it, are shown and opened as they are."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData
from PySide6.QtGui import QTextDocument
from PySide6.QtWidgets import QAbstractButton, QMessageBox
from pytestqt.qtbot import QtBot

from faceapp.ui.look.phrases import plain
from faceapp.ui.main_window import MainWindow

NAMES = ["Tom & Jerry.jpg", "a[*]b.jpg", "<b>bold<br>.jpg", "100% 'fun' \"x\".jpg", "%20.jpg"]


def shown(text: str) -> str:
    """A button's or menu's text as it is seen: `&&` is a letter, `&` marks a key."""
    return text.replace("&&", "\0").replace("&", "").replace("\0", "&")


def seen(text: str) -> str:
    """A tip as it is seen."""
    document = QTextDocument()
    document.setHtml(text) if text.startswith("<") else document.setPlainText(text)
    return document.toPlainText()


def opened(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    window.files.open_paths([path])
    qtbot.waitUntil(lambda: not window.door.busy and window.workspace.document is not None)


@pytest.mark.skipif(os.name == "nt", reason="such names are none there")
@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_shown_as_it_is(
    qtbot: QtBot, window: MainWindow, photo_file: Path, answer: Callable[[str], list[QMessageBox]], name: str
) -> None:
    path = Path(shutil.copy(photo_file, photo_file.with_name(name)))
    opened(qtbot, window, path)
    opened(qtbot, window, photo_file)
    assert name in [path.name for path in map(Path, (shown(action.text()) for action in window.recent_menu.actions()))]
    tip = window.film.thumbs.item(0)
    assert tip is not None
    assert seen(tip.toolTip()) == name
    window.workspace.step(1)
    assert window.windowTitle().replace("[*][*]", "\0").replace("[*]", "").replace("\0", "[*]") == f"{name} - FaceMend"
    asked = answer("Discard")
    assert window.workspace.current is not None
    window.workspace.current.document.history.mark_dirty()
    window.closing.close_current()
    assert [seen(box.text()) for box in asked] == [f"Save the changes to {name}?"]
    window.closing.close_current()
    buttons = [shown(button.text()) for button in window.welcome.findChildren(QAbstractButton)]
    assert name in buttons


@pytest.mark.skipif(sys.platform != "linux", reason="file names are letters there")
@pytest.mark.parametrize("name", [b"a\xff b#c.png", b"Zo\xeb.png", "Zoë%25.png".encode()])
def test_a_name_that_is_no_utf_8_opens_when_it_is_dropped(
    qtbot: QtBot, window: MainWindow, photo_file: Path, name: bytes
) -> None:
    path = Path(os.fsdecode(os.path.join(os.fsencode(photo_file.parent), name)))
    shutil.copy(photo_file, path)
    data = QMimeData()
    data.setData("text/uri-list", (path.as_uri() + "\r\n").encode())
    window.files.take(data)
    qtbot.waitUntil(lambda: not window.door.busy and window.workspace.document is not None)
    assert window.workspace.document is not None
    assert window.workspace.document.original.path == path
    assert window.store.value.recent[0] == str(path)


def test_a_broken_file_is_told_by_its_path(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "lower case.png"
    path.write_bytes(b"no picture")
    monkeypatch.chdir(tmp_path)
    window.files.open_paths([Path("lower case.png")])
    qtbot.waitUntil(lambda: bool(window.notice.text))
    assert window.notice.text.startswith("lower case.png: ")


def test_plain_text_stays_as_it_is() -> None:
    assert plain("Tom & Jerry <3") == "Tom & Jerry <3"
