"""The plan of a batch over folders as people have them: odd names, strays, links, permissions, other file systems."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest

from faceapp.__main__ import main
from faceapp.messages import UsageError
from faceapp.runs.plan import Plan, make_plan

from ..conftest import write_mask, write_picture

ROOT = Path(__file__).resolve().parents[3]
DECOMPOSED, COMPOSED = (unicodedata.normalize(form, "Zoë") for form in ("NFD", "NFC"))
PAIRS = {
    "IMG_0001.JPG": "IMG_0001.PNG",
    "IMG_0002.jpg": "IMG_0002.Png",
    "IMG_0003.jpeg": "img_0003.png",
    "IMG_0004.jfif": "IMG_0004.png",
    "IMG_0005.jpe": "IMG_0005.png",
    "scan.v1.2.final.jpg": "scan.v1.2.final.png",
    f"{DECOMPOSED}.jpg": f"{COMPOSED}.png",
}
STRAYS = ("._IMG_0001.JPG", ".hidden.jpg", "Thumbs.db", ".DS_Store", "desktop.ini")


def batch(*arguments: object) -> int:
    return main(["batch", *map(str, arguments), "--method", "telea"])


def photo(path: Path) -> Path:
    """A small JPEG, whatever its name ends with."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return write_picture(path.with_name("p.jpg"), seed=len(path.name)).rename(path)


