"""`--reference`: a second photo of the same person, or the word for the other half of the same face."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from faceapp.__main__ import main
from faceapp.samples import PORTRAIT, PORTRAIT_MASK

from ..conftest import write_picture
from .test_parser import Captured, fails, listing, pixels, works

BASE = ("restore", PORTRAIT, "--mask", PORTRAIT_MASK)


@pytest.fixture
def person(tmp_path: Path) -> Path:
    """Another photo of the sample's face: a darker one, 1.5 times as large."""
    with Image.open(PORTRAIT) as picture:
        larger = picture.convert("RGB").resize((432, 432), Image.Resampling.BICUBIC)
    path = tmp_path / "person.png"
    Image.fromarray((np.asarray(larger) * 0.8).astype(np.uint8)).save(path)
    return path


@pytest.mark.slow
def test_the_eye_comes_from_there_and_json_says_how_much(tmp_path: Path, person: Path, capsys: Captured) -> None:
    results, before = {}, person.read_bytes()
    for name, extra in (("none", ()), ("mirror", ("--reference", "mirror")), ("photo", ("--reference", person))):
        works(*BASE, "-o", tmp_path / f"{name}.png", "--json", *extra)
        results[name] = json.loads(capsys.readouterr().out)["faces"][0]["reference"]
    assert results["none"] == 0
    assert results["mirror"] > 0.1 < results["photo"]
    pictures = [pixels(tmp_path / f"{name}.png").astype(int) for name in results]
    for first, second in ((0, 1), (0, 2), (1, 2)):
        assert np.abs(pictures[first] - pictures[second]).max() > 8
    assert person.read_bytes() == before


@pytest.mark.parametrize("command", ["restore", "batch"])
def test_what_cannot_be_a_reference_is_one_line_and_writes_nothing(
    command: str, tmp_path: Path, photo: Path, mask: Path, capsys: Captured
) -> None:
    wall, broken = write_picture(tmp_path / "wall.png", seed=3), tmp_path / "broken.png"
    broken.write_bytes(b"no picture")
    (tmp_path / "in").mkdir()
    write_picture(tmp_path / "in" / "a.png", seed=2)
    before = listing(tmp_path)
    wanted = (command, photo, "--mask", mask, "-o", tmp_path / "out.png", "--save-mask", tmp_path / "m.png")
    if command == "batch":
        wanted = (command, tmp_path / "in", tmp_path / "out", "--masks", mask)  # type: ignore[assignment]
    for reference, why in ((wall, "shows no face"), (broken, "broken.png"), (tmp_path / "nowhere.png", "nowhere.png")):
        assert why in fails(capsys, *wanted, "--reference", reference)
    assert "--reference needs the networks" in fails(capsys, *wanted, "--reference", "mirror", "--method", "telea")
    assert listing(tmp_path) == before


@pytest.mark.slow
def test_one_person_for_two_faces_is_an_error_and_nothing_is_written(
    tmp_path: Path, person: Path, capsys: Captured
) -> None:
    for name, source in (("two.png", PORTRAIT), ("marks.png", PORTRAIT_MASK)):
        with Image.open(source) as one:
            Image.fromarray(np.hstack((np.asarray(one), np.asarray(one)))).save(tmp_path / name)
    before = listing(tmp_path)
    asked = ("restore", tmp_path / "two.png", "--mask", tmp_path / "marks.png", "-o", tmp_path / "out.png")
    kept = ("--save-mask", tmp_path / "mask.png", "--save-steps", tmp_path / "steps")
    assert "2 are marked" in fails(capsys, *asked, *kept, "--reference", person)
    assert listing(tmp_path) == before


def test_the_reference_itself_is_never_overwritten(tmp_path: Path, person: Path, capsys: Captured) -> None:
    before = person.read_bytes()
    assert "original" in fails(capsys, *BASE, "-o", person, "--reference", person, "--force")
    assert person.read_bytes() == before


@pytest.mark.slow
def test_a_batch_and_a_preset_know_it(tmp_path: Path, capsys: Captured) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "face.png").write_bytes(PORTRAIT.read_bytes())
    (tmp_path / "half.json").write_text('{"reference": "mirror"}')
    works(*BASE, "-o", tmp_path / "one.png", "--preset", tmp_path / "half.json")
    for name, extra in (("a", ("--reference", "mirror")), ("b", ("--preset", tmp_path / "half.json"))):
        works("batch", tmp_path / "in", tmp_path / name, "--masks", PORTRAIT_MASK, *extra)
        np.testing.assert_array_equal(pixels(tmp_path / name / "face.png"), pixels(tmp_path / "one.png"))
    works(*BASE, "-o", tmp_path / "plain.png")
    assert (pixels(tmp_path / "plain.png") != pixels(tmp_path / "one.png")).any()


def test_enhance_has_nothing_to_lay_it_under(tmp_path: Path, capsys: Captured) -> None:
    assert main(["enhance", str(PORTRAIT), "-o", str(tmp_path / "out.png"), "--reference", "mirror"]) == 2
    assert "--reference" in capsys.readouterr().err
