"""The pages hold: what they link to, name, quote and explain is there, and what is there is explained."""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="the pages name the commands of training")

from engine import FORMATS
from faceapp.__main__ import COMMANDS
from faceapp.cli.parser import make_parser
from faceapp.messages import UsageError
from faceapp.ui import actions
from training.__main__ import COMMANDS as TRAINING

from .markdown_pages import ROOT, Page, page, pages

pytestmark = pytest.mark.slow

CODE = ("engine", "faceapp", "training", "tests")
ROOMS = (*CODE, "resources", "docs", ".ci", ".github")
SUFFIXES = (".py", ".pyi", ".md", ".toml", ".spec", ".sh", ".iss", ".qss")
"""A word in backticks that ends so names a file of the repository; what commands write begins with a capital folder."""

WRITTEN = (".png", ".json", ".csv", ".webp", ".onnx", ".safetensors", ".LICENSE")
"""What commands write or the engine reads: no modules."""

OTHERS = {"pip", "pytest", "venv", "pdoc", "zipfile", "build"}
"""Modules that pages run and that are not ours."""

FOREIGN_OPTIONS = {"--cov", "--group", "--help", "--logdir", "--nproc-per-node", "--version"}
"""Not of a parser of ours that is asked."""


@pytest.fixture(params=pages(), ids=lambda found: found.name)
def each(request: pytest.FixtureRequest) -> Page:
    found: Page = request.param
    return found


# -- links and names -----------------------------------------------------------------------------------


def test_links_and_pictures_are_there(each: Page) -> None:
    for file, anchor in each.links():
        assert file.exists(), f"{each.name} links to {file}"
        if anchor and file.suffix == ".md":
            assert anchor in Page(file, file.read_text("utf-8")).anchors(), f"{each.name} links to {file.name}#{anchor}"


def test_every_page_is_reached_from_the_readme() -> None:
    reached, waiting = set(), [ROOT / "README.md"]
    while waiting:
        file = waiting.pop()
        if file not in reached:
            reached.add(file)
            waiting += [to for to, _ in Page(file, file.read_text("utf-8")).links() if to.suffix == ".md"]
    assert {found.path for found in pages() if found.name.startswith("docs/")} <= reached


@cache
def files() -> tuple[str, ...]:
    """The repository's files, as paths below its root."""
    inner = (path for room in ROOMS for path in (ROOT / room).rglob("*") if "__pycache__" not in path.parts)
    return tuple(path.relative_to(ROOT).as_posix() for path in (*ROOT.glob("*"), *inner) if path.is_file())


def is_there(name: str, beside: Path) -> bool:
    """Whether a path is that of a file or folder, from the root or the page's folder, or the end of a file's path."""
    here = any(next(place.glob(name), None) for place in (ROOT, beside))
    return here or any(file.endswith("/" + name) for file in files())


def test_paths_in_backticks_are_there(each: Page) -> None:
    for span in each.spans():
        name = span.rstrip("/").removeprefix("./").partition("::")[0]
        ours = name.partition("/")[0] in ROOMS and "/" in name
        written = re.match(r"[A-Z]+/", name)  # by a command, into a folder that the reader names
        if (ours or name.endswith(SUFFIXES)) and not written and not re.search(r"^[./*]|[ {]", name):
            assert is_there(name, each.path.parent), f"{each.name} names {span}"


def homes(name: str) -> list[tuple[Path, str]] | None:
    """Where a dotted name may be defined: modules, and the name in them, empty for the module itself; None: no code.

    `engine.fill.chips`, `engine.restore`, and `chips.fill_chip` for a module that is called so.
    """
    parts = name.split(".")
    if parts[0] not in CODE:
        modules = [ROOT / file for file in files() if file.endswith(f"/{parts[0]}.py")]
        return [(module, parts[1]) for module in modules] or None
    for length in range(len(parts), 0, -1):
        path = ROOT.joinpath(*parts[:length])
        for module in (path.with_suffix(".py"), path / "__init__.pyi", path / "__init__.py"):
            if module.is_file():
                return [(module, parts[length] if length < len(parts) else "")]
    return []


def holds(module: Path, word: str) -> bool:
    """Whether a module defines a name, or a stub lends it; every module holds the empty name."""
    defined = rf"^\s*((def|class) )?{word}\b|\bas {word}\b"
    return not word or bool(re.search(defined, module.read_text("utf-8"), re.MULTILINE))


