"""Commands on a whole mask: what they do, and what they say when they cannot."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from faceapp.editing import mask_tools
from faceapp.editing.document import Document
from faceapp.ui.main_window import MainWindow

pytestmark = pytest.mark.slow

Settle = Callable[[], None]


@pytest.fixture
def said(window: MainWindow) -> list[str]:
    """What the commands tell the user."""
    sentences: list[str] = []
    window.masks.told.connect(sentences.append)
    return sentences


@pytest.fixture
def settle(qtbot: QtBot, window: MainWindow) -> Settle:
    """Wait for the worker."""
    return lambda: qtbot.waitUntil(lambda: not window.door.busy and not window.door.waiting)


def paint(document: Document) -> None:
    document.edit_mask("Rectangle", lambda mask: mask_tools.rectangle(mask, (60, 40), (100, 80)))


def choose(monkeypatch: pytest.MonkeyPatch, dialog: str, name: Path | None) -> None:
    """Answer a file dialog with a name, or cancel it."""
    monkeypatch.setattr(QFileDialog, dialog, lambda *_args, **_options: (str(name or ""), ""))


def test_feather_softens_the_border(document: Document, window: MainWindow, settle: Settle) -> None:
    paint(document)
    window.masks.amount = lambda: 6.0
    window.masks.feather()
    settle()
    row = document.mask[60, 40:80].astype(int)
    assert (np.diff(row) >= 0).all()
    assert len(set(row) - {0, 255}) >= 4
    assert document.history.undo_name == "Feather mask"


def test_a_mask_that_changed_meanwhile_is_left_alone(
    document: Document, window: MainWindow, settle: Settle, said: list[str]
) -> None:
    paint(document)
    window.masks.grow()
    window.masks.invert()
    inverted = document.mask.copy()
    settle()
    assert said == ["The mask changed meanwhile; nothing was done to it."]
    assert np.array_equal(document.mask, inverted)
    assert document.history.undo_name == "Invert mask"


def test_a_photo_closed_meanwhile_gets_nothing(
    document: Document, window: MainWindow, settle: Settle, said: list[str], tmp_path: Path
) -> None:
    Image.new("L", (160, 120), 255).save(tmp_path / "all.png")
    window.masks.import_from(tmp_path / "all.png")
    photo = window.workspace.current
    assert photo is not None
    window.workspace.remove(photo)
    settle()
    assert not document.mask.any()
    assert said == []


def test_a_chosen_picture_becomes_the_mask(
    document: Document, window: MainWindow, settle: Settle, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    grey = np.zeros((120, 160), np.uint8)
    grey[10:50, 20:60] = 255
    Image.fromarray(grey).save(tmp_path / "m.png")
    choose(monkeypatch, "getOpenFileName", None)
    window.masks.import_file()
    settle()
    assert not document.mask.any()
    choose(monkeypatch, "getOpenFileName", tmp_path / "m.png")
    window.masks.import_file()
    settle()
    assert np.array_equal(document.mask, grey)


def test_the_mask_is_written_where_it_was_asked(
    document: Document, window: MainWindow, settle: Settle, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    paint(document)
    choose(monkeypatch, "getSaveFileName", None)
    window.exports.mask()
    target = tmp_path / "masks" / "m.png"
    target.parent.mkdir()
    choose(monkeypatch, "getSaveFileName", target)
    window.exports.mask()
    settle()
    with Image.open(target) as picture:
        assert np.array_equal(np.asarray(picture), document.mask)
    assert window.store.value.save_folder == str(target.parent)


def test_without_a_photo_every_command_does_nothing(
    window: MainWindow, settle: Settle, said: list[str], tmp_path: Path
) -> None:
    masks = window.masks
    for command in (masks.invert, masks.clear, masks.grow, masks.shrink, masks.feather, masks.reviews.detect):
        command()
    masks.import_file()
    masks.import_from(tmp_path / "none.png")
    window.exports.mask()
    window.exports.mask_to(tmp_path / "none.png")
    settle()
    assert said == []
    assert list(tmp_path.glob("*.png")) == []


def test_a_label_mask_is_imported_with_a_note_and_the_photo_itself_is_questioned(
    window: MainWindow, document: Document, said: list[str], settle: Settle, tmp_path: Path
) -> None:
    labels = np.zeros((document.size.height, document.size.width), np.uint8)
    labels[10:20] = 1
    Image.fromarray(labels).save(tmp_path / "labels.png")
    window.masks.import_from(tmp_path / "labels.png")
    settle()
    np.testing.assert_array_equal(document.mask > 0, labels > 0)
    assert said == [f"{tmp_path / 'labels.png'}: a mask of two values, 0 and 1: the brighter one is restored."]
    assert document.original.path is not None
    window.masks.import_from(document.original.path)
    settle()
    assert "is the photo itself" in window.notice.text
    np.testing.assert_array_equal(document.mask > 0, labels > 0)
