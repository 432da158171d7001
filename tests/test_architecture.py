"""The walls of the house (ARCHITECTURE.md): pyproject.toml declares them for import-linter, which counts imports in
functions and under TYPE_CHECKING too; file lengths, names and the top level are checked here."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("engine", "faceapp", "training")
MAX_LINES = 400

TOP_LEVEL = {
    "faceapp", "engine", "training", "resources", "tests", "docs", "pyproject.toml", "build.spec", "README.md",
    "ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "SECURITY.md", "uv.lock",
    ".ci", ".editorconfig", ".github", ".gitignore", ".pre-commit-config.yaml",
}  # fmt: skip

FILES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))


def _lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """What import-linter says of the rooms that lie in a folder, by the contracts in its pyproject.toml."""
    code = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True, no_logo=True))"
    return subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False)


def test_the_walls_stand() -> None:
    said = _lint(ROOT)
    assert said.returncode == 0, said.stdout + said.stderr


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the rooms, to break walls in."""
    folder = tmp_path_factory.mktemp("house")
    for room in (*ROOMS, "tests"):
        shutil.copytree(ROOT / room, folder / room, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize(
    ("file", "line", "wall"),
    [
        ("engine/pipeline.py", "def later():\n    import training.errors", "The application and the training know"),
        ("engine/geometry.py", "if TYPE_CHECKING:\n    from engine.pipeline import restore", "engine"),
        ("engine/photo/png.py", "def later():\n    from engine.photo.photos import Photo", "No circle"),
        ("faceapp/editing/boxes.py", "from engine.photo.photos import Photo", "The application takes what"),
        ("faceapp/editing/boxes.py", "from PySide6.QtCore import QObject", "Qt is for the window"),
        ("faceapp/ui/look/theme.py", "from faceapp.ui.canvas.canvas import Canvas", "faceapp.ui"),
        ("training/data/holes.py", "from training.learning.loop import train", "training"),
        ("engine/fill/chips.py", "import onnxruntime", "onnxruntime has one owner"),
        ("engine/fill/chips.py", "import torch", "torch is for training"),
    ],
)
def test_a_broken_wall_is_seen(house: Path, file: str, line: str, wall: str) -> None:
    path = house / file
    whole = path.read_text(encoding="utf-8")
    path.write_text(f"{whole}\nfrom typing import TYPE_CHECKING\n{line}\n", encoding="utf-8")
    try:
        said = _lint(house)
    finally:
        path.write_text(whole, encoding="utf-8")
    assert said.returncode == 1, said.stdout + said.stderr
    broken = [each for each in said.stdout.splitlines() if " BROKEN" in each]
    assert any(each.startswith(wall) for each in broken), said.stdout


def test_files_are_short() -> None:
    lengths = {path.relative_to(ROOT): len(path.read_text(encoding="utf-8").splitlines()) for path in FILES}
    assert {path: lines for path, lines in lengths.items() if lines > MAX_LINES} == {}


def test_no_drawer_for_everything() -> None:
    vague = {"utils", "util", "helpers", "common", "misc"}
    assert [path for path in FILES if path.stem in vague or path.parent.name in vague] == []


def test_the_torch_backend_imports_torch_lazily() -> None:
    code = "import sys, engine.runtime.torch_backend; sys.exit('torch' in sys.modules or 'safetensors' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_top_level_is_exactly_the_house() -> None:
    listed = subprocess.run(
        ["git", "-c", f"safe.directory={ROOT}", "ls-files"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("not a git checkout: the top level cannot be told from build outputs")
    assert {line.split("/")[0] for line in listed.stdout.splitlines()} == TOP_LEVEL


def test_resources_hold_no_python() -> None:
    assert not list((ROOT / "resources").rglob("*.py"))
