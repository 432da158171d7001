"""Models: the catalog, damaged files, and both backends computing the same."""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path

import numpy as np
import pytest

from engine import DeviceError, ModelError, describe_devices, load_models
from engine.geometry import F32
from engine.runtime import catalog
from engine.runtime.onnx_backend import cuda_problem, open_session


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(catalog.FOLDER, tmp_path / "models"))


@pytest.fixture(scope="module")
def feeds() -> tuple[F32, F32, F32]:
    rng = np.random.default_rng(0)
    edges = (rng.random((1, 1, 256, 256)) < 0.1).astype(np.float32)
    hole = np.zeros((1, 1, 256, 256), np.float32)
    hole[..., 60:200, 80:190] = 1
    return edges, hole, rng.uniform(-1, 1, (1, 3, 256, 256)).astype(np.float32)


def test_what_ships_is_whole() -> None:
    entries = catalog.shipped_files()
    assert len(entries) == 15
    assert all(entry.ok for entry in entries)
    assert sum(entry.size for entry in entries) < 60e6


@pytest.mark.parametrize(
    "name", [e.name for e in catalog.shipped_files() if e.name.split(".")[0] in catalog.read_catalog().networks]
)
def test_a_changed_file_is_refused_by_name(folder: Path, name: str) -> None:
    path = folder / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(ModelError, match=f"{name}: the model file is damaged"):
        load_models(device="cpu", folder=folder)


def test_a_missing_file_and_a_damaged_catalog_are_refused(folder: Path) -> None:
    (folder / "edges.safetensors").unlink()
    with pytest.raises(ModelError, match="missing"):
        load_models(device="cpu", folder=folder)
    for content in ("", "[]", '{"files": 3}', json.dumps({"name": "x"})):
        (folder / catalog.FILE).write_text(content)
        with pytest.raises(ModelError, match="catalog is damaged"):
            load_models(device="cpu", folder=folder)
    with pytest.raises(ModelError, match="holds no models"):
        load_models(device="cpu", folder=folder / "nowhere")


def test_a_file_outside_the_folder_is_not_listed(folder: Path) -> None:
    content = json.loads((folder / catalog.FILE).read_text())
    content["files"]["../edges.safetensors"] = content["files"].pop("edges.safetensors")
    (folder / catalog.FILE).write_text(json.dumps(content))
    with pytest.raises(ModelError, match="does not list"):
        load_models(device="cpu", folder=folder)


@pytest.mark.slow
def test_pytorch_and_onnx_agree(feeds: tuple[F32, F32, F32]) -> None:
    pytest.importorskip("torch")
    ours, theirs = (load_models(device="cpu", backend=b).networks for b in ("onnx", "torch"))
    edges, hole, image = feeds
    assert np.abs(ours.draw_edges(edges, hole, image) - theirs.draw_edges(edges, hole, image)).max() < 1e-3
    for sigma, worth in ((0.01, 0), (0.3, 0), (20.0, 0), (math.inf, 0), (0.3, 1), (math.inf, 1)):
        condition = np.concatenate((image, hole, edges, worth * hole), 1)
        noise = np.random.default_rng(1).standard_normal(image.shape).astype(np.float32)
        noisy = np.zeros_like(image) if math.isinf(sigma) else (sigma * noise * hole).astype(np.float32)
        one, two = ours.denoise(noisy, sigma, condition), theirs.denoise(noisy, sigma, condition)
        assert np.abs(one).max() > 0.01
        assert np.abs(one - two).max() < 1e-3


def test_pytorch_and_onnx_frame_alike() -> None:
    pytest.importorskip("torch")
    ours, theirs = (load_models(device="cpu", backend=b).networks for b in ("onnx", "torch"))
    rng = np.random.default_rng(0)
    known = np.ones((3, 1, 96, 96), np.float32)
    known[0, :, 30:60, 20:70] = 0
    picture = (rng.uniform(-1, 1, (3, 3, 96, 96)) * known).astype(np.float32)
    one, two = ours.frame(picture, known), theirs.frame(picture, known)
    assert one.shape == (3, 5)
    assert np.abs(one - two).max() < 1e-3
    half = open_session(catalog.FOLDER / "framing.fp16.onnx").run({"picture": picture, "known": known})[0]
    assert np.abs(one - half).max() < 0.05


def test_a_folder_may_lack_the_framing_network_and_the_detector(folder: Path) -> None:
    content = json.loads((folder / catalog.FILE).read_text())
    for name in [name for name in content["files"] if name.startswith(("framing", "centerface"))]:
        del content["files"][name]
        (folder / name).unlink()
    (folder / catalog.FILE).write_text(json.dumps(content))
    assert not load_models(device="cpu", folder=folder).networks.can_frame
    assert load_models(device="cpu").networks.can_frame


def test_the_fp16_graphs_agree_with_the_fp32_ones(feeds: tuple[F32, F32, F32]) -> None:
    edges, hole, image = feeds
    inputs = {
        "edges": {"edges": edges, "hole": hole, "image": image},
        "fine": {
            "residual": np.zeros_like(image),
            "sigma": np.full(1, np.inf, np.float32),
            "condition": np.concatenate((image, hole, edges, np.zeros_like(hole)), 1),
        },
    }
    for name, feed in inputs.items():
        full, half = (open_session(catalog.FOLDER / f"{name}.{p}.onnx").run(feed)[0] for p in ("fp32", "fp16"))
        assert np.abs(full - half).max() < 0.05
        assert np.abs(full - half).mean() < 0.005


def test_cuda_is_used_or_refused_but_never_pretended() -> None:
    problem = cuda_problem()
    if problem is None:
        assert load_models(device="cuda").device == "cuda"
        return
    with pytest.raises(DeviceError, match="CUDA cannot be used here"):
        load_models(device="cuda")
    assert load_models(device="auto").device == "cpu"
    assert f"cuda (onnx): {problem}" in map(str, describe_devices())