def test_modules_in_backticks_are_there(each: Page) -> None:
    for span in each.spans():
        name = re.sub(r"\(.*", "", span)
        if re.fullmatch(r"[a-z_]\w*(\.\w+)+", name) and not name.endswith(WRITTEN):
            found = None if name.endswith(SUFFIXES) else homes(name)
            assert found is None or any(holds(module, word) for module, word in found), f"{each.name} names {span}"


def test_the_code_names_pages_and_programs_that_are_there() -> None:
    named = re.compile(r"\b([A-Z]{4,}\.md|DESIGN)\b|\bpython (?:-m )?((?:tests|training)[./][\w./]+)")
    for file in files():
        if file.endswith((".py", ".toml", ".sh", ".spec")) and file != "tests/test_docs.py":
            for name, script in named.findall((ROOT / file).read_text("utf-8")):
                path = script if script.endswith(".py") else script.rstrip(".").replace(".", "/") + ".py"
                assert (ROOT / (name or path)).exists(), f"{file} names {name or script}"


def test_lines_are_wrapped(each: Page) -> None:
    long = [line for line in each.text.splitlines() if len(line) > 120 and not line.startswith("|")]
    assert long == []


@pytest.mark.parametrize("room", ["engine", "faceapp", "faceapp/ui", "training"])
def test_the_map_has_every_place(room: str) -> None:
    places = [path for path in (ROOT / room).iterdir() if path.is_dir() or path.suffix == ".py"]
    names = {path.relative_to(ROOT).as_posix() for path in places if path.name not in ("__init__.py", "__pycache__")}
    assert names - {span.rstrip("/") for span in page("ARCHITECTURE.md").spans()} == set()


# -- options and keys ----------------------------------------------------------------------------------


def facemend_parsers() -> dict[str, argparse.ArgumentParser]:
    """The parser of every command of `facemend`."""
    (action,) = (a for a in make_parser()._actions if isinstance(a, argparse._SubParsersAction))
    return dict(action.choices)


def training_parser(command: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"python -m training {command}")
    import_module(f"training.{command.replace('-', '_')}").add_arguments(parser)
    return parser


@cache
def parsers() -> dict[str, argparse.ArgumentParser]:
    """Every command's parser."""
    training = {f"training {name}": training_parser(name) for name in TRAINING}
    return {f"facemend {name}": parser for name, parser in facemend_parsers().items()} | training


def options(parser: argparse.ArgumentParser) -> set[str]:
    return {option for action in parser._actions for option in action.option_strings} - {"-h", "--help"}


def test_all_commands_are_asked() -> None:
    assert set(facemend_parsers()) == set(COMMANDS)


@pytest.mark.parametrize("command", [*(f"facemend {name}" for name in COMMANDS), *(f"training {n}" for n in TRAINING)])
def test_every_option_is_explained(command: str) -> None:
    guide = page("docs/manual.md" if command.startswith("facemend") else "docs/training.md")
    written = {word for span in guide.spans() for word in re.findall(r"(?<![\w-])--?[a-z][\w-]*", span)}
    assert options(parsers()[command]) - written == set()
    assert command.removeprefix("training ") in " ".join(guide.spans())


def test_no_option_is_named_that_is_none(each: Page) -> None:
    scripts = [ROOT / file for file in files() if file.endswith((".py", ".sh")) and "test_docs" not in file]
    known = {o for parser in parsers().values() for o in options(parser)} | FOREIGN_OPTIONS
    named = {word for span in each.spans() for word in re.findall(r"(?<![\w-])--[a-z][\w-]*", span)} - known
    sources = "".join(path.read_text("utf-8") for path in scripts) if named else ""
    assert {option for option in named if not re.search(rf"{option}(?![\w-])", sources)} == set()


def test_every_action_and_key_is_explained() -> None:
    rows = {row[0]: row for row in page("docs/manual.md").rows()}
    for spec in actions.all_specs():
        name = actions.label(spec.text)
        assert name in rows, f"the manual's tables lack the action {name}"
        assert set(re.findall(r"`([^`]+)`", rows[name][1])) == set(spec.keys), name


def test_every_key_of_the_canvas_is_explained() -> None:
    keys = {key for row in page("docs/manual.md").rows() for key in re.findall(r"`([^`]+)`", row[0])}
    assert {key for written, _ in actions.canvas_keys() for key in written.split()} - keys == set()


def test_every_format_is_told() -> None:
    rows = {row[0]: row for row in page("docs/manual.md").rows()}
    for form in FORMATS.values():
        _, suffixes, written, *_ = rows[form.name]
        assert suffixes == " ".join(f"`{suffix}`" for suffix in form.suffixes)
        assert written.startswith("yes" if form.writable else "no")
        assert form.package is None or "extra" in written


