"""`facemend edit FILE`: what photo managers call, and what its exit code tells them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine import read_photo
from faceapp.__main__ import main

from ..conftest import write_picture
from .conftest import play

SCRIPT = """
import os, sys, traceback
from pathlib import Path
import numpy as np
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMessageBox
from engine import Box
from faceapp.__main__ import main
from faceapp.editing.variant import Variant
from faceapp.ui.application import Application

application = Application(["facemend"])
how = sys.argv[2]
asked = []

def answer(box):
    asked.append(box.text())
    role = QMessageBox.ButtonRole.RejectRole if how == "refused" else QMessageBox.ButtonRole.AcceptRole
    if how == "discarded":
        role = QMessageBox.ButtonRole.DestructiveRole
    next(button for button in box.buttons() if box.buttonRole(button) is role).click()

QMessageBox.exec = answer

def paint(window, value):
    pixels = np.full((10, 10, 3), value, np.uint8)
    made = {"device": "", "model": "", "seed": 0, "steps": 0, "seconds": 0}
    variant = Variant(box=Box(5, 5, 15, 15), pixels=pixels, faces=(), method="telea", **made)
    window.workspace.document.apply_result(variant, "Restore")

def settle(window):
    while window.door.busy or window.door.waiting:
        application.processEvents()

def play():
    window, = [w for w in QApplication.topLevelWidgets() if hasattr(w, "workspace")]
    while window.workspace.document is None:
        application.processEvents()
    paint(window, 50)
    if how == "project":
        window.files.write_project(window.workspace.current, Path(sys.argv[1]).with_name("photo.facemend"))
        settle(window)
    if how in ("saved", "refused", "project"):
        window.actions_["save"].trigger()
        settle(window)
    if how == "saved":
        paint(window, 200)
        window.actions_["save"].trigger()
        settle(window)
    if how == "refused":
        window.workspace.document.mark_saved()
    window.close()
    settle(window)
    window.close()

def played():
    try:
        play()
    except BaseException:
        traceback.print_exc()
        os._exit(99)

QTimer.singleShot(0, played)
code = main(["edit", sys.argv[1]])
print(len(asked), code)
sys.exit(code)
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("how", "code", "questions", "value"),
    [
        ("saved", 0, 1, 200),
        ("closed", 0, 2, 50),
        ("refused", 1, 1, None),
        ("discarded", 1, 1, None),
        ("project", 0, 1, 50),
    ],
)
def test_the_exit_code_says_whether_the_file_was_saved_over(
    tmp_path: Path, how: str, code: int, questions: int, value: int | None
) -> None:
    """It is asked once; `closed`: the question at the end is answered by saving, which asks whether to overwrite;
    `project`: Save went on to write the project alone."""
    photo = write_picture(tmp_path / "photo.png", seed=1)
    before = read_photo(photo).pixels
    done = play(SCRIPT, str(photo), how, home=tmp_path)
    assert (done.returncode, done.stdout.split()) == (code, [str(questions), str(code)]), done.stderr
    after = read_photo(photo).pixels
    assert np.array_equal(after[20:], before[20:])
    assert np.array_equal(after, before) if value is None else (after[5:15, 5:15] == value).all()


@pytest.mark.parametrize(("name", "why"), [("a.heic", "cannot be written"), ("none.png", "no such file")])
def test_what_cannot_be_edited_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, why: str) -> None:
    assert main(["edit", str(tmp_path / name)]) == 2
    assert why in capsys.readouterr().err
