"""JPEG to JPEG: squares that nobody painted decode to what they were."""

from __future__ import annotations

import io
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile
from skimage import data

from engine import Photo, PhotoError, losses, read_photo, write_photo
from engine.geometry import U8
from engine.photo import encoding, jpeg
from engine.photo.segments import parts

CASES = Path(__file__).resolve().parents[2] / "cases"
needs_jpeglib = pytest.mark.skipif(find_spec("jpeglib") is None, reason="jpeglib has no wheel for this machine")
HOLE = (slice(70, 95), slice(41, 66))
"""What is painted: rows, columns."""


def source(path: Path, *, mode: str = "RGB", **options: object) -> None:
    picture = Image.fromarray(data.astronaut()[40:213, 150:307]).convert(mode)
    picture.save(path, "JPEG", **options)


def painted(path: Path, target: Path) -> None:
    photo = read_photo(path)
    pixels = photo.pixels.copy()
    pixels[HOLE] = 255 - pixels[HOLE]
    write_photo(replace(photo, pixels=pixels), target, force=True)


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


def test_a_file_that_cannot_be_kept_is_compressed_anew_and_that_is_said(tmp_path: Path) -> None:
    """Truth and claim differ: the bytes kept are those of another picture."""
    source(tmp_path / "a.jpg", quality=85)
    other = io.BytesIO()
    Image.new("RGB", (157, 150)).save(other, "JPEG")
    photo = read_photo(tmp_path / "a.jpg")
    coding = photo.metadata.jpeg
    assert coding is not None
    metadata = replace(photo.metadata, jpeg=replace(coding, file=other.getvalue()))
    assert encoding.losses(photo.raster, metadata, "JPEG") == ()
    with (tmp_path / "c.jpg").open("wb") as stream:
        said = encoding.encode(stream, photo.raster, metadata, form="JPEG")
    assert "small losses everywhere" in str(*said)
    assert np.abs(decoded(tmp_path / "c.jpg").astype(int) - photo.pixels).mean() < 4


SAMPLINGS = {
    "4:2:2 on its side": ((2, 1), (1, 1), (1, 1)),
    "4:1:1": ((1, 4), (1, 1), (1, 1)),
    "4:1:1 on its side": ((4, 1), (1, 1), (1, 1)),
    "4:1:0": ((2, 4), (1, 1), (1, 1)),
    "3:1:1": ((1, 3), (1, 1), (1, 1)),
    "2x2 with 2x1": ((2, 2), (2, 1), (2, 1)),
    "2x2 with 1x2": ((2, 2), (1, 2), (1, 2)),
    "two of a kind": ((2, 2), (2, 1), (1, 2)),
    "2x1 for all": ((2, 1), (2, 1), (2, 1)),
    "1x2 for all": ((1, 2), (1, 2), (1, 2)),
    "more colour than light": ((1, 1), (2, 2), (1, 1)),
}
"""Down and across, of each component."""


@needs_jpeglib
@pytest.mark.parametrize("name", SAMPLINGS)
def test_every_sampling_is_kept(name: str, tmp_path: Path) -> None:
    import jpeglib

    made = jpeglib.from_spatial(np.ascontiguousarray(data.astronaut()[40:213, 150:307]))
    made.samp_factor = [list(pair) for pair in SAMPLINGS[name]]
    made.write_spatial(str(tmp_path / "a.jpg"), qt=85)
    assert_repainted(tmp_path / "a.jpg", tmp_path / "b.jpg")


@needs_jpeglib
@pytest.mark.parametrize("name", ["j_arith", "j_411", "j_422_rot90_by_jpegtran"])
def test_files_of_others_are_kept(name: str, tmp_path: Path) -> None:
    assert_repainted(CASES / f"{name}.jpg", tmp_path / "b.jpg")


@needs_jpeglib
def test_a_grey_picture_of_odd_sampling_is_kept(tmp_path: Path) -> None:
    source(tmp_path / "a.jpg", mode="L", quality=85)
    file = bytearray((tmp_path / "a.jpg").read_bytes())
    frame = file.index(b"\xff\xc0")
    assert file[frame + 11] == 0x11
    file[frame + 11] = 0x22
    (tmp_path / "a.jpg").write_bytes(file)
    assert_repainted(tmp_path / "a.jpg", tmp_path / "b.jpg")


@needs_jpeglib
def test_a_step_of_nothing_divides_nothing(tmp_path: Path) -> None:
    """Decoders take such a table; whatever comes of it, it is a file again."""
    source(tmp_path / "a.jpg", quality=85)
    file = bytearray((tmp_path / "a.jpg").read_bytes())
    place = file.index(b"\xff\xdb") + 5
    file[place + 9] = 0
    (tmp_path / "a.jpg").write_bytes(file)
    painted(tmp_path / "a.jpg", tmp_path / "b.jpg")
    assert decoded(tmp_path / "b.jpg").shape == (173, 157, 3)


@needs_jpeglib
def test_what_cannot_be_written_in_one_scan_is_told_before(tmp_path: Path) -> None:
    """Three components of 2x2: twelve blocks, each component in a scan of its own."""
    source(tmp_path / "a.jpg", quality=85, progressive=True, subsampling=0)
    file = bytearray((tmp_path / "a.jpg").read_bytes())
    frame = file.index(b"\xff\xc2")
    for component in range(3):
        file[frame + 11 + 3 * component] = 0x22
    assert not jpeg.keeps(bytes(file))


@needs_jpeglib
def test_components_that_are_rgb_are_kept(tmp_path: Path) -> None:
    source(tmp_path / "a.jpg", quality=85, keep_rgb=True)
    assert_repainted(tmp_path / "a.jpg", tmp_path / "b.jpg")


