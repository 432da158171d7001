"""Presets: one file for the window, the command line and the batch; what does not fit is said."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from faceapp.cli.parser import make_parser
from faceapp.cli.restore import recipe_from
from faceapp.messages import UsageError
from faceapp.runs.file_job import Recipe
from faceapp.settings import Settings
from faceapp.storage import presets

MINE = Settings(
    method="patchmatch", steps=3, sampler="heun", seed=7, variants=2, feather=0.5, grain=False, sensitivity=0.25
)


def test_a_preset_is_what_was_saved(tmp_path: Path) -> None:
    path = presets.save("Old & torn", MINE, tmp_path / "presets")
    presets.save("plain", Settings(), tmp_path / "presets")
    assert presets.names(tmp_path / "presets") == ["Old & torn", "plain"]
    for asked in ("Old & torn", str(path)):
        assert replace(Settings(), **presets.load(asked, tmp_path / "presets")) == MINE
    presets.remove("plain", tmp_path / "presets")
    assert presets.names(tmp_path / "presets") == ["Old & torn"]
    assert presets.names(tmp_path / "nowhere") == []


@pytest.mark.parametrize("name", ["", ".hidden", "a/b", "a\\b", "..", "a:b"])
def test_a_name_that_is_no_files_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="cannot be the name of a preset"):
        presets.save(name, MINE, tmp_path)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("no json", "no preset that can be read"),
        ("[1]", "no preset that can be read"),
        ('{"colour": 1}', "no setting named colour"),
        ('{"steps": "many"}', 'steps cannot be "many"'),
        ('{"steps": 0}', "steps cannot be 0"),
        ('{"method": "magic"}', 'method cannot be "magic"'),
        ('{"sensitivity": 50}', "sensitivity cannot be 50"),
        ('{"seed": -1}', "seed cannot be -1"),
        ('{"reference": "aunt.jpg"}', 'reference cannot be "aunt.jpg"'),
    ],
)
def test_what_does_not_fit_is_said(tmp_path: Path, content: str, why: str) -> None:
    (tmp_path / "p.json").write_text(content)
    with pytest.raises(UsageError, match=why):
        presets.load("p", tmp_path)


def test_a_missing_preset_names_those_that_there_are(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="none yet"):
        presets.load("p", tmp_path)
    presets.save("q", MINE, tmp_path)
    with pytest.raises(UsageError, match="p: no such preset; there are: q"):
        presets.load("p", tmp_path)


@pytest.mark.parametrize(
    "command", [["restore", "p.png", "--mask", "m.png", "-o", "o.png"], ["batch", "i", "o", "--masks", "m"]]
)
def test_the_command_line_takes_it_and_what_is_given_beside_it_comes_first(command: list[str]) -> None:
    stored = {field: getattr(MINE, field) for field in presets.FIELDS}
    options = make_parser(stored).parse_args([*command, "--seed", "9", "--sampler", "ddim"])
    recipe = recipe_from(options, existing="refuse")
    assert (recipe.method, recipe.steps, recipe.feather, recipe.sensitivity) == ("patchmatch", 3, 0.5, 0.25)
    assert not recipe.grain
    assert (recipe.seed, recipe.sampler, options.variants) == (9, "ddim", 2)


def test_a_preset_may_hold_the_mirrored_half_as_the_reference(tmp_path: Path) -> None:
    presets.save("plain", MINE, tmp_path)
    presets.save("half", MINE, tmp_path, mirror=True)
    assert presets.load("half", tmp_path) == {**presets.load("plain", tmp_path), "reference": "mirror"}


def test_a_preset_may_leave_things_out(tmp_path: Path) -> None:
    (tmp_path / "p.json").write_text(json.dumps({"steps": None, "feather": 2}))
    assert presets.load("p", tmp_path) == {"steps": None, "feather": 2}


def test_without_a_preset_the_command_line_restores_as_the_engine_does() -> None:
    options = make_parser().parse_args(["restore", "p.png", "--mask", "m.png", "-o", "o.png"])
    recipe, usual = recipe_from(options, existing="refuse"), Recipe()
    for field in set(presets.FIELDS) - {"variants"}:
        assert getattr(recipe, field) == getattr(usual, field)
