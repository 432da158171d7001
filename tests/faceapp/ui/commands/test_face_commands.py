"""Finding faces, and the edges of what is visible."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot
from skimage import data

from engine import Frame, Photo, write_photo
from engine.geometry import CHIP
from faceapp.editing.document import Document
from faceapp.ui.commands.face_commands import cut_chip
from faceapp.ui.main_window import MainWindow

pytestmark = pytest.mark.slow

Settle = Callable[[], None]


@pytest.fixture
def said(window: MainWindow) -> list[str]:
    """What the commands tell the user."""
    sentences: list[str] = []
    window.faces.told.connect(sentences.append)
    return sentences


@pytest.fixture
def settle(qtbot: QtBot, window: MainWindow) -> Settle:
    """Wait for the worker."""
    return lambda: qtbot.waitUntil(lambda: not window.door.busy and not window.door.waiting)


def test_a_found_face_replaces_the_frames_once(
    window: MainWindow, settle: Settle, said: list[str], tmp_path: Path
) -> None:
    write_photo(Photo.from_array(data.astronaut()), tmp_path / "astronaut.png")
    window.files.open_paths([tmp_path / "astronaut.png"])
    settle()
    document = window.workspace.document
    assert document is not None
    document.set_frames([Frame(400, 400, 60, 0), Frame(50, 400, 60, 0)], "Draw frame")
    window.faces.find()
    settle()
    (frame,) = document.frames
    assert abs(frame.cx - 224) < 30
    assert abs(frame.cy - 118) < 30
    assert document.history.undo_name == "Find faces"
    state = document.history.state
    window.faces.find()
    settle()
    assert document.history.state == state  # the same frames again are no step
    assert said == []


def test_no_face_is_said_and_frames_stay(
    document: Document, window: MainWindow, settle: Settle, said: list[str]
) -> None:
    frame = Frame(80, 60, 60, 0)
    document.set_frames([frame], "Draw frame")
    window.faces.find()
    settle()
    assert said == ["No face was found: draw a frame around it with the face frame tool."]
    assert document.frames == (frame,)


def test_live_edges_come_and_go(qtbot: QtBot, document: Document, window: MainWindow) -> None:
    document.set_frames([Frame(80, 60, 100, 0)], "Draw frame")
    qtbot.waitUntil(lambda: document.visible_edges(0) is not None)
    window.faces.set_live(False)
    assert document.visible_edges(0) is None
    window.faces.set_live(True)
    qtbot.waitUntil(lambda: document.visible_edges(0) is not None)


def test_drawn_edges_are_cleared_by_one_step(document: Document, window: MainWindow) -> None:
    document.set_frames([Frame(80, 60, 100, 0)], "Draw frame")
    window.faces.clear_edges()
    assert document.history.undo_name == "Draw frame"  # nothing was drawn: no step
    drawn = np.zeros((CHIP, CHIP), np.uint8)
    drawn[100, 50:200] = 255
    document.set_edges(0, drawn, "Edge pencil")
    window.faces.clear_edges()
    assert [edges is None for edges in document.edges] == [True]
    document.history.undo()
    (edges,) = document.edges
    assert edges is not None
    assert np.array_equal(edges, drawn)


def test_without_a_photo_nothing_happens(window: MainWindow, settle: Settle, said: list[str]) -> None:
    for command in (window.faces.find, window.faces.delete, window.faces.clear_edges, window.faces.refresh):
        command()
    window.faces.set_live(False)
    settle()
    assert said == []


def test_a_chip_knows_nothing_in_the_hole_and_outside_the_photo() -> None:
    photo = Photo.from_array(np.full((100, 100, 3), 90, np.uint8))
    mask = np.zeros((100, 100), np.uint8)
    mask[40:60, 40:60] = 255
    rgb, known = cut_chip(photo, mask, Frame(75, 50, 100, 0))  # its right quarter lies outside
    assert rgb.shape == (CHIP, CHIP, 3)
    assert rgb[128, 20].tolist() == [90, 90, 90]
    assert set(np.unique(known)) == {0, 255}
    assert known[128, 60] == 0  # column 25 + 60 * 100 / 256 = 48 of the photo
    assert known[20, 60] == 255
    assert known[:, 200:].max() == 0
