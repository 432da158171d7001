"""What `evaluate` has found, for people: tables as CSV and Markdown, and a contact sheet to look at."""

from __future__ import annotations

import io
import math
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from engine.geometry import U8
from training.data.tones import GROUPS
from training.measuring.contenders import CLASSICAL, SHARPENING
from training.measuring.fill_scores import TOLERANCE, TRUTH, Measured, Score
from training.measuring.kernel_distance import LEAST, kernel_distance
from training.measuring.measures import EdgeCounts
from training.measuring.tables import csv_bytes, grid, write_files

_FIGURES = (
    *("psnr", "ssim", "gmsd", "perceptual", "identity", "texture", "strands", "seam"),
    *("eyes", "colour", "lightness", "seconds"),
)
"""Columns of `cases.csv`: names of `Score`'s fields."""

_BY_HOLE = (
    ("perceptual distance", "perceptual"),
    ("identity distance", "identity"),
    ("texture (log2 of the truth's)", "texture"),
    ("directions kept", "strands"),
)

_HEADER = 22  # height of the contact sheet's caption, in pixels


def write(found: Measured, out: Path) -> None:
    """Write `cases.csv`, `table.csv`, `table.md` and `sheet.png` into `out`.  Raises `OutputError`."""
    cases = [
        (s.chip, s.kind, s.method, s.skin, *(f"{getattr(s, name):.5f}" for name in _FIGURES)) for s in found.scores
    ]
    files = {
        "cases.csv": csv_bytes([("chip", "hole", "method", "skin", *_FIGURES), *cases]),
        "table.csv": csv_bytes(table(found)),
        "table.md": markdown(found).encode(),
    }
    if found.rows:
        picture = io.BytesIO()
        Image.fromarray(sheet(found)).save(picture, "PNG")
        files["sheet.png"] = picture.getvalue()
    write_files(out, files)


def table(found: Measured) -> list[list[str]]:
    """Header and one row a method: mean PSNR (dB) and SSIM over the pictures of each kind of hole, and of all."""
    rows = [["method", *(f"{name} {hole}" for hole in (*found.kinds, "overall") for name in ("PSNR", "SSIM"))]]
    for method in found.methods:
        row = [method]
        for kind in (*found.kinds, None):
            row += [f"{_mean(found, method, 'psnr', kind):.2f}", f"{_mean(found, method, 'ssim', kind):.4f}"]
        rows.append(row)
    return rows


def _scores(found: Measured, method: str, kind: str | None = None) -> list[Score]:
    return [s for s in found.scores if s.method == method and kind in (None, s.kind)]


def _mean(found: Measured, method: str, measure: str, kind: str | None = None) -> float:
    values = [v for s in _scores(found, method, kind) if not math.isnan(v := getattr(s, measure))]
    return sum(values) / len(values) if values else math.nan


def details(found: Measured) -> list[list[str]]:
    """One row a method, over all holes: perceptual distance, seam, edges of the fill, time."""
    header = ["over all holes", "GMSD", "seam (levels)", f"edge F1 within {TOLERANCE} px"]
    rows = [[*header, "ms", "GFLOP", "M parameters"]]
    for method in found.methods:
        counts = sum((s.edges for s in _scores(found, method)), EdgeCounts())
        gmsd, seam, seconds = (_mean(found, method, measure) for measure in ("gmsd", "seam", "seconds"))
        cost = found.costs.get(method)
        costs = ("", "") if cost is None else (f"{cost.gflop:.1f}", f"{cost.parameters / 1e6:.1f}")
        rows.append([method, f"{gmsd:.4f}", f"{seam:+.2f}", f"{counts.f1:.3f}", f"{1000 * seconds:.0f}", *costs])
    return rows


