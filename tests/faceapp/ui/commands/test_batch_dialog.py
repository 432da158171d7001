"""The batch dialog drives the same code as `facemend batch`."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
from pytestqt.qtbot import QtBot
from skimage import data

from engine import Photo, grow, read_photo, write_photo
from faceapp.runs import batch
from faceapp.ui.commands.batch_dialog import BatchDialog
from faceapp.ui.main_window import MainWindow

pytestmark = pytest.mark.slow


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three photos, one of them broken, and a mask for all."""
    photos = tmp_path / "in"
    photos.mkdir()
    for index in range(2):
        pixels = np.random.default_rng(index).integers(0, 256, (40, 50, 3), np.uint8)
        write_photo(Photo.from_array(pixels), photos / f"{index}.png")
    (photos / "broken.png").write_bytes(b"no picture")
    mask = np.zeros((40, 50), np.uint8)
    mask[10:14, 5:40] = 255
    write_photo(Photo.from_array(mask), tmp_path / "mask.png")
    return photos


@pytest.fixture
def dialog(qtbot: QtBot, window: MainWindow, folder: Path, tmp_path: Path) -> BatchDialog:
    dialog = BatchDialog(window, store=window.store, door=window.door, models=window.restorer.models)
    qtbot.addWidget(dialog)
    dialog.source.edit.setText(str(folder))
    dialog.goal.edit.setText(str(tmp_path / "out"))
    dialog.mask_kind.setCurrentIndex(2)
    dialog.masks.edit.setText(str(tmp_path / "mask.png"))
    dialog.show()
    return dialog


def states(dialog: BatchDialog) -> dict[str, str]:
    cells = ((dialog.table.item(row, 0), dialog.table.item(row, 2)) for row in range(dialog.table.rowCount()))
    return {name.text(): state.text() for name, state in cells if name is not None and state is not None}


def test_a_bad_file_is_listed_and_the_others_are_done(qtbot: QtBot, dialog: BatchDialog, tmp_path: Path) -> None:
    dialog.start.click()
    assert dialog.running
    assert not dialog.form.isEnabled()
    qtbot.waitUntil(lambda: not dialog.running)
    qtbot.waitUntil(lambda: states(dialog) == {"0.png": "done", "1.png": "done", "broken.png": "failed"})
    assert "2 done, 0 skipped, 1 failed" in dialog.message.text()
    assert sorted(path.name for path in (tmp_path / "out").glob("*.png")) == ["0.png", "1.png"]
    with (tmp_path / "out" / batch.REPORT).open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert sorted(row["status"] for row in rows) == ["done", "done", "failed"]


def test_it_goes_on_where_it_was_stopped(qtbot: QtBot, dialog: BatchDialog, tmp_path: Path) -> None:
    dialog.start.click()
    qtbot.waitUntil(lambda: not dialog.running)
    (tmp_path / "out" / "1.png").unlink()
    dialog.start.click()
    qtbot.waitUntil(lambda: not dialog.running)
    qtbot.waitUntil(lambda: states(dialog) == {"0.png": "skipped", "1.png": "done", "broken.png": "failed"})


def test_masks_of_a_folder_another_name_and_format(qtbot: QtBot, dialog: BatchDialog, tmp_path: Path) -> None:
    masks = tmp_path / "masks"
    masks.mkdir()
    for name in ("0.png", "1.png"):
        shutil.copy(tmp_path / "mask.png", masks / name)
    dialog.mask_kind.setCurrentIndex(1)
    assert dialog.masks_caption.text() == "Mask folder"
    dialog.masks.edit.setText(str(masks))
    dialog.naming.setText("{name}-restored")
    dialog.format.setCurrentIndex(dialog.format.findData(".tif"))
    dialog.start.click()
    qtbot.waitUntil(lambda: not dialog.running)
    outputs = [tmp_path / "out" / f"{i}-restored.tif" for i in range(2)]
    assert all(path.exists() for path in outputs)
    qtbot.waitUntil(lambda: not dialog._pictures)
    first, result = dialog.table.item(0, 0), dialog.table.item(0, 1)
    assert first is not None
    assert result is not None
    assert result.text() == "0-restored.tif"  # beside its source
    assert not first.icon().isNull()
    assert not result.icon().isNull()


