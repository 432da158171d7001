"""Layers for painting programs: what is seen is the restored photo, and each layer is what it says."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image, ImageCms

from engine import Photo, PhotoError, read_photo, write_layers
from engine.geometry import Box
from engine.photo.colour import MODES, Pixels
from engine.photo.metadata import Metadata

SIZE = (40, 60)
BOX = Box(12, 8, 30, 26)


def photos(mode: str) -> tuple[Photo, Photo, np.ndarray]:
    """Before, after and the mask; every pixel of the mask differs."""
    rng, kind = np.random.default_rng(1), MODES[mode]
    shape = SIZE if kind.channels == 1 else (*SIZE, kind.channels)
    before: Pixels = rng.integers(0, kind.top, shape).astype(np.uint16 if kind.bits == 16 else np.uint8)
    after, mask = before.copy(), np.zeros(SIZE, np.uint8)
    inner = (slice(12, 22), slice(15, 25))
    after[inner], mask[inner] = after[inner] + 1, 255
    return Photo.from_array(before, mode), Photo.from_array(after, mode), mask


def layers(path: Path) -> tuple[ElementTree.Element, dict[str, bytes]]:
    with zipfile.ZipFile(path) as archive:
        first = archive.infolist()[0]
        assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
        files = {name: archive.read(name) for name in archive.namelist()}
    assert files["mimetype"] == b"image/openraster"
    return ElementTree.fromstring(files["stack.xml"]), files


def composed(path: Path) -> np.ndarray:
    """(H, W, 3) uint8 of the layers that are shown, by Pillow's own blending."""
    stack, files = layers(path)
    picture = Image.new("RGBA", (int(stack.get("w", 0)), int(stack.get("h", 0))))
    for layer in reversed(stack.findall("stack/layer")):
        if layer.get("visibility") != "hidden":
            with Image.open(io.BytesIO(files[layer.get("src", "")])) as image:
                at = int(layer.get("x", 0)), int(layer.get("y", 0))
                picture.alpha_composite(image.convert("RGBA"), at)
    return np.asarray(picture.convert("RGB"))


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_the_layers_that_are_shown_make_the_restored_photo(mode: str, tmp_path: Path) -> None:
    before, after, mask = photos(mode)
    write_layers(before, after, mask, tmp_path / "l.ora", box=BOX)
    np.testing.assert_array_equal(composed(tmp_path / "l.ora"), after.rgb8())
    _stack, files = layers(tmp_path / "l.ora")
    with Image.open(io.BytesIO(files["data/photo.png"])) as image:
        np.testing.assert_array_equal(np.asarray(image.convert("RGB")), before.rgb8())
    with Image.open(io.BytesIO(files["data/mask.png"])) as image:
        np.testing.assert_array_equal(np.asarray(image)[..., 3], mask)
    with Image.open(io.BytesIO(files["Thumbnails/thumbnail.png"])) as image:
        assert max(image.size) <= 256


@pytest.mark.parametrize("mode", ["I;16", "RGB16", "RGBA16"])
def test_layers_have_the_photos_depth(mode: str, tmp_path: Path) -> None:
    before, after, mask = photos(mode)
    write_layers(before, after, mask, tmp_path / "l.ora", box=BOX)
    _stack, files = layers(tmp_path / "l.ora")
    (tmp_path / "fill.png").write_bytes(files["data/fill.png"])
    fill = read_photo(tmp_path / "fill.png")
    assert fill.mode == "RGBA16"
    np.testing.assert_array_equal(fill.rgb(), after.rgb(BOX))
    outside = mask[BOX.slices] == 0
    assert (fill.pixels[..., 3][outside] == 0).all()


def test_a_grey_profile_stays_off_the_coloured_layer(tmp_path: Path) -> None:
    grey, colour = b"GRAY", ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for icc, kept in ((colour[:16] + grey + colour[20:], False), (colour, True)):
        before, after, mask = photos("RGB")
        before = Photo(before.pixels, before.mode, None, Metadata(icc=icc))
        write_layers(before, after, mask, tmp_path / "l.ora", box=BOX, force=True)
        with Image.open(io.BytesIO(layers(tmp_path / "l.ora")[1]["data/fill.png"])) as image:
            assert ("icc_profile" in image.info) is kept


def test_an_older_file_stays_and_a_missing_folder_is_one_sentence(tmp_path: Path) -> None:
    before, after, mask = photos("RGB")
    (tmp_path / "l.ora").write_bytes(b"old")
    with pytest.raises(PhotoError, match="exists already"):
        write_layers(before, after, mask, tmp_path / "l.ora", box=BOX)
    assert (tmp_path / "l.ora").read_bytes() == b"old"
    with pytest.raises(PhotoError, match=r"none.l\.ora: cannot be written"):
        write_layers(before, after, mask, tmp_path / "none" / "l.ora", box=BOX)
