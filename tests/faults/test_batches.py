"""Batches that are killed or find the disk full, and go on: every photo once, none skipped, none half."""

from __future__ import annotations

import csv
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine import Progress, Report, read_photo
from faceapp.__main__ import main
from faceapp.messages import sentence
from faceapp.runs.batch import REPORT
from faceapp.runs.file_job import FileJob, ModelSource, Recipe, run_file_job
from faceapp.samples import PORTRAIT, PORTRAIT_MASK

from .disk import fill, mounted, remount

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
KILLS = int(os.environ.get("FACEMEND_KILLS", "4"))
"""How many random kills; `FACEMEND_KILLS=200 python -m pytest tests/faults -k kills` is the long run."""
PHOTOS = 40


def made(folder: Path, count: int, *, side: int = 48) -> tuple[Path, Path]:
    """A folder of photos, and a mask for all of them."""
    noise = np.random.default_rng(3)
    (folder / "in").mkdir(parents=True)
    for n in range(count):
        coarse = Image.fromarray(noise.integers(0, 256, (6, 6, 3), np.uint8))
        coarse.resize((side, side), Image.Resampling.BICUBIC).save(folder / "in" / f"{n:03d}.png")
    hole = np.zeros((side, side), np.uint8)
    hole[20:28, 20:28] = 255
    Image.fromarray(hole).save(folder / "mask.png")
    return folder / "in", folder / "mask.png"


def arguments(source: Path, out: Path, mask: Path, *more: str) -> list[str]:
    return ["batch", str(source), str(out), "--masks", str(mask), "--resume", *more]


def stamps(out: Path) -> dict[str, int]:
    """When each output was written; each is whole."""
    found = {}
    for path in out.glob("[0-9]*.png"):
        assert read_photo(path).pixels.shape == (48, 48, 3)
        found[path.name] = path.stat().st_mtime_ns
    return found


def rows(out: Path) -> list[dict[str, str]]:
    with (out / REPORT).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="kill -9 is of POSIX")
