"""Hostile files end as one sentence: some hundred cases of `fuzz_files`, and what it found before."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from engine import ModelError, load_models
from engine.catalog import FILE
from engine.onnx_backend import open_session

TESTS = Path(__file__).resolve().parent


@pytest.mark.skipif(sys.platform == "win32", reason="the fuzzer limits memory and time by POSIX's ways")
@pytest.mark.parametrize(("target", "cases"), [("photo", 300), ("mask", 150), ("project", 200), ("model", 40)])
def test_damaged_files_neither_crash_nor_hang_nor_write_elsewhere(target: str, cases: int) -> None:
    command = [sys.executable, str(TESTS / "fuzz_files.py"), "--target", target, "--cases", str(cases)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    figures = json.loads(done.stdout[done.stdout.index("{") : done.stdout.rindex("}") + 1])
    assert sum(figures["outcomes"].values()) == cases
    assert len(figures["outcomes"]) > 1  # some are refused, some are not


@pytest.mark.parametrize(
    "content",
    [
        '{"name": "x", "default_steps": 1e999, "files": {}}',
        '{"name": "x", "default_steps": 1, "files": {"a": {"size": Infinity, "sha256": ""}}}',
        "[" * 100_000,
    ],
)
def test_a_catalog_of_absurd_numbers_or_depth_is_damaged(content: str, tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(content)
    with pytest.raises(ModelError, match="catalog is damaged"):
        load_models(device="cpu", folder=tmp_path)


@pytest.mark.parametrize("where", ["parent", "absolute", "link"])
def test_a_graph_cannot_take_its_weights_from_outside_its_folder(
    where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("onnx")
    monkeypatch.syspath_prepend(TESTS)
    import fuzz_seeds

    outside, folder = tmp_path / "outside.bin", tmp_path / "models"
    folder.mkdir()
    outside.write_bytes(np.ones(9, np.float32).tobytes())
    name = {"parent": "../outside.bin", "absolute": str(outside), "link": "w.bin"}[where]
    if where == "link":
        (folder / "w.bin").symlink_to(outside)
    (folder / "a.onnx").write_bytes(fuzz_seeds.graph(external=name))
    with pytest.raises(ModelError, match=r"a\.onnx"):
        open_session(folder / "a.onnx")


def test_a_graph_in_one_file_loads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or the test above would pass on a graph that never loads."""
    pytest.importorskip("onnx")
    monkeypatch.syspath_prepend(TESTS)
    import fuzz_seeds

    (tmp_path / "w.bin").write_bytes(np.ones(9, np.float32).tobytes())
    for external in (None, "w.bin"):
        (tmp_path / "a.onnx").write_bytes(fuzz_seeds.graph(external=external))
        assert open_session(tmp_path / "a.onnx").run({"x": np.ones((1, 1, 8, 8), np.float32)})[0][0, 0, 4, 4] == 9
