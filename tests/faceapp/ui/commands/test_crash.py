"""A window that dies, or whose disk fails, loses nothing: autosave, the offer of the next window, failed saves."""

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
from PySide6.QtCore import QMimeData
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from engine import read_mask
from engine.geometry import Size
from faceapp.editing import mask_tools
from faceapp.editing.document import Document
from faceapp.jobs import Ticket
from faceapp.ui.main_window import MainWindow

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[4]

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


@pytest.mark.slow
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
    doors = (window.door, window.crash_offer.door)
    qtbot.waitUntil(lambda: not any(door.busy or door.waiting for door in doors), timeout=10_000)


def paint(document: Document) -> None:
    document.edit_mask("Brush stroke", lambda m: mask_tools.stroke(m, [(40, 40), (90, 70)], mask_tools.Brush(9)))


def autosave(window: MainWindow) -> list[str]:
    assert window.crash_offer.autosave is not None
    return [ticket.name for ticket in window.crash_offer.autosave.save_now()]


def crash(window: MainWindow) -> None:
    assert window.crash_offer.recovery is not None
    window.crash_offer.recovery.abandon()  # the lock goes, the folder stays


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
    assert second.crash_offer.recovery is not None
    assert list(second.crash_offer.recovery.folder.glob("*.facemend"))


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
    assert window.crash_offer.autosave is not None
    (ticket,) = window.crash_offer.autosave.save_now()
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


def test_autosave_goes_on_once_the_disk_does(qtbot: QtBot, window: MainWindow, document: Document) -> None:
    assert window.crash_offer.recovery is not None
    folder = window.crash_offer.recovery.folder
    folder.rmdir()
    folder.write_bytes(b"a file in the place of the folder")
    paint(document)
    for _ in range(2):
        assert autosave(window) == ["Autosave"]  # though nothing changed since the one that failed
        idle(qtbot, window)
        assert "cannot be written" in window.notice.text
        window.notice.clear()
        window.notice.tell("Told once")
        document.edit_mask("Invert mask", mask_tools.invert)
        autosave(window)
        idle(qtbot, window)
        assert window.notice.text == "Told once"
        folder.unlink()
        folder.mkdir()
        assert autosave(window) == ["Autosave"]
        idle(qtbot, window)
        assert len(list(folder.iterdir())) == 1
        assert autosave(window) == []
        next(folder.iterdir()).unlink()
        folder.rmdir()
        folder.write_bytes(b"again")
        document.edit_mask("Invert mask", mask_tools.invert)
    folder.unlink()


def test_what_changes_while_it_is_saved_stays_safe(
    qtbot: QtBot, window: MainWindow, document: Document, make_window: Callable[..., MainWindow], photo_file: Path
) -> None:
    paint(document)
    autosave(window)
    idle(qtbot, window)
    photo = window.workspace.current
    assert photo is not None
    window.files.write_photo(photo, photo_file)  # over the original: it is another file from now on
    document.edit_mask("Invert mask", mask_tools.invert)
    idle(qtbot, window)
    assert document.dirty
    crash(window)
    second = make_window()
    second.notice.button.click()
    idle(qtbot, second)
    assert second.workspace.document is not None
    assert np.array_equal(second.workspace.document.mask, document.mask)


def test_an_autosave_on_its_way_does_not_bring_a_closed_photo_back(
    qtbot: QtBot, window: MainWindow, document: Document
) -> None:
    paint(document)
    autosave(window)
    photo = window.workspace.current
    assert photo is not None
    window.workspace.remove(photo)
    idle(qtbot, window)
    assert window.crash_offer.recovery is not None
    assert list(window.crash_offer.recovery.folder.iterdir()) == []


def test_the_old_copy_stays_until_all_of_it_is_safe(
    qtbot: QtBot, window: MainWindow, document: Document, make_window: Callable[..., MainWindow], tmp_path: Path
) -> None:
    window.files.take(mime_of_a_picture())
    for photo in window.workspace.photos:
        paint(photo.document)
    autosave(window)
    idle(qtbot, window)
    crash(window)
    second = make_window()
    recovery = second.crash_offer.recovery
    assert recovery is not None
    places: list[Path] = []

    def take_the_first_place() -> None:
        if not places:
            places.append(recovery.file(second.workspace.photos[0].key))
            places[0].mkdir()

    second.workspace.list_changed.connect(take_the_first_place)
    assert "2 unsaved" in second.notice.text
    second.notice.button.click()
    qtbot.waitUntil(lambda: len(second.workspace.photos) == 2)
    idle(qtbot, second)
    assert "cannot be written" in second.notice.text
    old = [path for path in (tmp_path / "recovery").glob("*/*.facemend") if path.parent != recovery.folder]
    assert len(old) == 2
    third = make_window()
    assert "2 unsaved" in third.notice.text


def mime_of_a_picture() -> QMimeData:
    data = QMimeData()
    image = QImage(60, 40, QImage.Format.Format_RGB888)
    image.fill(0x336699)
    data.setImageData(image)
    return data


def test_a_failed_save_is_said_and_loses_nothing(
    qtbot: QtBot, window: MainWindow, document: Document, tmp_path: Path
) -> None:
    paint(document)
    photo = window.workspace.current
    assert photo is not None
    closed: list[bool] = []
    for write in (window.files.write_photo, window.files.write_project):
        window.notice.clear()
        ticket = write(photo, tmp_path / "gone" / "a.png", then=lambda: closed.append(True))
        qtbot.waitUntil(lambda ticket=ticket: ticket.over)  # type: ignore[misc]
        assert "cannot be written" in window.notice.text
        assert document.dirty
    assert closed == []


def test_preferences_that_cannot_be_written_are_said_once(window: MainWindow, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"no folder")
    window.store.path, whole = tmp_path / "file" / "settings.json", window.store.path
    window.store.save()
    assert "cannot be written" in window.notice.text
    window.notice.clear()
    window.store.save()
    assert window.notice.text == ""
    for path, said in ((whole, False), (tmp_path / "file" / "settings.json", True)):
        window.store.path = path
        window.store.save()
        assert bool(window.notice.text) == said
    window.store.path = whole