def assert_repainted(before: Path, after: Path) -> None:
    """What is painted is there, all else is what it was, and so are sampling and tables; nothing is said."""
    photo = read_photo(before)
    assert losses(photo, ".jpg") == ()
    painted(before, after)
    old, new = decoded(before), decoded(after)
    with Image.open(before) as image:
        assert isinstance(image, JpegImageFile)
        high, wide = (8 * max(layer[place] for layer in image.layer) for place in (2, 1))
    kept = np.ones(old.shape[:2], bool)
    rows, columns = HOLE
    kept[rows.start // high * high - 2 : -(-rows.stop // high) * high + 2,
         columns.start // wide * wide - 2 : -(-columns.stop // wide) * wide + 2] = False  # fmt: skip
    assert kept.mean() > 0.5
    np.testing.assert_array_equal(new[kept], old[kept])
    assert np.abs(new[HOLE] - (255 - old[HOLE].astype(int))).mean() < 14
    with Image.open(before) as a, Image.open(after) as b:
        assert isinstance(a, JpegImageFile)
        assert isinstance(b, JpegImageFile)
        assert [layer[1:3] for layer in a.layer] == [layer[1:3] for layer in b.layer]
        assert a.quantization == b.quantization


@needs_jpeglib
def test_a_repainted_square_is_as_good_as_its_encoder_s(tmp_path: Path) -> None:
    """Painting with the pixels that were compressed in the first place gives their coefficients again."""
    picture = data.astronaut()[40:216, 150:310]
    for subsampling in (0, 1, 2):
        source(tmp_path / "a.jpg", quality=90, subsampling=subsampling)
        Image.fromarray(picture).save(tmp_path / "a.jpg", quality=90, subsampling=subsampling)
        photo = read_photo(tmp_path / "a.jpg")
        write_photo(replace(photo, pixels=picture), tmp_path / "b.jpg", force=True)
        theirs, ours = decoded(tmp_path / "a.jpg").astype(int), decoded(tmp_path / "b.jpg").astype(int)
        assert np.abs(ours - theirs).mean() < 1
        assert np.square(ours - picture).mean() < 1.02 * np.square(theirs - picture).mean()


@needs_jpeglib
@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="without files in memory the temporary folder is needed")
def test_a_full_temporary_folder_is_not_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
    assert_repainted(CASES / "j_411.jpg", tmp_path / "b.jpg")


@needs_jpeglib
def test_where_files_cannot_be_in_memory_the_temporary_folder_serves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.delattr("os.memfd_create", raising=False)
    assert_repainted(CASES / "j_411.jpg", tmp_path / "b.jpg")
    assert [path.name for path in tmp_path.iterdir()] == ["b.jpg"]


@needs_jpeglib
def test_without_memory_files_and_temporary_folder_it_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
    monkeypatch.delattr("os.memfd_create", raising=False)
    photo = read_photo(CASES / "j_411.jpg")
    assert "small losses everywhere" in str(*write_photo(photo, tmp_path / "b.jpg"))


def cut(file: bytes) -> dict[str, bytes]:
    """The file without its end, in ways that leave all its pixels."""
    return {"marker": file[:-2], "half": file[:-1], "zeros": file[:-2] + bytes(500), "garbage": file[:-2] + b"abc"}


@pytest.mark.parametrize("how", ["marker", "half", "zeros", "garbage"])
@pytest.mark.parametrize("kind", ["plain", "progressive", "restarts", "grey"])
def test_a_missing_end_is_no_loss(kind: str, how: str, tmp_path: Path) -> None:
    options = {"progressive": kind == "progressive", "restart_marker_blocks": 3 * (kind == "restarts")}
    source(tmp_path / "a.jpg", mode="L" if kind == "grey" else "RGB", quality=85, **options)
    (tmp_path / "b.jpg").write_bytes(cut((tmp_path / "a.jpg").read_bytes())[how])
    photo = read_photo(tmp_path / "b.jpg")
    np.testing.assert_array_equal(photo.pixels, decoded(tmp_path / "a.jpg"))
    assert "end is missing" in " ".join(map(str, losses(photo, "jpg")))
    painted(tmp_path / "b.jpg", tmp_path / "c.jpg")
    assert (tmp_path / "c.jpg").read_bytes().endswith(b"\xff\xd9")
    assert losses(read_photo(tmp_path / "c.jpg"), "jpg") == ()


@pytest.mark.parametrize("kind", ["plain", "progressive", "restarts", "grey"])
def test_a_picture_that_is_cut_is_refused(kind: str, tmp_path: Path) -> None:
    options = {"progressive": kind == "progressive", "restart_marker_blocks": 3 * (kind == "restarts")}
    source(tmp_path / "a.jpg", mode="L" if kind == "grey" else "RGB", quality=85, **options)
    file = (tmp_path / "a.jpg").read_bytes()
    scan = parts(file).scan
    markers = [at for at in range(scan, len(file) - 2) if file[at] == 0xFF and file[at + 1] != 0]
    for end in [*range(len(file) - 10, len(file) - 4, 2), *markers[-9:], (scan + len(file)) // 2]:
        (tmp_path / "b.jpg").write_bytes(file[:end])
        with pytest.raises(PhotoError, match="truncated"):
            read_photo(tmp_path / "b.jpg")


def test_more_segments_than_the_library_counts(tmp_path: Path) -> None:
    extra = b"".join(b"\xff\xe9\0\x06" + b"%04d" % number for number in range(300))
    source(tmp_path / "a.jpg", quality=85, extra=extra)
    assert_repainted(tmp_path / "a.jpg", tmp_path / "b.jpg")
    assert extra in (tmp_path / "b.jpg").read_bytes()
