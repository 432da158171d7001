"""A file that the desktop hands over while the program runs is opened; a process of its own for its own application."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
SCRIPT = """
import sys, time
from pathlib import Path
from PySide6.QtCore import QTimer, QUrl
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtWidgets import QApplication
from faceapp import app
from faceapp.ui.application import Application

application = Application(["facemend"])

def play():
    QApplication.sendEvent(application, QFileOpenEvent(QUrl.fromLocalFile(sys.argv[1])))
    end = time.monotonic() + 20
    window, = [w for w in QApplication.topLevelWidgets() if hasattr(w, "workspace")]
    while "portrait" not in window.windowTitle() and time.monotonic() < end:
        application.processEvents()
    print(window.windowTitle())
    window.close()

QTimer.singleShot(0, play)
sys.exit(app.run([]))
"""


@pytest.mark.slow
def test_macos_way_of_opening_a_file(tmp_path: Path) -> None:
    photo = ROOT / "resources" / "samples" / "portrait.png"
    homes = {name: str(tmp_path) for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "APPDATA")}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(photo)],
        cwd=ROOT,
        env={**os.environ, **homes, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("portrait.png")
