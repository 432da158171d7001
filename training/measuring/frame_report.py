"""What `evaluate-frames` has found, as CSV and Markdown."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from engine.faces.reframing import mean_error
from training.measuring.frame_cases import KINDS
from training.measuring.frame_scores import NEAR, FrameScore
from training.measuring.tables import csv_bytes, grid, write_files

_BINS = (0.0, 0.02, 0.03, 0.04, 0.06, 0.1, 0.2, math.inf)


def write(scores: Sequence[FrameScore], out: Path) -> str:
    """Write `frames.csv` and `frames.md` into `out`; returns the latter.  Raises `OutputError`."""
    rows: list[tuple[str, ...]] = [("source", "photo", "hole", "method", "error", "expected", "seconds", "psnr")]
    for s in scores:
        figures = ("" if v is None else f"{v:.5f}" for v in (s.error, s.expected, s.seconds, s.psnr))
        rows.append((s.case.source, s.case.name, s.case.kind, s.method, *figures))
    tables = markdown(scores)
    write_files(out, {"frames.csv": csv_bytes(rows), "frames.md": tables.encode()})
    return tables


def markdown(scores: Sequence[FrameScore]) -> str:
    """The tables: shares of right frames by hole, reliability of the expected error, and what the fills are worth."""
    parts = []
    for source in dict.fromkeys(s.case.source for s in scores):
        here = [s for s in scores if s.case.source == source]
        count = len({(s.case.name, s.case.kind) for s in here})
        parts += [f"{source}: {count} cases; share of frames within {NEAR:.0%} of the side", grid(_shares(here))]
        parts += [grid(table) for table in (_reliability(here), _fills(here)) if len(table) > 1]
    return "\n\n".join(parts) + "\n"


def _of(scores: Iterable[FrameScore], method: str, kind: str | None = None) -> list[FrameScore]:
    return [s for s in scores if s.method == method and kind in (None, s.case.kind)]


def _shares(scores: Sequence[FrameScore]) -> list[list[str]]:
    kinds = [k for k in KINDS if any(s.case.kind == k for s in scores)]
    rows = [["frames by", *kinds, "overall", "found", "median error", "ms"]]
    for method in dict.fromkeys(s.method for s in scores if s.seconds):
        mine = _of(scores, method)
        errors = [s.error for s in mine if s.error is not None]
        row = [method, *(f"{_share(_of(scores, method, kind)):.0%}" for kind in kinds), f"{_share(mine):.0%}"]
        row += [f"{len(errors) / len(mine):.0%}", f"{np.median(errors):.3f}" if errors else "-"]
        seconds = float(np.median([s.seconds for s in mine]))
        rows.append([*row, "-" if math.isnan(seconds) else f"{1000 * seconds:.0f}"])
    return rows


def _share(scores: Sequence[FrameScore]) -> float:
    return sum(s.right for s in scores) / max(1, len(scores))


def _reliability(scores: Sequence[FrameScore]) -> list[list[str]]:
    """Of the network's frames, by the error it expects: how many, the mean of it, the real mean, the share right."""
    known = [(s, s.expected, mean_error(s.frame, s.case.frame)) for s in scores if s.expected is not None and s.frame]
    rows = [["error expected", "frames", "mean expected", "mean real", f"within {NEAR:.0%}"]]
    for low, high in itertools.pairwise(_BINS):
        inside = [(s, e, r) for s, e, r in known if low <= e < high]
        if inside:
            label = f"{low:.2f} - {high:.2f}" if math.isfinite(high) else f"over {low:.2f}"
            means = (f"{np.mean([item[i] for item in inside]):.3f}" for i in (1, 2))
            rows.append([label, str(len(inside)), *means, f"{_share([s for s, _, _ in inside]):.0%}"])
    return rows


def _fills(scores: Sequence[FrameScore]) -> list[list[str]]:
    """Mean PSNR in the hole by frame, and against the true frame on the same cases."""
    truth = {(s.case.name, s.case.kind): s.psnr for s in _of(scores, "the true frame")}
    rows = [["fill by", "cases", "PSNR in the hole", "against the true frame"]]
    for method in dict.fromkeys(s.method for s in scores):
        pairs = [
            (s.psnr, best)
            for s in _of(scores, method)
            if s.psnr is not None and (best := truth.get((s.case.name, s.case.kind))) is not None
        ]
        if pairs:
            mine, best = np.mean(pairs, axis=0)
            rows.append([method, str(len(pairs)), f"{mine:.2f}", f"{mine - best:+.2f}"])
    return rows
