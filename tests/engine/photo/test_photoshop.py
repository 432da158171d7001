"""Photoshop's small picture of the photo shows it as it was, so no restored file holds it; all else stays."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from engine import Box, cropped, enlarged, losses, read_photo, write_photo
from engine.photo import photoshop
from tests.engine.photo.test_jpeg import painted, source
from tests.engine.photo.test_tiff import IPTC, RESOURCES, samples, tags_of, write


def resource(number: int, content: bytes) -> bytes:
    return b"8BIM" + struct.pack(">H2xL", number, len(content)) + content + bytes(len(content) % 2)


BEFORE, AFTER = RESOURCES, resource(0x03FD, b"\0\1odd")
PREVIEWS = [resource(number, b"damaged" * 10_000) for number in (0x0409, 0x040C)]
"""Each longer than a segment of a JPEG."""


def written_app13(path: Path) -> bytes:
    with Image.open(path) as image:
        return b"".join(content for name, content in image.applist if name == "APP13")  # type: ignore[attr-defined]


@pytest.mark.parametrize("quality", [None, 80])
@pytest.mark.parametrize("preview", PREVIEWS)
def test_a_jpeg_is_written_without_it(tmp_path: Path, preview: bytes, quality: int | None) -> None:
    block = photoshop.segments(IPTC, BEFORE + preview + AFTER)
    source(tmp_path / "a.jpg", quality=90, extra=block, comment=b"kept")
    photo = read_photo(tmp_path / "a.jpg")
    painted(tmp_path / "a.jpg", tmp_path / "b.jpg")
    for name, made in (("c", photo), ("d", cropped(photo, Box(16, 16, 64, 64))), ("e", enlarged(photo, 2))):
        write_photo(made, tmp_path / f"{name}.jpg", quality=quality)
    bare = photoshop.segments(IPTC, BEFORE + AFTER)
    assert bare is not None
    for name in "bcde":
        assert written_app13(tmp_path / f"{name}.jpg") == bare[4:]
        with Image.open(tmp_path / f"{name}.jpg") as image:
            assert image.info["comment"] == b"kept"
    assert not any("Photoshop" in str(said) for said in losses(photo, "jpg"))


@pytest.mark.parametrize("preview", PREVIEWS)
def test_a_tiff_is_written_without_it(tmp_path: Path, preview: bytes) -> None:
    whole = BEFORE + preview + AFTER
    write(tmp_path / "a.tif", samples(3, "uint8"), extratags=[(34377, 7, len(whole), whole, True)])
    write(tmp_path / "alone.tif", samples(3, "uint8"), extratags=[(34377, 7, len(preview), preview, True)])
    for name in ("a", "alone"):
        write_photo(read_photo(tmp_path / f"{name}.tif"), tmp_path / f"{name}-b.tif")
    assert bytes(tags_of(tmp_path / "a-b.tif")[34377]) == BEFORE + AFTER
    assert 34377 not in tags_of(tmp_path / "alone-b.tif")
    np.testing.assert_array_equal(tifffile.imread(tmp_path / "a-b.tif"), samples(3, "uint8"))


def test_what_other_programs_put_before_it_hides_nothing(tmp_path: Path) -> None:
    """A resource or a segment of another's made the rest unreadable, and the small picture stayed."""
    others = b"MeSa" + resource(0x040C, b"theirs")[4:]
    block = photoshop.segments(IPTC, others + PREVIEWS[1] + AFTER)
    assert block is not None
    colour = b"\xff\xed\0\x0dAdobe_CM\0\1\2"
    source(tmp_path / "a.jpg", quality=90, extra=colour + block)
    photo = read_photo(tmp_path / "a.jpg")
    assert photo.metadata.photoshop == photoshop.segments(IPTC, others + AFTER)
    write_photo(enlarged(photo, 2), tmp_path / "b.jpg")
    write_photo(photo, tmp_path / "b.tif")
    painted(tmp_path / "a.jpg", tmp_path / "c.jpg")
    assert bytes(tags_of(tmp_path / "b.tif")[34377]) == others + AFTER
    for name in ("b.jpg", "c.jpg"):
        assert b"damaged" not in (tmp_path / name).read_bytes()
        assert others in written_app13(tmp_path / name)


def test_segments_without_one_stay_byte_for_byte() -> None:
    parted = b"".join(b"\xff\xed" + struct.pack(">H", len(p) + 16) + photoshop.NAME + p for p in (RESOURCES, AFTER))
    for block in (parted, parted + b"\xff\xed\0\x0dAdobe_CM\0\1\2", b""):
        assert photoshop.without_preview(block) == block
