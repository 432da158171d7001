"""The promise on irreplaceable photos: formats x modes x orientations x profiles, through a real restoration.

Outside the feathered mask every pixel is the source's at its own depth, and what the file says beside its pixels is
kept, or `losses` says before saving that it is not.
"""

from __future__ import annotations

import io
import struct
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms, features
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngInfo

from engine import Photo, Request, losses, read_photo, restore, write_photo
from engine.photo import masks
from engine.photo.colour import MODES
from engine.photo.metadata import Metadata, tells_resolution, upright

HEIGHT, WIDTH = 72, 88
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"/>'


def profile(space: bytes, colourants: tuple[tuple[float, float, float], ...] = (), gamma: float = 2.2) -> bytes:
    """A small ICC profile (version 2): matrix and gamma for RGB, a gamma alone for grey."""

    def xyz(values: tuple[float, float, float]) -> bytes:
        return b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(v * 65536) for v in values))

    curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256)) + bytes(2)
    name = b"desc\0\0\0\0" + struct.pack(">I", 5) + b"made\0" + bytes(8 + 3 + 67)
    tags = {b"desc": name, b"cprt": b"text\0\0\0\0none\0", b"wtpt": xyz((0.9642, 1.0, 0.8249))}
    if colourants:
        tags |= {tag: xyz(c) for tag, c in zip((b"rXYZ", b"gXYZ", b"bXYZ"), colourants, strict=True)}
        tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve)
    else:
        tags[b"kTRC"] = curve
    table, body, start = struct.pack(">I", len(tags)), b"", 128 + 4 + 12 * len(tags)
    for tag, content in tags.items():
        table += struct.pack(">4sII", tag, start + len(body), len(content))
        body += content + bytes(-len(content) % 4)
    head = struct.pack(">I4s4s4s4s4s", start + len(body), bytes(4), b"\x02\x10\0\0", b"mntr", space, b"XYZ ")
    head += struct.pack(">6H4s", 2026, 1, 1, 0, 0, 0, b"acsp") + bytes(28)
    head += struct.pack(">3i", 63190, 65536, 54061)
    return head.ljust(128, b"\0") + table + body


P3 = ((0.5151, 0.2412, -0.0011), (0.2920, 0.6922, 0.0419), (0.1571, 0.0666, 0.7841))
ADOBE = ((0.6097, 0.3111, 0.0195), (0.2053, 0.6257, 0.0609), (0.1492, 0.0632, 0.7446))
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
RGB_PROFILES = {"sRGB": SRGB, "Display P3": profile(b"RGB ", P3, 2.4), "Adobe RGB": profile(b"RGB ", ADOBE, 563 / 256)}
GREY = profile(b"GRAY")

KEEPING = {
    "png": ("1", "L", "LA", "P", "RGB", "RGBA", "I;16", "LA16", "RGB16", "RGBA16"),
    "tif": ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "RGB16", "RGBA16"),
    "webp": ("RGB", "RGBA"),
    "bmp": ("1", "L", "P", "RGB"),
}
CASES = [
    (suffix, mode, orientation)
    for suffix, modes in KEEPING.items()
    for mode in modes
    for orientation in range(1, 9)
    if orientation == 1 or (suffix != "bmp" and mode not in ("LA16", "RGB16", "RGBA16"))
]
"""BMP knows no orientation; files of 16-bit colour come from our own writers, which write upright."""


def exif(orientation: int) -> bytes:
    made = Image.Exif()
    made[274], made[271] = orientation, "Maker"
    made[0x8769] = {0x9003: "2001:02:03 04:05:06"}
    return made.tobytes()


def pixels_of(mode: str) -> np.ndarray:
    kind = MODES[mode]
    shape = (HEIGHT, WIDTH, kind.channels)[: 2 if kind.channels == 1 else 3]
    made = np.random.default_rng(5).integers(0, kind.top + 1, shape).astype(np.uint8 if kind.bits == 8 else np.uint16)
    return made // 128 * 255 if mode == "1" else made


