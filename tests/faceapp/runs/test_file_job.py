"""One photo file: what is questioned before any work is done, and what counts as a face."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import engine
from faceapp import __version__
from faceapp.__main__ import main
from faceapp.runs.batch import REPORT

from ..conftest import SIZE, write_mask, write_picture

Captured = pytest.CaptureFixture[str]


def refused(capsys: Captured, *arguments: object) -> str:
    """Run a command that must end with exit code 2 and one line on stderr; return that line."""
    assert main(list(map(str, arguments))) == 2
    (line,) = capsys.readouterr().err.splitlines()
    return line


@pytest.mark.parametrize(
    ("frame", "why"),
    [
        ("500,500,40", "lies outside the photo of 48 x 48 pixels"),
        ("5,5,8,30", "holds nothing that is masked"),
        ("1e300,24,40", "outside"),
        ("24,24,0", "is not CX,CY,SIDE,ANGLE"),
        ("24,24", "is not CX,CY,SIDE,ANGLE"),
        ("24,24,inf", "is not CX,CY,SIDE,ANGLE"),
        ("a,b,c,d", "is not CX,CY,SIDE,ANGLE"),
        ("", "is not CX,CY,SIDE,ANGLE"),
    ],
)
def test_a_frame_without_anything_to_do_is_an_error(
    photo: Path, mask: Path, tmp_path: Path, capsys: Captured, frame: str, why: str
) -> None:
    out = tmp_path / "out.png"
    assert why in refused(capsys, "restore", photo, "--mask", mask, "-o", out, "--frame", frame)
    assert not out.exists()


def test_one_frame_of_two_without_anything_to_do_is_an_error(
    photo: Path, mask: Path, tmp_path: Path, capsys: Captured
) -> None:
    both = ("--frame", "24,24,40", "--frame", "5,5,8")
    line = refused(capsys, "restore", photo, "--mask", mask, "-o", tmp_path / "out.png", *both)
    assert "the frame 5,5,8,0 holds nothing" in line


def test_a_frame_is_for_the_networks(photo: Path, mask: Path, tmp_path: Path, capsys: Captured) -> None:
    base = ("restore", photo, "--mask", mask, "-o", tmp_path / "out.png", "--method", "telea")
    assert "--frame needs the networks" in refused(capsys, *base, "--frame", "24,24,40")


@pytest.mark.parametrize("copied", [False, True])
def test_a_photo_given_as_its_own_mask_is_questioned(
    photo: Path, tmp_path: Path, capsys: Captured, copied: bool
) -> None:
    mask = Path(shutil.copy(photo, tmp_path / "copy.png")) if copied else photo
    line = refused(capsys, "restore", photo, "--mask", mask, "-o", tmp_path / "out.png", "--method", "telea")
    assert line.startswith(f"facemend: {mask}: is the photo itself")


def test_photos_given_as_their_own_masks_are_questioned_one_by_one(tmp_path: Path, capsys: Captured) -> None:
    source = write_picture(tmp_path / "in" / "a.png", seed=1).parent
    base = ("batch", source, tmp_path / "out", "--method", "telea", "--masks")
    assert "photos and masks lie in one folder" in refused(capsys, *base, source)
    copies = shutil.copytree(source, tmp_path / "copies")
    assert main(list(map(str, (*base, copies)))) == 1
    assert "is the photo itself" in capsys.readouterr().err


def test_an_odd_mask_is_read_with_a_note(photo: Path, tmp_path: Path, capsys: Captured) -> None:
    hole = np.zeros((SIZE, SIZE), np.uint8)
    hole[20:28, 20:28] = 1
    Image.fromarray(hole).save(tmp_path / "m.png")
    base = ("restore", str(photo), "--mask", str(tmp_path / "m.png"), "--method", "telea", "-o")
    assert main([*base, str(tmp_path / "out.png")]) == 0
    said = capsys.readouterr()
    assert (said.err, said.out.count("note")) == (
        f"note: {tmp_path / 'm.png'}: a mask of two values, 0 and 1: the brighter one is restored.\n",
        0,
    )
    assert main([*base, str(tmp_path / "again.png"), "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["notes"]) == 1


def test_a_mask_that_is_dark_all_over_is_refused(photo: Path, tmp_path: Path, capsys: Captured) -> None:
    Image.fromarray(np.arange(SIZE * SIZE, dtype=np.uint8).reshape(SIZE, SIZE) % 90).save(tmp_path / "m.png")
    line = refused(capsys, "restore", photo, "--mask", tmp_path / "m.png", "-o", tmp_path / "o.png")
    assert line.endswith("nothing in it is over half grey; the brightest is 89 of 255")


def test_a_square_around_the_mask_is_no_face(photo: Path, tmp_path: Path, capsys: Captured) -> None:
    mask, out = write_mask(tmp_path / "masks" / "photo.png"), tmp_path / "out"
    one = ("--method", "diffusion", "--steps", "1", "--device", "cpu")
    assert main(["restore", str(photo), "--mask", str(mask), "-o", str(tmp_path / "o.png"), *one]) == 0
    assert "o.png: 0 faces, diffusion" in capsys.readouterr().out
    shutil.copy(photo, write_picture(tmp_path / "in" / "photo.png", seed=1))
    assert main(["batch", str(tmp_path / "in"), str(out), "--masks", str(mask.parent), *one]) == 0
    with (out / REPORT).open(newline="", encoding="utf-8") as file:
        (row,) = csv.DictReader(file)
    assert (row["faces"], row["status"]) == ("0", "done")
    assert "No face was found at the mask" in row["text"]


@pytest.mark.parametrize("method", ["diffusion", "telea"])
def test_a_file_says_that_networks_drew_a_part_if_they_did(tmp_path: Path, mask: Path, method: str) -> None:
    photo = write_picture(tmp_path / "photo.jpg", seed=1)
    quick = ("--steps", "1", "--device", "cpu") if method == "diffusion" else ()
    base = ("restore", str(photo), "--mask", str(mask), "--method", method, *quick, "-o")
    for name, *more in (("marked.jpg",), ("plain.jpg", "--unmarked"), ("marked.tif",)):
        assert main([*base, str(tmp_path / name), *more]) == 0
        xmp = str(engine.read_photo(tmp_path / name).metadata.xmp)
        for word in ("compositeWithTrainedAlgorithmicMedia", 'AISystemUsed="FaceMend"', __version__):
            assert (word in xmp) == (method == "diffusion" and name != "plain.jpg")
