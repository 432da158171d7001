"""The detector's file is checked as the networks' are, and of boxes over one face the best is kept."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from engine.errors import ModelError
from engine.faces import centerface
from engine.faces.centerface import Detections
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
