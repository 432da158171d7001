"""A photo that networks drew a part of says so when it is saved, if the preference is on and the work still in it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from engine import Box, read_photo
from faceapp.editing.document import Document
from faceapp.editing.variant import Variant
from faceapp.storage.project import Snapshot, write_project
from faceapp.storage.project_reading import read_project
from faceapp.ui.dialogs import Preferences
from faceapp.ui.main_window import MainWindow


def variant(method: str) -> Variant:
    pixels = np.zeros((20, 30, 3), np.uint8)
    return Variant(
        box=Box(10, 10, 40, 30), pixels=pixels, faces=(), method=method, device="", model="", seed=0, steps=0, seconds=0
    )


def said(qtbot: QtBot, window: MainWindow, path: Path) -> bool:
    """Save the photo in front; whether the file says that networks drew a part of it."""
    photo = window.workspace.current
    assert photo is not None
    window.files.write_photo(photo, path)
    qtbot.waitUntil(lambda: not window.door.busy and not window.door.waiting)
    return b"compositeWithTrainedAlgorithmicMedia" in (read_photo(path).metadata.xmp or b"")


def test_what_networks_drew_is_said_as_long_as_it_is_there(
    qtbot: QtBot, window: MainWindow, document: Document, tmp_path: Path
) -> None:
    document.apply_result(variant("telea"), "Restore")
    assert not said(qtbot, window, tmp_path / "1.png")
    document.apply_result(variant("diffusion"), "Restore")
    document.apply_result(variant("telea"), "Restore")
    assert said(qtbot, window, tmp_path / "2.png")
    document.history.undo()
    document.history.undo()
    assert not said(qtbot, window, tmp_path / "3.png")


def test_the_preference_takes_it_away(qtbot: QtBot, window: MainWindow, document: Document, tmp_path: Path) -> None:
    document.apply_result(variant("diffusion"), "Restore")
    dialog = Preferences(window, window.store)
    assert dialog.marks.isChecked()
    dialog.marks.setChecked(False)
    dialog.accept()
    assert not said(qtbot, window, tmp_path / "off.jpg")
    window.store.put(replace(window.store.value, mark_files=True))
    assert said(qtbot, window, tmp_path / "on.jpg")


@pytest.mark.parametrize("method", ["telea", "diffusion"])
def test_a_project_remembers_it(document: Document, window: MainWindow, tmp_path: Path, method: str) -> None:
    document.apply_result(variant(method), "Restore")
    path = tmp_path / "p.facemend"
    write_project(Snapshot.of(document, window.store.value, title="p"), path)
    assert read_project(path).document.picture.drawn == (method == "diffusion")
