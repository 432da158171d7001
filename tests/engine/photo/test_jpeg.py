"""JPEG to JPEG: squares that nobody painted decode to what they were."""

from __future__ import annotations

import io
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile
from skimage import data

from engine import Photo, PhotoError, Size, losses, read_photo, write_photo
from engine.geometry import U8
from engine.photo import encoding, jpeg
from engine.photo.metadata import Metadata, exif_orientation, upright
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


def appended(path: Path) -> bytes:
    """What lies behind the first picture of a file."""
    file = path.read_bytes()
    return file[parts(file).end :]


def described(path: Path) -> list[bytes]:
    """Segments that describe the picture, but for the index of pictures and the preview in EXIF."""
    head = [s for s in parts(path.read_bytes()).head if s.describes]
    return [s.written() for s in head if not s.content.startswith((b"MPF\0", b"Exif\0"))]


@pytest.mark.parametrize("quality", [None, 80])
@pytest.mark.parametrize("name", ["j_ultrahdr", "j_motionphoto", "j_segments"])
def test_what_is_beside_the_picture_stays(name: str, quality: int | None, tmp_path: Path) -> None:
    before, after = CASES / f"{name}.jpg", tmp_path / "b.jpg"
    photo = read_photo(before)
    assert [said for said in losses(photo, ".jpg") if "small losses" not in str(said)] == []
    pixels = photo.pixels.copy()
    pixels[HOLE] = 255 - pixels[HOLE]
    write_photo(replace(photo, pixels=pixels), after, quality=quality)
    assert appended(after) == appended(before)
    assert described(after) == described(before)


def test_the_index_leads_to_the_gain_map(tmp_path: Path) -> None:
    painted(CASES / "j_ultrahdr.jpg", tmp_path / "b.jpg")
    whole = (tmp_path / "b.jpg").read_bytes()
    with Image.open(tmp_path / "b.jpg") as image:
        assert isinstance(image, JpegImageFile)
        found = image._getmp()
        assert found is not None
        primary, gain_map = found[0xB002]
        assert primary["Size"] == parts(whole).end
        start = gain_map["DataOffset"] + whole.index(b"MPF\0") + 4
    assert whole[start : start + gain_map["Size"]] == appended(CASES / "j_ultrahdr.jpg")
    assert whole[start : start + 2] == b"\xff\xd8"


def test_a_file_of_several_pictures_stays_one(tmp_path: Path) -> None:
    pictures = [Image.fromarray(np.roll(data.astronaut()[40:213, 150:307], 40 * n, axis=1)) for n in range(3)]
    pictures[0].save(tmp_path / "a.jpg", "MPO", save_all=True, append_images=pictures[1:])
    assert losses(read_photo(tmp_path / "a.jpg"), ".jpg") == ()
    painted(tmp_path / "a.jpg", tmp_path / "b.jpg")
    with Image.open(tmp_path / "a.jpg") as a, Image.open(tmp_path / "b.jpg") as b:
        assert b.format == "MPO"
        assert getattr(b, "n_frames", 0) == 3
        for frame in (1, 2):
            a.seek(frame)
            b.seek(frame)
            np.testing.assert_array_equal(np.asarray(b), np.asarray(a))


def test_a_damaged_index_of_pictures_stays_as_it_is(tmp_path: Path) -> None:
    file = (CASES / "j_ultrahdr.jpg").read_bytes()
    place = file.index(b"MPF\0") + 4
    for index in (b"XX*\0" + bytes(8), b"II*\0" + b"\xff" * 8, b"II*\0\x08\0\0\0\xff\xff" + b"\x02\xb0"):
        (tmp_path / "a.jpg").write_bytes(file[:place] + index + file[place + len(index) :])
        painted(tmp_path / "a.jpg", tmp_path / "b.jpg")
        assert appended(tmp_path / "b.jpg") == appended(tmp_path / "a.jpg")


@pytest.mark.parametrize("name", ["j_ultrahdr", "j_motionphoto"])
def test_another_format_says_that_it_holds_less_and_claims_no_more(name: str, tmp_path: Path) -> None:
    photo = read_photo(CASES / f"{name}.jpg")
    for suffix in ("png", "tif", "webp"):
        assert "appended" in " ".join(map(str, losses(photo, suffix)))
        write_photo(photo, tmp_path / f"b.{suffix}")
        xmp = read_photo(tmp_path / f"b.{suffix}").metadata.xmp
        assert xmp is not None
        ElementTree.fromstring(xmp)
        for claim in (b"MotionPhoto=", b"MicroVideo=", b"hdrgm:Version", b"Container:Directory"):
            assert claim not in xmp
    assert "cameras and programs" in " ".join(map(str, losses(read_photo(CASES / "j_segments.jpg"), "png")))


