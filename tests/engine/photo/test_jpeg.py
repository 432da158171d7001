"""JPEG to JPEG: squares that nobody painted decode to what they were."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data

from engine import Photo, losses, read_photo, write_photo
from engine.geometry import U8
from engine.photo.encoding import encode

HOLE = (slice(70, 95), slice(41, 66))
"""What is painted: rows, columns."""


def source(path: Path, *, mode: str = "RGB", **options: object) -> None:
    picture = Image.fromarray(data.astronaut()[40:213, 150:307]).convert(mode)
    picture.save(path, "JPEG", **options)


def painted(path: Path, target: Path) -> None:
    photo = read_photo(path)
    pixels = photo.pixels.copy()
    pixels[HOLE] = 255 - pixels[HOLE]
    write_photo(replace(photo, pixels=pixels), target)


def far(shape: tuple[int, ...], margin: int) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Where nothing may change: all but the squares of 16 that the hole touches, and a margin around them."""
    kept = np.ones(shape[:2], bool)
    rows, columns = HOLE
    kept[rows.start // 16 * 16 - margin : -(-rows.stop // 16) * 16 + margin,
         columns.start // 16 * 16 - margin : -(-columns.stop // 16) * 16 + margin] = False  # fmt: skip
    return kept


def decoded(path: Path) -> U8:
    with Image.open(path) as image:
        return np.asarray(image)


@pytest.mark.parametrize("mode", ["RGB", "L"])
@pytest.mark.parametrize("quality", [60, 85, 97])
@pytest.mark.parametrize("subsampling", [0, 1, 2])
def test_what_is_not_painted_stays(mode: str, quality: int, subsampling: int, tmp_path: Path) -> None:
    source(tmp_path / "a.jpg", mode=mode, quality=quality, subsampling=subsampling)
    painted(tmp_path / "a.jpg", tmp_path / "b.jpg")
    before, after = decoded(tmp_path / "a.jpg"), decoded(tmp_path / "b.jpg")
    kept = far(before.shape, 2 if subsampling and mode == "RGB" else 0)
    np.testing.assert_array_equal(after[kept], before[kept])
    wanted = 255 - before[HOLE].astype(int)
    assert np.abs(after[HOLE] - wanted).mean() < 12


def test_nothing_painted_is_nothing_changed(tmp_path: Path) -> None:
    source(tmp_path / "a.jpg", quality=80, progressive=True)
    write_photo(read_photo(tmp_path / "a.jpg"), tmp_path / "b.jpg")
    np.testing.assert_array_equal(decoded(tmp_path / "a.jpg"), decoded(tmp_path / "b.jpg"))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_turned_photos_lie_as_they_lay(orientation: int, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010E] = "grandmother"
    source(tmp_path / "a.jpg", quality=85, subsampling=1, exif=exif.tobytes())
    painted(tmp_path / "a.jpg", tmp_path / "b.jpg")
    before, after = read_photo(tmp_path / "a.jpg").pixels, read_photo(tmp_path / "b.jpg").pixels
    differing = (before != after).any(2)
    assert differing[HOLE].mean() > 0.9
    rows, columns = HOLE
    differing[rows.start - 18 : rows.stop + 18, columns.start - 18 : columns.stop + 18] = False
    assert not differing.any()
    with Image.open(tmp_path / "b.jpg") as image:
        assert image.getexif()[0x0112] == orientation
        assert image.getexif()[0x010E] == "grandmother"


def test_metadata_is_that_of_the_source(tmp_path: Path) -> None:
    profile = b"\0" * 16 + b"RGB " + b"\0" * 108
    source(tmp_path / "a.jpg", quality=85, icc_profile=profile, comment=b"note", dpi=(300, 300), xmp=b"<x:xmpmeta/>")
    painted(tmp_path / "a.jpg", tmp_path / "b.jpg")
    with Image.open(tmp_path / "b.jpg") as image:
        assert image.info["icc_profile"] == profile
        assert image.info["comment"] == b"note"
        assert image.info["dpi"] == (300, 300)
        assert image.info["xmp"] == b"<x:xmpmeta/>"


def test_only_what_is_lost_is_said(tmp_path: Path) -> None:
    source(tmp_path / "a.jpg", quality=85)
    photo = read_photo(tmp_path / "a.jpg")
    assert losses(photo, ".jpg") == ()
    assert "small losses everywhere" in " ".join(map(str, losses(Photo.from_array(photo.pixels), ".jpg")))


def test_a_file_that_cannot_be_kept_is_compressed_anew(tmp_path: Path) -> None:
    """Truth and claim differ: the bytes kept are those of another picture."""
    source(tmp_path / "a.jpg", quality=85)
    other = io.BytesIO()
    Image.new("CMYK", (157, 173)).save(other, "JPEG")
    photo = read_photo(tmp_path / "a.jpg")
    coding = photo.metadata.jpeg
    assert coding is not None
    for file in (other.getvalue(), b"\xff\xd8 nothing", b""):
        metadata = replace(photo.metadata, jpeg=replace(coding, file=file))
        with (tmp_path / "c.jpg").open("wb") as stream:
            encode(stream, photo.raster, metadata, form="JPEG")
        assert np.abs(decoded(tmp_path / "c.jpg").astype(int) - photo.pixels).mean() < 4
