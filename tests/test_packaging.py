"""The installers, as far as they can be tried without building one: the spec, the desktop's files, Windows' script."""

from __future__ import annotations

import configparser
import io
import os
import plistlib
import re
import shutil
import subprocess
import sys
import tarfile
import xml.etree.ElementTree as ET
from collections.abc import Callable
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

from engine.photo import jpeg
from faceapp import __version__
from faceapp.storage.project import SUFFIX

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[1]
PACKAGING = ROOT / "resources" / "packaging"
MIME = "application/x-facemend"


class Recipe:
    """What build.spec asks of PyInstaller on a platform, recorded by stand-ins for its steps."""

    def __init__(self, platform: str, monkeypatch: pytest.MonkeyPatch) -> None:
        pytest.importorskip("PyInstaller.utils.hooks")  # while it still knows where it is
        if platform == "win32" and sys.platform != "win32":  # what PyInstaller reads programs with there
            monkeypatch.setitem(sys.modules, "pefile", ModuleType("pefile"))
            monkeypatch.setattr("PyInstaller.compat.win32api", ModuleType("win32api"), raising=False)
        monkeypatch.setattr(sys, "platform", platform)
        self.calls: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = []
        self.names: dict[str, Any] = {"SPECPATH": str(ROOT)}
        self.names |= {name: self._step(name) for name in ("Analysis", "PYZ", "EXE", "COLLECT", "BUNDLE")}
        exec(compile((ROOT / "build.spec").read_text(encoding="utf-8"), "build.spec", "exec"), self.names)

    def _step(self, name: str) -> Callable[..., SimpleNamespace]:
        def call(*arguments: Any, **options: Any) -> SimpleNamespace:
            self.calls.append((name, arguments, options))
            return SimpleNamespace(step=name, pure=[], scripts=[], binaries=[], datas=[])

        return call

    def options(self, step: str) -> list[dict[str, Any]]:
        return [options for name, _, options in self.calls if name == step]

    @property
    def programs(self) -> dict[str, bool]:
        """The programs' names, and whether each opens a console."""
        return {options["name"]: options["console"] for options in self.options("EXE")}


