"""Edges written, drawn on and given back: they lie where they lay, and are left out nowhere without a word."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data

from .test_parser import Captured, fails, works

ONE_STEP = ("--steps", "1", "--device", "cpu")


@pytest.fixture
def two(tmp_path: Path) -> Path:
    """A photo that shows one face twice."""
    Image.fromarray(np.hstack((data.astronaut(), data.astronaut()))).save(tmp_path / "two.png")
    return tmp_path / "two.png"


def marked(path: Path, *boxes: tuple[slice, slice]) -> Path:
    mask = np.zeros((512, 1024), np.uint8)
    for box in boxes:
        mask[box] = 255
    Image.fromarray(mask).save(path)
    return path


EYE, HEAD, OTHER_EYE = np.s_[90:115, 235:275], np.s_[60:150, 170:280], np.s_[90:115, 747:787]


@pytest.mark.parametrize("box", [EYE, HEAD])
def test_edges_lie_on_the_frame_of_the_run_that_wrote_them(
    two: Path, capsys: Captured, box: tuple[slice, slice]
) -> None:
    """Of several faces the one that is marked; where the mask hides it, the frame is the framing network's."""
    mask, edges = marked(two.with_name("m.png"), box), two.with_name("e.png")
    told = []
    for name, *more in (("a.png", "--save-edges", edges), ("b.png", "--edges", edges)):
        works("restore", two, "--mask", mask, "-o", two.with_name(name), *more, *ONE_STEP, "--json")
        told.append([(face["frame"], face["found"]) for face in json.loads(capsys.readouterr().out)["faces"]])
    assert len(told[0]) == 1
    assert told[0] == told[1]


def test_edges_are_for_one_face(two: Path, capsys: Captured) -> None:
    mask, out = marked(two.with_name("m.png"), EYE, OTHER_EYE), two.with_name("out.png")
    for command in (("restore", two, "--mask", mask), ("enhance", two)):
        line = fails(capsys, *command, "-o", out, "--edges", mask.with_name("e.png"), *ONE_STEP)
        assert "e.png" in line
        Image.new("L", (256, 256)).save(mask.with_name("e.png"))
        line = fails(capsys, *command, "-o", out, "--edges", mask.with_name("e.png"), *ONE_STEP)
        assert "edges is for one face, and 2 are marked" in line
        mask.with_name("e.png").unlink()
    assert not out.exists()


def test_what_has_no_place_in_a_run_without_a_face_is_said(two: Path, capsys: Captured) -> None:
    mask, edges, steps = (two.with_name(name) for name in ("m.png", "e.png", "steps"))
    Image.new("L", (256, 256)).save(edges)
    asked = ("--edges", edges, "--reference", "mirror", "--save-edges", two.with_name("n.png"), "--save-steps", steps)
    thin = np.s_[450:452, 20:120]
    works("restore", two, "--mask", marked(mask, thin), "-o", two.with_name("o.png"), *asked, *ONE_STEP, "--json")
    assert json.loads(capsys.readouterr().out)["notes"] == [
        "The reference was left out: nothing that is missing lies on a face.",
        "The edges were left out: nothing that is marked lies on a face.",
        f"{two.with_name('n.png')}: no face was restored, so there are no edges to write",
        f"{steps}: what was restored took no steps, so there are none to write",
    ]


def test_a_photo_given_as_its_own_mask_of_what_is_blurred_is_questioned(two: Path, capsys: Captured) -> None:
    line = fails(capsys, "restore", two, "--blurred", two, "-o", two.with_name("o.png"))
    assert "two.png: is the photo itself" in line
