"""The mask panel: what its sliders mean to the commands."""

from __future__ import annotations

from pathlib import Path

import cv2
import pytest
from pytestqt.qtbot import QtBot
from skimage import data

from engine import Photo, write_photo
from faceapp.ui.main_window import MainWindow


@pytest.mark.slow
def test_a_higher_sensitivity_finds_more_damage(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    scan = data.astronaut()
    for x, shade in ((100, 250), (300, 10)):
        cv2.line(scan, (x, 20), (x + 60, 480), (shade,) * 3, 2, cv2.LINE_AA)
    write_photo(Photo.from_array(scan), tmp_path / "scan.png")
    window.files.open_paths([tmp_path / "scan.png"])
    qtbot.waitUntil(lambda: window.workspace.document is not None and not window.door.busy)
    document = window.workspace.document
    assert document is not None
    found = []
    for percent in (20, 80):
        window.side.mask_panel.sensitivity.number.setValue(percent)
        window.actions_["mask_detect"].trigger()
        qtbot.waitUntil(lambda: not window.door.busy and bool(document.mask.any()), timeout=10_000)
        found.append(int((document.mask > 0).sum()))
        window.actions_["undo"].trigger()
    assert 0 < found[0] < found[1]
