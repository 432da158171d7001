"""What was written, read by programs that have nothing to do with FaceMend: ExifTool, Exiv2, ImageMagick, libvips.

`.ci/libraries` installs them on Linux; a test skips where its program is not installed.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine import Photo, losses, read_photo, write_photo
from engine.photo.colour import MODES, Pixels
from engine.photo.directories import Field
from engine.photo.formats import FORMATS
from tests.things import files
from tests.things.files import FIELDS, ICC, IPTC, RESOURCES, XMP

pytestmark = pytest.mark.slow

WRITTEN = [row.suffixes[0] for row in FORMATS.values() if row.writable]


def run(program: str, *arguments: Path | str) -> bytes:
    """What a program says; the test skips where it is not installed, and fails if the program does."""
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    done = subprocess.run([program, *map(str, arguments)], capture_output=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def _all_words() -> tuple[str, ...]:
    return tuple(FIELDS)


def _tiff() -> bytes:
    blocks = {700: XMP, 33723: IPTC, 34377: RESOURCES, 34675: ICC}
    more = files.fields(*_all_words()) | {tag: Field(7, len(block), block) for tag, block in blocks.items()}
    return files.bare_tiff(more)


def _jpeg() -> bytes:
    exif = b"Exif\0\0" + files.exif(*_all_words())
    plain = files.saved("JPEG", exif=exif, icc_profile=ICC, xmp=XMP, comment=files.COMMENT)
    return files.with_segments(plain, (0xED, files.app13(IPTC) + RESOURCES))


def _png() -> bytes:
    exif = b"Exif\0\0" + files.exif(*_all_words())
    return files.with_chunks(
        files.saved("PNG", exif=exif, icc_profile=ICC), (b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + XMP)
    )


SOURCES = {".tif": _tiff, ".jpg": _jpeg, ".png": _png, ".heic": (files.MADE / "words.heic").read_bytes}


def written(source: str, suffix: str, folder: Path) -> tuple[Path, Path, str]:
    """A file with all kinds of words, what FaceMend makes of it, and what it says is lost."""
    if source == ".heic":
        pytest.importorskip("pi_heif")
    before, after = folder / f"a{source}", folder / f"b{suffix}"
    before.write_bytes(SOURCES[source]())
    photo = read_photo(before)
    write_photo(photo, after)
    return before, after, " ".join(map(str, losses(photo, suffix)))


GROUPS = {
    "EXIF": ("IFD0", "ExifIFD", "InteropIFD", "GPS"),
    "XMP": ("XMP", "XMP-x"),
    "IPTC": ("IPTC", "IPTC2", "Photoshop"),
    "profile": ("ICC_Profile", "ICC-header"),
}
STORED = {
    "BitsPerSample", "Compression", "ExtraSamples", "ImageHeight", "ImageLength", "ImageWidth", "Orientation",
    "PhotometricInterpretation", "PlanarConfiguration", "Predictor", "ResolutionUnit", "RowsPerStrip",
    "SamplesPerPixel", "StripByteCounts", "StripOffsets", "XResolution", "YCbCrPositioning", "YResolution",
}  # fmt: skip
"""Tags that say how a TIFF is stored."""
BLOCKS = {"ExifTag", "GPSTag", "IPTCNAA", "ImageResources", "InterColorProfile", "InteroperabilityTag", "XMLPacket"}
"""Exiv2's names of tags that lead to, or are, blocks of their own."""


def _told_to_exiftool(path: Path) -> dict[str, dict[str, Any]]:
    told = json.loads(run("exiftool", "-j", "-G1", "-a", "-n", "-u", path))[0]
    found: dict[str, dict[str, Any]] = {kind: {} for kind in GROUPS}
    for name, value in told.items():
        group, _, tag = name.partition(":")
        for kind, groups in GROUPS.items():
            if group in groups and tag not in STORED:
                found[kind][tag] = value
    return found


