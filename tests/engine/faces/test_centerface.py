"""The detector's file is checked as the networks' are, and of boxes over one face the best is kept."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from skimage import data

from engine.errors import ModelError
from engine.faces import centerface, frames
from engine.faces.centerface import Detections
from engine.faces.reframing import mean_error
from engine.geometry import Frame
from engine.runtime import catalog


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of what ships, from which the detector is loaded anew."""
    copied = Path(shutil.copytree(catalog.FOLDER, tmp_path / "models"))
    monkeypatch.setattr(catalog, "FOLDER", copied)
    centerface._session.cache_clear()
    yield copied
    centerface._session.cache_clear()


def test_a_missing_or_damaged_detector_is_one_sentence(folder: Path) -> None:
    wall, path = np.full((64, 64, 3), 128, np.uint8), folder / "centerface.onnx"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(ModelError, match=r"centerface\.onnx: the model file is damaged"):
        centerface.find_faces(wall)
    path.unlink()
    with pytest.raises(ModelError, match=r"centerface\.onnx: the model file is missing"):
        centerface.find_faces(wall)


def test_of_boxes_over_one_face_the_best_is_kept() -> None:
    boxes = np.array([[0, 0, 10, 10], [0, 5, 10, 15], [0, 6, 10, 16], [40, 40, 50, 50]], np.float32)
    points = np.arange(40, dtype=np.float32).reshape(4, 5, 2)
    found = centerface._distinct(Detections(boxes, points, np.array([0.9, 0.8, 0.7, 0.6], np.float32)))
    # The second shares a third of the union with the first, the third a quarter: two faces, one above the other.
    np.testing.assert_array_equal(found.boxes, boxes[[0, 2, 3]])
    np.testing.assert_array_equal(found.landmarks, points[[0, 2, 3]])
    np.testing.assert_array_equal(found.scores, np.array([0.9, 0.7, 0.6], np.float32))


def test_the_graph_takes_pictures_of_any_size() -> None:
    for height, width in ((32, 64), (96, 32)):
        maps = centerface._session().run({"input.1": np.zeros((1, 3, height, width), np.float32)})
        assert [m.shape for m in maps] == [(1, channels, height // 4, width // 4) for channels in (1, 2, 2, 10)]


def turned(frame: Frame, turns: int, side: int) -> Frame:
    """A frame of a square photo, after that many quarter turns counterclockwise of the photo."""
    for _ in range(turns):
        frame = Frame(frame.cy, side - frame.cx, frame.side, frame.angle - 90)
    return frame


@pytest.mark.parametrize("scale", [1.0, 0.4])
@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_face_is_framed_alike_however_the_photo_is_turned(scale: float, turns: int) -> None:
    size = round(512 * scale)
    photo = cv2.resize(data.astronaut(), (size, size), interpolation=cv2.INTER_AREA)
    (upright,) = frames.detect(photo)
    found = frames.detect(np.ascontiguousarray(np.rot90(photo, turns)))
    assert [mean_error(face.frame, turned(upright.frame, turns, size)) < 0.01 for face in found] == [True]


def test_what_looks_like_a_small_face_does_not_outweigh_a_large_one_that_lies() -> None:
    """The upright try sees the small one alone; the large one stands in another turn."""
    photo = np.ascontiguousarray(np.rot90(data.astronaut(), 2))
    small = cv2.resize(data.astronaut()[:256, 96:352], (96, 96), interpolation=cv2.INTER_AREA)
    photo[:96, :96] = small
    first, *_ = frames.detect(photo)
    assert abs(first.frame.angle) > 150


def test_landmarks_lie_as_an_upright_faces_do_or_do_not() -> None:
    upright = np.stack([centerface._LANDMARKS.real, centerface._LANDMARKS.imag], -1).astype(np.float32)
    spin = np.array([[0, 1], [-1, 0]], np.float32)  # a quarter turn clockwise, as rows are multiplied
    mirrored = upright * (-1, 1)
    miss, angle = centerface._fit(np.stack([upright, upright * 3 + 7, upright @ spin, mirrored]).astype(np.float32))
    assert miss[:3] == pytest.approx([0, 0, 0], abs=1e-3)
    assert miss[3] > centerface._MISS
    assert angle[:3] == pytest.approx([0, 0, 90], abs=0.1)
