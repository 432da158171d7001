"""Hostile files end as one sentence: some hundred cases of `fuzz_files`, and what it found before."""

from __future__ import annotations

import io
import json
import struct
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine import ModelError, PhotoError, load_models, read_photo
from engine.runtime.catalog import FILE
from engine.runtime.onnx_backend import open_session

TESTS = Path(__file__).resolve().parent


@pytest.mark.slow
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


def _chain_of_pages(count: int) -> bytes:
    """A TIFF whose pages all show the same 4 x 4 pixels."""
    tags = (256, 4), (257, 4), (258, 8), (259, 1), (262, 1), (273, 8), (277, 1), (278, 4), (279, 16)
    page = struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHLL", tag, 3, 1, value) for tag, value in tags)
    starts = [24 + (len(page) + 4) * index for index in range(count)]
    body = b"".join(page + struct.pack("<L", following) for following in [*starts[1:], 0])
    return b"II*\0" + struct.pack("<L", starts[0]) + bytes(16) + body


def test_pages_without_end_are_not_counted(tmp_path: Path) -> None:
    """Pillow needs the square of their number to count the pages of a TIFF: hours for a few megabytes."""
    for count, several in ((1, False), (2, True), (50_000, True)):
        (tmp_path / "pages.tif").write_bytes(_chain_of_pages(count))
        begin = time.process_time()
        assert read_photo(tmp_path / "pages.tif").metadata.several is several
        assert time.process_time() - begin < 2


def test_a_length_that_lies_reserves_no_memory(tmp_path: Path) -> None:
    whole = io.BytesIO()
    Image.fromarray(np.zeros((8, 8), np.uint8)).save(whole, "PNG")
    data = whole.getvalue()
    end = data.rindex(b"IEND") - 4
    (tmp_path / "lies.png").write_bytes(data[:end] + struct.pack(">I", 3 << 30) + b"IDAT" + data[end:])
    tracemalloc.start()
    try:
        with pytest.raises(PhotoError):
            read_photo(tmp_path / "lies.png")
        assert tracemalloc.get_traced_memory()[1] < 100 << 20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("packing", ["zstd", "lzma"])
def test_a_strip_that_cannot_hold_what_it_says_reserves_no_memory(packing: str, tmp_path: Path) -> None:
    """A small TIFF whose one strip is said to hold 200 megapixels."""
    file = io.BytesIO()
    Image.new("I;16", (64, 64)).save(file, "TIFF", compression=packing, tiffinfo={278: 64})
    with Image.open(file) as image:
        tags = image.tag_v2  # type: ignore[attr-defined]
        assert len(tags[273]) == 1
    data = bytearray(file.getvalue())
    start = int.from_bytes(data[4:8], "little")
    for entry in range(int.from_bytes(data[start : start + 2], "little")):
        at = start + 2 + 12 * entry
        if int.from_bytes(data[at : at + 2], "little") in (256, 257, 278):
            data[at + 2 : at + 12] = struct.pack("<HII", 4, 1, 14_000)
    (tmp_path / "lying.tif").write_bytes(bytes(data))
    tracemalloc.start()
    try:
        with pytest.raises(PhotoError):
            read_photo(tmp_path / "lying.tif")
        assert tracemalloc.get_traced_memory()[1] < 100 << 20
    finally:
        tracemalloc.stop()
