"""The damage network over a photo, by a graph that the test exports: tiles, sizes, files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from skimage import data

from engine import Photo, search_damage
from engine.damage import network
from engine.errors import Cancelled, ModelError
from engine.progress import Progress
from engine.runtime import catalog

torch = pytest.importorskip("torch")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """What ships with a damage network, whose every weight says something, beside it."""
    from engine.networks.damage_network import DamageNetwork
    from training.export import export_network
    from training.learning.checkpoints import save_weights

    torch.manual_seed(1)
    made = DamageNetwork()
    torch.nn.init.normal_(made.out.weight, std=2.0)
    made(torch.from_numpy(data.camera()[None, None, :256, :256] / np.float32(255)))  # its norms learn what comes
    save_weights(tmp_path / "damage.safetensors", made.state_dict(), {"preset": "base"})
    export_network("damage", tmp_path / "damage.safetensors", tmp_path)
    files = {
        entry.name: {"size": entry.file.stat().st_size, "sha256": catalog.digest(entry.file)}
        for entry in (catalog.Entry(p.name, p, 0, "") for p in tmp_path.glob("damage.*"))
    }
    centerface = catalog.FOLDER / catalog.DETECTOR
    (tmp_path / catalog.DETECTOR).write_bytes(centerface.read_bytes())
    files[catalog.DETECTOR] = {"size": centerface.stat().st_size, "sha256": catalog.digest(centerface)}
    about = {"name": "made", "default_steps": 1, "files": files}
    (tmp_path / catalog.FILE).write_text(json.dumps(about))
    monkeypatch.setattr(catalog, "FOLDER", tmp_path)
    network._session.cache_clear()
    yield tmp_path
    network._session.cache_clear()


@pytest.mark.slow
def test_tiles_leave_no_seam(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    grey = np.ascontiguousarray(data.camera()[:400, :400])
    whole = network.chances(grey)
    assert whole.std() > 3, "the network says something"
    monkeypatch.setattr(network, "_TILE", 160)
    assert np.abs(whole.astype(int) - network.chances(grey)).max() <= 3


@pytest.mark.slow
def test_photos_of_any_size_are_searched_and_large_ones_smaller(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for shape in ((1, 1), (5, 300), (33, 40)):
        assert network.chances(np.full(shape, 128, np.uint8)).shape == shape
    monkeypatch.setattr(network, "LARGEST", 256)
    grey = data.camera()
    assert network.chances(grey).shape == (256, 256)
    found = search_damage(Photo.from_array(grey))
    assert found.chances.shape == (256, 256), "it is the one that searches"
    assert found.at(1).mask().shape == grey.shape


def test_a_search_by_the_network_can_be_cancelled(folder: Path) -> None:
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        network.chances(np.zeros((40, 40), np.uint8), progress)


def test_a_missing_or_damaged_network_is_one_sentence(folder: Path) -> None:
    photo, path = Photo.from_array(np.zeros((40, 40), np.uint8)), folder / "damage.safetensors"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(ModelError, match=r"damage\.safetensors: the model file is damaged"):
        search_damage(photo)
    path.unlink()
    with pytest.raises(ModelError, match=r"damage\.safetensors: the model file is missing"):
        search_damage(photo)


@pytest.mark.slow
def test_what_is_found_is_looked_at_in_the_mirror_too() -> None:
    grey = np.ascontiguousarray(data.camera()[:256, :256])
    cv2.line(grey, (30, 220), (200, 40), 250, 3)
    here, there = network.chances(grey), network.chances(np.ascontiguousarray(grey[:, ::-1]))
    assert here.max() > 230
    assert np.abs(here.astype(int) - there[:, ::-1]).max() <= 1
