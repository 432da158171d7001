"""What a row of the table is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from tests.things import files
from tests.things.judge import rgba

Held = dict[str, Any]
Maker = Callable[[], bytes]


@dataclass(frozen=True)
class Thing:
    """One thing: files that hold it by format, how it is seen in what was written, and the words that name it."""

    name: str
    files: dict[str, Maker]
    """Of the formats that are left out no file can hold it, or none that anybody writes."""
    kept: Callable[[Held], bool]
    words: str
    """A regular expression; it is found in the notes where, and only where, the thing is not kept."""
    fields: tuple[str, ...] = ()
    """The fields of `Metadata` that hold it."""
    truth: Callable[[], np.ndarray] = lambda: rgba(files.colours())
    """(H, W, 4) uint16: what the file shows, upright; inks for CMYK."""


def says(name: str, value: Any) -> Callable[[Held], bool]:
    return lambda held: held.get(name) == value


def always(_held: Held) -> bool:
    """What is seen says whether it is kept."""
    return True


def kept_never(_held: Held) -> bool:
    return False


def shows_through(held: Held) -> bool:
    return bool((held["seen"][..., 3] < 65535).any())
