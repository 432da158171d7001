"""A batch over a real Dask cluster on this machine: every photo once, though a worker is killed in the middle."""

from __future__ import annotations

import csv
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from faceapp.__main__ import main
from faceapp.runs.batch import REPORT

from ..conftest import write_mask, write_picture

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[3]
PHOTOS = 12


@pytest.fixture
def processes() -> Iterator[list[subprocess.Popen[bytes]]]:
    """What a test starts; none outlives it."""
    started: list[subprocess.Popen[bytes]] = []
    yield started
    for process in started:
        process.kill()
        process.wait(30)


@pytest.fixture
def scheduler(processes: list[subprocess.Popen[bytes]], tmp_path: Path) -> str:
    """The address of a scheduler with no workers yet."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    processes.append(_start(tmp_path, "dask_scheduler", "--host", address, "--no-dashboard"))
    return address


def _start(log: Path, program: str, *arguments: str) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    with (log / f"{program}.log").open("ab") as output:
        command = [sys.executable, "-m", f"distributed.cli.{program}", *arguments]
        return subprocess.Popen(command, cwd=log, env=environment, stdout=output, stderr=output)


def _worker(log: Path, address: str) -> subprocess.Popen[bytes]:
    options = ("--no-nanny", "--nthreads", "1", "--no-dashboard", "--death-timeout", "60")
    return _start(log, "dask_worker", address, *options)


def _photos(folder: Path) -> tuple[Path, Path]:
    for n in range(PHOTOS):
        write_picture(folder / "in" / f"{n:02d}.png", seed=n)
    return folder / "in", write_mask(folder / "mask.png")


def test_every_photo_is_done_once_though_a_worker_dies(
    tmp_path: Path, scheduler: str, processes: list[subprocess.Popen[bytes]]
) -> None:
    source, mask = _photos(tmp_path)
    out = tmp_path / "out"
    workers = [_worker(tmp_path, scheduler), _worker(tmp_path, scheduler)]
    processes.extend(workers)
    log, deadline = tmp_path / "dask_worker.log", time.monotonic() + 120
    while log.read_text().count("Registered to") < len(workers) and time.monotonic() < deadline:
        time.sleep(0.05)  # each has a share of the photos, then
    command = ["batch", source, out, "--masks", mask, "--method", "patchmatch", "--dask", scheduler]
    batch = subprocess.Popen([sys.executable, "-m", "faceapp", *map(str, command)], cwd=ROOT)
    processes.append(batch)
    while not any(out.glob("[0-9]*.png")) and batch.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    os.kill(workers[0].pid, signal.SIGTERM if sys.platform == "win32" else signal.SIGKILL)
    finished = {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in out.glob("[0-9]*.png")}
    assert 0 < len(finished) <= PHOTOS - 4, "not in the middle"
    assert workers[1].poll() is None
    assert batch.wait(240) == 0
    assert workers[0].wait(30) != 0, "it had ended before"
    with (out / REPORT).open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert sorted(Path(row["photo"]).name for row in rows) == sorted(path.name for path in source.iterdir())
    assert {row["status"] for row in rows} == {"done"}
    assert sorted(os.listdir(out)) == [*(f"{n:02d}.png" for n in range(PHOTOS)), REPORT], "something half was left"
    for path, was in finished.items():
        assert (path.stat().st_mtime_ns, path.read_bytes()) == was, "done twice"
    local = ["batch", source, tmp_path / "local", "--masks", mask, "--method", "patchmatch"]
    assert main([str(part) for part in local]) == 0
    for path in (tmp_path / "local").glob("*.png"):
        assert (out / path.name).read_bytes() == path.read_bytes()


def test_nobody_at_the_address_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("faceapp.runs.cluster._PATIENCE", 1.0)
    source, mask = _photos(tmp_path)
    command = ["batch", source, tmp_path / "out", "--masks", mask, "--dask", "tcp://127.0.0.1:9"]
    assert main([str(part) for part in command]) == 2
    assert capsys.readouterr().err.splitlines()[-1] == "facemend: --dask tcp://127.0.0.1:9: no scheduler answers there"
    assert main([str(part) for part in (*command, "--jobs", 2)]) == 2
    assert "leave --jobs out" in capsys.readouterr().err
