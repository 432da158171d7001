"""stderr holds FaceMend's own sentences alone, whatever C libraries and Python have to say."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
SAYING = """
import os, sys, warnings
from faceapp.quiet import silence_libraries
silence_libraries()
os.write(2, b"libjpeg\\n")
warnings.warn("Pillow")
print("ours: äß", file=sys.stderr)
os.system("echo a program >&2")
sys.stdout.write("result")
"""


def run(*command: str, **more: str) -> subprocess.CompletedProcess[bytes]:
    environment = {name: value for name, value in os.environ.items() if name != "FACEMEND_DEBUG"} | more
    return subprocess.run([sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, check=False)


def test_only_what_goes_through_python_s_stderr_is_heard() -> None:
    done = run("-c", SAYING, PYTHONIOENCODING="utf-8")
    assert (done.returncode, done.stdout) == (0, b"result")
    assert done.stderr.decode().splitlines() == ["ours: äß"]


@pytest.mark.slow
def test_a_damaged_jpeg_makes_no_library_speak(tmp_path: Path) -> None:
    file = bytearray((ROOT / "tests" / "cases" / "j_411.jpg").read_bytes())
    file[3200:3206] = b"\xa5\x5a\x33\xcc\x01\x99"
    (tmp_path / "a.jpg").write_bytes(file)
    mask = np.zeros((160, 160), np.uint8)
    mask[40:60, 40:60] = 255
    Image.fromarray(mask).save(tmp_path / "mask.png")
    command = ["-m", "faceapp", "restore", str(tmp_path / "a.jpg"), "--mask", str(tmp_path / "mask.png"), "--method"]
    heard = run(*command, "telea", "-o", str(tmp_path / "b.jpg"), FACEMEND_DEBUG="1")
    assert b"Corrupt JPEG data" in heard.stderr
    done = run(*command, "telea", "-o", str(tmp_path / "c.jpg"))
    assert (done.returncode, done.stderr) == (0, b"")
    assert (tmp_path / "c.jpg").read_bytes() == (tmp_path / "b.jpg").read_bytes()
    missing = run(*command, "telea", "-o", str(tmp_path / "c.jpg"))
    assert missing.returncode == 2
    assert missing.stderr.startswith(b"facemend: ")
    assert len(missing.stderr.splitlines()) == 1