@pytest.mark.parametrize("jobs", [1, 2])
def test_a_batch_survives_kills_at_random_moments(tmp_path: Path, jobs: int) -> None:
    source, mask = made(tmp_path, PHOTOS)
    broken = source / "003.png"
    broken.write_bytes(broken.read_bytes()[:300])
    originals = {path: path.read_bytes() for path in source.iterdir()}
    command = arguments(source, out := tmp_path / "out", mask, "--method", "patchmatch", "--jobs", str(jobs))
    moments = random.Random(jobs)
    finished: dict[str, int] = {}
    for round_ in range((KILLS + 1) // 2):
        if len(finished) == PHOTOS - 1:  # all are done: begin again
            for path in out.iterdir():
                path.unlink()
            finished = {}
        kill_after(command, out, moments.uniform(0, 0.3) if round_ % 4 else moments.uniform(-0.7, 0))
        now = stamps(out)
        assert finished.items() <= now.items(), "a finished photo was written again"
        finished = now
    assert main(command) == 1  # the broken one
    now = stamps(out)
    assert finished.items() <= now.items()
    assert sorted(now) == sorted(path.name for path in source.iterdir() if path != broken)
    assert sorted(os.listdir(out)) == sorted([*now, REPORT]), "something half was left"
    lines = Counter(row["photo"] for row in rows(out) if row["status"] in ("done", "skipped"))
    assert lines == {str(source / name): 1 for name in now}
    assert {path: path.read_bytes() for path in source.iterdir()} == originals


def kill_after(command: list[str], out: Path, seconds: float) -> None:
    """Start a batch and kill it so long after its first new photo; a negative time counts from its start."""
    before = len(list(out.glob("[0-9]*.png")))
    process = subprocess.Popen([sys.executable, "-m", "faceapp", *command], cwd=ROOT, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while seconds >= 0 and len(list(out.glob("[0-9]*.png"))) == before and process.poll() is None:
        assert time.monotonic() < deadline, "it does nothing"
        time.sleep(0.005)
    time.sleep(abs(seconds))
    process.kill()
    process.wait(30)


def test_a_batch_on_a_disk_that_fills_up(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    source, mask = made(tmp_path, 12)
    with mounted(tmp_path / "small", 1 << 20) as disk:
        out = disk / "out"
        out.mkdir()
        (disk / "room").write_bytes(bytes(30_000))
        filler = fill(disk)
        (disk / "room").unlink()
        command = arguments(source, out, mask, "--method", "telea")
        assert main(command) == 1
        lines = [line for line in capfd.readouterr().err.splitlines() if line]
        assert lines
        assert all(line.startswith("facemend: ") and "no space left on device" in line for line in lines), lines
        finished = stamps(out)
        assert 0 < len(finished) < 12
        assert not list(out.glob(".*")), "something half was left"
        filler.unlink()
        assert main(command) == 0
        assert finished.items() <= stamps(out).items()
        assert len(stamps(out)) == 12
        told = Counter(row["photo"] for row in rows(out) if row["status"] in ("done", "skipped"))
        assert told == {str(path): 1 for path in source.iterdir()}


def test_a_full_and_a_read_only_disk_are_one_line(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    source, mask = made(tmp_path, 1)
    photo, before = source / "000.png", (source / "000.png").read_bytes()
    with mounted(tmp_path / "small", 1 << 20) as disk:
        fill(disk)
        restore = ["restore", str(photo), "--mask", str(mask), "-o", str(disk / "a.png"), "--method", "telea"]
        for command, code in ((restore, 1), (arguments(source, disk, mask, "--method", "telea"), 1)):
            assert main(command) == code
            *_, line = capfd.readouterr().err.splitlines()
            assert line.startswith("facemend: ")
            assert line.endswith("no space left on device")
        remount(disk, "ro")
        batch = arguments(source, disk, mask, "--method", "telea")
        for command, end in ((restore, "is not writable"), (batch, "cannot be written, read-only file system")):
            assert main(command) == 2
            (line,) = capfd.readouterr().err.splitlines()
            assert line.endswith(end)
        assert sorted(os.listdir(disk)) == [REPORT, "filler"]
    assert photo.read_bytes() == before


def test_edges_are_there_before_the_photo_that_tells_of_them(tmp_path: Path) -> None:
    """A photo that exists is skipped by the next run, which must not miss its edges then."""
    out, edges = tmp_path / "out.png", tmp_path / "edges.png"
    job = FileJob(photo=PORTRAIT, mask=PORTRAIT_MASK, outputs=(out,), edges_file=edges)

    def somebody_takes_the_name(_report: Report) -> None:
        out.write_bytes(b"theirs")

    with pytest.raises(Exception, match="exists") as caught:
        run_file_job(job, Recipe(steps=1), models=ModelSource(), progress=Progress(somebody_takes_the_name))
    assert "\n" not in str(sentence(caught.value))
    assert out.read_bytes() == b"theirs"
    assert read_photo(edges).size.width == 256


def test_two_batches_at_once_do_every_photo_once(tmp_path: Path) -> None:
    (source, mask), out = made(tmp_path, 12), tmp_path / "out"
    command = [sys.executable, "-m", "faceapp", "batch", source, out, "--masks", mask, "--method", "ns", "--json"]
    started = [
        subprocess.Popen(list(map(str, [*command, "--resume"])), cwd=ROOT, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    told = [json.loads(process.communicate(timeout=120)[0]) for process in started]
    assert [process.returncode for process in started] == [0, 0]
    assert sum(each["done"] for each in told) == 12
    assert all(each["done"] + each["skipped"] == 12 for each in told)
    assert sorted(path.name for path in out.iterdir()) == [*(f"{n:03d}.png" for n in range(12)), REPORT]
