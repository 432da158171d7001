"""No photo leaves the machine: the main jobs run with every socket denied, and never ask for one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

_DENIED = """
import sys
def hook(event, arguments):
    if event.startswith("socket.") or event in ("urllib.Request", "http.client.connect"):
        raise SystemExit(f"network: {event} {arguments}")
sys.addaudithook(hook)
sys.argv = ["facemend", *sys.argv[1:]]
from faceapp.__main__ import main
sys.exit(main())
"""


@pytest.mark.parametrize("command", ["demo", "batch"])
def test_no_socket_is_opened(command: str, tmp_path: Path) -> None:
    samples = Path(__file__).resolve().parents[1] / "resources" / "samples"
    arguments = ["demo", "-o", str(tmp_path / "out")]
    if command == "batch":
        (tmp_path / "in").mkdir()
        (tmp_path / "in" / "portrait.png").write_bytes((samples / "portrait.png").read_bytes())
        masks = str(samples / "portrait-mask.png")
        arguments = ["batch", str(tmp_path / "in"), str(tmp_path / "out"), "--masks", masks, "--jobs", "2"]
    done = subprocess.run(
        [sys.executable, "-c", _DENIED, *arguments], cwd=samples.parents[1], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert list((tmp_path / "out").glob("*.png"))


def test_the_denial_works() -> None:
    broken = _DENIED.replace("from faceapp", "import socket; socket.socket()\nfrom faceapp")
    done = subprocess.run([sys.executable, "-c", broken, "--version"], capture_output=True, text=True, timeout=60)
    assert done.returncode != 0
    assert "network: socket" in done.stderr