@pytest.fixture
def recipe(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Recipe:
    return Recipe(request.param, monkeypatch)


on_each_platform = pytest.mark.parametrize("recipe", ["linux", "darwin", "win32"], indirect=True)
on_macos = pytest.mark.parametrize("recipe", ["darwin"], indirect=True)
on_windows = pytest.mark.parametrize("recipe", ["win32"], indirect=True)
on_linux = pytest.mark.parametrize("recipe", ["linux"], indirect=True)


@on_each_platform
def test_both_programs_share_one_folder(recipe: Recipe) -> None:
    (window, command), (collected,) = recipe.programs, recipe.options("COLLECT")
    assert recipe.programs[window] is False
    assert recipe.programs[command] is True
    assert window == collected["name"] == "FaceMend"
    if sys.platform == "linux":
        assert command == "facemend"
    else:
        assert command.lower() != window.lower(), "one file where names ignore case"


@on_each_platform
def test_what_goes_in_exists_and_is_meant_to(recipe: Recipe) -> None:
    (options,) = recipe.options("Analysis")
    for source, place in options["datas"]:
        assert list(Path(source).parent.glob(Path(source).name)), source
        assert "packaging" not in source
        assert "screenshots" not in source
        assert not place.startswith("tests")
    assert {"torch", "training", "distributed", "pytest", "PySide6.QtNetwork", "_ssl"} <= set(options["excludes"])
    for name in options["hiddenimports"]:
        path = ROOT / name.replace(".", "/")
        assert path.with_suffix(".py").is_file() or (path / "__init__.py").is_file(), name
    excluded = set(options["excludes"])
    assert not [name for name in options["hiddenimports"] if name in excluded]


@pytest.mark.skipif(find_spec("jpeglib") is None, reason="jpeglib has no wheel for this machine")
def test_the_jpeg_library_that_is_asked_for_is_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    (options,) = Recipe("linux", monkeypatch).options("Analysis")
    assert [Path(source).name.split(".")[0] for source, _ in options["binaries"]] == [f"cjpeglib_{jpeg.LIBRARY}"]


def test_the_torch_backend_is_inside_for_doctor_to_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    (options,) = Recipe("linux", monkeypatch).options("Analysis")
    assert "engine.runtime.torch_backend" in options["hiddenimports"]


@on_linux
@pytest.mark.parametrize(
    ("name", "source", "wanted"),
    [
        ("libxcb-cursor.so.0", "/lib/x86_64-linux-gnu/libxcb-cursor.so.0", True),
        ("libpython3.11.so.1.0", "/usr/lib/x86_64-linux-gnu/libpython3.11.so.1.0", True),
        ("python3.11/lib-dynload/_lzma.so", "/usr/lib/python3.11/lib-dynload/_lzma.so", True),
        ("libGL.so.1", "/lib/x86_64-linux-gnu/libGL.so.1", False),
        ("libstdc++.so.6", "/usr/lib/x86_64-linux-gnu/libstdc++.so.6", False),
        ("numpy.libs/libscipy_openblas64_-32a4b2a6.so", "/venv/numpy.libs/libscipy_openblas64_-32a4b2a6.so", True),
        ("PySide6/Qt/plugins/platforms/libqxcb.so", "/venv/libqxcb.so", True),
        ("PySide6/Qt/plugins/platforms/libqvnc.so", "/venv/libqvnc.so", False),
        ("PySide6/Qt/plugins/tls/libqopensslbackend.so", "/venv/libqopensslbackend.so", False),
        ("PySide6/Qt/lib/libQt6Network.so.6", "/venv/libQt6Network.so.6", False),
        ("PySide6/Qt/translations/qtbase_zh_CN.qm", "/venv/qtbase_zh_CN.qm", True),
        ("PySide6/Qt/translations/qtbase_de.qm", "/venv/qtbase_de.qm", False),
        ("resources/translations/facemend_zh_CN.qm", "/x/facemend_zh_CN.qm", True),
        ("onnxruntime/capi/libonnxruntime_providers_cuda.so", "/venv/x.so", False),
        ("onnxruntime/capi/libonnxruntime_providers_shared.so", "/venv/x.so", True),
        ("PySide6\\plugins\\platforms\\qwindows.dll", "C:\\venv\\qwindows.dll", True),
        ("PySide6\\opengl32sw.dll", "C:\\venv\\opengl32sw.dll", False),
        ("PySide6\\Qt6Network.dll", "C:\\venv\\Qt6Network.dll", False),
        ("PySide6\\Qt6Widgets.dll", "C:\\venv\\Qt6Widgets.dll", True),
        ("PySide6\\translations\\qtbase_zh_CN.qm", "C:\\venv\\qtbase_zh_CN.qm", True),
        ("cv2\\opencv_videoio_ffmpeg500_64.dll", "C:\\venv\\x.dll", False),
        ("PySide6/Qt/lib/QtNetwork.framework/Versions/A/QtNetwork", "/venv/QtNetwork", False),
        ("PySide6/Qt/lib/QtWidgets.framework/Versions/A/QtWidgets", "/venv/QtWidgets", True),
        ("PySide6/Qt/plugins/platforms/libqcocoa.dylib", "/venv/libqcocoa.dylib", True),
    ],
)
def test_only_what_is_used_goes_in(recipe: Recipe, name: str, source: str, wanted: bool) -> None:
    assert recipe.names["is_wanted"](name, source) is wanted


@on_macos
def test_macos_application_opens_projects(recipe: Recipe) -> None:
    (options,) = recipe.options("BUNDLE")
    assert options["name"] == "FaceMend.app"
    assert options["version"] == __version__
    assert Path(options["icon"]).is_file()
    plist = plistlib.loads(plistlib.dumps(options["info_plist"]))
    (declared,) = plist["UTExportedTypeDeclarations"]
    assert declared["UTTypeTagSpecification"]["public.filename-extension"] == [SUFFIX.removeprefix(".")]
    assert declared["UTTypeTagSpecification"]["public.mime-type"] == [MIME]
    assert declared["UTTypeIdentifier"] in plist["CFBundleDocumentTypes"][0]["LSItemContentTypes"]


@on_windows
def test_windows_programs_say_who_they_are(recipe: Recipe) -> None:
    assert not recipe.options("BUNDLE")
    for options in recipe.options("EXE"):
        assert Path(options["icon"]).is_file()
        told = str(options["version"])
        assert f"ProductVersion', '{__version__}" in told.replace('"', "'")
        numbers = ", ".join(__version__.split("."))
        assert f"filevers=({numbers}" in told


def inno_sections() -> dict[str, list[str]]:
    """The lines of each section of facemend.iss, without comments and the preprocessor's."""
    sections: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in (PACKAGING / "facemend.iss").read_text(encoding="utf-8").splitlines():
        if heading := re.fullmatch(r"\[(\w+)\]", line):
            lines = sections.setdefault(heading[1], [])
        elif line.strip() and line[0] not in ";#":
            lines.append(line)
    return sections


def inno_entry(line: str) -> dict[str, str]:
    """`Key: value; Key: "a ""quoted"" value"` as a mapping; fails on what is not of this shape."""
    pair = re.compile(r'\s*(\w+): ("(?:[^"]|"")*"|[^";]*)(?:;|$)')
    found: dict[str, str] = {}
    place = 0
    while place < len(line):
        match = pair.match(line, place)
        assert match, f"not an entry of Inno Setup: {line!r}"
        value = match[2]
        found[match[1]] = value[1:-1].replace('""', '"') if value.startswith('"') else value
        place = match.end()
    return found


INNO_KEYS = {
    "Languages": {"Name", "MessagesFile"},
    "Tasks": {"Name", "Description", "Flags"},
    "InstallDelete": {"Type", "Name"},
    "Files": {"Source", "DestDir", "Flags"},
    "Icons": {"Name", "Filename", "Parameters", "WorkingDir", "Tasks"},
    "Registry": {"Root", "Subkey", "ValueType", "ValueName", "ValueData", "Flags"},
    "Run": {"Filename", "Description", "Flags"},
}


def test_inno_sections_are_well_formed() -> None:
    sections = inno_sections()
    setup = dict(line.split("=", 1) for line in sections.pop("Setup"))
    assert set(sections) == set(INNO_KEYS)
    for name, lines in sections.items():
        for line in lines:
            assert set(inno_entry(line)) <= INNO_KEYS[name], line
    assert setup["AppVersion"] == "{#Version}"
    assert setup["PrivilegesRequired"] == "lowest"
    assert "#ifndef Version" in (PACKAGING / "facemend.iss").read_text(encoding="utf-8")


@on_windows
def test_inno_names_only_what_the_spec_makes(recipe: Recipe) -> None:
    sections = inno_sections()
    programs = {f"{name}.exe" for name in recipe.programs}
    (folder,) = recipe.options("COLLECT")
    sources = {inno_entry(line)["Source"].replace("\\", "/") for line in sections["Files"]}
    assert f"dist/{folder['name']}/*" in sources
    for source in sources - {f"dist/{folder['name']}/*"}:
        assert (ROOT / source).is_file(), source
    named = set(re.findall(r"\{app\}\\([\w-]+\.exe)", (PACKAGING / "facemend.iss").read_text(encoding="utf-8")))
    assert named
    assert named <= programs
    script = (PACKAGING / "facemend.cmd").read_text(encoding="utf-8")
    (command,) = [f"{name}.exe" for name, console in recipe.programs.items() if console]
    assert re.findall(r"%~dp0\.\.\\([\w-]+\.exe)", script) == [command]


def test_inno_ties_projects_to_the_window() -> None:
    entries = [inno_entry(line) for line in inno_sections()["Registry"]]
    (kind,) = [e["ValueData"] for e in entries if e["Subkey"] == rf"Software\Classes\{SUFFIX}" and "ValueName" not in e]
    (opened,) = [e["ValueData"] for e in entries if e["Subkey"] == rf"Software\Classes\{kind}\shell\open\command"]
    assert opened == '"{app}\\FaceMend.exe" "%1"'
    ours = {e["Subkey"] for e in entries if "uninsdeletekey" in e.get("Flags", "").split()}
    shared = [e for e in entries if not any(e["Subkey"].startswith(key) for key in ours)]
    assert {e["Subkey"] for e in shared} == {rf"Software\Classes\{SUFFIX}"}, "uninstall leaves something"
    assert all("uninsdeletevalue" in e["Flags"].split() for e in shared)
    # Undone from the last to the first: the key is empty only when its first entry's turn has come.
    assert "uninsdeletekeyifempty" in shared[0]["Flags"].split()


def test_linux_desktop_and_mime_agree() -> None:
    desktop = configparser.ConfigParser(interpolation=None)
    desktop.optionxform = str  # type: ignore[assignment,method-assign]
    desktop.read(PACKAGING / "facemend.desktop", encoding="utf-8")
    entry = desktop["Desktop Entry"]
    assert entry["Exec"] == '"/usr/lib/facemend/FaceMend" %F'
    assert entry["TryExec"] in entry["Exec"]
    assert MIME in entry["MimeType"].split(";")
    names = {"m": "http://www.freedesktop.org/standards/shared-mime-info"}
    (declared,) = ET.parse(PACKAGING / "facemend-mime.xml").getroot().findall("m:mime-type", names)
    assert declared.get("type") == MIME
    assert [glob.get("pattern") for glob in declared.findall("m:glob", names)] == [f"*{SUFFIX}"]


def test_icon_is_the_drawing(qapp: object) -> None:
    with Image.open(PACKAGING / "facemend.png") as file:
        shipped = np.asarray(file.convert("RGBA"), np.int16)
    drawn = QImage(shipped.shape[1], shipped.shape[0], QImage.Format.Format_RGBA8888)
    drawn.fill(0)
    painter = QPainter(drawn)
    QSvgRenderer(str(ROOT / "resources" / "icons" / "facemend.svg")).render(painter)
    painter.end()
    pixels = np.frombuffer(drawn.constBits(), np.uint8).reshape(shipped.shape).astype(np.int16)
    assert np.abs(pixels - shipped).mean() < 1


posix = pytest.mark.skipif(not shutil.which("xz") or os.name != "posix", reason="needs a POSIX shell and xz")


@pytest.fixture
def single(tmp_path: Path) -> Path:
    """The single file of Linux as linux.sh makes it, around a program that only echoes."""
    files = {
        "lib/facemend/facemend": (0o755, '#!/bin/sh\necho "said $*"\n'),
        "share/applications/facemend.desktop": (0o644, (PACKAGING / "facemend.desktop").read_text(encoding="utf-8")),
        "share/mime/packages/facemend.xml": (0o644, (PACKAGING / "facemend-mime.xml").read_text(encoding="utf-8")),
    }
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:xz") as archive:
        for name, (mode, text) in files.items():
            member = tarfile.TarInfo(f"./usr/{name}")
            member.size, member.mode = len(text.encode()), mode
            archive.addfile(member, io.BytesIO(text.encode()))
        link = tarfile.TarInfo("./usr/bin/facemend")
        link.type, link.linkname = tarfile.SYMTYPE, "../lib/facemend/facemend"
        archive.addfile(link)
    payload = packed.getvalue()
    header = (PACKAGING / "linux-single.sh").read_text(encoding="utf-8")
    for mark, value in (
        ("@VERSION@", "1.2.3"),
        ("@LENGTH@", str(header.count("\n"))),
        ("@SHA256@", sha256(payload).hexdigest()),
    ):
        header = header.replace(mark, value)
    path = tmp_path / "FaceMend.run"
    path.write_bytes(header.encode() + payload)
    return path


def shell(*command: Path | str, home: Path, code: int = 0) -> str:
    """Run a command with this home; return what it says."""
    home.mkdir(exist_ok=True)
    environment = {"HOME": str(home), "PATH": os.environ["PATH"], "TMPDIR": str(home)}
    done = subprocess.run(
        [str(part) for part in command], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == code, done.stderr
    return done.stdout + done.stderr


@posix
def test_single_file_installs_and_leaves_nothing(single: Path, tmp_path: Path) -> None:
    home = tmp_path / "a & b"
    shell("sh", single, "--install", home=home)
    shell("sh", single, "--install", home=home)  # over itself
    local = home / ".local"
    assert shell(local / "bin" / "facemend", "demo", home=home) == "said demo\n"
    entry = (local / "share" / "applications" / "facemend.desktop").read_text(encoding="utf-8")
    assert f'\nExec="{local}/lib/facemend/FaceMend" %F\n' in entry
    shell("sh", single, "--uninstall", home=home)
    assert [path for path in home.rglob("*") if path != local] == []


@posix
def test_single_file_leaves_others_files_alone(single: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    other = home / ".local" / "share" / "applications" / "other.desktop"
    other.parent.mkdir(parents=True)
    other.write_text("[Desktop Entry]\nType=Application\nName=Other\nExec=true\n", encoding="utf-8")
    shell("sh", single, "--install", home=home)
    shell("sh", single, "--uninstall", home=home)
    assert other.is_file()
    assert not (home / ".local" / "lib").exists()


@posix
def test_single_file_runs_without_installing(single: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert shell("sh", single, "restore", "my photo.png", home=home) == "said restore my photo.png\n"
    assert list(home.iterdir()) == []
    shell("sh", single, "--extract", home / "here", home=home)
    assert (home / "here" / "lib" / "facemend" / "facemend").is_file()


@posix
def test_damaged_single_file_is_refused(single: Path, tmp_path: Path) -> None:
    single.write_bytes(single.read_bytes()[:-1])
    home = tmp_path / "home"
    told = shell("sh", single, "--install", home=home, code=1)
    assert "is damaged" in told
    assert not (home / ".local" / "lib" / "facemend").exists()
    assert [path for path in home.rglob("*") if path.is_file()] == []
