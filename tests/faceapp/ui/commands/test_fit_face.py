"""A frame by hand: it shows where the face belongs, and a rough one is fitted to the face."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtGui import QColor, QImage, QPainter
from pytestqt.qtbot import QtBot

from engine import Frame, Photo, find_faces, write_photo
from engine.faces.reframing import corner_error
from faceapp.editing import frame_tools
from faceapp.editing.viewport import View
from faceapp.ui.canvas import overlays
from faceapp.ui.main_window import MainWindow

data = pytest.importorskip("skimage.data", reason="needs scikit-image's picture of an astronaut")


@pytest.mark.slow
def test_a_box_drawn_around_a_head_is_fitted_to_the_face(
    qtbot: QtBot, window: MainWindow, drag: Callable[..., None], tmp_path: Path
) -> None:
    photo = Photo.from_array(data.astronaut())
    (truth,) = (face.frame for face in find_faces(photo))
    write_photo(photo, tmp_path / "astronaut.png")
    window.files.open_paths([tmp_path / "astronaut.png"])
    qtbot.waitUntil(lambda: window.workspace.document is not None and not window.door.busy)
    document = window.workspace.document
    assert document is not None
    window.actions_["tool_frame"].trigger()
    drag((105, 2), (330, 200))
    (rough,) = document.frames
    assert corner_error(rough, truth) > 0.1
    button = next(b for b in window.side.faces.buttons if b.defaultAction() is window.actions_["faces_fit"])
    button.click()
    qtbot.waitUntil(lambda: document.frames != (rough,), timeout=60_000)
    assert corner_error(document.frames[0], truth) < 0.02
    window.actions_["undo"].trigger()
    assert document.frames == (rough,)


def test_the_rings_lie_where_the_eyes_of_an_aligned_face_do() -> None:
    (face,) = find_faces(Photo.from_array(data.astronaut()))
    shown = (*frame_tools.EYES, *frame_tools.MOUTH)
    points = [frame_tools.in_frame(face.frame, share) for share in shown]
    for point, true in zip(points, face.landmarks[[0, 1, 3, 4]], strict=True):
        away = ((point[0] - true[0]) ** 2 + (point[1] - true[1]) ** 2) ** 0.5
        assert away < overlays.EYE * face.frame.side


@pytest.mark.parametrize("handles", [False, True])
def test_a_frame_in_hand_shows_rings_for_the_eyes(qtbot: QtBot, handles: bool) -> None:
    image = QImage(200, 200, QImage.Format.Format_RGB32)
    image.fill(QColor(90, 90, 90))
    painter = QPainter(image)
    overlays.paint_frame(painter, Frame(100, 100, 160), View(), selected=True, handles=handles)
    painter.end()
    x, y = frame_tools.in_frame(Frame(100, 100, 160), frame_tools.EYES[0])
    reach = round(overlays.EYE * 160) + 3
    near = image.copy(round(x) - reach, round(y) - reach, 2 * reach, 2 * reach)
    bare = all(near.pixelColor(i, j) == QColor(90, 90, 90) for i in range(near.width()) for j in range(near.height()))
    assert bare != handles