def mask(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return write_mask(path.with_name("m.png")).rename(path)


def matched(plan: Plan) -> dict[str, str | None]:
    """The name of each photo's mask."""
    return {item.job.photo.name: item.job.mask.name if item.job.mask else None for item in plan.items}


@pytest.mark.parametrize("pattern", [None, "*", "**/*"])
def test_masks_are_found_and_strays_left_out(tmp_path: Path, pattern: str | None) -> None:
    for name, its_mask in PAIRS.items():
        photo(tmp_path / "in" / name)
        mask(tmp_path / "masks" / its_mask)
    for name in (*STRAYS, "@eaDir/IMG_0001.JPG", "__MACOSX/._IMG_0001.JPG", ".thumbs/IMG_0001.JPG"):
        (tmp_path / "in" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "in" / name).write_bytes(b"\0\5\26\7 not a photo")
    plan = make_plan(tmp_path / "in", tmp_path / "out", masks=tmp_path / "masks", pattern=pattern)
    assert matched(plan) == PAIRS
    assert batch(tmp_path / "in", tmp_path / "out", "--masks", tmp_path / "masks", "--pattern", pattern or "*") == 0
    assert len(os.listdir(tmp_path / "out")) == len(PAIRS) + 1


def test_a_mask_that_is_not_clearly_a_photos_is_nobodys(tmp_path: Path) -> None:
    for name in ("a.jpg", "A.jpg", "b.jpg", "sub/C.jpg"):
        photo(tmp_path / "in" / name)
    for name in ("a.png", "B.png", "b.PNG", "SUB/c.png"):
        mask(tmp_path / "masks" / name)
    plan = make_plan(tmp_path / "in", tmp_path / "out", masks=tmp_path / "masks", pattern="**/*.jpg")
    assert matched(plan) == {"a.jpg": "a.png", "A.jpg": None, "b.jpg": "b.PNG", "C.jpg": "c.png"}


def test_a_name_too_long_for_any_mask_is_one_without(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for stem in ("short", "n" * 251):
        photo(tmp_path / "in" / f"{stem}.jpg")
    mask(tmp_path / "masks" / "short.png")
    assert batch(tmp_path / "in", tmp_path / "out", "--masks", tmp_path / "masks") == 1
    assert (tmp_path / "out" / "short.jpg").exists()
    (line,) = capsys.readouterr().err.splitlines()
    assert "no mask of this name" in line


def test_a_name_too_long_for_its_output_is_one_failure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for stem in ("short", "n" * 251):
        photo(tmp_path / "in" / f"{stem}.jpg")
    one = mask(tmp_path / "masks" / "one.png")
    assert batch(tmp_path / "in", tmp_path / "out", "--masks", one, "--format", "jpeg") == 1
    assert sorted(os.listdir(tmp_path / "out"))[1:] == ["short.jpeg"]
    (line,) = capsys.readouterr().err.splitlines()
    assert "too long" in line


def test_links_are_read_but_nothing_is_written_through_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, out, elsewhere = tmp_path / "in", tmp_path / "out", tmp_path / "elsewhere"
    kept = photo(elsewhere / "far.jpg").read_bytes()
    photo(source / "deep" / "a.jpg")
    (source / "near.jpg").symlink_to(elsewhere / "far.jpg")
    (source / "gone.jpg").symlink_to(elsewhere / "nothing.jpg")
    (source / "loop").symlink_to(source)
    out.mkdir()
    (out / "deep").symlink_to(source / "deep")
    one = mask(tmp_path / "masks" / "one.png")
    assert batch(source, out, "--masks", one, "--pattern", "**/*.jpg", "--format", "png") == 1
    assert sorted(path.name for path in out.glob("*.png")) == ["near.png"]
    assert not (out / "near.png").is_symlink()
    assert (elsewhere / "far.jpg").read_bytes() == kept
    assert os.listdir(source / "deep") == ["a.jpg"]
    lines = capsys.readouterr().err.splitlines()
    assert sorted(line.rpartition(": ")[2] for line in lines) == [
        f"{out / 'deep'} leads out of the folder for the outputs",
        "no such file",
    ]


def batch_within_rights(*arguments: object) -> subprocess.CompletedProcess[str]:
    """A batch by a user whom permissions hold, which they do not hold root."""
    command = [sys.executable, "-m", "faceapp", "batch", *map(str, arguments), "--method", "telea"]
    if os.name == "nt":
        pytest.skip("permissions are others there")
    if os.geteuid() == 0:
        if shutil.which("setpriv") is None:
            pytest.skip("root may read everything, and setpriv is missing")
        none = "-dac_override,-dac_read_search"
        command = ["setpriv", "--inh-caps", none, "--bounding-set", none, *command]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture
def closed() -> Iterator[list[Path]]:
    """Folders to close, which are opened again."""
    folders: list[Path] = []
    yield folders
    for folder in folders:
        folder.chmod(0o755)


@pytest.mark.parametrize("name", ["in", "masks"])
def test_a_folder_that_may_not_be_read_is_said(tmp_path: Path, closed: list[Path], name: str) -> None:
    photo(tmp_path / "in" / "a.jpg")
    mask(tmp_path / "masks" / "a.png")
    closed.append(tmp_path / name)
    closed[0].chmod(0o311)
    done = batch_within_rights(tmp_path / "in", tmp_path / "out", "--masks", tmp_path / "masks")
    assert (done.returncode, done.stderr) == (2, f"facemend: {closed[0]}: no permission to read it\n")
    assert not (tmp_path / "out").exists()


def test_a_sub_folder_that_may_not_be_read_is_one_failure(tmp_path: Path, closed: list[Path]) -> None:
    photo(tmp_path / "in" / "a.jpg")
    closed.append(photo(tmp_path / "in" / "closed" / "b.jpg").parent)
    closed[0].chmod(0)
    one = mask(tmp_path / "masks" / "m.png")
    done = batch_within_rights(tmp_path / "in", tmp_path / "out", "--masks", one, "--pattern", "**/*.jpg")
    assert (done.returncode, done.stderr) == (1, f"facemend: {closed[0]}: no permission to read it\n")
    assert (tmp_path / "out" / "a.jpg").exists()


_CASELESS = (("mkfs.vfat", "mount", "-t", "vfat"), ("mkfs.exfat", "mount.exfat-fuse"), ("mkfs.exfat", "mount"))
"""By which programs a file system that knows no case is made and mounted."""


@pytest.fixture
def caseless(tmp_path: Path) -> Iterator[Path]:
    """A folder on a file system that knows no case: vfat or exfat in a file, where the system lets us mount one."""
    image, at = tmp_path / "image", tmp_path / "caseless"
    at.mkdir()
    with image.open("wb") as file:
        file.truncate(16 << 20)
    if sys.platform != "linux" or not (device := said("losetup", "-f", "--show", image)):
        pytest.skip("no file can be mounted here")
    try:
        if not any(done(make, device) and done(*mount, device, at) for make, *mount in _CASELESS):
            pytest.skip("neither vfat nor exfat can be made and mounted here")
        yield at
        subprocess.run(["umount", at], check=True)
    finally:
        subprocess.run(["losetup", "-d", device], check=True)


def said(*command: str | Path) -> str:
    """What a system's command prints; nothing if it is missing or fails."""
    if shutil.which(command[0]) is None:
        return ""
    run = subprocess.run(command, check=False, capture_output=True, text=True)
    return (run.stdout.strip() or "done") if run.returncode == 0 else ""


def done(*command: str | Path) -> bool:
    return bool(said(*command))


def test_on_a_file_system_without_case_no_output_replaces_another(caseless: Path, tmp_path: Path) -> None:
    for name in ("a.jpg", "A.tif", "b.jpg", "B.jpg"):
        photo(tmp_path / "in" / name)
    one, out = mask(tmp_path / "masks" / "one.png"), caseless / "out"
    assert batch(tmp_path / "in", out, "--masks", one, "--format", "png") == 1  # B.jpg's name is b.jpg's
    assert sorted(os.listdir(out)) == ["A.tif.png", "B.jpg.png", "a.jpg.png", "facemend-report.csv"]
    assert batch(tmp_path / "in", out, "--masks", one, "--format", "png", "--resume") == 1
    assert sorted(os.listdir(out)) == ["A.tif.png", "B.jpg.png", "a.jpg.png", "facemend-report.csv"]


def test_names_that_differ_in_case_alone_are_two_where_the_file_system_says_so(tmp_path: Path) -> None:
    if (tmp_path / "case").mkdir() or (tmp_path / "CASE").exists():
        pytest.skip("this file system knows no case")
    for name in ("a.jpg", "A.jpg"):
        photo(tmp_path / "in" / name)
    plan = make_plan(tmp_path / "in", tmp_path / "out", masks=mask(tmp_path / "masks" / "one.png"))
    assert [item.job.outputs[0].name for item in plan.items] == ["A.jpg", "a.jpg"]
    assert not any(item.problem for item in plan.items)


def test_a_plan_of_nothing_is_refused(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / ".hidden.jpg").write_bytes(b"")
    with pytest.raises(UsageError, match="no photo matches"):
        make_plan(tmp_path / "in", tmp_path / "out", masks=None)


@pytest.mark.parametrize("pattern", ["{in}/*.jpg", "**x", ".", "../*.jpg"])
def test_what_is_no_pattern_within_the_folder_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], pattern: str
) -> None:
    photo(tmp_path / "in" / "a.jpg")
    photo(tmp_path / "b.jpg")
    one = mask(tmp_path / "masks" / "one.png")
    pattern = pattern.replace("{in}", str(tmp_path / "in"))
    assert batch(tmp_path / "in", tmp_path / "out", "--masks", one, "--pattern", pattern) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "no pattern of names in the photos' folder" in line or "no photo matches" in line
    assert not (tmp_path / "out").exists()


