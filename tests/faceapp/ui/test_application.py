"""A file that the desktop hands over while the program runs is opened; a process of its own for its own application."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import ROOT, play

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
    done = play(SCRIPT, str(photo), home=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("portrait.png")
