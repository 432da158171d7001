"""The name that is saved under: its suffix, the chosen type, and what is there already."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialogButtonBox, QFileDialog, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

import engine
from engine import Photo, read_photo, write_photo
from faceapp.editing.document import Document
from faceapp.ui.commands.save_dialog import QualityDialog, ask_where, completed, photo_types
from faceapp.ui.main_window import MainWindow

TYPES = photo_types()
PNG, JPEG, TIFF, *_ = TYPES


@pytest.mark.parametrize(
    ("name", "chosen", "expected"),
    [
        ("a.jpg", JPEG, "a.jpg"),
        ("a.jpg", TIFF, "a.tif"),  # the type was changed, the name left as it was offered
        ("a.webp", JPEG, "a.webp"),  # a suffix that was typed says more than the type
        ("a", PNG, "a.png"),
        ("a.v2", JPEG, "a.v2.jpg"),
        ("a.JPG", JPEG, "a.JPG"),
        ("a.jfif", JPEG, "a.jfif"),
    ],
)
def test_the_suffix_and_the_type_agree(name: str, chosen: str, expected: str) -> None:
    assert completed(Path(name), start=Path("x.jpg"), types=TYPES, chosen=chosen) == Path(expected)


def test_every_format_that_can_be_written_is_offered() -> None:
    assert sorted(suffix for kind in TYPES for suffix in re.findall(r"\*(\.\w+)", kind)) == sorted(engine.WRITABLE)


@pytest.mark.parametrize("answer", ["Yes", "No"])
def test_a_file_under_the_completed_name_is_not_replaced_unasked(
    qtbot: QtBot, tmp_path: Path, answer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    (tmp_path / "a.png").write_bytes(b"mine")
    asked: list[str] = []

    def question(_parent: object, _title: str, text: str, *_rest: object) -> QMessageBox.StandardButton:
        asked.append(text)
        return QMessageBox.StandardButton[answer]

    monkeypatch.setattr(QMessageBox, "question", question)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args: (str(tmp_path / "a"), PNG))
    found = ask_where(parent, "Save as", start=tmp_path / "b.png", types=TYPES)
    assert found == (tmp_path / "a.png" if answer == "Yes" else None)
    assert "a.png" in asked[0]


def test_the_photos_own_format_is_offered_first(
    qtbot: QtBot, window: MainWindow, photo_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    offered: list[tuple[str, ...]] = []

    def dialog(*arguments: object) -> tuple[str, str]:
        offered.append(tuple(str(part) for part in arguments[2:]))
        return "", ""

    scan = photo_file.with_suffix(".tif")
    write_photo(read_photo(photo_file), scan)
    window.files.open_paths([scan])
    qtbot.waitUntil(lambda: window.workspace.document is not None and not window.door.busy)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", dialog)
    window.actions_["save_as"].trigger()
    assert offered[0][0].endswith("waves-restored.tif")
    assert offered[0][2] == TIFF


def test_the_quality_of_a_jpeg_that_was_none_is_asked(
    qtbot: QtBot, window: MainWindow, document: Document, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = []
    for quality in (40, 95):
        out = tmp_path / f"{quality}.jpg"

        def press_save(dialog: QualityDialog, quality: int = quality) -> int:
            dialog.quality.number.setValue(quality)
            dialog.show()
            (box,) = dialog.findChildren(QDialogButtonBox)
            qtbot.mouseClick(box.button(QDialogButtonBox.StandardButton.Save), Qt.MouseButton.LeftButton)
            return dialog.result()

        monkeypatch.setattr(QualityDialog, "exec", press_save)
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args, out=out: (str(out), JPEG))
        window.actions_["save_as"].trigger()
        qtbot.waitUntil(lambda: not window.door.busy)
        sizes.append(out.stat().st_size)
        assert window.store.value.jpeg_quality == quality
    assert sizes[0] < 0.7 * sizes[1]


def test_a_jpeg_keeps_its_own_tables_unasked(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (40, 60, 3), np.uint8)
    write_photo(Photo.from_array(pixels), tmp_path / "a.jpg", quality=70)
    window.files.open_paths([tmp_path / "a.jpg"])
    qtbot.waitUntil(lambda: window.workspace.document is not None and not window.door.busy)
    out = tmp_path / "b.jpg"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args: (str(out), JPEG))
    window.actions_["save_as"].trigger()
    qtbot.waitUntil(lambda: out.exists() and not window.door.busy)


def test_save_as_begins_in_the_photos_folder(
    window: MainWindow, document: Document, photo_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever another photo was saved last."""
    assert window.store.value.save_folder == str(tmp_path)
    begun: list[str] = []
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *args: (begun.append(args[2]), ("", ""))[1])
    window.actions_["save_as"].trigger()
    assert begun == [str(photo_file.with_name("waves-restored.png"))]