def by_hole(found: Measured, title: str, measure: str) -> list[list[str]]:
    """One row a method: the mean of one measure over each kind of hole and over all; empty if it was not measured."""
    rows = [[title, *found.kinds, "overall"]]
    for method in found.methods:
        values = [_mean(found, method, measure, kind) for kind in (*found.kinds, None)]
        rows.append([method, *("" if math.isnan(v) else f"{v:.3f}" for v in values)])
    return rows if any(any(row[1:]) for row in rows[1:]) else []


def as_faces(found: Measured) -> list[list[str]]:
    """One row a method and one for the truths: whether fills look like faces, each alone and as a crowd."""
    rows = [["as faces", "hidden eyes open and alike", "kernel distance"]]
    for method in (TRUTH, *found.methods):
        eyes = found.true_eyes if method == TRUTH else [s.eyes for s in _scores(found, method)]
        judged = [value for value in eyes if not math.isnan(value)]
        share = f"{100 * sum(judged) / len(judged):.0f} % of {len(judged)}" if judged else ""
        crowd, truths = (np.array(found.crowds[name]) for name in (method, TRUTH))
        rows.append([method, share, f"{kernel_distance(crowd, truths):.3f}" if len(crowd) >= LEAST else ""])
    return rows if any(any(row[1:]) for row in rows[1:]) else []


def by_skin(found: Measured) -> list[list[str]]:
    """One row a method: the error of hidden skin's mean colour by its tone, and how much too light it is."""
    rows = [["error of skin's colour (L* too light)", *GROUPS]]
    for method in found.methods:
        cells = []
        for group in GROUPS:
            scores = [s for s in _scores(found, method) if s.skin == group and not math.isnan(s.colour)]
            colour, lightness = (
                np.mean([getattr(s, m) for s in scores] or [math.nan]) for m in ("colour", "lightness")
            )
            cells.append(f"{colour:.1f} ({lightness:+.1f})" if scores else "")
        rows.append([method, *cells])
    return rows if any(any(row[1:]) for row in rows[1:]) else []


def gains(found: Measured) -> list[list[str]]:
    """For each method of ours: PSNR above the best classical one, by hole and overall; needs one of each."""
    unlearnt = SHARPENING if found.blurs else CLASSICAL
    rivals = [m for m in found.methods if m in unlearnt]
    ours = [m for m in found.methods if m not in unlearnt]
    if not rivals or not ours:
        return []
    rows = [["dB above the best classical", *found.kinds, "overall"]]
    for method in ours:
        row = [method]
        for kind in (*found.kinds, None):
            best = max(_mean(found, rival, "psnr", kind) for rival in rivals)
            row.append(f"{_mean(found, method, 'psnr', kind) - best:+.2f}")
        rows.append(row)
    return rows


def edges(found: Measured) -> list[list[str]]:
    """Precision, recall and F1 of the edges drawn inside the holes; empty if none are."""
    rows = [["edges drawn in holes", "precision", "recall", "F1"]]
    for label, counts in (("strict", found.strict), (f"within {TOLERANCE} px", found.tolerant)):
        if counts.true and counts.drawn:
            rows.append([label, f"{counts.precision:.3f}", f"{counts.recall:.3f}", f"{counts.f1:.3f}"])
    return rows if len(rows) > 1 else []


def markdown(found: Measured) -> str:
    """The tables, to be read or pasted into a README."""
    pictures = len({s.chip for s in found.scores})
    cases = len(found.scores) // max(1, len(found.methods))
    _header, *body = table(found)
    short = [[row[0], *(f"{p} / {s}" for p, s in zip(row[1::2], row[2::2], strict=True))] for row in body]
    parts = [
        f"{pictures} pictures, {cases} {'blurs' if found.blurs else 'holes'}; PSNR in dB / SSIM, means over pictures",
        grid([["method", *found.kinds, "overall"], *short]),
    ]
    holes = [by_hole(found, title, measure) for title, measure in _BY_HOLE]
    parts += [
        grid(rows)
        for rows in (gains(found), details(found), *holes, as_faces(found), by_skin(found), edges(found))
        if rows
    ]
    return "\n\n".join(parts) + "\n"


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