def test_masks_of_what_is_blurred_are_matched_as_the_others_are(tmp_path: Path) -> None:
    source, masks, soft = (tmp_path / name for name in ("in", "masks", "soft"))
    for folder in (source, masks, soft):
        folder.mkdir()
    for name in ("a", "b", "c"):
        (source / f"{name}.png").touch()
    (masks / "a.png").touch()
    (soft / "b.png").touch()
    plan = make_plan(source, tmp_path / "out", masks=masks, blurred=soft)
    a, b, c = plan.items
    assert (a.job.mask, a.job.missing, a.job.blurred) == (masks / "a.png", True, None)
    assert (b.job.mask, b.job.missing, b.job.blurred) == (None, False, soft / "b.png")
    assert c.problem is not None
    everyone = make_plan(source, tmp_path / "out", masks=None, missing=False, blurred="faces")
    assert all((item.job.missing, item.job.blurred) == (False, "faces") for item in everyone.items)
    with pytest.raises(UsageError, match="no such mask"):
        make_plan(source, tmp_path / "out", masks=None, blurred=tmp_path / "gone")


@pytest.mark.parametrize("blurred", ["faces", "FILE"])
def test_a_photo_without_its_mask_fails_also_where_something_is_blurred(tmp_path: Path, blurred: str) -> None:
    for name in ("a.jpg", "b.jpg"):
        photo(tmp_path / "in" / name)
    mask(tmp_path / "masks" / "a.png")
    soft = "faces" if blurred == "faces" else mask(tmp_path / "soft.png")
    plan = make_plan(tmp_path / "in", tmp_path / "out", masks=tmp_path / "masks", blurred=soft)  # type: ignore[arg-type]
    assert [(item.lacks_mask, item.problem is None) for item in plan.items] == [(False, True), (True, False)]
    assert not plan.items[1].job.missing  # or the report would say that damage was looked for


@pytest.mark.parametrize("option", ["--save-edges", "--save-steps"])
@pytest.mark.parametrize("place", ["in", "masks"])
def test_side_files_keep_out_of_the_photos_and_the_masks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str, place: str
) -> None:
    photo(tmp_path / "in" / "a.jpg")
    mask(tmp_path / "masks" / "a.png")
    arguments = ["batch", "in", "out", "--masks", "masks", option, f"{place}/", "--force"]
    assert main([str(tmp_path / a) if a in ("in", "out", "masks", f"{place}/") else a for a in arguments]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert f"would lie among the {'photos' if place == 'in' else 'masks'}; choose another folder" in line
    assert not (tmp_path / "out").exists()


def test_the_second_face_of_one_photo_is_not_taken_for_another_photo(tmp_path: Path) -> None:
    names = ("family.jpg", "family-2.jpg", "sub/family-3.png", "sub/family.png", "other-2.jpg")
    for name in names:
        photo(tmp_path / "in" / name)
    plan = make_plan(tmp_path / "in", tmp_path / "out", masks=None, pattern="**/*.*", edges_folder=tmp_path / "e")
    found = {item.job.photo.relative_to(tmp_path / "in").as_posix(): item.job.edges_file for item in plan.items}
    edges = {name: path.relative_to(tmp_path / "e").as_posix() for name, path in found.items() if path}
    assert edges == {
        "family.jpg": "family.jpg.png",
        "family-2.jpg": "family-2.png",
        "sub/family.png": "sub/family.png.png",
        "sub/family-3.png": "sub/family-3.png",
        "other-2.jpg": "other-2.png",
    }


def test_side_files_are_no_photos_of_the_next_batch(tmp_path: Path) -> None:
    photo(tmp_path / "in" / "a.jpg")
    photo(tmp_path / "in" / "edges" / "b.png")
    for edges, found in ((tmp_path / "in" / "edges", ["a.jpg"]), (tmp_path, ["a.jpg", "b.png"])):
        plan = make_plan(tmp_path / "in", tmp_path / "out", masks=None, pattern="**/*.*", edges_folder=edges)
        assert [item.job.photo.name for item in plan.items] == found
