"""The walls of the house (ARCHITECTURE.md), checked on syntax trees: who imports whom, how long files are."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("engine", "faceapp", "training")
MAX_LINES = 400

TOP_LEVEL = {
    "faceapp", "engine", "training", "resources", "tests", "pyproject.toml", "build.spec", "README.md",
    "ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", ".ci", ".gitignore",
}  # fmt: skip

FORBIDDEN_ROOMS = {
    "engine": {"faceapp", "training"},
    "faceapp": {"training"},
    "training": {"faceapp"},
}

# Which files may import a heavy package; a trailing slash means everything in that folder.
OWNERS = {
    "onnxruntime": ("engine/runtime/onnx_backend.py",),
    "torch": ("engine/runtime/torch_backend.py", "engine/networks/", "training/"),
    "PySide6": ("faceapp/app.py", "faceapp/jobs.py", "faceapp/editing/mask_tools.py", "faceapp/ui/"),
    "onnx": ("training/",),
    "tensorboard": ("training/",),
    "skimage": ("training/",),
}


PUBLIC_ENGINE = {"engine", "engine.errors", "engine.geometry", "engine.progress", "engine.request"}


@dataclass(frozen=True)
class Import:
    """One import statement: the absolute module it names, and whether it runs when the file is imported."""

    module: str
    """`import a.b`: a.b; `from a import b`: a.b too, which may be a module or a name inside a."""
    source: str
    """`import a.b`: a.b; `from a import b`: a."""
    line: int
    at_import: bool


@dataclass(frozen=True)
class Source:
    """One Python file of a room."""

    name: str
    lines: int
    imports: tuple[Import, ...]

    @property
    def room(self) -> str:
        return self.name.split("/")[0]

    @property
    def module(self) -> str:
        return self.name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _imports(tree: ast.AST, package: str) -> Iterator[Import]:
    """Walk a module; what stands in a function or under TYPE_CHECKING does not run at import."""

    def walk(node: ast.AST, at_import: bool) -> Iterator[Import]:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(alias.name, alias.name, node.lineno, at_import)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parent = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*parent, *([base] if base else [])])
            for alias in node.names:
                yield Import(f"{base}.{alias.name}", base, node.lineno, at_import)
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            for child in node.body:
                yield from walk(child, False)
            for child in node.orelse:
                yield from walk(child, at_import)
        else:
            inside = at_import and not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
            for child in ast.iter_child_nodes(node):
                yield from walk(child, inside)

    yield from walk(tree, True)


def _sources() -> list[Source]:
    sources = []
    for path in sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        text = path.read_text(encoding="utf-8")
        folder = path.parent.relative_to(ROOT).as_posix().replace("/", ".")
        sources.append(Source(name, len(text.splitlines()), tuple(_imports(ast.parse(text), folder))))
    return sources


SOURCES = _sources()


def _complaints(check: str, found: list[str]) -> None:
    assert not found, check + ":\n" + "\n".join(found)


def test_the_rooms_are_there() -> None:
    assert {source.room for source in SOURCES} == set(ROOMS)


def test_rooms_know_only_the_rooms_below() -> None:
    _complaints(
        "a wall is broken",
        [
            f"{source.name}:{line.line} imports {line.module}"
            for source in SOURCES
            for line in source.imports
            if line.module.split(".")[0] in FORBIDDEN_ROOMS[source.room]
        ],
    )


@pytest.mark.parametrize("package", OWNERS)
def test_heavy_packages_have_one_owner(package: str) -> None:
    _complaints(
        f"{package} is imported outside {', '.join(OWNERS[package])}",
        [
            f"{source.name}:{line.line}"
            for source in SOURCES
            for line in source.imports
            if line.module.split(".")[0] == package and not _owns(source.name, OWNERS[package])
        ],
    )


def _owns(name: str, owners: tuple[str, ...]) -> bool:
    return any(name.startswith(owner) if owner.endswith("/") else name == owner for owner in owners)


def test_the_torch_backend_imports_torch_lazily() -> None:
    _complaints(
        "torch must not be loaded by importing the engine",
        [
            f"{source.name}:{line.line}"
            for source in SOURCES
            for line in source.imports
            if source.name == "engine/runtime/torch_backend.py"
            and line.at_import
            and line.module.split(".")[0] in ("torch", "safetensors")
        ],
    )


def test_the_application_uses_the_engines_public_surface() -> None:
    _complaints(
        "faceapp reaches past the engine's public names and contracts",
        [
            f"{source.name}:{line.line} imports from {line.source}"
            for source in SOURCES
            for line in source.imports
            if source.room == "faceapp" and line.source.split(".")[0] == "engine" and line.source not in PUBLIC_ENGINE
        ],
    )


def test_no_import_cycle() -> None:
    modules = {source.module for source in SOURCES}
    graph: dict[str, set[str]] = {}
    for source in SOURCES:
        edges = graph.setdefault(source.module, set())
        for line in source.imports:
            target = line.module if line.module in modules else line.module.rpartition(".")[0]
            # `engine/__init__` names its modules lazily: reaching it is no dependency on all of them.
            if line.at_import and target in modules and target != source.module:
                edges.add(target)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as cycle:
        pytest.fail(f"import cycle: {' -> '.join(cycle.args[1])}")


def test_files_are_short() -> None:
    _complaints(
        f"more than {MAX_LINES} lines",
        [f"{source.name}: {source.lines}" for source in SOURCES if source.lines > MAX_LINES],
    )


def test_no_drawer_for_everything() -> None:
    vague = {"utils", "util", "helpers", "common", "misc"}
    _complaints("name what it does", [s.name for s in SOURCES if s.module.split(".")[-1] in vague])


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