def test_damage_is_detected_where_no_mask_is_given(
    qtbot: QtBot, dialog: BatchDialog, folder: Path, tmp_path: Path
) -> None:
    scratched = cv2.line(data.camera(), (60, 400), (300, 60), 255, 3)
    write_photo(Photo.from_array(scratched), folder / "0.png", force=True)
    dialog.mask_kind.setCurrentIndex(0)
    assert not dialog.masks.isEnabled()
    dialog.pattern.setText("0.png")
    dialog.start.click()
    qtbot.waitUntil(lambda: not dialog.running)
    qtbot.waitUntil(lambda: set(states(dialog)) == {"0.png"})
    assert states(dialog)["0.png"] == "done"
    changed = read_photo(tmp_path / "out" / "0.png").pixels != scratched
    assert changed[200, 200]
    assert changed.mean() < 0.1


@pytest.mark.parametrize("seam", [0, 9])
def test_the_seam_is_that_of_the_panel(
    qtbot: QtBot, window: MainWindow, dialog: BatchDialog, folder: Path, tmp_path: Path, seam: float
) -> None:
    window.side.restore.feather.number.setValue(seam)
    dialog.start.click()
    qtbot.waitUntil(lambda: not dialog.running)
    before, after = (read_photo(place / "0.png").pixels for place in (folder, tmp_path / "out"))
    changed = (before != after).any(axis=2)
    mask = read_photo(tmp_path / "mask.png").pixels
    assert not changed[grow(mask, seam) == 0].any()
    assert changed[(grow(mask, seam) > 0) & (grow(mask, max(0, seam - 4)) == 0)].any() == (seam > 0)


def test_outputs_that_exist_are_told_without_options(qtbot: QtBot, dialog: BatchDialog, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "0.png").write_bytes(b"precious")
    dialog.resume.setChecked(False)
    dialog.start.click()
    qtbot.waitUntil(lambda: not dialog.running)
    assert "exists already" in dialog.message.text()
    assert "--" not in dialog.message.text()
    assert (tmp_path / "out" / "0.png").read_bytes() == b"precious"


def test_what_cannot_start_is_a_sentence(dialog: BatchDialog, folder: Path) -> None:
    dialog.goal.edit.setText(str(folder))
    dialog.start.click()
    assert "among the photos" in dialog.message.text()
    assert not dialog.running
    dialog.source.edit.setText("")
    assert not dialog.start.isEnabled()


def test_closing_stops(qtbot: QtBot, dialog: BatchDialog) -> None:
    dialog.start.click()
    dialog.pause.click()
    assert dialog.pause.text() == "Go on"
    dialog.reject()
    qtbot.waitUntil(lambda: not dialog.running)
    assert not dialog.isVisible()


def test_faces_alone_are_made_sharp(qtbot: QtBot, dialog: BatchDialog, tmp_path: Path) -> None:
    dialog.mask_kind.setCurrentIndex(3)
    assert not dialog.start.isEnabled()
    assert not dialog.masks.isEnabled()
    dialog.sharpen.setChecked(True)
    dialog.start.click()
    qtbot.waitUntil(lambda: not dialog.running, timeout=60_000)
    with (tmp_path / "out" / batch.REPORT).open(newline="", encoding="utf-8") as file:
        rows = {Path(row["photo"]).name: row for row in csv.DictReader(file)}
    assert rows["0.png"]["status"] == "empty"
    assert rows["0.png"]["mask"] == "", "no damage was looked for"
    assert "had nothing to restore" in dialog.message.text()
    assert not dialog.message.text().startswith("3 done")
    assert "no face was found" in rows["0.png"]["text"]
