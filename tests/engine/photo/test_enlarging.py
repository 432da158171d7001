"""Larger photos: in their own depth, with metadata that stay true."""

from __future__ import annotations

import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data

from engine import Photo, PhotoError, read_photo, write_photo
from engine.geometry import Size
from engine.photo import enlarging, photoshop
from engine.photo.enlarging import check_enlarging, enlarged
from engine.photo.metadata import Extra

FACE = data.astronaut()[:96, 180:308].copy()


def shrunk(pixels: np.ndarray, factor: int) -> np.ndarray:
    height, width = pixels.shape[0] // factor, pixels.shape[1] // factor
    return pixels.astype(float).reshape(height, factor, width, factor, -1).mean((1, 3))


def blank(size: Size) -> Photo:
    """A photo of any size that takes no memory."""
    return Photo(np.broadcast_to(np.uint8(0), (size.height, size.width, 3)), "RGB")


@pytest.mark.parametrize("factor", [2, 4])
@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
def test_the_larger_photo_shows_the_same_in_its_own_depth(factor: int, depth: type) -> None:
    pixels = FACE.astype(depth) * (1 if depth is np.uint8 else 257)
    large = enlarged(Photo.from_array(pixels), factor)
    assert large.pixels.dtype == depth
    assert large.size == Size(128 * factor, 96 * factor)
    assert np.abs(shrunk(large.pixels, factor) - pixels).mean() < 0.02 * np.iinfo(depth).max
    if depth is np.uint16:
        assert len(np.unique(large.pixels % 257)) > 200  # no eight bits in sixteen


def test_bands_join_without_a_seam(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = enlarged(Photo.from_array(FACE), 2).pixels
    monkeypatch.setattr(enlarging, "_ROWS", 7)
    np.testing.assert_array_equal(enlarged(Photo.from_array(FACE), 2).pixels, whole)


def test_colours_that_nobody_sees_do_not_bleed() -> None:
    pixels = np.dstack((FACE, np.full(FACE.shape[:2], 255, np.uint8)))
    pixels[:, 64:] = (0, 255, 0, 0)
    pixels[:, :64, :3] = 100
    large = enlarged(Photo.from_array(pixels), 2).pixels
    seen = large[large[..., 3] > 20]
    assert np.abs(seen[:, :3].astype(int) - 100).max() <= 3


@pytest.mark.parametrize(("mode", "becomes"), [("P", "RGB"), ("1", "L"), ("L", "L"), ("CMYK", "CMYK")])
def test_modes(tmp_path: Path, mode: str, becomes: str) -> None:
    path = tmp_path / ("a.tif" if mode == "CMYK" else "a.png")
    Image.fromarray(FACE).convert(mode).save(path)
    photo = read_photo(path)
    assert photo.mode == mode
    large = enlarged(photo, 2)
    assert (large.mode, large.size) == (becomes, Size(256, 192))
    write_photo(large, path.with_stem("b"))


def test_the_resolution_among_photoshops_resources_follows(tmp_path: Path) -> None:
    told = struct.pack(">LHHLHH", 300 << 16, 1, 2, 299 << 16, 1, 2)
    resources = b"8BIM" + struct.pack(">H2xL", 0x03ED, len(told)) + told + b"8BIM" + struct.pack(">H2xLB", 1037, 1, 30)
    block = photoshop.segments(b"x" * 70_000, resources + b"\0")
    assert block is not None
    Image.fromarray(FACE).save(tmp_path / "a.jpg", dpi=(300, 300), extra=block, quality=90)
    grown = enlarged(read_photo(tmp_path / "a.jpg"), 2).metadata.photoshop
    captions, others = photoshop.parted(grown or b"")
    assert captions == b"x" * 70_000
    assert others is not None
    assert struct.unpack_from(">LHHLHH", others, 12) == (600 << 16, 1, 2, 598 << 16, 1, 2)
    assert others[28:] == resources[28:] + b"\0"


def test_dpi_and_the_sizes_that_exif_and_xmp_tell_follow(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0100], exif[0x0101], exif[0x011A], exif[0x011B], exif[0x010F] = 128, 96, 300.0, 300.0, "Kodak"
    exif.get_ifd(0x8769).update({0xA002: 128, 0xA003: 96})
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><tiff exif:PixelXDimension="128" exif:PixelYDimension="96" '
    xmp += b'tiff:XResolution="300/1"/></x:xmpmeta>'
    Image.fromarray(FACE).save(tmp_path / "a.jpg", exif=exif, dpi=(300, 300), xmp=xmp, quality=90)
    large = enlarged(read_photo(tmp_path / "a.jpg"), 2)
    write_photo(large, tmp_path / "b.jpg")
    with Image.open(tmp_path / "b.jpg") as image:
        assert image.size == (256, 192)
        assert image.info["dpi"] == (600, 600)
        found = image.getexif()
        assert (found[0x0100], found[0x0101], found[0x011A], found[0x010F]) == (256, 192, 600.0, "Kodak")
        assert found.get_ifd(0x8769)[0xA002] == 256
        assert found.get_ifd(0x8769)[0xA003] == 192
        assert b'PixelXDimension="256" exif:PixelYDimension="192" tiff:XResolution="600/1"' in image.info["xmp"]


def test_channels_beside_colour_are_enlarged_too(tmp_path: Path) -> None:
    infrared = np.stack((FACE[..., 0], 255 - FACE[..., 1]), -1)
    photo = Photo.from_array(FACE)
    photo = replace(photo, metadata=replace(photo.metadata, extra=Extra(infrared, (0, 0))))
    write_photo(enlarged(photo, 2), tmp_path / "a.tif")
    found = read_photo(tmp_path / "a.tif").metadata.extra
    assert found is not None
    assert found.samples.shape == (192, 256, 2)
    assert np.abs(shrunk(found.samples, 2) - infrared).mean() < 3


@pytest.mark.parametrize(
    ("size", "factor", "suffix", "words"),
    [
        (Size(10_000, 10_000), 2, ".png", "400 megapixels; 300"),
        (Size(20_000, 100), 4, ".jpg", "65500 pixels a side"),
        (Size(9_000, 100), 2, ".webp", "16383 pixels a side"),
    ],
)
def test_what_is_too_large_is_refused_before_any_work(size: Size, factor: int, suffix: str, words: str) -> None:
    with pytest.raises(PhotoError, match=words):
        check_enlarging(blank(size), factor, suffix=suffix)


def test_what_the_memory_cannot_hold_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    check_enlarging(blank(Size(1000, 1000)), 2, suffix=".png")
    monkeypatch.setattr(enlarging, "_free_memory", lambda: 20 << 20)
    with pytest.raises(PhotoError, match=r"needs 68 MB of memory, and 20 MB are free"):
        check_enlarging(blank(Size(1000, 1000)), 2, suffix=".png")
