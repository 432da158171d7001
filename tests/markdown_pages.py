"""The project's Markdown pages as a test sees them: links, headings, quoted code, quoted commands."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

_FENCE = re.compile(r"^ *```.*?^ *```$", re.MULTILINE | re.DOTALL)
_HERE = re.compile(r"<<'EOF'\n.*?^EOF$", re.MULTILINE | re.DOTALL)
"""What a command is given to read."""

_SPAN = re.compile(r"`([^`]+)`")
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Page:
    """One Markdown file of the repository."""

    path: Path
    text: str

    @property
    def name(self) -> str:
        return self.path.relative_to(ROOT).as_posix()

    @property
    def prose(self) -> str:
        """The text without its blocks of code."""
        return _FENCE.sub("", self.text)

    def links(self) -> Iterator[tuple[Path, str]]:
        """The file and the anchor (may be empty) of every link or picture that stays in the repository."""
        for target in _LINK.findall(self.prose):
            if "://" not in target and not target.startswith("mailto:"):
                file, _, anchor = target.partition("#")
                yield ((self.path.parent / file).resolve() if file else self.path), anchor

    def anchors(self) -> set[str]:
        """The headings as GitHub names them in links."""
        plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in _HEADING.findall(self.prose))
        return {heading.replace(" ", "-") for heading in plain}

    def spans(self) -> list[str]:
        """What stands in backticks in the prose, each on one line."""
        return [" ".join(span.split()) for span in _SPAN.findall(self.prose)]

    def rows(self) -> list[list[str]]:
        """The cells of every row of every table; a pipe in backticks is written `\\|`."""
        lines = [line for line in self.prose.splitlines() if line.startswith("|")]
        return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]

    def commands(self) -> list[list[str]]:
        """The words of every command in a block of code, and of every span that begins as one of ours does."""
        blocks = [_HERE.sub("", block) for block in _FENCE.findall(self.text)]
        lines = [line for block in blocks for line in _joined(block.split("\n")[1:-1])]
        lines += [span for span in self.spans() if re.match(r"(\.venv/bin/)?(facemend|python\d?) ", span)]
        return [words for line in lines for words in _split(line)]


def pages() -> list[Page]:
    """Every page that tells what is: not the changelog, which tells what was."""
    places = (ROOT.glob("*.md"), (ROOT / "docs").rglob("*.md"), (ROOT / "resources").rglob("*.md"))
    found = sorted(path for place in places for path in place if path.name != "CHANGELOG.md")
    return [Page(path, path.read_text("utf-8")) for path in found]


def page(name: str) -> Page:
    """The page at a path below the root."""
    return Page(ROOT / name, (ROOT / name).read_text("utf-8"))


def _joined(lines: list[str]) -> list[str]:
    """Lines that end in a backslash go on in the next."""
    return re.sub(r"\\\n\s*", " ", "\n".join(lines)).splitlines()


def _split(line: str) -> Iterator[list[str]]:
    """The commands of a shell's line: comments, variables set before a command and folders of programs are left out."""
    text = re.sub(r"(?<=\w)\\(?=\w)", "/", line)  # Windows' paths
    try:
        words = shlex.split(text, comments=True)
    except ValueError:  # a picture drawn with characters
        return
    command: list[str] = []
    for word in (*words, "&&"):
        if word in ("&&", "||", "|", ";"):
            if command:
                yield command
            command = []
        elif command or not re.match(r"[A-Z_]+=", word):
            command.append(word if command else word.rpartition("/")[2])