def source(path: Path, mode: str, *, orientation: int, icc: bytes | None) -> np.ndarray:
    """Write a file with everything it can hold, by Pillow where Pillow can; its pixels as they lie in it."""
    pixels = pixels_of(mode)
    told: dict[str, Any] = {"dpi": (300, 300)}
    if path.suffix != ".bmp":
        told |= {"exif": exif(orientation)} | ({"icc_profile": icc} if icc else {})
    if path.suffix == ".webp":
        told |= {"lossless": True, "exact": True, "xmp": XMP}
    if path.suffix == ".png":
        info = PngInfo()
        info.add_text("Title", "Grandmother")
        info.add_itxt("XML:com.adobe.xmp", XMP.decode())
        told["pnginfo"] = info
    if mode in ("LA16", "RGB16", "RGBA16"):  # beyond Pillow: by our own writers, which test_photos holds to account
        photo = Photo.from_array(pixels)
        write_photo(Photo(photo.pixels, mode, None, Metadata(exif(1)[6:], icc, (300.0, 300.0), XMP)), path)
        return pixels
    if mode == "1":
        image = Image.fromarray(pixels).convert("1")
    elif mode == "P":
        image = Image.fromarray(pixels)
        image.putpalette(np.random.default_rng(1).integers(0, 256, 768).astype(np.uint8).tobytes())
    else:
        image = Image.frombytes(mode, (WIDTH, HEIGHT), pixels.tobytes())
    image.save(path, **told)
    return pixels


def restored(photo: Photo) -> tuple[Photo, np.ndarray]:
    """The photo with a scratch restored, and where it must not have changed."""
    mask = np.zeros(photo.pixels.shape[:2], np.uint8)
    mask[30:36, 20:44] = 255
    request = Request(photo=photo, mask=mask, method="telea", feather=2.5)
    result = restore(request, None)
    assert (result.photo.pixels != photo.pixels)[30:36, 20:44].any()
    return result.photo, masks.grow(mask, 2.5) == 0


@pytest.mark.parametrize(("suffix", "mode", "orientation"), CASES)
def test_a_restored_file_keeps_the_photo(suffix: str, mode: str, orientation: int, tmp_path: Path) -> None:
    family = MODES[mode].family
    special: dict[str, list[bytes | None]] = {"grey": [GREY], "cmyk": [None]}
    profiles = special.get(family, [*RGB_PROFILES.values()])
    icc = profiles[orientation % len(profiles)] if suffix != "bmp" else None
    truth = upright(source(tmp_path / f"a.{suffix}", mode, orientation=orientation, icc=icc), orientation)
    photo = read_photo(tmp_path / f"a.{suffix}")
    assert photo.mode == mode
    np.testing.assert_array_equal(photo.pixels, truth)
    painted, outside = restored(photo)
    assert losses(painted, suffix) == ()
    write_photo(painted, tmp_path / f"b.{suffix}")
    back = read_photo(tmp_path / f"b.{suffix}")
    assert (back.mode, back.pixels.dtype) == (mode, truth.dtype)
    np.testing.assert_array_equal(back.pixels[outside], truth[outside])
    np.testing.assert_array_equal(back.pixels, painted.pixels)
    if suffix != "bmp":
        assert_same_words(tmp_path / f"b.{suffix}", photo, back)
    if suffix != "webp":
        assert back.metadata.dpi == pytest.approx((300, 300), rel=1e-3)


def assert_same_words(path: Path, photo: Photo, back: Photo) -> None:
    assert back.metadata.icc == photo.metadata.icc
    assert back.metadata.xmp == photo.metadata.xmp
    assert back.metadata.text == photo.metadata.text
    assert (back.metadata.exif is None) == (photo.metadata.exif is None)
    with Image.open(path) as image:
        found = image.getexif()
        assert found.get(274, 1) == 1
        assert found[271] == "Maker"
        assert found.get_ifd(0x8769)[0x9003] == "2001:02:03 04:05:06"


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("mode", ["L", "RGB420", "RGB422", "RGB444"])
@pytest.mark.skipif(find_spec("jpeglib") is None, reason="jpeglib has no wheel for this machine")
def test_a_jpeg_keeps_what_the_mask_leaves(mode: str, orientation: int, tmp_path: Path) -> None:
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    colours = np.dstack([x * 2, y * 3, 128 + 90 * np.sin(x / 5) * np.cos(y / 4)]).astype(np.uint8)
    image = Image.fromarray(colours[..., 2] if mode == "L" else colours)
    told: dict[str, Any] = {
        "exif": exif(orientation),
        "icc_profile": GREY if mode == "L" else RGB_PROFILES["Display P3"],
        "xmp": XMP,
    }
    chosen: dict[str, Any] = {} if mode == "L" else {"subsampling": {"RGB420": 2, "RGB422": 1, "RGB444": 0}[mode]}
    image.save(tmp_path / "a.jpg", quality=83, dpi=(240, 240), comment=b"note", **told, **chosen)
    photo = read_photo(tmp_path / "a.jpg")
    painted, outside = restored(photo)
    assert losses(painted, "jpg") == ()
    write_photo(painted, tmp_path / "b.jpg")
    back = read_photo(tmp_path / "b.jpg")
    near = masks.grow(np.where(outside, 0, 255).astype(np.uint8), 2 + 16 * 2**0.5)  # a square and two rows of it
    assert (near == 0).mean() > 0.2
    assert np.abs(back.pixels.astype(int) - photo.pixels)[near == 0].max() <= 1
    assert back.metadata.jpeg == photo.metadata.jpeg
    for name in ("icc", "xmp", "comment", "dpi"):
        assert getattr(back.metadata, name) == getattr(photo.metadata, name)
    with Image.open(tmp_path / "a.jpg") as a, Image.open(tmp_path / "b.jpg") as b:
        assert isinstance(a, JpegImageFile)
        assert isinstance(b, JpegImageFile)
        assert a.quantization == b.quantization
        assert b.getexif()[274] == orientation
        assert b.getexif()[271] == "Maker"


