"""Many photos by `facemend batch`: `python tests/faceapp/runs/bench_batch.py --photos 1000 --jobs 1 2`.

Makes small photos (scikit-image's astronaut, moved and tinted; one file in ten is broken), restores them in a process
of its own on a terminal of its own, and prints speed, memory over time, what the bar promised and how it ended.
"""

from __future__ import annotations

import argparse
import csv
import fcntl
import os
import pty
import re
import resource
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean

import numpy as np
from PIL import Image, ImageDraw
from skimage import data

from engine import PhotoError, read_photo
from faceapp.runs.batch import REPORT

ROOT = Path(__file__).resolve().parents[3]
SIDE = 300
BROKEN = 10
"""One file in so many is cut short."""


def make_photos(folder: Path, count: int) -> Path:
    """Write `count` photos into `folder`; returns one mask for all of them, scratches over the face."""
    folder.mkdir(parents=True)
    astronaut, random = Image.fromarray(data.astronaut()), np.random.default_rng(1)
    for n in range(count):
        left, top = 70 + int(random.integers(0, 24)), int(random.integers(0, 16))
        tint = random.uniform(0.7, 1.0, 3)
        pixels = np.asarray(astronaut.crop((left, top, left + SIDE, top + SIDE))) * tint
        path = folder / f"{n:04d}.{'png' if n % 2 else 'jpg'}"
        Image.fromarray(pixels.astype(np.uint8)).save(path, quality=92)
        if n % BROKEN == 3:
            path.write_bytes(path.read_bytes()[: 500 + n])
    mask = Image.new("L", (SIDE, SIDE))
    draw = ImageDraw.Draw(mask)
    draw.line((90, 60, 210, 190), fill=255, width=6)
    draw.ellipse((150, 80, 186, 116), fill=255)
    mask.save(folder.parent / "mask.png")
    return folder.parent / "mask.png"


@dataclass
class Watch:
    """What was seen of a running batch."""

    started: float = field(default_factory=time.monotonic)
    memory: list[tuple[float, float]] = field(default_factory=list)
    """Seconds since the start, MiB."""
    promises: list[tuple[float, float, float]] = field(default_factory=list)
    """Seconds since the start, percent done, seconds left as the bar said."""

    @property
    def now(self) -> float:
        return time.monotonic() - self.started

    def read(self, terminal: int) -> None:
        """Take what the bar shows, until the terminal closes."""
        while True:
            try:
                text = os.read(terminal, 1 << 16).decode("utf-8", "replace")
            except OSError:
                return
            for percent, left in re.findall(r"(\d+)% \|[^|]*\|[^\r\n]*?\[[\d:]+<([\d:]+)\]", text):
                seconds = sum(int(part) * 60**power for power, part in enumerate(reversed(left.split(":"))))
                self.promises.append((self.now, float(percent), seconds))

    def weigh(self, process: subprocess.Popen[bytes]) -> None:
        """Look at the memory of a process until it ends."""
        page = os.sysconf("SC_PAGE_SIZE")
        while process.poll() is None:
            try:
                pages = int(Path(f"/proc/{process.pid}/statm").read_text().split()[1])
            except (OSError, IndexError):
                return
            self.memory.append((self.now, pages * page / 2**20))
            time.sleep(0.2)


def run(folder: Path, mask: Path, *, jobs: int, method: str) -> None:
    """Restore the photos and print a line of figures for each question."""
    out = folder.parent / f"out-{method}-{jobs}"
    command = [sys.executable, "-m", "faceapp", "batch", folder, out, "--masks", mask]
    options = ["--jobs", str(jobs), "--method", method]
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 120, 0, 0))
    cpu, watch = _cpu(), Watch()
    process = subprocess.Popen([*map(str, command), *options], cwd=ROOT, stdout=subprocess.PIPE, stderr=theirs)
    os.close(theirs)
    reader = threading.Thread(target=watch.read, args=(ours,))
    reader.start()
    watch.weigh(process)
    last_line = process.communicate()[0].decode().strip()
    seconds = watch.now
    reader.join(5)
    os.close(ours)
    _tell(folder, out, watch, seconds=seconds, cpu=_cpu() - cpu, head=f"--method {method} --jobs {jobs}")
    print(f"  exit code {process.returncode}; {last_line}")


def _tell(folder: Path, out: Path, watch: Watch, *, seconds: float, cpu: float, head: str) -> None:
    count = sum(1 for _ in folder.iterdir())
    with (out / REPORT).open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    print(
        f"{head}: {count} photos in {seconds:.0f} s, {count / seconds:.2f} photos/s, {cpu / count:.2f} s of CPU a photo"
    )
    quarter = len(watch.memory) // 4
    first, final = (mean(mib for _, mib in part) for part in (watch.memory[:quarter], watch.memory[-quarter:]))
    second = mean(mib for _, mib in watch.memory[quarter : 2 * quarter])
    peak = max(mib for _, mib in watch.memory)
    print(f"  memory: quarters 1, 2, 4: {first:.0f}, {second:.0f}, {final:.0f} MiB; peak {peak:.0f} MiB")
    once = list(Counter(row["photo"] for row in rows).values()).count(1)
    print(f"  report: {dict(Counter(row['status'] for row in rows))}, photos with one line: {once}")
    print(f"  outputs that can be read: {sum(map(_whole, sorted(out.glob('[0-9]*'))))}; others: {_others(out)}")
    for percent in (25, 50, 75):
        seen = next((promise for promise in watch.promises if promise[1] >= percent), None)
        if seen is None:
            print(f"  the bar showed no time left at {percent} %")
        else:
            print(f"  at {seen[1]:.0f} % the bar promised {seen[2]:.0f} s more; it took {seconds - seen[0]:.0f} s")


def _others(out: Path) -> list[str]:
    return [path.name for path in out.iterdir() if not path.name[0].isdigit() and path.name != REPORT]


def _whole(path: Path) -> bool:
    try:
        return read_photo(path).pixels.shape[:2] == (SIDE, SIDE)
    except PhotoError:
        return False


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", type=int, default=1000)
    parser.add_argument("--jobs", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--method", default="auto")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="facemend-batch-") as work:
        folder = Path(work) / "photos"
        mask = make_photos(folder, options.photos)
        for jobs in options.jobs:
            run(folder, mask, jobs=jobs, method=options.method)


if __name__ == "__main__":
    main()
