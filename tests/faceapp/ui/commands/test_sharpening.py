"""Blurred faces in the window: two kinds of marks, faces marked by a button, strength, the change map."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from skimage import data

from engine import Frame, Photo, read_photo, write_photo
from engine.geometry import Box
from faceapp.editing.document import Document
from faceapp.editing.variant import Variant
from faceapp.storage.project import ProjectError, Snapshot, write_project
from faceapp.storage.project_reading import read_project
from faceapp.ui.canvas.scene import Looks, Scene
from faceapp.ui.commands.workspace import OpenPhoto
from faceapp.ui.main_window import MainWindow

FACE = Frame(224.8, 107.1, 175.8, 3.8)


@pytest.fixture
def document(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> Document:
    soft = np.asarray(cv2.GaussianBlur(data.astronaut(), (0, 0), 3), np.uint8)
    write_photo(Photo.from_array(soft), tmp_path / "soft.png")
    window.files.open_paths([tmp_path / "soft.png"])
    qtbot.waitUntil(lambda: window.workspace.document is not None and not window.door.busy)
    found = window.workspace.document
    assert found is not None
    return found


def variant(document: Document, *, missing: bool = False) -> Variant:
    box = Box(10, 10, 40, 30)
    pixels = 255 - document.original.pixels[box.slices]
    hole = np.zeros((20, 30), np.uint8)
    hole[:, :10] = 255
    return Variant(
        box=box, pixels=pixels, faces=(), method="diffusion", device="cpu", model="m", seed=0, steps=2, seconds=0.1,
        missing=hole if missing else None, marks=(box, hole),
    )  # fmt: skip


def test_one_switch_and_all_tools_paint_the_other_kind(window: MainWindow, document: Document) -> None:
    window.canvas.actual()
    canvas = window.canvas
    for key, kind, other in (("", "missing", "blurred"), ("U", "blurred", "missing")):
        if key:
            QTest.keyClick(canvas, Qt.Key.Key_U)
        before = document.masks[other].copy()  # type: ignore[index]
        QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=QPoint(canvas.width() // 2, canvas.height() // 2))
        assert document.masks[kind].any()  # type: ignore[index]
        np.testing.assert_array_equal(document.masks[other], before)  # type: ignore[index]
    assert window.actions_["mask_blurred"].isChecked()
    document.history.undo()
    assert not document.masks["blurred"].any()
    assert document.masks["missing"].any()
    document.history.undo()
    assert not document.marked


def test_the_panel_and_the_switch_say_the_same(window: MainWindow, document: Document) -> None:
    panel = window.side.mask_panel
    panel.kind.chosen.emit("blurred")
    kinds = [document.kind]
    assert window.actions_["mask_blurred"].isChecked()
    window.actions_["mask_blurred"].trigger()
    assert [*kinds, document.kind] == ["blurred", "missing"]


def test_both_kinds_are_drawn_in_their_colours_and_what_is_missing_on_top(document: Document) -> None:
    document.masks["missing"][10:30, 10:30] = 255
    document.masks["blurred"][10:30, 20:50] = 255
    looks = Looks(QColor("#ff0000"), QColor("#0000ff"), mask_opacity=1.0, edge_opacity=1.0)
    drawn = Scene(document, looks)._render_mask(Box(0, 0, 60, 40), 1)
    red, blue = 0xFFFF0000, 0xFF0000FF
    assert [drawn[20, x] for x in (15, 25, 40, 55)] == [red, red, blue, 0]


def test_a_face_is_marked_as_blurred_by_a_button(window: MainWindow, document: Document) -> None:
    document.set_frames((FACE, Frame(400, 400, 60)), "", selected=1)
    window.side.faces.sharpen.click()
    marked = document.masks["blurred"]
    assert marked[400, 400] == 255
    assert marked[107, 225] == 0
    window.side.faces.sharpen_all.click()
    assert marked[107, 225] == marked[400, 400] == 255
    assert not document.masks["missing"].any()
    document.history.undo()
    assert marked[107, 225] == 0


@pytest.mark.slow
def test_all_faces_are_found_marked_and_made_sharp(qtbot: QtBot, window: MainWindow, document: Document) -> None:
    window.store.put(replace(window.store.value, method="auto", steps=1, device="cpu"))
    window.actions_["faces_sharpen_all"].trigger()
    qtbot.waitUntil(lambda: bool(document.masks["blurred"].any()), timeout=60_000)
    assert len(document.frames) == 1
    qtbot.waitUntil(lambda: not window.door.busy, timeout=60_000)
    assert window.restorer.restore()
    qtbot.waitUntil(lambda: bool(document.results), timeout=120_000)
    (found,) = document.results
    assert found.faces[0].sharpened == 1
    assert found.missing is None
    assert "changed visibly" in window.side.faces.changed.text()
    before = document.picture.pixels_in(found.box).astype(int)
    window.variants.strength.setValue(50)
    middle = document.pixels_in(found.box)
    assert np.abs(middle - (before + found.pixels) / 2).max() <= 0.5
    window.variants.keep.click()
    np.testing.assert_array_equal(document.pixels_in(found.box), middle)
    assert not document.marked


def test_strength_is_a_slider_that_holes_do_not_follow(window: MainWindow, document: Document) -> None:
    plain, both = variant(document), variant(document, missing=True)
    document.set_results((plain, both))
    original = document.original.pixels[plain.box.slices]
    for shown in (plain, both):
        document.show_variant(shown)
        assert window.variants.strength.value() == 100
        window.variants.strength.setValue(0)
    np.testing.assert_array_equal(document.pixels_of(plain), original)
    np.testing.assert_array_equal(document.pixels_of(both)[:, 10:], original[:, 10:])
    np.testing.assert_array_equal(document.pixels_of(both)[:, :10], both.pixels[:, :10])
    document.show_variant(plain)
    assert window.variants.strength.value() == 0
    window.variants.strength.setValue(100)
    np.testing.assert_array_equal(document.pixels_in(plain.box), plain.pixels)


def test_what_is_to_be_done_is_not_said_over_the_result(window: MainWindow, document: Document) -> None:
    document.set_frames((FACE,), "")
    window.actions_["faces_sharpen"].trigger()
    assert "Restore makes it sharp" in window.notice.text
    document.set_results((variant(document),))
    assert not window.notice.text


def test_a_kept_variant_can_be_weakened_until_something_else_changes(window: MainWindow, document: Document) -> None:
    made, strength = variant(document), window.variants.strength
    original = document.original.pixels[made.box.slices].astype(int)
    document.set_results((made,))
    document.show_variant(made)
    window.variants.keep.click()
    assert strength.isVisibleTo(window)
    strength.setSliderDown(True)
    for value in (70, 0, 50):  # one drag, one step
        strength.setValue(value)
    strength.setSliderDown(False)
    middle = document.photo.pixels[made.box.slices]
    assert np.abs(middle - (original + made.pixels) / 2).max() <= 0.5
    strength.setValue(0)  # a key: another one
    assert (document.photo.pixels == document.original.pixels).all()
    assert not document.picture.drawn
    for value in (50, 100):
        window.actions_["undo"].trigger()
        assert strength.value() == value
    np.testing.assert_array_equal(document.photo.pixels[made.box.slices], made.pixels)
    window.actions_["redo"].trigger()
    np.testing.assert_array_equal(document.photo.pixels[made.box.slices], middle)
    for _ in range(2):
        window.actions_["undo"].trigger()
    assert (document.photo.pixels == document.original.pixels).all()
    assert not strength.isVisibleTo(window)
    window.actions_["redo"].trigger()
    assert strength.isVisibleTo(window)
    before = document.picture
    document.show_picture(before.patched(Box(0, 0, 5, 5), np.zeros((5, 5, 3), np.uint8)), Box(0, 0, 5, 5))
    document.keep_picture(before, Box(0, 0, 5, 5), "Heal")
    assert not strength.isVisibleTo(window)


def test_a_reopened_project_does_not_take_all_that_was_kept_for_one_variant(
    window: MainWindow, document: Document, tmp_path: Path
) -> None:
    document.set_results((variant(document, missing=True),))
    document.show_variant(document.results[0])
    document.keep_shown("Restore")
    write_project(Snapshot.of(document, window.store.value), tmp_path / "p.facemend")
    found = read_project(tmp_path / "p.facemend").document
    np.testing.assert_array_equal(found.photo.pixels, document.photo.pixels)
    assert found.picture.drawn
    assert found.kept is None


def test_a_strength_is_settled_when_another_photo_comes_to_the_front(window: MainWindow, document: Document) -> None:
    document.set_results((variant(document),))
    document.show_variant(document.results[0])
    window.variants.keep.click()
    document.mark_saved()
    window.variants.strength.setSliderDown(True)
    window.variants.strength.setValue(40)
    window.workspace.add(OpenPhoto(Document(Photo.from_array(data.astronaut())), "other"))
    assert document.dirty
    assert document.history.undo_name == "Strength"


def test_a_kept_variants_strength_leaves_what_was_healed_before(document: Document) -> None:
    made = variant(document)
    pixels = document.original.pixels[made.box.slices].copy()
    pixels[:, 15:] = made.pixels[:, 15:]
    made = replace(made, pixels=pixels)
    document.set_results((made,))
    before, healed = document.picture, Box(5, 5, 20, 20)
    document.show_picture(before.patched(healed, np.full((15, 15, 3), 77, np.uint8)), healed)
    document.keep_picture(before, healed, "Heal")
    document.show_variant(made)
    document.keep_shown("Restore")
    for strength in (0.5, 0.0):
        document.weaken_kept(strength, "Strength")
        assert (document.photo.pixels[healed.slices] == 77).all()
    assert document.history.undo() == "Strength"
    np.testing.assert_array_equal(document.photo.pixels[made.box.slices][:, 15:], made.pixels[:, 15:])


def test_a_project_keeps_both_kinds_and_strengths(window: MainWindow, document: Document, tmp_path: Path) -> None:
    document.edit_mask("", lambda mask: _mark(mask, 5), kind="missing")
    document.edit_mask("", lambda mask: _mark(mask, 50), kind="blurred")
    document.set_results((variant(document), variant(document, missing=True)))
    document.set_strength(document.results[1], 0.25)
    write_project(Snapshot.of(document, window.store.value), tmp_path / "p.facemend")
    found = read_project(tmp_path / "p.facemend").document
    for kind in ("missing", "blurred"):
        np.testing.assert_array_equal(found.masks[kind], document.masks[kind])
    assert [strength for _, strength in found.offers] == [1.0, 0.25]
    for one, two in zip(found.results, document.results, strict=True):
        np.testing.assert_array_equal(found.pixels_of(one), document.pixels_of(two))
        assert one.marks is not None
        assert two.marks is not None
        assert one.marks[0] == two.marks[0]
        np.testing.assert_array_equal(one.marks[1], two.marks[1])


def test_an_older_project_opens(window: MainWindow, document: Document, tmp_path: Path) -> None:
    document.edit_mask("", lambda mask: _mark(mask, 5))
    document.set_results((variant(document),))
    write_project(Snapshot.of(document, window.store.value), tmp_path / "new.facemend")
    with zipfile.ZipFile(tmp_path / "new.facemend") as new, zipfile.ZipFile(tmp_path / "old.facemend", "w") as old:
        for name in new.namelist():
            text = new.read(name)
            if name == "manifest.json":
                manifest = json.loads(text)
                del manifest["blurred"], manifest["settings"]["grain"], manifest["edges_by_run"]
                for entry in manifest["results"]:
                    for key in ("strength", "missing", "marks", "seam", "likeness"):
                        del entry[key]
                text = json.dumps(manifest).encode()
            old.writestr(name, text)
    found = read_project(tmp_path / "old.facemend").document
    np.testing.assert_array_equal(found.masks["missing"], document.masks["missing"])
    assert not found.masks["blurred"].any()
    assert [strength for _, strength in found.offers] == [1.0]


@pytest.mark.parametrize(
    "broken", [{"strength": 2}, {"seam": float("nan")}, {"likeness": [[1, 9, None]]}, {"likeness": [[1e9, 0, None]]}]
)
def test_what_cannot_be_in_a_project_is_refused(
    window: MainWindow, document: Document, tmp_path: Path, broken: dict[str, object]
) -> None:
    document.set_results((variant(document),))
    path = tmp_path / "p.facemend"
    write_project(Snapshot.of(document, window.store.value), path)
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(members["manifest.json"])
    manifest["results"][0].update(broken)
    members["manifest.json"] = json.dumps(manifest).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, data_ in members.items():
            archive.writestr(name, data_)
    with pytest.raises(ProjectError):
        read_project(path)


def test_a_photo_is_enlarged_with_its_marks(qtbot: QtBot, window: MainWindow, document: Document) -> None:
    document.edit_mask("", lambda mask: _mark(mask, 5), kind="blurred")
    document.set_frames((FACE,), "")
    window.actions_["enlarge_2"].trigger()
    qtbot.waitUntil(lambda: len(window.workspace.photos) == 2)
    large = window.workspace.document
    assert large is not None
    assert (large.size.width, large.original.path) == (1024, None)
    assert large.masks["blurred"].sum() == 4 * document.masks["blurred"].sum()
    assert large.masks["blurred"][10, 10] == 255
    assert large.frames == (Frame(449.6, 214.2, 351.6, 3.8),)
    assert large.history.undo_name is None
    assert large.dirty, "no file holds it yet"
    assert large.altered


def test_an_enlarged_photo_is_saved_beside_the_one_it_was_made_of(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    source = tmp_path / "old.jpg"
    write_photo(Photo.from_array(np.full((60, 80, 3), 90, np.uint8)), source)
    window.files.open_paths([source])
    for number, action in enumerate(("enlarge_2", "enlarge_4"), 1):
        qtbot.waitUntil(lambda number=number: len(window.workspace.photos) == number and not window.door.busy)  # type: ignore[misc]
        window.actions_[action].trigger()
    qtbot.waitUntil(lambda: len(window.workspace.photos) == 3 and not window.door.busy)
    large = window.workspace.current
    assert large is not None
    assert large.title.endswith("4×")
    path = window.files.suggestion(large)
    assert (path.parent, path.suffix) == (tmp_path, ".jpg")
    assert large.source == source, "it is the original that is asked about before it is overwritten"


def test_what_networks_drew_is_still_said_of_the_enlarged_photo(
    qtbot: QtBot, window: MainWindow, document: Document, tmp_path: Path
) -> None:
    document.apply_result(replace(variant(document), method="diffusion"), "Restore")
    window.actions_["enlarge_2"].trigger()
    qtbot.waitUntil(lambda: len(window.workspace.photos) == 2)
    large = window.workspace.document
    assert large is not None
    assert large.picture.drawn
    write_project(Snapshot.of(large, window.store.value), tmp_path / "p.facemend")
    assert read_project(tmp_path / "p.facemend").document.picture.drawn


def test_the_change_map_is_exported(qtbot: QtBot, window: MainWindow, document: Document, tmp_path: Path) -> None:
    document.set_results((variant(document),))
    assert not window.actions_["changes_export"].isEnabled()
    document.show_variant(document.results[0])
    assert window.actions_["changes_export"].isEnabled()
    window.exports.changes_to(tmp_path / "map.png")
    qtbot.waitUntil(lambda: (tmp_path / "map.png").exists() and not window.door.busy)
    changed = read_photo(tmp_path / "map.png").pixels > 0
    assert changed[10:30, 10:40].mean() > 0.9
    assert changed.sum() <= 20 * 30


def _mark(mask: np.ndarray, at: int) -> Box:
    mask[at : at + 10, at : at + 10] = 255
    return Box(at, at, at + 10, at + 10)
