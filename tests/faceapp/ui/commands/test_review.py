"""Detecting damage in the window: the pieces, the slider, undo; nothing found is said."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from PySide6.QtCore import QRect
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot
from skimage import data

from engine import Photo, write_photo
from faceapp.editing import mask_tools
from faceapp.editing.document import Document
from faceapp.jobs import Ticket
from faceapp.ui.main_window import MainWindow

pytestmark = pytest.mark.slow

Settle = Callable[[], None]
SCRATCHES = (((20, 10), (60, 190), 255), ((240, 10), (225, 150), 245))


@pytest.fixture
def settle(qtbot: QtBot, window: MainWindow) -> Settle:
    """Wait for the slider and the worker."""

    def wait() -> None:
        qtbot.waitUntil(lambda: not window.masks.reviews._rest.isActive(), timeout=10_000)
        qtbot.waitUntil(lambda: not window.door.busy and not window.door.waiting, timeout=20_000)
        qtbot.waitUntil(lambda: not window.masks.reviews.sieve.busy, timeout=20_000)

    return wait


@pytest.fixture
def said(window: MainWindow) -> list[str]:
    sentences: list[str] = []
    window.masks.reviews.told.connect(sentences.append)
    return sentences


@pytest.fixture
def scan(window: MainWindow, settle: Settle, tmp_path: Path) -> Document:
    """A photo with two scratches, searched; a rectangle was painted before."""
    picture = data.camera()[:200, 100:400]
    picture = np.repeat(picture[..., None], 3, axis=2)
    for start, end, shade in SCRATCHES:
        cv2.line(picture, start, end, (shade,) * 3, 3, cv2.LINE_AA)
    write_photo(Photo.from_array(picture), tmp_path / "scan.png")
    window.files.open_paths([tmp_path / "scan.png"])
    settle()
    document = window.workspace.document
    assert document is not None
    document.edit_mask("Rectangle", lambda mask: mask_tools.rectangle(mask, (270, 150), (290, 180)))
    window.actions_["mask_detect"].trigger()
    settle()
    return document


def covered(document: Document, index: int) -> float:
    line = np.zeros_like(document.mask)
    cv2.line(line, *SCRATCHES[index][:2], (255,), 1)
    return float((document.mask[line > 0] > 127).mean())


def panel_text(window: MainWindow) -> str:
    label: QLabel = window.side.mask_panel.found
    return "" if label.isHidden() else label.text()


def test_found_damage_is_masked_piece_by_piece(window: MainWindow, scan: Document, said: list[str]) -> None:
    assert covered(scan, 0) > 0.5
    assert covered(scan, 1) > 0.5
    assert scan.mask[155:175, 275:285].min() == 255, "what was painted stays"
    assert scan.history.undo_name == "Detect damage"
    assert said == []
    review = window.masks.reviews.review
    assert review is not None
    assert panel_text(window).startswith(f"Piece 1 of {len(review.pieces)}")


def test_next_zooms_delete_and_keep_decide(window: MainWindow, scan: Document, settle: Settle) -> None:
    review = window.masks.reviews.review
    assert review is not None
    count = len(review.pieces)
    window.actions_["review_next"].trigger()
    review = window.masks.reviews.review
    assert review is not None
    assert review.piece is not None
    seen = window.canvas.view.visible(scan.size, window.canvas.window_size)
    assert seen.intersection(review.piece.box) == review.piece.box
    gone = review.piece.box
    before = int((scan.mask[gone.slices] > 0).sum())
    window.actions_["review_delete"].trigger()
    assert int((scan.mask[gone.slices] > 0).sum()) < before
    review = window.masks.reviews.review
    assert review is not None
    assert len(review.pieces) == count - 1
    window.actions_["undo"].trigger()
    review = window.masks.reviews.review
    assert review is not None
    assert len(review.pieces) == count, "undo opens the piece again"
    window.actions_["review_keep_all"].trigger()
    assert panel_text(window) == "Every piece is decided."
    assert not window.actions_["review_next"].isEnabled()
    kept = scan.mask.copy()
    window.side.mask_panel.sensitivity.number.setValue(0)
    settle()
    np.testing.assert_array_equal(scan.mask, kept)


def test_the_slider_is_live_and_spares_what_was_painted(window: MainWindow, scan: Document, settle: Settle) -> None:
    found = int((scan.mask > 0).sum())
    scan.edit_mask("Rectangle", lambda mask: mask_tools.rectangle(mask, (120, 20), (140, 40)))
    window.side.mask_panel.sensitivity.number.setValue(100)
    settle()
    more = int((scan.mask > 0).sum())
    assert more > found
    window.side.mask_panel.sensitivity.number.setValue(0)
    settle()
    assert int((scan.mask > 0).sum()) < more
    assert scan.mask[22:38, 122:138].min() == 255
    assert scan.history.undo_name == "Sensitivity"
    window.actions_["undo"].trigger()
    assert scan.history.undo_name == "Rectangle", "a drag of the slider is one step"


def test_a_run_does_not_hold_the_slider_up(qtbot: QtBot, window: MainWindow, scan: Document) -> None:
    free = threading.Event()
    window.door.submit(Ticket("wait", lambda _: free.wait(60)))
    window.side.mask_panel.sensitivity.number.setValue(100)
    qtbot.waitUntil(lambda: scan.history.undo_name == "Sensitivity", timeout=20_000)
    assert window.door.busy
    free.set()


def test_undoing_the_search_ends_the_review(window: MainWindow, scan: Document) -> None:
    window.actions_["undo"].trigger()
    assert window.masks.reviews.review is None
    assert panel_text(window) == ""
    window.actions_["redo"].trigger()
    assert window.masks.reviews.review is not None
    assert scan.mask.any()


def test_next_begins_with_the_first_piece(window: MainWindow, scan: Document) -> None:
    window.actions_["review_next"].trigger()
    assert panel_text(window).startswith("Piece 1 of")
    window.actions_["review_next"].trigger()
    assert panel_text(window).startswith("Piece 2 of")


def test_the_piece_in_question_is_outlined(window: MainWindow, scan: Document) -> None:
    """Of several in view, nobody could tell which one Delete would take."""
    canvas, actions = window.canvas, window.actions_
    assert canvas.outlined is None
    actions["review_next"].trigger()
    review = window.masks.reviews.review
    assert review is not None
    assert review.piece is not None
    assert canvas.outlined == review.piece.box
    box, view = canvas.outlined, canvas.view
    left, top = view.to_view(box.left, box.top)
    grown = QRect(int(left) - 12, int(top) - 12, 12 + int(box.width * view.scale / 2), 24)
    outlined = canvas.grab(grown).toImage()
    canvas.outlined = None
    assert outlined != canvas.grab(grown).toImage()
    actions["review_delete"].trigger()
    assert canvas.outlined not in (None, box)
    actions["review_keep_all"].trigger()
    assert canvas.outlined is None


def test_another_search_leaves_what_was_decided(window: MainWindow, scan: Document, settle: Settle) -> None:
    window.actions_["review_next"].trigger()
    window.actions_["review_delete"].trigger()
    mask, text = scan.mask.copy(), panel_text(window)
    window.actions_["mask_detect"].trigger()
    settle()
    np.testing.assert_array_equal(scan.mask, mask)
    assert panel_text(window)[len("Piece 1") :] == text[len("Piece 1") :]
    window.side.mask_panel.sensitivity.number.setValue(0)
    settle()
    assert (scan.mask > 0).sum() < (mask > 0).sum(), "what was found before is no paint"


def test_a_stroke_does_not_bring_an_undone_review_back(window: MainWindow, scan: Document) -> None:
    count = len(window.masks.reviews.review.pieces)  # type: ignore[union-attr]
    window.actions_["review_next"].trigger()
    window.actions_["review_delete"].trigger()
    window.actions_["undo"].trigger()
    scan.edit_mask("Rectangle", lambda mask: mask_tools.rectangle(mask, (120, 20), (140, 40)))
    window.actions_["review_next"].trigger()
    assert f"of {count};" in panel_text(window), "the piece whose deletion was undone is open"
    window.actions_["undo"].trigger()
    window.actions_["undo"].trigger()
    assert window.masks.reviews.review is None
    scan.edit_mask("Rectangle", lambda mask: mask_tools.rectangle(mask, (120, 20), (140, 40)))
    assert window.masks.reviews.review is None
    assert panel_text(window) == ""


def test_nothing_found_is_said(window: MainWindow, settle: Settle, said: list[str], tmp_path: Path) -> None:
    write_photo(Photo.from_array(np.full((90, 120, 3), 128, np.uint8)), tmp_path / "grey.png")
    window.files.open_paths([tmp_path / "grey.png"])
    settle()
    window.actions_["mask_detect"].trigger()
    settle()
    assert said == ["No damage was found; paint over it with the brush."]
    assert panel_text(window) == "Nothing is found at this sensitivity."


def test_the_search_of_a_photo_that_is_closed_is_given_up(
    window: MainWindow, scan: Document, settle: Settle, said: list[str]
) -> None:
    """What was opened next waited until it had come to its end."""
    window.actions_["mask_detect"].trigger()
    search, photo = window.door.running, window.workspace.current
    assert search is not None
    assert photo is not None
    window.workspace.remove(photo)
    settle()
    assert search.state == "cancelled"
    assert said == []
