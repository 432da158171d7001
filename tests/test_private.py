"""No photo leaves the machine: the main jobs run with every socket denied, and never ask for one."""

from __future__ import annotations

import ast
import os
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


_WINDOW = _DENIED.replace(
    "from faceapp.__main__ import main\nsys.exit(main())",
    """
from pathlib import Path
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
app = QApplication([])
def look():
    from faceapp.ui.main_window import MainWindow
    window = next(w for w in app.topLevelWidgets() if isinstance(w, MainWindow))
    if window.workspace.document is None:
        QTimer.singleShot(50, look)
    else:
        print("opened", window.workspace.document.size)
        app.exit(0)
QTimer.singleShot(50, look)
from faceapp.app import run
sys.exit(run([Path(sys.argv[1])]))
""",
)
"""Opens the window on a photo, as a double click does, and ends once the photo is there."""


@pytest.mark.slow
@pytest.mark.parametrize("command", ["demo", "batch", "restore", "doctor"])
def test_no_socket_is_opened(command: str, tmp_path: Path) -> None:
    samples, out = ROOT / "resources" / "samples", str(tmp_path / "out")
    masks = ["--masks" if command == "batch" else "--mask", str(samples / "portrait-mask.png")]
    if command == "batch":
        (tmp_path / "in").mkdir()
        (tmp_path / "in" / "portrait.png").write_bytes((samples / "portrait.png").read_bytes())
    arguments = {
        "demo": ["-o", out],
        "batch": [str(tmp_path / "in"), out, *masks, "--jobs", "2"],
        "restore": [str(samples / "portrait.png"), *masks, "-o", str(tmp_path / "after.png"), "--steps", "1"],
        "doctor": [],
    }[command]
    done = run_denied(_DENIED, command, *arguments)
    assert done.returncode == 0, done.stderr
    assert any(tmp_path.rglob("*.png")) == (command != "doctor")


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Qt's platform is chosen by the environment here")
def test_the_window_opens_no_socket(tmp_path: Path) -> None:
    homes = {name: str(tmp_path) for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME")}
    portrait = str(ROOT / "resources" / "samples" / "portrait.png")
    done = run_denied(_WINDOW, portrait, environment={**homes, "QT_QPA_PLATFORM": "offscreen"})
    assert done.returncode == 0, done.stderr
    assert "opened" in done.stdout


def run_denied(
    source: str, *arguments: str, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a Python source in a process of its own, which ends at the first socket."""
    return subprocess.run(
        [sys.executable, "-c", source, *arguments],
        cwd=ROOT,
        env=os.environ | (environment or {}),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_no_file_of_the_program_imports_a_network_library() -> None:
    """Qt opens its sockets in C++, where no audit hook looks: so no module that could is imported at all."""
    banned = {"socket", "ssl", "urllib.request", "http.client", "requests", "PySide6.QtNetwork", "PySide6.QtWebSockets"}
    named: dict[str, set[str]] = {}
    for path in [*(ROOT / "engine").rglob("*.py"), *(ROOT / "faceapp").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                found = {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                found = {node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)}
            else:
                continue
            if found & banned:
                named.setdefault(path.name, set()).update(found & banned)
    assert named == {}


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
