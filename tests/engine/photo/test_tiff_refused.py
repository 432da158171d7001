"""TIFFs that are damaged or lie about themselves: refused in one sentence, or read in spite of it."""

from __future__ import annotations

import io
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from engine import losses, read_photo
from engine.errors import PhotoError
from tests.engine.photo.test_tiff import TIFFS, samples, write


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
@pytest.mark.parametrize("path", sorted(TIFFS.iterdir()), ids=lambda path: path.stem)
def test_a_cut_file_is_one_sentence(path: Path, share: float, tmp_path: Path) -> None:
    data = path.read_bytes()
    (tmp_path / "a.tif").write_bytes(data[: int(len(data) * share)])
    with pytest.raises(PhotoError, match=r"truncated|damaged"):
        read_photo(tmp_path / "a.tif")


@pytest.mark.parametrize(
    ("pixels", "options", "words"),
    [
        (samples(3).astype(np.int16), {}, "below 0"),
        (samples(3).astype(np.uint32), {}, "32 bits"),
        (samples(3).astype(np.float32), {}, "floating-point"),
        (samples(4), {"photometric": "separated"}, "grey or RGB"),
    ],
)
def test_samples_that_would_be_read_wrong_are_refused(
    pixels: np.ndarray, options: dict[str, Any], words: str, tmp_path: Path
) -> None:
    write(tmp_path / "a.tif", pixels, **options)
    with pytest.raises(PhotoError, match=words):
        read_photo(tmp_path / "a.tif")


def test_a_compression_that_nobody_here_unpacks_is_named(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    data = bytearray(write(tmp_path / "a.tif", samples(3, "uint8")).read_bytes())
    at = data.index(struct.pack("<HHL", 259, 3, 1)) + 8
    data[at : at + 2] = struct.pack("<H", 50001)  # WebP
    (tmp_path / "a.tif").write_bytes(data)
    with pytest.raises(PhotoError, match="this kind of TIFF is not supported"):
        read_photo(tmp_path / "a.tif")
    assert capfd.readouterr().err == ""


def test_a_palette_of_16_bits_is_told(tmp_path: Path) -> None:
    for factor, told in ((257, False), (256, False), (259, True)):
        colours = np.arange(256, dtype=np.uint16) * factor // (factor // 256 if factor < 259 else 2)
        write(tmp_path / "a.tif", samples(1, "uint8"), photometric="palette", colormap=np.stack([colours] * 3))
        assert ("palette" in " ".join(map(str, losses(read_photo(tmp_path / "a.tif"), "tif")))) is told


def test_a_damaged_block_or_hint_is_told_and_no_obstacle(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", samples(3), extratags=[(700, 1, 400, bytes(400), True), (274, 3, 1, 6, True)])
    data = bytearray(path.read_bytes())
    struct.pack_into("<L", data, data.index(struct.pack("<HHL", 700, 1, 400)) + 8, len(data))
    struct.pack_into("<H", data, data.index(struct.pack("<HHL", 274, 3, 1)) + 2, 5)  # a fraction, and nowhere
    path.write_bytes(data)
    photo = read_photo(path)
    np.testing.assert_array_equal(photo.pixels, samples(3))
    assert "damaged" in str(losses(photo, "tif")[0])


def test_entries_that_share_their_bytes_do_not_multiply_them(tmp_path: Path) -> None:
    stream = io.BytesIO()
    with tifffile.TiffWriter(stream) as file:
        tags = [(60000 + index, 7, 9000, bytes(9000), True) for index in range(40)]
        file.write(samples(3, "uint8"), photometric="rgb", metadata=None, extratags=tags)
    data = bytearray(stream.getvalue())
    first = data.index(struct.pack("<HHL", 60000, 7, 9000))
    for index in range(40):
        struct.pack_into("<LL", data, first + 12 * index + 4, len(data) - 2000, 1000)
    (tmp_path / "a.tif").write_bytes(data)
    photo = read_photo(tmp_path / "a.tif")
    assert len(photo.metadata.exif or b"") < 1.2 * len(data)
    assert "damaged" in " ".join(map(str, losses(photo, "tif")))
