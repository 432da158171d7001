"""What a bench has found, for people: tables as CSV and Markdown, and a contact sheet to look at."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from engine.atomic import atomic_file
from engine.types import U8
from training.bench import TOLERANCE, Measured
from training.contenders import CLASSICAL
from training.errors import OutputError
from training.testholes import AREA_BINS, bin_name

_HEADER = 22  # height of the contact sheet's caption, in pixels


def write(found: Measured, out: Path) -> None:
    """Write `cases.csv`, `table.csv`, `table.md` and `sheet.png` into `out`.  Raises `OutputError`."""
    columns = ("chip", "area", "method", "psnr", "ssim", "seconds")
    cases = [
        (s.chip, bin_name(s.area), s.method, f"{s.psnr:.4f}", f"{s.ssim:.5f}", f"{s.seconds:.4f}") for s in found.scores
    ]
    files = {
        "cases.csv": _csv([columns, *cases]),
        "table.csv": _csv(table(found)),
        "table.md": markdown(found).encode(),
    }
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, data in files.items():
            with atomic_file(out / name, overwrite=True) as file:
                file.write(data)
        if found.rows:
            with atomic_file(out / "sheet.png", overwrite=True) as file:
                Image.fromarray(sheet(found)).save(file, "PNG")
    except OSError as error:
        raise OutputError(f"{out} cannot be written: {error.strerror or error}") from error


def _csv(rows: Iterable[Sequence[object]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def table(found: Measured) -> list[list[str]]:
    """Header and one row a method: mean PSNR (dB) and SSIM over the pictures of each bin and all, ms each."""
    header = ["method"]
    for name in _columns():
        header += [f"PSNR {name}", f"SSIM {name}"]
    rows = [[*header, "ms"]]
    for method in found.methods:
        row = [method]
        for area in (*range(len(AREA_BINS)), None):
            row += [f"{_mean(found, method, 'psnr', area):.2f}", f"{_mean(found, method, 'ssim', area):.4f}"]
        rows.append([*row, f"{1000 * _mean(found, method, 'seconds', None):.0f}"])
    return rows


def _columns() -> list[str]:
    return [*(bin_name(area) for area in range(len(AREA_BINS))), "overall"]


def _mean(found: Measured, method: str, measure: str, area: int | None) -> float:
    values = [getattr(s, measure) for s in found.scores if s.method == method and area in (None, s.area)]
    return sum(values) / len(values) if values else math.nan


def gains(found: Measured) -> list[list[str]]:
    """For each method of ours: PSNR above the best classical one, by bin and overall; needs one of each."""
    rivals = [m for m in found.methods if m in CLASSICAL]
    ours = [m for m in found.methods if m not in CLASSICAL]
    if not rivals or not ours:
        return []
    rows = [["dB above the best classical", *_columns()]]
    for method in ours:
        row = [method]
        for area in (*range(len(AREA_BINS)), None):
            best = max(_mean(found, rival, "psnr", area) for rival in rivals)
            row.append(f"{_mean(found, method, 'psnr', area) - best:+.2f}")
        rows.append(row)
    return rows


def edges(found: Measured) -> list[list[str]]:
    """Precision, recall and F1 of the drawn edges inside the holes, over all bins; empty if none are."""
    rows = [["edges in holes", "precision", "recall", "F1"]]
    for label, counts in (("strict", found.strict), (f"within {TOLERANCE} px", found.tolerant)):
        total = counts[0]
        for more in counts[1:]:
            total += more
        if total.true and total.drawn:
            rows.append([label, f"{total.precision:.3f}", f"{total.recall:.3f}", f"{total.f1:.3f}"])
    return rows if len(rows) > 1 else []


def markdown(found: Measured) -> str:
    """The tables, to be read or pasted into a README."""
    pictures = len({s.chip for s in found.scores})
    cases = len(found.scores) // max(1, len(found.methods))
    _header, *body = table(found)
    short = [[row[0], *(f"{p} / {s}" for p, s in zip(row[1:-1:2], row[2:-1:2], strict=True)), row[-1]] for row in body]
    parts = [
        f"{pictures} pictures, {cases} holes; PSNR in dB / SSIM, means over pictures",
        grid([["method", *_columns(), "ms"], *short]),
    ]
    parts += [grid(rows) for rows in (gains(found), edges(found)) if rows]
    return "\n\n".join(parts) + "\n"


def grid(rows: list[list[str]]) -> str:
    """A Markdown table; the first row is its header."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]

    def line(cells: Sequence[str]) -> str:
        return "| " + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)) + " |"

    return "\n".join([line(rows[0]), line(["-" * width for width in widths]), *map(line, rows[1:])])


def sheet(found: Measured) -> U8:
    """The contact sheet: a row a case; truth, damaged, edges, then each method, under a caption."""
    rows = [
        np.hstack([row.truth, row.damaged, row.edges, *(row.fills[m] for m in found.methods)]) for row in found.rows
    ]
    side = found.rows[0].truth.shape[0]
    caption = Image.new("RGB", (rows[0].shape[1], _HEADER), "white")
    pen = ImageDraw.Draw(caption)
    for i, name in enumerate(("truth", "damaged", "edges", *found.methods)):
        pen.text((i * side + 4, 4), name, fill="black", font=ImageFont.load_default())
    return np.vstack([np.asarray(caption), *rows])
