"""A whole window, offscreen, on its own settings and recovery folders."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QDialog, QFileDialog, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from engine import Photo, write_photo
from faceapp.editing.document import Document
from faceapp.jobs import JobDoor
from faceapp.ui.commands.batch_dialog import BatchDialog
from faceapp.ui.dialogs import About, Preferences, Shortcuts
from faceapp.ui.main_window import MainWindow
from faceapp.ui.settings_store import Store

ROOT = Path(__file__).resolve().parents[3]
SCREENS = ROOT / "tests" / "_screens"
HOMES = ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "APPDATA")


def play(script: str, *arguments: str, home: Path) -> subprocess.CompletedProcess[str]:
    """Run a script that plays a person in a program of its own, offscreen, whose settings lie in `home`."""
    return subprocess.run(
        [sys.executable, "-c", script, *arguments],
        cwd=ROOT,
        env={**os.environ, **dict.fromkeys(HOMES, str(home)), "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def waves(width: int = 160, height: int = 120, *, shift: float = 0.0) -> Photo:
    """A photo of coloured waves, different everywhere, with two sharp bars."""
    y, x = np.mgrid[:height, :width].astype(np.float32) + shift
    rows = [np.sin(x / 17) + np.cos(y / 13), np.sin((x + y) / 21), np.cos((x - y) / 27)]
    pixels = np.stack([row / np.abs(row).max() * 70 + 100 for row in rows], -1).astype(np.uint8)
    pixels[30:90, 60:66], pixels[20:100, 100:112] = 255, 0
    return Photo.from_array(pixels)


@pytest.fixture
def photo_file(tmp_path: Path) -> Path:
    path = tmp_path / "photos" / "waves.png"
    path.parent.mkdir()
    write_photo(waves(), path)
    return path


@pytest.fixture
def store(tmp_path: Path, qapp: object) -> Store:
    store = Store(tmp_path / "settings.json")
    # Telea is real, needs no model and is done at once; jobs with previews have their own tests.
    store.put(replace(store.value, method="telea", theme="dark", save_folder=str(tmp_path), autosave_seconds=0))
    return store


@pytest.fixture(autouse=True)
def no_dialogs(monkeypatch: pytest.MonkeyPatch) -> None:
    """A dialog that a test does not answer fails it, instead of waiting for ever."""

    def unexpected(*_args: object) -> None:
        raise AssertionError("an unexpected dialog")

    for name in ("exec", "question", "warning"):
        monkeypatch.setattr(QMessageBox, name, unexpected)
    for name in ("getOpenFileName", "getOpenFileNames", "getSaveFileName", "getExistingDirectory"):
        monkeypatch.setattr(QFileDialog, name, unexpected)


@pytest.fixture
def make_window(qtbot: QtBot, tmp_path: Path, store: Store) -> Callable[..., MainWindow]:
    """Makes windows; the recovery folder may be named."""

    def settle(window: MainWindow) -> None:
        for photo in window.workspace.photos:
            photo.document.mark_saved()

    def make(recovery_root: Path = tmp_path / "recovery") -> MainWindow:
        window = MainWindow(store=store, door=JobDoor(), recovery_root=recovery_root)
        qtbot.addWidget(window, before_close_func=settle)
        window.show()
        qtbot.waitExposed(window)
        qtbot.waitUntil(lambda: window.ready)
        return window

    return make


@pytest.fixture
def window(make_window: Callable[[], MainWindow]) -> MainWindow:
    return make_window()


@pytest.fixture
def document(qtbot: QtBot, window: MainWindow, photo_file: Path) -> Document:
    """The window's document after opening `photo_file`."""
    window.files.open_paths([photo_file])
    qtbot.waitUntil(lambda: window.workspace.document is not None and not window.door.busy)
    found = window.workspace.document
    assert found is not None
    return found


@pytest.fixture
def drag(qtbot: QtBot, window: MainWindow) -> Callable[..., None]:
    """Drags from one photo point to another on the canvas; one point: a click."""

    def move(start: tuple[float, float], end: tuple[float, float] | None = None) -> None:
        canvas = window.canvas
        first, last = (QPointF(*canvas.view.to_view(*point)).toPoint() for point in (start, end or start))
        qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, pos=first)
        if end is not None:
            qtbot.mouseMove(canvas, last)
        qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=last)

    return move


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], list[QMessageBox]]:
    """Lets the next questions be answered by a click on the button of that name; lists the questions."""

    def with_button(name: str) -> list[QMessageBox]:
        asked: list[QMessageBox] = []

        def click(box: QMessageBox) -> None:
            asked.append(box)
            box.show()
            next(button for button in box.buttons() if button.text().replace("&", "") == name).click()

        monkeypatch.setattr(QMessageBox, "exec", click)
        return asked

    return with_button


@pytest.fixture
def make_dialogs() -> Callable[[MainWindow], list[QDialog]]:
    """Makes one of each of a window's dialogs, not yet shown."""
    return lambda window: [
        Preferences(window, window.store),
        Shortcuts(window),
        About(window, door=window.door),
        BatchDialog(window, store=window.store, door=window.door, models=window.restorer.models),
    ]


@pytest.fixture
def screenshot() -> Callable[[QWidget, str], None]:
    """Leave a picture of a window where a person can look at it."""

    def shoot(window: QWidget, name: str) -> None:
        SCREENS.mkdir(exist_ok=True)
        assert window.grab().save(str(SCREENS / f"{name}.png"))

    return shoot
