"""Everything that the engine and the application can say, read from their syntax trees.

    python -m tests.sentences        # after changing a text, in a sentence or in the window, from the repository's root

brings `resources/translations` up to date: the sources with `pyside6-lupdate`, which is shown the sentences as if they
were written with QT_TRANSLATE_NOOP, and the compiled file with `pyside6-lrelease`.  What is new is left untranslated,
and a test names it until the translation is in the .ts file and this has been run again.
"""

from __future__ import annotations

import ast
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TS = ROOT / "resources" / "translations" / "facemend_zh_CN.ts"
CONTEXT = "Engine"
COMMAND_LINE = ("faceapp/cli/", "faceapp/__main__.py")
"""What is said there never reaches a window, so it needs no translation: no other file may import them."""


@dataclass(frozen=True)
class Saying:
    """One place where a sentence is made."""

    where: str
    """File and line."""
    template: str | None
    """None: it is not written out there."""
    arguments: int | None
    """How many; None: it cannot be told."""

    @property
    def translated(self) -> bool:
        """Whether a window may have to say it."""
        return not self.where.startswith(COMMAND_LINE)


def sayings() -> list[Saying]:
    """Every sentence, error and report that the engine and the application make; what is only passed on is left out."""
    trees = {
        path.relative_to(ROOT).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
        for room in ("engine", "faceapp")
        for path in sorted((ROOT / room).rglob("*.py"))
    }
    makers = {"Sentence", *_errors(trees.values())}
    return [saying for name, tree in trees.items() for saying in _in_file(name, tree, makers)]


def _errors(trees: Iterable[ast.Module]) -> set[str]:
    """The names of the exceptions that carry a sentence."""
    bases = {
        node.name: {base.id for base in node.bases if isinstance(base, ast.Name)}
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    found = {"SentenceError"}
    while more := {name for name, of in bases.items() if of & found} - found:
        found |= more
    return found


def _in_file(name: str, tree: ast.Module, makers: set[str]) -> Iterator[Saying]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if called == "report" and len(node.args) > 1:
            template, *arguments = node.args[1:]
        elif called in makers and node.args:
            template, *arguments = node.args
        else:
            continue
        if isinstance(template, ast.Starred) or (isinstance(template, ast.Name) and template.id == "template"):
            continue  # passed on
        text = getattr(template, "value", None)
        counted = not any(isinstance(argument, ast.Starred) for argument in arguments)
        yield Saying(
            f"{name}:{node.lineno}",
            text if isinstance(text, str) else None,
            len(arguments) if counted else None,
        )


def update() -> None:
    """Bring the translation's source up to date with the program, and the compiled file with the source."""
    templates = dict.fromkeys(saying.template for saying in sayings() if saying.translated)
    with tempfile.TemporaryDirectory(prefix="facemend-") as folder:
        listed = Path(folder) / "sentences.py"
        lines = (f"QT_TRANSLATE_NOOP({CONTEXT!r}, {template!r})\n" for template in templates)
        listed.write_text("".join(lines), encoding="utf-8")
        sources = [*map(str, sorted((ROOT / "faceapp").rglob("*.py"))), str(listed)]
        _run("lupdate", *sources, "-ts", str(TS), "-locations", "none", "-no-obsolete")
    _run("lrelease", str(TS), "-qm", str(TS.with_suffix(".qm")))


def _run(tool: str, *arguments: str) -> None:
    subprocess.run([Path(sys.executable).with_name(f"pyside6-{tool}"), *arguments], check=True)


if __name__ == "__main__":
    update()
