"""Autosave and recovery hold: under kills at random moments, and between instances that start at once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from faceapp.storage.project import SUFFIX
from faceapp.storage.recovery import Recovery

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
KILLS = int(os.environ.get("FACEMEND_KILLS", "4"))

CLAIM = """
import sys, time
from pathlib import Path
from faceapp.storage.recovery import Recovery, leftovers

root, start, done = map(Path, sys.argv[1:])
print("ready", flush=True)
while not start.exists():
    time.sleep(0.0005)
mine, found = Recovery(root), leftovers(root)
for left in found:
    print(left.folder.name, flush=True)
mine.file(1).write_bytes(b"the work of this instance")
print("all", flush=True)
while not done.exists():
    time.sleep(0.001)
for left in found:
    left.discard()
print(mine.file(1).exists(), flush=True)
mine.close()
"""
"""An instance that starts on a sign, takes what it finds, and holds it until another sign."""


@pytest.mark.skipif(not hasattr(os, "fork") or sys.platform == "darwin", reason="kill -9 of forks that have a window")
def test_what_was_safe_comes_back_after_kills_at_random_moments(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.faults.autosave_kills", str(tmp_path), str(KILLS)]
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    told = json.loads(done.stdout)
    assert told["problems"] == []
    assert sum(told["kills"].values()) == KILLS
    assert done.returncode == 0


def test_instances_that_start_at_once_share_out_what_was_left(tmp_path: Path) -> None:
    root, start, done = tmp_path / "recovery", tmp_path / "start", tmp_path / "done"
    crashed = set()
    for _ in range(12):
        recovery = Recovery(root)
        (recovery.folder / f"1{SUFFIX}").write_bytes(b"work")
        crashed.add(recovery.folder.name)
        recovery.abandon()
    command = [sys.executable, "-c", CLAIM, str(root), str(start), str(done)]
    instances = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    told = [instance.stdout for instance in instances if instance.stdout is not None]
    try:
        for lines in told:
            assert next(lines) == "ready\n"
        start.touch()
        taken = []
        for lines in told:
            while (line := next(lines).strip()) != "all":
                taken.append(line)
        assert sorted(taken) == sorted(crashed), "each is taken once, and none of an instance that lives"
        done.touch()
        assert [instance.communicate(timeout=30)[0] for instance in instances] == ["True\n", "True\n"]
        assert list(root.iterdir()) == []
    finally:
        for instance in instances:
            os.kill(instance.pid, signal.SIGTERM) if instance.poll() is None else None
            instance.wait(10)
        for lines in told:
            lines.close()
