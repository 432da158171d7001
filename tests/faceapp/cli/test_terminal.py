"""The terminal as people have it: any encoding, no stdout at all, a full one, a screen that is dead."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ..conftest import write_mask, write_picture

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[3]
SCREENS = ("QT_QPA_PLATFORM", "WAYLAND_DISPLAY", "DISPLAY", "XDG_SESSION_TYPE")


def facemend(
    *arguments: str | bytes | Path, before: str = "", **environment: str
) -> subprocess.CompletedProcess[bytes]:
    """Run the program in a shell, `before` behind it, with the environment's screens taken away."""
    command = [sys.executable, "-m", "faceapp", *arguments]
    kept = {name: value for name, value in os.environ.items() if name not in SCREENS}
    if before:
        command = ["sh", "-c", f'"$@" {before}', "sh", *command]
    return subprocess.run(command, cwd=ROOT, env={**kept, **environment}, capture_output=True, check=False)


def restore(
    tmp_path: Path, name: bytes, *arguments: str, before: str = "", **environment: str
) -> tuple[subprocess.CompletedProcess[bytes], list[bytes]]:
    """Restore a photo into an empty folder under that name; the finished process, and what the folder then holds."""
    photo, mask, out = write_picture(tmp_path / "p.png", seed=1), write_mask(tmp_path / "m.png"), tmp_path / "out"
    out.mkdir()
    goal = os.path.join(os.fsencode(out), name)
    done = facemend(
        "restore", photo, "--mask", mask, "--method", "telea", "-o", goal, *arguments, before=before, **environment
    )
    return done, os.listdir(os.fsencode(out))


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "cp932", "koi8-r", "utf-8", "utf-16"])
def test_any_encoding_of_the_terminal_will_do(tmp_path: Path, encoding: str) -> None:
    name = os.fsencode("祖母 Zoë.png")
    done, written = restore(tmp_path, name, PYTHONIOENCODING=encoding)
    assert (done.returncode, done.stderr, written) == (0, b"", [name])
    assert " Zo" in done.stdout.decode(encoding)
    failed = facemend("restore", "祖母.png", "--mask", "m.png", "-o", "o.png", PYTHONIOENCODING=encoding)
    assert failed.returncode == 2
    assert failed.stderr.decode(encoding).startswith("facemend: ")


@pytest.mark.skipif(sys.platform != "linux", reason="file names are letters there")
def test_a_name_that_is_no_utf_8_is_escaped(tmp_path: Path) -> None:
    done, written = restore(tmp_path, b"a\xff.png", PYTHONIOENCODING="utf-8")
    assert (done.returncode, done.stderr, written) == (0, b"", [b"a\xff.png"])
    assert b"a\\udcff.png: 0 faces" in done.stdout


@pytest.mark.skipif(os.name == "nt", reason="a shell of Unix")
@pytest.mark.parametrize("arguments", [(), ("--json",)])
@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
def test_a_terminal_that_is_closed_stops_nothing(tmp_path: Path, closed: str, arguments: tuple[str, ...]) -> None:
    done, written = restore(tmp_path, b"o.png", *arguments, before=closed)
    assert (done.returncode, done.stderr, written) == (0, b"", [b"o.png"])


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_behind_stdout_is_a_sentence(tmp_path: Path) -> None:
    done, _ = restore(tmp_path, b"o.png", before=">/dev/full")
    assert (done.returncode, done.stderr) == (1, b"facemend: No space left on device\n")


@pytest.mark.skipif(sys.platform != "linux", reason="screens are named in the environment there")
@pytest.mark.parametrize(
    "screen",
    [
        {"DISPLAY": ":99"},
        {"DISPLAY": "nowhere.invalid:0"},
        {"WAYLAND_DISPLAY": "wayland-99"},
        {"WAYLAND_DISPLAY": "wayland-99", "DISPLAY": ":99", "XDG_SESSION_TYPE": "wayland"},
        {"QT_QPA_PLATFORM": "nonsense"},
        {"QT_QPA_PLATFORM": "xcb;wayland", "DISPLAY": ":99"},
        {"QT_QPA_PLATFORM": "eglfs"},
    ],
    ids=lambda screen: " ".join(screen.values()),
)
def test_a_dead_screen_is_one_sentence(tmp_path: Path, screen: dict[str, str]) -> None:
    photo = write_picture(tmp_path / "p.png", seed=1)
    done = facemend(photo, XDG_RUNTIME_DIR=str(tmp_path), XDG_CONFIG_HOME=str(tmp_path), **screen)
    named = " ".join(f"{name}={screen[name]}" for name in SCREENS if name in screen and name != "XDG_SESSION_TYPE")
    (line,) = done.stderr.decode().splitlines()
    if "system libraries" in line:
        pytest.skip(line)
    assert (done.returncode, done.stdout) == (1, b"")
    assert line == f"facemend: no window can be opened with {named}; the commands work: facemend --help"
