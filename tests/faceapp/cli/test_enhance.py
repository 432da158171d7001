"""`facemend enhance`, and what `restore` and `batch` know of blurred faces."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from skimage import data

from engine import Photo, read_photo, write_photo
from faceapp.__main__ import main

SOFT = np.asarray(cv2.GaussianBlur(data.astronaut(), (0, 0), 3), np.uint8)


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "soft.png"
    write_photo(Photo.from_array(SOFT), path)
    return path


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    path = tmp_path / "plain.png"
    write_photo(Photo.from_array(np.full((60, 80, 3), 90, np.uint8)), path)
    return path


def test_faces_become_sharp_and_the_json_tells_of_each(photo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, changes = photo.with_name("out.png"), photo.with_name("changes.png")
    arguments = ["enhance", str(photo), "-o", str(out), "--save-changes", str(changes), "--device", "cpu", "--json"]
    assert main([*arguments, "--strength", "50"]) == 0
    told = json.loads(capsys.readouterr().out)
    (face,) = told["faces"]
    assert (face["found"], face["method"]) == ("detected", "diffusion")
    assert face["strength"] == 0.5
    assert 150 < face["size"] < 200
    assert 0 < face["changed"]["share"] <= 1
    assert told["change_files"] == [str(changes)]
    differs = (read_photo(out).pixels != SOFT).any(2)
    assert differs.any()
    np.testing.assert_array_equal(read_photo(changes).pixels > 0, differs)


def test_a_strength_of_nothing_is_the_photo(photo: Path) -> None:
    out = photo.with_name("out.png")
    assert main(["enhance", str(photo), "-o", str(out), "--strength", "0", "--steps", "1", "--device", "cpu"]) == 0
    np.testing.assert_array_equal(read_photo(out).pixels, SOFT)
    assert b"DigitalSourceType" not in out.read_bytes(), "no network drew any of it"


@pytest.mark.slow
def test_an_enlarged_face_is_drawn_at_the_larger_size(photo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = photo.with_name("out.jpg")
    assert main(["enhance", str(photo), "-o", str(out), "--scale", "2", "--device", "cpu", "--json"]) == 0
    assert 300 < json.loads(capsys.readouterr().out)["faces"][0]["size"] < 400
    with Image.open(out) as image:
        assert image.size == (1024, 1024)
        large = np.asarray(image.convert("L"), np.float32)
    lanczos = cv2.resize(cv2.cvtColor(SOFT, cv2.COLOR_RGB2GRAY), (1024, 1024), interpolation=cv2.INTER_LANCZOS4)
    face = (slice(160, 300), slice(380, 520))
    edges = [np.abs(cv2.Laplacian(p.astype(np.float32), cv2.CV_32F))[face].mean() for p in (large, lanczos)]
    assert edges[0] > 1.5 * edges[1]


def test_no_face_is_said_and_nothing_is_written(plain: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = plain.with_name("out.png")
    assert main(["enhance", str(plain), "-o", str(out), "--device", "cpu"]) == 0
    assert "no face was found" in capsys.readouterr().out
    assert not out.exists()


def test_no_face_is_said_and_the_enlarged_photo_is_written(plain: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = plain.with_name("out.png")
    assert main(["enhance", str(plain), "-o", str(out), "--scale", "4", "--device", "cpu"]) == 0
    assert "no face was found" in capsys.readouterr().out
    assert read_photo(out).pixels.shape == (240, 320, 3)


@pytest.mark.parametrize(
    ("given", "told"),
    [("BLACK", "the mask is empty: the photo was enlarged"), ("auto", "no damage was found: the photo")],
)
def test_a_photo_without_marks_is_enlarged_and_nothing_else_is_claimed(
    plain: Path, capsys: pytest.CaptureFixture[str], given: str, told: str
) -> None:
    """All that was asked for is written, and what the format cannot hold is said."""
    write_photo(Photo.from_array(np.full((60, 80, 3), 25700, np.uint16)), plain, force=True)
    write_photo(Photo.from_array(np.zeros((60, 80), np.uint8)), plain.with_name("black.png"))
    mask = str(plain.with_name("black.png")) if given == "BLACK" else given
    out, changes, kept = (plain.with_name(name) for name in ("out.jpg", "changes.png", "kept.png"))
    arguments = ["restore", str(plain), "--mask", mask, "-o", str(out), "--scale", "2", "--device", "cpu"]
    assert main([*arguments, "--save-changes", str(changes), "--save-mask", str(kept)]) == 0
    said = capsys.readouterr()
    assert told in said.out
    assert "out.jpg: enlarged" in said.out
    assert "None" not in said.out
    assert "16 bits" in said.out + said.err
    assert read_photo(out).pixels.shape == (120, 160, 3)
    assert read_photo(changes).pixels.max() == read_photo(kept).pixels.max() == 0


def test_an_aligned_face_is_not_looked_for(plain: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_photo(Photo.from_array(np.full((256, 256, 3), 90, np.uint8)), plain, force=True)
    out = plain.with_name("out.png")
    assert main(["enhance", str(plain), "-o", str(out), "--aligned", "--steps", "1", "--device", "cpu", "--json"]) == 0
    (face,) = json.loads(capsys.readouterr().out)["faces"]
    assert (face["found"], face["size"]) == ("aligned", 256)


@pytest.mark.slow
def test_a_hidden_face_is_restored_beside_one_made_sharp(photo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pair, mask = np.hstack((SOFT, data.astronaut())), np.zeros((512, 1024), np.uint8)
    mask[30:130, 512 + 170 : 512 + 280] = 255
    pair[mask > 0] = 118
    write_photo(Photo.from_array(pair), photo, force=True)
    write_photo(Photo.from_array(mask), photo.with_name("mask.png"))
    arguments = ["restore", str(photo), "--mask", str(photo.with_name("mask.png")), "--blurred", "faces", "--json"]
    assert main([*arguments, "-o", str(photo.with_name("out.png")), "--steps", "1", "--device", "cpu"]) == 0
    assert [face["found"] for face in json.loads(capsys.readouterr().out)["faces"]] == ["detected", "framed"]


def test_what_is_missing_and_what_is_blurred_go_together(photo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mask = np.zeros((512, 512), np.uint8)
    mask[95:103, 190:262] = 255
    write_photo(Photo.from_array(mask), photo.with_name("mask.png"))
    out = photo.with_name("out.png")
    arguments = ["restore", str(photo), "--mask", str(photo.with_name("mask.png")), "--blurred", "faces"]
    assert main([*arguments, "-o", str(out), "--strength", "0", "--device", "cpu", "--steps", "1"]) == 0
    differs = (read_photo(out).pixels != SOFT).any(2)
    assert differs[mask > 0].mean() > 0.5
    assert not differs[130:].any()


@pytest.mark.slow
def test_a_batch_sharpens_faces(photo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, out = photo.parent / "in", photo.parent / "out"
    source.mkdir()
    photo.rename(source / "soft.png")
    write_photo(Photo.from_array(np.full((60, 80, 3), 90, np.uint8)), source / "plain.png")
    arguments = ["batch", str(source), str(out), "--blurred", "faces", "--scale", "2", "--device", "cpu", "--json"]
    assert main([*arguments, "--steps", "1"]) == 0
    told = {Path(photo["photo"]).name: photo for photo in json.loads(capsys.readouterr().out)["photos"]}
    assert told["soft.png"]["faces"][0]["strength"] == 1
    assert "no face" in told["plain.png"]["text"]
    assert read_photo(out / "plain.png").pixels.shape == (120, 160, 3)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["enhance", "PHOTO", "--strength", "101"], "0 to 100"),
        (["enhance", "PHOTO", "--strength", "nan"], "0 to 100"),
        (["enhance", "PHOTO", "--scale", "3"], "invalid choice"),
        (["enhance", "PHOTO", "--steps", "9" * 20], "from 1 to 1000"),
        (["enhance", "PHOTO", "--save-mask", "m.png"], "--save-mask m.png (see facemend enhance --help)"),
        (["enhance", "PHOTO", "--faces", "0"], "from 1 to 1000"),
        (["enhance", "PHOTO", "--faces", "7"], "there is no face 7"),
        (["enhance", "PHOTO", "--method", "telea"], "needs the networks"),
        (["restore", "PHOTO"], "nothing is marked"),
        (["restore", "PHOTO", "--blurred", "WIDE"], "does not fit"),
        (["restore", "PHOTO", "--blurred", "BLACK"], "empty"),
        (["restore", "PHOTO", "--blurred", "gone.png"], "gone.png"),
        (["restore", "PHOTO", "--blurred", "faces", "--method", "ns"], "needs the networks"),
        (
            ["restore", "PHOTO", "--mask", "BLACK", "--save-mask", "out-a.png", "--save-changes", "out-a.png"],
            "the name for two files",
        ),
        (["enhance", "LONG", "--scale", "4", "-o", "out.webp"], "16383 pixels a side"),
    ],
)
def test_bad_input_is_one_line_and_nothing_written(
    photo: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    folder = photo.parent
    write_photo(Photo.from_array(np.zeros((60, 300), np.uint8)), folder / "wide.png")
    write_photo(Photo.from_array(np.zeros((512, 512), np.uint8)), folder / "black.png")
    write_photo(Photo.from_array(np.zeros((8, 5000), np.uint8)), folder / "long.png")
    names = {"PHOTO": photo, "WIDE": folder / "wide.png", "BLACK": folder / "black.png", "LONG": folder / "long.png"}
    before = sorted(folder.iterdir())
    given = [str(names.get(a, folder / a if a.startswith("out") else a)) for a in arguments]
    code = main([*given, *([] if "-o" in given else ["-o", str(folder / "out.png")]), "--device", "cpu"])
    captured = capsys.readouterr()
    assert words in captured.err + captured.out
    assert len((captured.err + captured.out).splitlines()) == 1
    assert code == 2
    assert sorted(folder.iterdir()) == before
