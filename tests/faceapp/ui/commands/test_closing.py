"""Closing and saving by hand: nothing that was painted or filled is lost on the way."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QMessageBox
from pytestqt.qtbot import QtBot

from engine import read_photo
from faceapp.editing.document import Document
from faceapp.jobs import Ticket
from faceapp.storage.project_reading import read_project
from faceapp.ui.commands.workspace import OpenPhoto
from faceapp.ui.main_window import MainWindow

pytestmark = pytest.mark.slow

Drag = Callable[..., None]
Answer = Callable[[str], list[QMessageBox]]
LEAVE = {"Save photo", "Save project", "Discard", "Cancel"}


def idle(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: not window.door.busy and not window.door.waiting, timeout=10_000)


def restored(qtbot: QtBot, window: MainWindow, drag: Drag) -> None:
    drag((40, 40), (90, 70))
    qtbot.keyClick(window, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    idle(qtbot, window)


def names(box: QMessageBox) -> set[str]:
    return {button.text().replace("&", "") for button in box.buttons()}


@pytest.fixture
def gate(window: MainWindow) -> Iterator[threading.Event]:
    """Until it is set, whatever is submitted waits behind a job that cancel does not stop: a long step of a run."""
    free = threading.Event()
    window.door.submit(Ticket("wait", lambda _: free.wait(60)))
    yield free
    free.set()


def save_to(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args: (str(path), ""))


def test_closing_a_painted_photo_offers_the_project(
    qtbot: QtBot, window: MainWindow, document: Document, drag: Drag, answer: Answer, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    drag((40, 40), (90, 70))
    mask = document.mask.copy()
    asked = answer("Save project")
    save_to(monkeypatch, tmp_path / "waves.facemend")
    qtbot.keyClick(window, Qt.Key.Key_W, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: window.workspace.photos == [])
    assert names(asked[0]) == LEAVE - {"Save photo"}
    assert mask.any()
    assert np.array_equal(read_project(tmp_path / "waves.facemend").document.mask, mask)


def test_closing_a_result_offers_both(
    qtbot: QtBot, window: MainWindow, document: Document, drag: Drag, answer: Answer, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    restored(qtbot, window, drag)
    assert document.shown is not None
    seen = document.pixels_in(document.original.box).copy()
    asked = answer("Save photo")
    save_to(monkeypatch, tmp_path / "out.png")
    qtbot.keyClick(window, Qt.Key.Key_W, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: window.workspace.photos == [])
    assert names(asked[0]) == LEAVE
    assert np.array_equal(read_photo(tmp_path / "out.png").pixels, seen)


@pytest.mark.parametrize("button", ["Cancel", "Discard", "Save photo", "Save project"])
def test_quitting_with_a_result_asks(
    qtbot: QtBot, window: MainWindow, document: Document, drag: Drag, answer: Answer, button: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    restored(qtbot, window, drag)
    answer(button)
    out = tmp_path / ("out.facemend" if button == "Save project" else "out.png")
    save_to(monkeypatch, out)
    window.close()
    if button == "Cancel":
        assert window.isVisible()
    else:
        qtbot.waitUntil(lambda: not window.isVisible())
    assert out.exists() == button.startswith("Save")


def test_quitting_names_the_photos_and_saves_each_as_what_can_hold_it(
    qtbot: QtBot, window: MainWindow, document: Document, drag: Drag, answer: Answer, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    restored(qtbot, window, drag)
    other = Document(document.original, path=tmp_path / "photos" / "other.png")
    window.workspace.add(OpenPhoto(other, "other.png"))
    drag((40, 40), (90, 70))
    asked = answer("Save all")
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_args: str(tmp_path / "photos"))
    window.close()
    qtbot.waitUntil(lambda: not window.isVisible())
    assert asked[0].informativeText() == "waves.png\nother.png"
    written = {path.name for path in (tmp_path / "photos").iterdir()}
    assert written == {"waves.png", "waves-restored.png", "other.facemend"}


def test_a_mask_alone_is_saved_as_a_project(
    qtbot: QtBot, window: MainWindow, document: Document, drag: Drag, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drag((40, 40), (90, 70))
    save_to(monkeypatch, tmp_path / "mine.facemend")
    qtbot.keyClick(window, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    idle(qtbot, window)
    assert (tmp_path / "mine.facemend").exists()
    assert not document.dirty


def test_a_photo_saved_with_a_mask_left_is_not_done(
    qtbot: QtBot, window: MainWindow, document: Document, drag: Drag, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drag((40, 40), (90, 70))
    save_to(monkeypatch, tmp_path / "out.png")
    window.actions_["save_as"].trigger()
    idle(qtbot, window)
    assert (tmp_path / "out.png").exists()
    assert document.dirty
    assert "The mask is not in it" in window.notice.text


def test_a_new_result_of_a_saved_project_is_something_to_save(
    qtbot: QtBot, window: MainWindow, document: Document, drag: Drag, tmp_path: Path
) -> None:
    drag((40, 40), (90, 70))
    photo = window.workspace.current
    assert photo is not None
    window.files.write_project(photo, tmp_path / "mine.facemend")
    idle(qtbot, window)
    assert not document.dirty
    window.restorer.restore()
    idle(qtbot, window)
    assert document.dirty
    qtbot.keyClick(window, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    idle(qtbot, window)
    assert not document.dirty
    assert len(read_project(tmp_path / "mine.facemend").document.results) == 1


def test_a_mask_that_a_project_holds_needs_no_second_file(
    qtbot: QtBot, window: MainWindow, document: Document, drag: Drag, tmp_path: Path
) -> None:
    drag((40, 40), (90, 70))
    photo = window.workspace.current
    assert photo is not None
    window.files.write_project(photo, tmp_path / "mine.facemend")
    idle(qtbot, window)
    window.files.write_photo(photo, tmp_path / "out.png")
    idle(qtbot, window)
    assert not document.dirty


def test_what_waits_to_be_saved_is_saved_before_the_window_closes(
    qtbot: QtBot, window: MainWindow, document: Document, drag: Drag, answer: Answer, tmp_path: Path,
    gate: threading.Event,
) -> None:  # fmt: skip
    """It was dropped: of an export behind a run there was no file, and not a word."""
    drag((40, 40), (90, 70))
    (run,) = window.restorer.restore()
    window.exports.mask_to(tmp_path / "mask.png")
    asked = answer("Discard")
    for _ in range(2):  # closing twice asks once
        assert not window.close()
    assert len(asked) == 1
    assert window.isVisible()
    assert run.state == "cancelled"
    assert "as soon as everything is saved" in window.notice.text
    gate.set()
    qtbot.waitUntil(lambda: not window.isVisible())
    assert np.array_equal(read_photo(tmp_path / "mask.png").pixels > 0, document.mask > 127)


def test_saving_to_quit_does_not_wait_for_a_run(
    qtbot: QtBot, window: MainWindow, document: Document, drag: Drag, answer: Answer, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, gate: threading.Event,
) -> None:  # fmt: skip
    drag((40, 40), (90, 70))
    (run,) = window.restorer.restore()
    asked = answer("Save project")
    save_to(monkeypatch, tmp_path / "waves.facemend")
    window.close()
    assert run.state == "cancelled"
    gate.set()
    qtbot.waitUntil(lambda: not window.isVisible())
    assert len(asked) == 1
    assert read_project(tmp_path / "waves.facemend").document.mask.any()


def test_who_calls_the_name_off_keeps_the_runs(
    qtbot: QtBot, window: MainWindow, document: Document, drag: Drag, answer: Answer, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, gate: threading.Event,
) -> None:  # fmt: skip
    """An export that waited for something else was taken for the save, and the runs were cancelled."""
    drag((40, 40), (90, 70))
    (run,) = window.restorer.restore()
    window.exports.mask_to(tmp_path / "mask.png")
    answer("Save project")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args: ("", ""))
    assert not window.close()
    assert run.state == "waiting"
    gate.set()
    idle(qtbot, window)


def test_calling_a_later_question_off_calls_quitting_off(
    qtbot: QtBot, window: MainWindow, document: Document, drag: Drag, answer: Answer, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, gate: threading.Event,
) -> None:  # fmt: skip
    drag((40, 40), (90, 70))
    answer("Save project")
    save_to(monkeypatch, tmp_path / "waves.facemend")
    assert not window.close()
    asked = answer("Cancel")
    assert not window.close()
    assert len(asked) == 1
    gate.set()
    idle(qtbot, window)
    assert (tmp_path / "waves.facemend").exists()
    assert window.isVisible()


def test_the_window_stays_if_what_was_to_be_saved_before_cannot_be(
    qtbot: QtBot, window: MainWindow, document: Document, tmp_path: Path, gate: threading.Event
) -> None:
    window.exports.mask_to(tmp_path / "away" / "mask.png")
    assert not window.close()
    gate.set()
    idle(qtbot, window)
    assert window.isVisible()
    assert "mask.png" in window.notice.text
    assert window.close()


def test_what_is_done_before_the_window_closes_is_asked_about(
    qtbot: QtBot, window: MainWindow, document: Document, drag: Drag, answer: Answer, tmp_path: Path,
    gate: threading.Event,
) -> None:  # fmt: skip
    window.exports.mask_to(tmp_path / "mask.png")
    assert not window.close()
    drag((40, 40), (90, 70))
    asked = answer("Cancel")
    gate.set()
    qtbot.waitUntil(lambda: len(asked) == 1)
    idle(qtbot, window)
    assert window.isVisible()
    assert document.dirty


@pytest.mark.parametrize("leave", ["close", "quit"])
@pytest.mark.parametrize("button", ["Save photo", "Save project"])
def test_what_is_done_while_a_photo_is_saved_to_be_closed_is_asked_about(
    qtbot: QtBot, window: MainWindow, document: Document, drag: Drag, answer: Answer, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, gate: threading.Event, button: str, leave: str,
) -> None:  # fmt: skip
    qtbot.keyClick(window, Qt.Key.Key_J)
    drag((21, 43), (25, 43))
    asked = answer(button)
    save_to(monkeypatch, tmp_path / ("out.png" if button == "Save photo" else "out.facemend"))
    window.actions_[leave].trigger()
    drag((60, 43), (65, 43))
    asked_again = answer("Cancel")
    gate.set()
    qtbot.waitUntil(lambda: len(asked_again) == 1)
    idle(qtbot, window)
    assert len(asked) == 1
    assert window.isVisible()
    assert [photo.document for photo in window.workspace.photos] == [document]
    assert document.dirty


@pytest.mark.parametrize("mask_left", [False, True])
def test_saving_itself_changes_nothing_to_ask_about(
    qtbot: QtBot, window: MainWindow, document: Document, drag: Drag, answer: Answer, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, mask_left: bool,
) -> None:  # fmt: skip
    """A variant that is shown is kept for it; with a mask left, not everything is saved."""
    restored(qtbot, window, drag)
    if mask_left:
        window.actions_["keep"].trigger()
        drag((110, 90), (140, 110))
    assert (document.shown is None) == mask_left
    asked = answer("Save photo")
    save_to(monkeypatch, tmp_path / "out.png")
    window.actions_["close"].trigger()
    qtbot.waitUntil(lambda: window.workspace.photos == [])
    assert len(asked) == 1
    assert document.dirty == mask_left


def test_the_photo_that_was_asked_about_is_saved_and_no_other(
    qtbot: QtBot, window: MainWindow, document: Document, drag: Drag, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    answer: Answer,
) -> None:  # fmt: skip
    """Another may be opened while the question is asked."""
    drag((40, 40), (90, 70))
    asked = answer("Save project")
    click = QMessageBox.exec

    def opened_meanwhile(box: QMessageBox) -> None:
        window.workspace.add(OpenPhoto(Document(document.original), "other.png"))
        click(box)

    monkeypatch.setattr(QMessageBox, "exec", opened_meanwhile)
    save_to(monkeypatch, tmp_path / "waves.facemend")
    window.actions_["close"].trigger()
    qtbot.waitUntil(lambda: len(window.workspace.photos) == 1)
    assert len(asked) == 1
    assert window.workspace.document is not document
    assert read_project(tmp_path / "waves.facemend").document.mask.any()
