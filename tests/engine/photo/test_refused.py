"""Files that are no photos, and writes that fail: one sentence, and the old file as it was."""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from engine import atomic
from engine.errors import PhotoError
from engine.photo.photos import read_photo, write_photo
from tests.engine.photo.test_photos import photo_of


def bomb(path: Path) -> None:
    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(99))))


def truncated(path: Path) -> None:
    write_photo(photo_of("RGB"), path.with_suffix(".whole.png"))
    path.write_bytes(path.with_suffix(".whole.png").read_bytes()[:2000])


def truncated16(path: Path) -> None:
    write_photo(photo_of("RGB16"), path.with_suffix(".whole.png"))
    path.write_bytes(path.with_suffix(".whole.png").read_bytes()[:2000])


def truncated_tiff16(path: Path) -> None:
    write_photo(photo_of("RGB16"), path.with_suffix(".whole.tif"))
    path.write_bytes(path.with_suffix(".whole.tif").read_bytes()[:2000])


def float_tiff(path: Path) -> None:
    Image.fromarray(np.zeros((4, 4), np.float32)).save(path, "TIFF")


def float_rgb_tiff(path: Path) -> None:
    path.write_bytes(cv2.imencode(".tif", np.zeros((4, 4, 3), np.float32))[1].tobytes())


BAD = [
    (lambda path: None, "no such file"),
    (lambda path: path.mkdir(), "folder"),
    (lambda path: path.write_bytes(b""), "empty"),
    (lambda path: path.write_text("hello, this is not a picture at all"), "not a picture"),
    (lambda path: path.write_bytes(b"\0\0\0\x18ftypheic" + bytes(40)), "HEIC"),
    (bomb, "60000 x 60000 pixels are too many; the limit is 300 megapixels"),
    (truncated, "truncated"),
    (truncated16, "truncated"),
    (truncated_tiff16, "truncated"),
    (float_tiff, "floating-point"),
    (float_rgb_tiff, "floating-point"),
]


@pytest.mark.parametrize(("make", "cause"), BAD)
def test_a_bad_file_is_one_sentence(
    make: Callable[[Path], object], cause: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "bad"
    make(path)
    with pytest.raises(PhotoError) as caught:
        read_photo(path)
    assert str(path) in str(caught.value)
    assert cause in str(caught.value)
    assert "\n" not in str(caught.value)
    assert capfd.readouterr().err == ""


def test_an_existing_file_needs_force(tmp_path: Path) -> None:
    path = tmp_path / "ä-照片.png"
    write_photo(photo_of("L"), path)
    old = path.read_bytes()
    with pytest.raises(PhotoError, match="exists"):
        write_photo(photo_of("RGB"), path)
    assert path.read_bytes() == old
    write_photo(photo_of("RGB"), path, force=True)
    assert read_photo(path).mode == "RGB"
    assert os.listdir(tmp_path) == [path.name]


@pytest.mark.parametrize("when", ["encoding", "syncing", "renaming"])
def test_a_failed_write_leaves_the_old_file_alone(when: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_space(*_args: object, **_options: object) -> None:
        raise OSError(28, "No space left on device")

    path = tmp_path / "a.png"
    write_photo(photo_of("L"), path)
    old = path.read_bytes()
    place = {"encoding": (Image.Image, "save"), "syncing": (os, "fsync"), "renaming": (os, "replace")}
    monkeypatch.setattr(*place[when], no_space)
    with pytest.raises(PhotoError, match="no space left"):
        write_photo(photo_of("RGB"), path, force=True)
    assert path.read_bytes() == old
    assert os.listdir(tmp_path) == ["a.png"]


@pytest.mark.parametrize(
    ("name", "cause"),
    [("no/such/a.png", "folder"), ("a.xyz", "not a format"), ("d.png", "folder"), ("f/a.png", "not")],
)
def test_an_unwritable_target_is_one_sentence(name: str, cause: str, tmp_path: Path) -> None:
    (tmp_path / "d.png").mkdir()
    (tmp_path / "f").write_text("a file")
    before = sorted(os.listdir(tmp_path))
    with pytest.raises(PhotoError, match=cause) as caught:
        write_photo(photo_of("L"), tmp_path / name, force=True)
    assert name in str(caught.value)
    assert sorted(os.listdir(tmp_path)) == before


def test_a_file_that_appears_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    with pytest.raises(FileExistsError), atomic.atomic_file(path, overwrite=False) as stream:  # noqa: PT012
        stream.write(b"ours")
        path.write_bytes(b"theirs")
    assert path.read_bytes() == b"theirs"
    assert os.listdir(tmp_path) == ["a.txt"]