@pytest.mark.parametrize("quality", [None, 80])
def test_adobe_s_statement_of_colours_stays_true(quality: int | None, tmp_path: Path) -> None:
    """Photoshop's files have no JFIF segment."""
    source(tmp_path / "a.jpg", quality=90)
    file = (tmp_path / "a.jpg").read_bytes()
    adobe = b"\xff\xee\0\x0eAdobe\0\x64\x40\0\0\0\x01"
    (tmp_path / "a.jpg").write_bytes(file[:2] + adobe + file[20:])
    photo = read_photo(tmp_path / "a.jpg")
    assert losses(photo, "png") == ()
    write_photo(photo, tmp_path / "b.jpg", quality=quality)
    assert (adobe in (tmp_path / "b.jpg").read_bytes()) is (quality is None)
    assert np.abs(decoded(tmp_path / "b.jpg").astype(int) - photo.pixels).mean() < 4


@pytest.mark.parametrize("quality", [None, 80])
def test_cmyk_lies_and_says_as_it_did(quality: int | None, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    source(tmp_path / "a.jpg", mode="CMYK", quality=90, exif=exif.tobytes(), comment=b"note")
    photo = read_photo(tmp_path / "a.jpg")
    assert "small losses" in str(*losses(photo, "jpg"))
    write_photo(photo, tmp_path / "b.jpg", quality=quality)
    assert described(tmp_path / "b.jpg")[-1] == described(tmp_path / "a.jpg")[-1]
    back = read_photo(tmp_path / "b.jpg")
    assert (back.mode, back.size) == ("CMYK", photo.size)
    assert np.abs(back.pixels.astype(int) - photo.pixels).mean() < 6


def test_pixels_that_are_not_square_are_told(tmp_path: Path) -> None:
    source(tmp_path / "a.jpg", quality=85)
    file = bytearray((tmp_path / "a.jpg").read_bytes())
    file[14:18] = bytes((0, 2, 0, 1))
    (tmp_path / "a.jpg").write_bytes(file)
    painted(tmp_path / "a.jpg", tmp_path / "b.jpg")
    assert (tmp_path / "b.jpg").read_bytes()[:20] == file[:20]
    assert "not square" in " ".join(map(str, losses(read_photo(tmp_path / "a.jpg"), "png")))


def test_a_resolution_beyond_reason_is_none_and_one_that_jfif_cannot_hold_is_told(tmp_path: Path) -> None:
    for dpi, kept in ((1e9, False), (300_000.0, True), (0.25, True)):
        photo = replace(Photo.from_array(np.zeros((9, 9), np.uint8)), metadata=Metadata(dpi=(dpi, dpi)))
        for suffix in ("png", "jpg"):
            said = " ".join(map(str, losses(photo, suffix)))
            write_photo(photo, tmp_path / f"a.{suffix}", force=True)
            found = read_photo(tmp_path / f"a.{suffix}").metadata.dpi
            there = kept and suffix != "jpg"
            assert found == (pytest.approx((dpi, dpi), rel=0.05) if there else None)
            assert ("resolution" in said) is (kept and not there)


def test_extended_xmp_stays(tmp_path: Path) -> None:
    digest = b"0123456789ABCDEF0123456789ABCDEF"
    claim = b'<x:xmpmeta><rdf:Description xmpNote:HasExtendedXMP="' + digest + b'"/></x:xmpmeta>'
    more = b"http://ns.adobe.com/xmp/extension/\0" + digest + bytes(8) + b"<x:xmpmeta>more</x:xmpmeta>"
    source(tmp_path / "a.jpg", quality=85, xmp=claim, extra=b"\xff\xe1" + (len(more) + 2).to_bytes(2, "big") + more)
    painted(tmp_path / "a.jpg", tmp_path / "b.jpg")
    assert described(tmp_path / "b.jpg") == described(tmp_path / "a.jpg")
    photo = read_photo(tmp_path / "a.jpg")
    assert "cameras and programs" in " ".join(map(str, losses(photo, "png")))
    write_photo(photo, tmp_path / "c.png")
    assert read_photo(tmp_path / "c.png").metadata.xmp == b"<x:xmpmeta><rdf:Description/></x:xmpmeta>"


@pytest.mark.parametrize("kind", [1, 3, 4])
def test_an_orientation_of_any_whole_number_turns(kind: int, tmp_path: Path) -> None:
    file = (CASES / "e_long6.jpg").read_bytes()
    value = {1: b"\6\0\0\0", 3: b"\0\6\0\0", 4: b"\0\0\0\6"}[kind]
    entry = file.index(b"\x01\x12\0\4")
    (tmp_path / "a.jpg").write_bytes(
        file[: entry + 2] + bytes([0, kind]) + file[entry + 4 : entry + 8] + value + file[entry + 12 :]
    )
    photo = read_photo(tmp_path / "a.jpg")
    assert photo.size == Size(160, 120)
    np.testing.assert_array_equal(photo.pixels, upright(decoded(CASES / "e_long6.jpg"), 6))
    write_photo(photo, tmp_path / "b.png")
    again = read_photo(tmp_path / "b.png")
    assert exif_orientation(again.metadata.exif) == 1
    np.testing.assert_array_equal(again.pixels, photo.pixels)


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
