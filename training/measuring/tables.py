"""Tables as CSV and Markdown, and the folder that they are written into."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from engine.atomic import atomic_file
from training.errors import OutputError


def write_files(out: Path, files: Mapping[str, bytes]) -> None:
    """Write files by their names into a folder, which is made if need be.  Raises `OutputError`."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, data in files.items():
            with atomic_file(out / name, overwrite=True) as file:
                file.write(data)
    except OSError as error:
        raise OutputError(f"{out} cannot be written: {error.strerror or error}") from error


def csv_bytes(rows: Iterable[Sequence[object]]) -> bytes:
    """A CSV file's content."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def grid(rows: list[list[str]]) -> str:
    """A Markdown table; the first row is its header."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]

    def line(cells: Sequence[str]) -> str:
        return "| " + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)) + " |"

    return "\n".join([line(rows[0]), line(["-" * width for width in widths]), *map(line, rows[1:])])
