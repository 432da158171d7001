"""Where settings and recovery lie: each system's own places, and those of earlier versions."""

from __future__ import annotations

import sys
from pathlib import Path

import platformdirs
import pytest
from platformdirs.macos import MacOS
from platformdirs.unix import Unix
from platformdirs.windows import Windows

from faceapp.settings import default_path
from faceapp.storage.recovery import default_folder

SYSTEMS = {"linux": Unix, "darwin": MacOS, "win32": Windows}
SUPPORT = "Library/Application Support/facemend"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home whose system tells no places by environment variables."""
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path))
    return tmp_path


def become(system: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(platformdirs, "PlatformDirs", SYSTEMS[system])


def places() -> tuple[Path, Path]:
    return default_path(), default_folder()


def test_linux(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    become("linux", monkeypatch)
    assert places() == (home / ".config/facemend/settings.json", home / ".local/state/facemend/recovery")
    monkeypatch.setenv("XDG_CONFIG_HOME", "/somewhere")
    monkeypatch.setenv("XDG_STATE_HOME", "/elsewhere")
    (home / SUPPORT).mkdir(parents=True)  # means nothing here
    assert places() == (Path("/somewhere/facemend/settings.json"), Path("/elsewhere/facemend/recovery"))


def test_windows(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folders = {"CSIDL_APPDATA": home / "Roaming", "CSIDL_LOCAL_APPDATA": home / "Local"}
    monkeypatch.setattr("platformdirs.windows.get_win_folder", lambda name: str(folders[name]))
    become("win32", monkeypatch)
    assert places() == (home / "Roaming/facemend/settings.json", home / "Local/facemend/recovery")


def test_macos(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    become("darwin", monkeypatch)
    assert places() == (home / SUPPORT / "settings.json", home / SUPPORT / "recovery")


def test_what_an_earlier_version_left_on_macos_is_found(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    become("darwin", monkeypatch)
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(home / "xdg"))
    (home / SUPPORT).mkdir(parents=True)
    assert places() == (home / SUPPORT / "settings.json", home / SUPPORT / "recovery")
    (home / SUPPORT).rmdir()
    settings, recovery = places()
    assert (settings.parent.name, recovery.name) == ("facemend", "recovery")
    settings.parent.mkdir(parents=True)
    (home / SUPPORT).mkdir(parents=True, exist_ok=True)
    assert default_path() == settings
