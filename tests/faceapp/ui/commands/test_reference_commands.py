"""A reference in the window: chosen, shown, undone, kept by presets and projects, and laid under the hole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from PySide6.QtWidgets import QFileDialog, QInputDialog, QWidget
from pytestqt.qtbot import QtBot

from engine import Photo, Reference, read_photo, write_photo
from faceapp.editing.document import Document
from faceapp.samples import PORTRAIT, PORTRAIT_MASK
from faceapp.ui.main_window import MainWindow

from ...conftest import write_picture


@pytest.fixture
def person(tmp_path: Path) -> Path:
    """Another photo of the sample's face, larger and darker."""
    larger = cv2.resize(read_photo(PORTRAIT).rgb8(), None, fx=1.5, fy=1.5, interpolation=cv2.INTER_CUBIC)
    write_photo(Photo.from_array((larger * 0.8).astype(np.uint8)), tmp_path / "<b>aunt.png")
    return tmp_path / "<b>aunt.png"


def choose(qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    """Press the panel's button and answer the dialog."""
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(path), ""))
    window.side.faces.reference_buttons[0].click()
    qtbot.waitUntil(lambda: not window.door.busy)


def test_a_photo_the_mirrored_half_or_none(
    qtbot: QtBot, window: MainWindow, document: Document, person: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel, on = window.side.faces, window.actions_
    window.side.sections[3].head.setChecked(True)
    assert document.reference is None
    assert not on["reference_none"].isEnabled()
    choose(qtbot, window, monkeypatch, person)
    assert isinstance(document.reference, Reference)
    assert person.name in window.notice.text
    assert person.name in panel.reference.text() or "&lt;b&gt;aunt.png" in panel.reference.text()
    assert panel.reference_face.isVisible()
    assert document.dirty
    on["reference_mirror"].trigger()
    assert document.reference == "mirror"
    assert "mirrored" in panel.reference.text()
    assert not panel.reference_face.isVisible()
    assert not on["reference_mirror"].isEnabled()
    on["reference_none"].trigger()
    assert document.reference is None
    for _ in range(2):
        on["undo"].trigger()
    assert isinstance(document.reference, Reference)
    assert panel.reference_face.isVisible()
    on["undo"].trigger()
    assert document.reference is None
    assert document.history.undo_name is None
    assert panel.reference.text().startswith("None")


def test_a_photo_without_a_face_is_a_sentence(
    qtbot: QtBot, window: MainWindow, document: Document, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    choose(qtbot, window, monkeypatch, write_picture(tmp_path / "wall.png", seed=3))
    assert "shows no face" in window.notice.text
    assert document.reference is None
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: ("", ""))
    window.actions_["reference_photo"].trigger()
    assert not window.door.busy
    assert not document.dirty


def test_each_photo_has_its_own(window: MainWindow, document: Document, tmp_path: Path, qtbot: QtBot) -> None:
    window.actions_["reference_mirror"].trigger()
    window.files.open_paths([write_picture(tmp_path / "other.png", seed=2)])
    qtbot.waitUntil(lambda: len(window.workspace.photos) == 2 and not window.door.busy)
    assert window.side.faces.reference.text().startswith("None")
    window.workspace.step(-1)
    assert "mirrored" in window.side.faces.reference.text()


def test_a_preset_brings_the_mirrored_half(
    window: MainWindow, document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = iter([("plain", True), ("half", True)])
    monkeypatch.setattr(QInputDialog, "getText", lambda *_: next(names))
    window.presets.ask()
    window.actions_["reference_mirror"].trigger()
    window.presets.ask()
    window.actions_["reference_none"].trigger()
    window.presets.take("half")
    assert document.reference == "mirror"
    window.presets.take("plain")  # says nothing of it
    assert document.reference == "mirror"


@pytest.mark.slow
def test_it_is_laid_under_what_is_masked(
    qtbot: QtBot,
    window: MainWindow,
    person: Path,
    monkeypatch: pytest.MonkeyPatch,
    screenshot: Callable[[QWidget, str], None],
) -> None:
    window.store.put(replace(window.store.value, method="diffusion", device="cpu"))
    window.files.open_paths([PORTRAIT])
    qtbot.waitUntil(lambda: window.workspace.document is not None and not window.door.busy)
    document = window.workspace.document
    assert document is not None
    if not document.marked:
        window.masks.import_from(PORTRAIT_MASK)
        qtbot.waitUntil(lambda: not window.door.busy)

    def restored() -> float:
        (ticket,) = window.restorer.restore()
        qtbot.waitUntil(lambda: ticket.over, timeout=60_000)
        assert document is not None
        return document.results[-1].faces[0].referred

    assert restored() == 0
    choose(qtbot, window, monkeypatch, person)
    assert restored() > 0.1
    assert len(document.results) == 2  # another picture
    window.side.sections[3].head.setChecked(True)
    window.side.ensureWidgetVisible(window.side.faces.reference)
    qtbot.wait(30)
    screenshot(window, "window-reference")
    window.store.put(replace(window.store.value, method="telea"))  # which knows none, and does not complain
    (ticket,) = window.restorer.restore()
    qtbot.waitUntil(lambda: ticket.over, timeout=60_000)
    assert ticket.state == "done"