# -- commands ------------------------------------------------------------------------------------------


def complaint(parser: argparse.ArgumentParser, words: list[str]) -> str | None:
    """What a parser says against the words; an ellipsis stands for what was left out."""
    known = options(parser) | {"-h", "--help", "--version"}
    if "..." in words:
        return next((w for w in words if w.startswith("-") and w.partition("=")[0] not in known), None)
    for word in words:  # some options want files that exist
        if match := re.fullmatch(r"\w+=(\w+)", word):
            Path(match[1]).touch()
    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said), contextlib.redirect_stdout(said):
            parser.parse_args(words)
    except UsageError as error:
        return str(error)
    except SystemExit as stop:
        return said.getvalue() if stop.code else None
    return None


def facemend_complaint(words: list[str]) -> str | None:
    """As the program decides: a command, an option, or photos for the window."""
    if len(words) == 1 and words[0] in COMMANDS:  # its name alone, in a sentence
        return None
    if words and (words[0] in COMMANDS or words[0].startswith("-")):
        return complaint(make_parser(), words)
    return next((f"{word} is no command" for word in words if not re.match(r"[\[A-Z.]", word)), None)


def script_complaint(script: Path, words: list[str]) -> str | None:
    """A script of ours: it is there and knows the options."""
    if not script.is_file():
        return f"{script} is not there"
    source = script.read_text("utf-8")
    return next((w for w in words if w.startswith("--") and f'"{w}"' not in source), None)


def module_complaint(module: str, words: list[str]) -> str | None:
    if module == "faceapp":
        return facemend_complaint(words)
    if module == "training" and words and words[0] in TRAINING:
        return complaint(parsers()[f"training {words[0]}"], words[1:]) if words[1:] else None  # or its name alone
    if module.partition(".")[0] in ROOMS:
        return script_complaint(ROOT / f"{module.replace('.', '/')}.py", words)
    return None if module in OTHERS else f"{module} is not known here"


def complaints(words: list[str]) -> Iterator[str]:
    """What is wrong with a quoted command."""
    program, rest = words[0], words[1:]
    if program in ("facemend", "facemend.exe"):
        yield facemend_complaint(rest) or ""
    elif "-m" in rest and re.match(r"py|torchrun|accelerate", program):
        at = rest.index("-m")
        yield module_complaint(rest[at + 1], rest[at + 2 :]) or ""
    elif re.match(r"python\d?$", program) and rest and rest[0].endswith(".py"):
        yield script_complaint(ROOT / rest[0], rest[1:]) or ""
    for word in rest:
        if word.partition("/")[0] in ROOMS and "/" in word and not is_there(word.partition("::")[0], ROOT):
            yield f"{word} is not there"


def test_quoted_commands_parse(each: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = [(" ".join(words), said) for words in each.commands() for said in complaints(words) if said]
    assert found == []


def test_the_checks_see_what_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    block = "```\n.venv/bin/facemend restore P --mask M \\\n    --out X\npython -m training trains\n```\n"
    text = block + "`facemend restor` `python tests/none.py` `python tests/fuzz_files.py --case 1`"
    wrong = Page(ROOT / "made.md", text)
    assert [bool(list(filter(None, complaints(words)))) for words in wrong.commands()] == [True] * 5


def test_extras_and_groups_are_there(each: Page) -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    extras = re.findall(r"""(?:["' ]\.|facemend)\[([a-z,]+)\]""", each.text)
    assert {name for names in extras for name in names.split(",")} <= set(declared["project"]["optional-dependencies"])
    assert set(re.findall(r"--group ([a-z]+)", each.text)) <= set(declared["dependency-groups"])


# -- the rest ------------------------------------------------------------------------------------------


def test_the_glossary_defines_each_term_once_and_in_order() -> None:
    terms = re.findall(r"^\*\*(.+?)\*\*", page("docs/glossary.md").text, re.MULTILINE)
    assert len(terms) > 20
    assert terms == sorted(set(terms), key=str.lower)


def test_decisions_are_numbered_and_alike() -> None:
    found = [each for each in pages() if re.match(r"docs/decisions/\d", each.name)]
    assert [each.path.name[:4] for each in found] == [f"{number:04d}" for number in range(1, len(found) + 1)]
    for each in found:
        headings = re.findall(r"^## (.+)$", each.text, re.MULTILINE)
        assert headings == ["Context", "Decision", "Why", "What was tried"], each.name


def test_the_api_pages_are_made(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pdoc", "engine", "-o", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, env=os.environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert 'id="restore"' in (tmp_path / "engine.html").read_text("utf-8")
