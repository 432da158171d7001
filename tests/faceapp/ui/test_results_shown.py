"""What is to be seen of results: strips, layers, split, and the sentences about finished jobs."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from engine import Frame, Preview
from engine.geometry import CHIP, Box
from engine.request import FaceResult
from faceapp.editing.document import Document
from faceapp.editing.variant import Variant
from faceapp.ui.commands.workspace import OpenPhoto
from faceapp.ui.main_window import MainWindow
from faceapp.ui.strips import variant_thumb

pytestmark = pytest.mark.slow

Drag = Callable[..., None]
FACE, HOLE = Frame(80, 60, 80), Box(60, 40, 76, 56)


def idle(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: not window.door.busy and not window.door.waiting, timeout=10_000)


def variant(seed: int, *, value: int = 0) -> Variant:
    """A run's result with one step, in a face, all of one colour."""
    blank = np.zeros((CHIP, CHIP), np.uint8)
    return Variant(
        box=HOLE, pixels=np.full((HOLE.height, HOLE.width, 3), value, np.uint8), method="diffusion", device="cpu",
        model="m", seed=seed, steps=1, seconds=1.0, faces=(FaceResult(FACE, "given", blank, blank, blank),),
        previews=(Preview(FACE, 0, 1, 1, 1, np.zeros((CHIP, CHIP, 3), np.uint8)),),
    )  # fmt: skip


def test_every_variant_has_a_name_of_its_own(window: MainWindow, document: Document) -> None:
    document.set_results([variant(5), variant(6), variant(5, value=9)])
    thumbs = window.variants.thumbs
    assert [thumbs.item(i).text() for i in range(thumbs.count())] == ["Seed 5", "Seed 6", "Seed 5 (2)"]


def test_a_thumbnail_shows_the_part_of_the_face_that_differs(document: Document) -> None:
    """The hole, a fifth of the face's frame wide, fills most of the picture, not a speck of it."""
    image = variant_thumb(document, variant(5)).toImage()
    dark = [image.pixelColor(x, y).lightness() < 8 for x in range(image.width()) for y in range(image.height())]
    assert 0.15 < np.mean(dark) < 0.9


def test_the_chosen_variant_is_in_view(qtbot: QtBot, window: MainWindow, document: Document) -> None:
    results = [variant(seed) for seed in range(20)]
    document.set_results(results)
    document.show_variant(results[-1])
    thumbs = window.variants.thumbs
    qtbot.wait(20)
    place = thumbs.visualItemRect(thumbs.currentItem())
    assert QRect(thumbs.viewport().rect()).contains(place.center())
    assert thumbs.currentRow() == 19


def test_results_leave_the_view_as_it_is(qtbot: QtBot, window: MainWindow, document: Document, drag: Drag) -> None:
    before, view = window.canvas.size(), window.canvas.view
    drag((40, 40), (90, 70))
    window.side.restore.go.click()
    idle(qtbot, window)
    qtbot.wait(20)
    assert document.shown is not None
    assert window.canvas.size() == before
    assert window.canvas.view == view
    window.variants.keep.click()
    qtbot.wait(20)
    assert window.canvas.view == view


def test_a_sentence_leaves_the_view_as_it_is(qtbot: QtBot, window: MainWindow, document: Document) -> None:
    """It comes and goes in the middle of strokes."""
    size, place = window.canvas.size(), window.canvas.mapTo(window, window.canvas.rect().topLeft())
    window.side.restore.go.click()
    qtbot.wait(20)
    assert window.notice.isVisible()
    assert window.notice.width() == window.canvas.width()
    assert window.notice.height() < 60
    assert (window.canvas.size(), window.canvas.mapTo(window, window.canvas.rect().topLeft())) == (size, place)


def test_the_keys_for_layers_work_over_a_result(
    qtbot: QtBot, window: MainWindow, document: Document, drag: Drag
) -> None:
    document.set_frames([FACE], "New frame")
    edges = np.zeros((CHIP, CHIP), np.uint8)
    edges[60:180, 100] = 255
    document.set_edges(0, edges, "Draw edges")
    drag((40, 40), (90, 70))
    result = variant(5)
    document.set_results([result])
    document.show_variant(result)
    keys = {"show_mask": Qt.Key.Key_M, "show_edges": Qt.Key.Key_G, "show_frames": Qt.Key.Key_K}
    assert not any(window.actions_[name].isChecked() for name in keys)  # a result is shown bare
    bare = window.canvas.grab().toImage()
    for name, key in keys.items():
        qtbot.keyClick(window, key)
        assert window.actions_[name].isChecked()
        assert window.canvas.grab().toImage() != bare, name
        qtbot.keyClick(window, key)
        assert window.canvas.grab().toImage() == bare, name
    document.show_variant(None)
    assert all(window.actions_[name].isChecked() for name in keys)  # as they were for work


def test_the_split_says_which_side_is_which(qtbot: QtBot, window: MainWindow, document: Document) -> None:
    canvas = window.canvas

    def corners() -> tuple[QImage, QImage]:
        image = canvas.grab(QRect(0, canvas.height() - 40, canvas.width(), 40)).toImage()
        middle = canvas.width() // 2
        return image.copy(0, 0, middle - 10, 40), image.copy(middle + 10, 0, middle - 10, 40)

    canvas.actual()
    before = corners()
    qtbot.keyClick(window, Qt.Key.Key_S)
    assert all(now != then for now, then in zip(corners(), before, strict=True))


def test_a_result_of_another_photo_says_so(qtbot: QtBot, window: MainWindow, document: Document, drag: Drag) -> None:
    drag((40, 40), (90, 70))
    window.actions_["restore"].trigger()
    window.workspace.add(OpenPhoto(Document(document.original), "other.png"))
    idle(qtbot, window)
    assert document.results
    assert window.notice.text == "waves.png is restored: the variant waits there."
    assert window.status.job.isVisible()
    assert window.status.job.text() == "Restore: done"


def test_drawn_edges_are_missed_until_some_are_drawn(
    qtbot: QtBot, window: MainWindow, document: Document, drag: Drag
) -> None:
    drag((40, 40), (90, 70))
    qtbot.keyClick(window, Qt.Key.Key_P)
    drag((60, 50), (70, 60))
    assert "there is none here" in window.notice.text
    document.set_frames([FACE], "New frame")
    window.restorer.fill_again()
    qtbot.waitUntil(lambda: document.visible_edges(0) is not None)
    assert "no drawn edges" in window.notice.text, "those of the photo itself are not drawn"
    drag((60, 50), (70, 60))
    assert document.edges[0] is not None
    assert window.notice.text == ""


def test_nothing_is_masked_goes_when_something_is(
    qtbot: QtBot, window: MainWindow, document: Document, drag: Drag
) -> None:
    window.side.restore.go.click()
    assert "Nothing is masked" in window.notice.text
    drag((40, 40), (90, 70))
    assert window.notice.text == ""
