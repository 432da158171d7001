"""No photo leaves the machine: the main jobs run with every socket denied, and never ask for one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

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


def test_onnxruntime_keeps_no_diary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its builds queue telemetry in the cache folder and send it from C++, where no audit hook looks."""
    for name in ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path))
    for name in ("CI", "ORT_DISABLE_TELEMETRY", "ORT_RUNNING_UNIT_TESTS"):  # each would keep it quiet by itself
        monkeypatch.delenv(name, raising=False)
    source = "from engine import load_models; load_models(device='cpu')"
    done = subprocess.run(
        [sys.executable, "-c", source], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    assert [str(path) for path in tmp_path.rglob("*")] == []
