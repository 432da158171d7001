"""The whole application on a real X server (Xvfb), as a person uses it; see `story.py`."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine import Photo, write_photo
from faceapp.ui.look.theme import RESOURCES
from faceapp.window_check import problem

pytestmark = pytest.mark.slow

data = pytest.importorskip("skimage.data", reason="needs scikit-image's picture of an astronaut")
STORY = Path(__file__).with_name("story.py")
SCREENS = Path(__file__).parents[2] / "_screens"


@pytest.fixture
def display() -> Iterator[str]:
    """A virtual screen of its own."""
    if shutil.which("Xvfb") is None:
        pytest.skip("Xvfb is not installed (Debian: apt install xvfb)")
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1280x800x24", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        number = pipe.readline().strip()
    try:
        assert number, "Xvfb did not start"
        yield f":{number}"
    finally:
        server.terminate()
        server.wait(10)


@pytest.mark.skipif(
    not (RESOURCES / "models" / "catalog.json").exists(), reason="the models do not lie in resources/models"
)
def test_an_evening_with_the_program(display: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "xcb")
    monkeypatch.setenv("DISPLAY", display)
    if trouble := problem():
        pytest.skip(trouble)
    home, photo, out = tmp_path / "home", tmp_path / "astronaut.png", tmp_path / "restored.png"
    write_photo(Photo.from_array(data.astronaut()), photo)
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(home))
    settings = home / "facemend" / "settings.json"
    settings.parent.mkdir(parents=True)
    settings.write_text(json.dumps({"theme": "dark", "language": "en", "brush_size": 12.0}), encoding="utf-8")
    before = photo.read_bytes()
    done = subprocess.run(
        [sys.executable, str(STORY), str(photo), str(out), str(SCREENS)],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "the end\n"
    assert done.stderr == ""  # no warning of Qt's, no thread destroyed while it runs
    assert photo.read_bytes() == before
    assert list(home.rglob("*.facemend")) == []  # nothing is left to recover
    assert list(home.rglob("Microsoft")) == []  # and onnxruntime has kept no diary