@pytest.mark.skipif(not features.check("avif"), reason="this Pillow was built without AVIF")
@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_an_avif_is_read_upright_and_kept_in_a_png(mode: str, orientation: int, tmp_path: Path) -> None:
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    smooth = np.dstack([x * 2, y * 3, x + y, 255 - y])[..., : len(mode)].astype(np.uint8)
    icc = RGB_PROFILES["Display P3"]
    Image.fromarray(smooth).save(
        tmp_path / "a.avif", quality=95, subsampling="4:4:4", exif=exif(orientation), icc_profile=icc, xmp=XMP
    )
    photo = read_photo(tmp_path / "a.avif")
    assert (photo.format, photo.mode) == ("AVIF", mode)
    assert np.abs(photo.pixels.astype(int) - upright(smooth, orientation)).max() < 24
    painted, outside = restored(photo)
    assert losses(painted, "png") == ()
    write_photo(painted, tmp_path / "b.png")
    back = read_photo(tmp_path / "b.png")
    np.testing.assert_array_equal(back.pixels[outside], photo.pixels[outside])
    assert_same_words(tmp_path / "b.png", photo, back)


@pytest.mark.parametrize("suffix", ["png", "tif", "webp", "bmp", "jpg"])
@pytest.mark.parametrize("mode", sorted(MODES))
def test_what_is_not_kept_was_said_before(mode: str, suffix: str, tmp_path: Path) -> None:
    """Every mode into every format with all kinds of metadata: silence means that all of it came back."""
    icc = GREY if MODES[mode].family == "grey" else None if MODES[mode].family == "cmyk" else SRGB
    path = tmp_path / ("a.tif" if mode == "CMYK" else "a.png")
    source(path, mode, orientation=1, icc=icc)
    photo = read_photo(path)
    said = " ".join(map(str, losses(photo, suffix)))
    write_photo(photo, tmp_path / f"b.{suffix}")
    back = read_photo(tmp_path / f"b.{suffix}")
    kept = {
        "16 bits": back.pixels.dtype == photo.pixels.dtype,
        "transparency": back.has_alpha == photo.has_alpha,
        "CMYK": photo.mode != "CMYK" or back.mode == "CMYK",
        "palette": photo.mode != "P" or back.mode == "P",
        "colour profile": back.metadata.icc == photo.metadata.icc,
        "EXIF": back.metadata.exif is not None or photo.metadata.exif is None,
        "XMP": back.metadata.xmp == photo.metadata.xmp,
        "PNG text": back.metadata.text == photo.metadata.text,
        "dpi": back.metadata.dpi == pytest.approx(photo.metadata.dpi, rel=1e-3),
        "small losses": suffix != "jpg",
    }
    kept["dpi"] |= suffix == "webp" and tells_resolution(photo.metadata.exif)
    assert {word for word, whole in kept.items() if not whole} == {word for word in kept if word in said}


@pytest.mark.parametrize("icc", [*RGB_PROFILES.values(), GREY])
def test_the_profiles_made_here_are_profiles(icc: bytes) -> None:
    opened = ImageCms.ImageCmsProfile(io.BytesIO(icc))
    space = opened.profile.xcolor_space.strip()
    ImageCms.buildTransform(opened, ImageCms.createProfile("sRGB"), {"RGB": "RGB", "GRAY": "L"}[space], "RGB")


@pytest.mark.parametrize(("least", "told"), [(255, False), (254, True)])
def test_an_opaque_alpha_is_no_loss(least: int, told: bool) -> None:
    """Whoever saves a picture with alpha that is opaque everywhere loses nothing that can be seen."""
    pixels = np.full((20, 30, 4), 255, np.uint8)
    pixels[3, 4, 3] = least
    said = " ".join(map(str, losses(Photo.from_array(pixels), "jpg")))
    assert ("transparency" in said) == told
