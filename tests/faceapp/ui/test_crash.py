"""A window that dies loses nothing: autosave, the offer of the next window, second instances."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from engine import read_mask
from engine.types import Size
from faceapp import masktools
from faceapp.document import Document
from faceapp.jobs import Ticket
from faceapp.ui.main_window import MainWindow

ROOT = Path(__file__).parents[3]

PERSON = """
import sys
from pathlib import Path
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from engine import write_mask
from faceapp import app
from faceapp.ui.main_window import MainWindow

def paint():
    (window,) = [w for w in QApplication.topLevelWidgets() if isinstance(w, MainWindow)]
    if window.workspace.document is None:
        QTimer.singleShot(10, paint)
        return
    canvas, button, keys = window.canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    middle = canvas.rect().center()
    QTest.mousePress(canvas, button, keys, middle)
    QTest.mouseMove(canvas, middle + QPoint(40, 20))
    QTest.mouseRelease(canvas, button, keys, middle + QPoint(40, 20))
    write_mask(window.workspace.document.mask, Path(sys.argv[2]))

application = QApplication(sys.argv[:1])
QTimer.singleShot(0, paint)
app.run([Path(sys.argv[1])])
"""
"""The whole application; someone opens a photo, paints a stroke, and leaves the rest to autosave."""


@dataclass(frozen=True)
class Victim:
    """The application in another process, with unsaved work that was autosaved."""

    process: subprocess.Popen[bytes]
    recovery: Path
    mask: Path
    """What was painted, as its window had it."""

    def kill(self) -> None:
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait(10)


@pytest.fixture
def victim(tmp_path: Path, photo_file: Path) -> Iterator[Victim]:
    home, mask = tmp_path / "home", tmp_path / "painted.png"
    settings = home / "config" / "facemend" / "settings.json"
    settings.parent.mkdir(parents=True)
    settings.write_text(json.dumps({"autosave_seconds": 1}), encoding="utf-8")
    places = {"HOME": str(home), "XDG_STATE_HOME": str(home / "state"), "XDG_CONFIG_HOME": str(home / "config")}
    process = subprocess.Popen(
        [sys.executable, "-c", PERSON, str(photo_file), str(mask)],
        cwd=ROOT,
        env=os.environ | places | {"QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT)},
    )
    try:
        end = time.monotonic() + 60
        while not (found := list(home.rglob("*.facemend"))) or not mask.exists():
            assert process.poll() is None, "it ended by itself"
            assert time.monotonic() < end, "nothing was autosaved"
            time.sleep(0.02)
        yield Victim(process, found[0].parent.parent, mask)
    finally:
        process.kill()
        process.wait(10)


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="kill -9, and the folders of XDG")
def test_kill_9_of_the_whole_window_loses_nothing(
    qtbot: QtBot, victim: Victim, make_window: Callable[..., MainWindow], photo_file: Path
) -> None:
    beside = make_window(victim.recovery)
    assert beside.notice.text == ""  # the other one lives: it is no crash
    victim.kill()
    window = make_window(victim.recovery)
    window.files.open_paths([photo_file])  # as `facemend PHOTO` does
    idle(qtbot, window)
    assert "1 unsaved" in window.notice.text
    window.notice.button.click()
    qtbot.waitUntil(lambda: len(window.workspace.photos) == 2)
    found = window.workspace.document
    assert found is not None
    assert found.dirty
    assert found.mask.any()
    assert np.array_equal(found.mask > 127, read_mask(victim.mask, Size(160, 120)) > 127)


def idle(qtbot: QtBot, window: MainWindow) -> None:
    doors = (window.door, window.rescue.door)
    qtbot.waitUntil(lambda: not any(door.busy or door.waiting for door in doors), timeout=10_000)


def paint(document: Document) -> None:
    document.edit_mask("Brush stroke", lambda m: masktools.stroke(m, [(40, 40), (90, 70)], masktools.Brush(9)))


def autosave(window: MainWindow) -> list[str]:
    assert window.rescue.autosave is not None
    return [ticket.name for ticket in window.rescue.autosave.save_now()]


def crash(window: MainWindow) -> None:
    assert window.rescue.recovery is not None
    window.rescue.recovery.abandon()  # the lock goes, the folder stays


def test_what_is_recovered_is_safe_before_the_old_copy_goes(
    qtbot: QtBot, window: MainWindow, document: Document, make_window: Callable[..., MainWindow], tmp_path: Path
) -> None:
    paint(document)
    assert autosave(window) == ["Autosave"]
    idle(qtbot, window)
    assert autosave(window) == []  # nothing changed since
    crash(window)
    second = make_window()
    assert "1 unsaved" in second.notice.text
    second.notice.button.click()
    idle(qtbot, second)
    found = second.workspace.document
    assert found is not None
    assert np.array_equal(found.mask, document.mask)
    assert found.dirty
    qtbot.waitUntil(lambda: len(list((tmp_path / "recovery").glob("*/*.facemend"))) == 1)
    assert second.rescue.recovery is not None
    assert list(second.rescue.recovery.folder.glob("*.facemend"))


def test_results_are_autosaved_like_strokes(
    qtbot: QtBot, window: MainWindow, document: Document, make_window: Callable[..., MainWindow]
) -> None:
    paint(document)
    autosave(window)
    window.restorer.restore()
    idle(qtbot, window)
    assert len(document.results) == 1
    assert autosave(window) == ["Autosave"]
    idle(qtbot, window)
    crash(window)
    second = make_window()
    second.notice.button.click()
    idle(qtbot, second)
    assert second.workspace.document is not None
    assert second.workspace.document.results[0].same_picture(document.results[0])


def test_autosave_does_not_wait_for_a_run_nor_end_with_its_cancel(
    qtbot: QtBot, window: MainWindow, document: Document
) -> None:
    def endless(progress: object) -> None:
        while True:
            progress.check()  # type: ignore[attr-defined]
            time.sleep(0.002)

    run = window.door.submit(Ticket("endless", endless))
    paint(document)
    assert window.rescue.autosave is not None
    (ticket,) = window.rescue.autosave.save_now()
    window.actions_["cancel"].trigger()
    qtbot.waitUntil(lambda: run.over and ticket.over)
    assert (run.state, ticket.state) == ("cancelled", "done")


def test_a_sentence_does_not_put_a_question_away(window: MainWindow) -> None:
    answers: list[str] = []
    window.notice.ask("Two photos were kept.", "Recover", lambda: answers.append("yes"))
    window.tell("Nothing is masked.")
    assert window.notice.text == "Nothing is masked."
    assert not window.notice.button.isVisible()
    window.notice.close_button.click()
    assert window.notice.text == "Two photos were kept."
    window.notice.button.click()
    assert (answers, window.notice.text) == (["yes"], "")
    window.notice.ask("Again?", "Recover", lambda: answers.append("again"))
    window.notice.close_button.click()  # dismissed for good
    assert (answers, window.notice.text) == (["yes"], "")
