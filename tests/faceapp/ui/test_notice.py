"""The line above the canvas."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

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
