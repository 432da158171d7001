"""An option that would do nothing is refused where a person gave it, and obeyed or not where a preset says it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ..conftest import write_picture
from .test_parser import Captured, fails, listing, pixels, works

TELEA = ("--method", "telea")


@pytest.mark.parametrize("command", ["restore", "batch"])
@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--sensitivity", "50"), "--sensitivity is for {mask} auto; leave it out"),
        (("--strength", "100"), "--strength is for what is blurred"),
        ((*TELEA, "--variants", "2"), "--variants changes nothing: method telea leaves nothing to chance"),
        (("--method", "ns", "--seed", "0"), "--seed changes nothing: method ns"),
        ((*TELEA, "--steps", "2"), "--steps needs the networks; method telea has none"),
        (("--sampler", "dpmpp_2m", *TELEA), "--sampler needs the networks"),
        (("--method", "patchmatch", "--device", "auto"), "--device needs the networks; method patchmatch has none"),
        ((*TELEA, "--backend=onnx"), "--backend needs the networks"),
        ((*TELEA, "--reference", "mirror"), "--reference needs the networks"),
        ((*TELEA, "--frame", "24,24,40"), "--frame needs the networks"),
        ((*TELEA, "--save-edges", "e"), "--save-edges needs the networks"),
        ((*TELEA, "--no-grain"), "--no-grain needs the networks"),
        (("--method", "patchmatch", "--aligned"), "--aligned needs the networks"),
    ],
)
def test_an_option_that_does_nothing_is_refused(
    command: str, options: tuple[str, ...], words: str, photo: Path, mask: Path, tmp_path: Path, capsys: Captured
) -> None:
    write_picture(tmp_path / "in" / "a.png", seed=2)
    before = listing(tmp_path)
    asked = (photo, "--mask", mask, "-o") if command == "restore" else (tmp_path / "in", "--masks", mask)
    line = fails(capsys, command, *asked, tmp_path / "out.png", *options)
    assert words.format(mask="--mask" if command == "restore" else "--masks") in line
    assert listing(tmp_path) == before


def test_how_much_is_left_for_review_is_for_damage_that_is_looked_for(
    photo: Path, mask: Path, tmp_path: Path, capsys: Captured
) -> None:
    line = fails(capsys, "batch", photo.parent, tmp_path / "out", "--masks", mask, "--review-above", "15")
    assert "--review-above is for --masks auto" in line


@pytest.mark.parametrize("method", ["telea", "patchmatch"])
def test_what_a_preset_says_beside_the_matter_is_no_fault(
    method: str, photo: Path, mask: Path, tmp_path: Path, capsys: Captured
) -> None:
    preset = {"steps": 3, "sampler": "heun", "seed": 7, "sensitivity": 0.2, "variants": 2, "reference": "mirror"}
    (tmp_path / "p.json").write_text(json.dumps(preset | {"method": method}))
    works("restore", photo, "--mask", mask, "-o", tmp_path / "out.png", "--preset", tmp_path / "p.json")
    assert (tmp_path / "out-2.png").exists()
    capsys.readouterr()
    base = ("restore", photo, "--mask", mask, "-o", tmp_path / "o.png", "--preset", tmp_path / "p.json")
    assert "--steps needs the networks" in fails(capsys, *base, "--steps", 3)


def test_what_does_something_is_taken(photo: Path, mask: Path, tmp_path: Path) -> None:
    base = ("restore", photo, "--mask", mask, "-o", tmp_path / "out.png")
    works(*base, *TELEA, "--variants", 1)
    works(*base, "--method", "patchmatch", "--seed", 3, "--variants", 2)
    works(*base, "--mask", "auto", "--method", "ns", "--sensitivity", 40, "--force")
    assert pixels(tmp_path / "out-1.png").shape == (48, 48, 3)
