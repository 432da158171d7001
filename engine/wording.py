"""What is said to a person: a template in English, and what stands in its places.

`str()` of a sentence is English, for the command line, files and logs.  A window translates the template and puts the
same arguments into it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias, Union

Argument: TypeAlias = Union[str, int, float, Path, "Sentence"]
"""What may stand in a sentence; text that is to be translated is a `Sentence` itself."""


@dataclass(frozen=True, slots=True, init=False)
class Sentence:
    """A sentence, or the part of one: `Sentence("{0}: no such folder", path)`.

    The template is written out where it is used, with {0}, {1}, ... for the arguments, so that tests can collect all
    templates.  Without arguments it is taken as it is, braces and all.  Sentences compare by value and can be hashed
    and pickled.
    """

    template: str
    arguments: tuple[Argument, ...]

    def __init__(self, template: str, *arguments: Argument) -> None:
        object.__setattr__(self, "template", template)
        object.__setattr__(self, "arguments", arguments)

    def said(self, translated: Callable[[str], str]) -> str:
        """Compose it in one line, each template (also those of sentences inside it) after `translated`."""
        words = [part.said(translated) if isinstance(part, Sentence) else str(part) for part in self.arguments]
        text = translated(self.template)
        return " ".join((text.format(*words) if words else text).splitlines())

    def __str__(self) -> str:
        return self.said(str)
