"""Whatever a run names or numbers itself, it writes over none of its inputs, and no two things into one file."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from faceapp.__main__ import main
from faceapp.runs.outputs import Outputs
from faceapp.samples import PORTRAIT, PORTRAIT_MASK

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, with a photo of two faces and its mask."""
    for name, source in (("two.png", PORTRAIT), ("marks.png", PORTRAIT_MASK)):
        with Image.open(source) as one:
            Image.fromarray(np.hstack((np.asarray(one), np.asarray(one)))).save(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def is_refused(capsys: Captured, command: str) -> str:
    """Run `restore` with these words, which must change nothing but steps; return the one line that is said."""
    before = contents(Path())
    assert main(["restore", *command.split(), "--steps", "1", "--device", "cpu"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert contents(Path()) == before
    return line


@pytest.mark.parametrize("read", ["photo-2.png", "mask-2.png"])
def test_edges_of_a_second_face_spare_what_is_read(here: Path, capsys: Captured, read: str) -> None:
    source = "two.png" if read == "photo-2.png" else "marks.png"
    (here / source).rename(here / read)
    photo, mask = (read, "marks.png") if source == "two.png" else ("two.png", read)
    line = is_refused(capsys, f"{photo} --mask {mask} -o out.png --save-edges {read.replace('-2', '')} --force")
    assert line == f"facemend: {read}: would overwrite the original; choose another name"


def test_edges_of_a_second_face_spare_what_is_written(here: Path, capsys: Captured) -> None:
    line = is_refused(capsys, "two.png --mask marks.png -o k-2.png --save-edges k.png")
    assert "k-2.png: is the name for two files" in line
    (here / "k-2.png").write_bytes(b"precious")
    assert "k-2.png: exists already" in is_refused(capsys, "two.png --mask marks.png -o o.png --save-edges k.png")


def test_steps_spare_what_is_read_and_written(here: Path, capsys: Captured) -> None:
    (here / "steps").mkdir()
    (here / "two.png").rename(here / "steps/face1-step02.png")
    line = is_refused(capsys, "steps/face1-step02.png --mask marks.png -o out.png --save-steps ./steps --force")
    assert "face1-step02.png: files of such names are written into steps" in line
    (here / "steps/face1-step02.png").rename(here / "two.png")
    line = is_refused(capsys, "two.png --mask marks.png -o steps/face1-step01.png --save-steps steps")
    assert "steps/face1-step01.png: files of such names" in line


def test_a_step_is_not_written_through_a_link(here: Path, capsys: Captured) -> None:
    (here / "steps").mkdir()
    (here / "steps/face1-step01.png").symlink_to(here / "two.png")
    line = is_refused(capsys, "two.png --mask marks.png -o out.png --save-steps steps --force")
    assert "steps/face1-step01.png: would overwrite the original" in line


@pytest.mark.parametrize("option", ["--edges", "--blurred"])
def test_everything_that_is_read_is_spared(here: Path, capsys: Captured, option: str) -> None:
    (here / "drawn.png").write_bytes(PORTRAIT_MASK.read_bytes())
    line = is_refused(capsys, f"two.png --mask marks.png {option} drawn.png -o drawn.png --force")
    assert line == "facemend: drawn.png: would overwrite the original; choose another name"


@pytest.mark.parametrize("option", ["--save-mask", "--save-edges", "--save-changes"])
@pytest.mark.parametrize("spelling", ["o.png", "./sub/../o.png", "{here}/o.png", "link/o.png"])
def test_one_file_by_two_spellings_is_one(here: Path, capsys: Captured, option: str, spelling: str) -> None:
    (here / "sub").mkdir()
    os.symlink(here, here / "link")
    name = spelling.format(here=here)
    line = is_refused(capsys, f"two.png --mask marks.png -o o.png {option} {name} --force")
    assert "is the name for two files that are to be written; choose another" in line


def test_a_link_that_leads_to_itself_is_no_other_file(tmp_path: Path) -> None:
    loop = tmp_path / "loop.png"
    loop.symlink_to(loop)
    Outputs(read=(), named=(loop, tmp_path / "out.png"), force=True).check()


@pytest.mark.parametrize("steps", ["out.png", "out.png/s", "marks.png"])
def test_a_folder_of_steps_is_no_file(here: Path, capsys: Captured, steps: str) -> None:
    line = is_refused(capsys, f"two.png --mask marks.png -o out.png --save-steps {steps}")
    assert steps in line


def test_edges_do_not_lie_among_the_results(here: Path, capsys: Captured) -> None:
    """There a second face's edges were taken for a finished variant of another photo."""
    command = ["batch", "in", "out", "--masks", "marks.png", "--save-edges", "out/"]
    (here / "in").mkdir()
    (here / "two.png").rename(here / "in" / "two.png")
    assert main(command) == 2
    assert "edges would lie among the restored photos" in capsys.readouterr().err
    assert not (here / "out").exists()
