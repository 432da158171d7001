"""The line above the canvas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from engine import Frame, Reference
from engine.geometry import U8, Box
from faceapp.editing import mask_tools
from faceapp.editing.document import Document
from faceapp.editing.mask_tools import Brush, Point
from faceapp.ui.main_window import MainWindow


def test_a_path_is_shown_as_it_is(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("broken.png").write_bytes(b"")
    window.files.open_paths([Path("broken.png")])
    qtbot.waitUntil(lambda: not window.door.busy and window.notice.text != "")
    assert window.notice.text == "broken.png: the file is empty"


def test_photos_that_cannot_be_read_are_told_though_others_open(
    qtbot: QtBot, window: MainWindow, photo_file: Path
) -> None:
    broken = [photo_file.with_name(name) for name in ("one.png", "two.png")]
    for path in broken:
        path.write_bytes(b"no picture")
    window.files.open_paths([broken[0], broken[1], photo_file])
    qtbot.waitUntil(lambda: window.workspace.document is not None and not window.door.busy)
    assert all(path.name in window.notice.text for path in broken)
    window.notice.close_button.click()
    assert window.notice.text == ""
    window.tell("Saved.")
    window.workspace.show(None)  # a sentence that is no failure goes with its photo
    assert window.notice.text == ""


def test_a_sentence_goes_by_itself_and_a_failure_or_a_question_does_not(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("faceapp.ui.notice.SHOWN", 20)
    monkeypatch.setattr("faceapp.ui.notice.PER_LETTER", 0)
    window.notice.ask("Recover?", "Yes", lambda: None)
    window.tell("Saved.")
    assert window.notice.text == "Saved."
    qtbot.waitUntil(lambda: window.notice.text == "Recover?")
    window.tell("Saved.")
    window.notice.tell("The disk is full.")
    qtbot.wait(60)
    assert window.notice.text == "The disk is full."


def test_why_a_run_failed_goes_when_one_succeeds_and_other_failures_stay(
    qtbot: QtBot, window: MainWindow, document: Document
) -> None:
    strokes = (((50, 50), (60, 54)), ((100, 60), (110, 62)))
    document.edit_mask("Brush strokes", lambda mask: _strokes(mask, strokes))
    document.set_frames((Frame(50, 50, 40), Frame(105, 60, 40)), "Find faces")
    chip = np.zeros((256, 256, 3), np.uint8)
    document.set_reference(Reference(chip=chip, known=np.full((256, 256), 255, np.uint8)), "Reference")
    window.store.put(replace(window.store.value, method="auto"))
    for _ in range(2):
        *_, run = window.restorer.restore()
        qtbot.waitUntil(lambda: run.over, timeout=60_000)  # noqa: B023 (called at once)
        assert "2 are marked" in window.notice.text
    window.notice.tell("Autosave is off")
    document.set_reference(None, "Reference")
    window.store.put(replace(window.store.value, method="telea"))
    *_, run = window.restorer.restore()
    qtbot.waitUntil(lambda: run.over)
    assert document.results
    assert window.notice.text == "Autosave is off"


def _strokes(mask: U8, lines: Sequence[Sequence[Point]]) -> Box:
    box = mask_tools.NOTHING
    for line in lines:
        box = box.union(mask_tools.stroke(mask, line, Brush(6, 1.0)))
    return box