@pytest.mark.parametrize("suffix", WRITTEN)
@pytest.mark.parametrize("source", SOURCES)
def test_exiftool_reads_the_same_words(source: str, suffix: str, tmp_path: Path) -> None:
    before, after, said = written(source, suffix, tmp_path)
    wanted, found = _told_to_exiftool(before), _told_to_exiftool(after)
    assert any(wanted.values())
    for kind, tags in wanted.items():
        assert found[kind] == ({} if kind in said else tags), kind
    complaints = run("exiftool", "-a", "-warning", "-error", "-s3", after).decode().splitlines()
    assert [line for line in complaints if "[minor]" not in line] == []


@pytest.mark.parametrize("suffix", [suffix for suffix in WRITTEN if suffix != ".bmp"])
@pytest.mark.parametrize("source", [".tif", ".jpg", ".png"])
def test_exiv2_reads_the_same_words(source: str, suffix: str, tmp_path: Path) -> None:
    before, after, said = written(source, suffix, tmp_path)

    def words(path: Path) -> set[str]:
        lines = run("exiv2", "-q", "-b", "-PEIkv", path).decode("utf-8", "replace").splitlines()
        return {line for line in lines if line.split()[0].split(".")[-1] not in STORED | BLOCKS}

    assert len(words(before)) > 8
    missing = words(before) - words(after)
    assert {line for line in missing if not (line.startswith("Iptc") and "IPTC" in said)} == set()


def _photo_of(mode: str) -> Photo:
    kind, rng = MODES[mode], np.random.default_rng(4)
    shape = (30, 41, kind.channels)[: 2 if kind.channels == 1 else 3]
    pixels: Pixels = rng.integers(0, kind.top + 1, shape).astype(np.uint8 if kind.bits == 8 else np.uint16)
    if mode == "P":
        return Photo(pixels, "P", rng.integers(0, 256, (256, 3)).astype(np.uint8))
    return Photo.from_array(pixels // 128 * 255 if mode == "1" else pixels, mode)


PIXELS = [(mode, row.suffixes[0]) for row in FORMATS.values() if row.lossless for mode in sorted(row.modes)]


@pytest.mark.parametrize(("mode", "suffix"), PIXELS)
def test_imagemagick_sees_the_same_pixels(mode: str, suffix: str, tmp_path: Path) -> None:
    photo, path = _photo_of(mode), tmp_path / f"a{suffix}"
    write_photo(photo, path)
    kind, bits = MODES[mode], "16" if MODES[mode].bits == 16 else "8"
    form = {"grey": "gray", "cmyk": "cmyk"}.get(kind.family, "rgb")
    form = "rgba" if kind.alpha else form
    raw = run("convert", path, "-depth", bits, "-endian", "LSB", f"{form}:-")
    seen = np.frombuffer(raw, "u1" if bits == "8" else "<u2").reshape(*photo.pixels.shape[:2], -1)
    truth = photo.pixels if photo.palette is None else photo.palette[photo.pixels]
    truth = truth[..., None] if truth.ndim == 2 else truth
    if kind.alpha and kind.family == "grey":
        truth = truth[..., [0, 0, 0, 1]]
    np.testing.assert_array_equal(seen, truth)


@pytest.mark.parametrize(("mode", "suffix"), [case for case in PIXELS if case[0] != "1" and case[1] != ".bmp"])
def test_libvips_sees_the_same_pixels(mode: str, suffix: str, tmp_path: Path) -> None:
    photo, path = _photo_of(mode), tmp_path / f"a{suffix}"
    write_photo(photo, path)
    run("vips", "rawsave", path, tmp_path / "a.raw")
    seen = np.frombuffer((tmp_path / "a.raw").read_bytes(), photo.pixels.dtype)
    truth = photo.pixels if photo.palette is None else photo.palette[photo.pixels]
    np.testing.assert_array_equal(seen.reshape(truth.shape), truth)
