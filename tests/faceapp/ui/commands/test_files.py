"""Every kind of photo is offered by the dialogs, dropped, and offered again to save."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QDir, QMimeData, QUrl
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

import engine
from faceapp.editing.document import Document
from faceapp.ui.commands.batch_dialog import BatchDialog
from faceapp.ui.main_window import MainWindow
from tests.photo_kinds import write_kind


def patterns(shown: str) -> list[str]:
    """The file patterns of a dialog's first filter."""
    return shown.split(";;")[0].rpartition("(")[2].removesuffix(")").split()


@pytest.mark.parametrize(("asks", "opens"), [("open", "getOpenFileNames"), ("mask_import", "getOpenFileName")])
def test_every_suffix_is_in_the_filter(
    window: MainWindow, document: Document, monkeypatch: pytest.MonkeyPatch, asks: str, opens: str
) -> None:
    shown: list[str] = []

    def dialog(_parent: object, _title: str, _folder: str, types: str) -> tuple[list[str] | str, str]:
        shown.append(types)
        return ([], "") if opens == "getOpenFileNames" else ("", "")

    monkeypatch.setattr(QFileDialog, opens, dialog)
    window.actions_[asks].trigger()
    (types,) = shown
    for suffix in engine.READABLE:
        assert QDir.match(patterns(types), f"photo{suffix}")
        assert QDir.match(patterns(types), f"PHOTO{suffix.upper()}")
    assert not QDir.match(patterns(types), "notes.txt")


def test_every_kind_can_be_dropped(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    pytest.importorskip("pi_heif")
    paths = [write_kind(tmp_path / f"photo{suffix}") for suffix in engine.READABLE]
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    window.files.take(data)
    qtbot.waitUntil(lambda: not window.door.busy and not window.door.waiting)
    assert [photo.title for photo in window.workspace.photos] == [path.name for path in paths]
    offered = {photo.document.original.path: window.files.suggestion(photo) for photo in window.workspace.photos}
    assert {path.suffix: offered[path].suffix for path in paths} == {
        suffix: suffix if suffix in engine.WRITABLE else ".png" for suffix in engine.READABLE
    }


def test_a_file_that_is_asked_for_while_it_is_opened_opens_once(
    qtbot: QtBot, window: MainWindow, photo_file: Path, tmp_path: Path
) -> None:
    """A double click on a recent file opened it twice."""
    other = write_kind(tmp_path / "other.png")
    for path in (photo_file, other, photo_file.parent / ".." / photo_file.parent.name / photo_file.name):
        window.files.open_paths([path])
    qtbot.waitUntil(lambda: not window.door.busy and not window.door.waiting)
    assert [photo.title for photo in window.workspace.photos] == ["waves.png", "other.png"]
    assert window.workspace.index == 0, "what was asked for last is in front"


def test_the_batch_offers_every_format_that_can_be_written(qtbot: QtBot, window: MainWindow) -> None:
    dialog = BatchDialog(window, store=window.store, door=window.door, models=window.restorer.models)
    qtbot.addWidget(dialog)
    suffixes = [dialog.format.itemData(index) for index in range(dialog.format.count())]
    assert suffixes == [None, *(row.suffixes[0] for row in engine.FORMATS.values() if row.writable)]
