"""What `evaluate-damage` has found, as CSV and Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from training.measuring.damage_cases import STRENGTHS
from training.measuring.damage_scores import DamageScore, SoundScore, precision_recall
from training.measuring.tables import csv_bytes, grid, write_files


def write(scores: Sequence[DamageScore], sound: Mapping[str, SoundScore], out: Path) -> str:
    """Write `damage.csv` and `damage.md` into `out`; returns the latter.  Raises `OutputError`."""
    rows: list[tuple[object, ...]] = [("kind", "strength", "found", "right", "true", "hit")]
    rows += [(s.kind, s.strength, s.found, s.right, s.true, s.hit) for s in scores]
    tables = markdown(scores, sound)
    write_files(out, {"damage.csv": csv_bytes(rows), "damage.md": tables.encode()})
    return tables


def markdown(scores: Sequence[DamageScore], sound: Mapping[str, SoundScore]) -> str:
    """Precision and recall by kind and strength, within 2 pixels; and the marks on sound pictures."""
    table = [["damage", *(f"{strength}: precision, recall" for strength in STRENGTHS), "both"]]
    for kind in (*dict.fromkeys(s.kind for s in scores), "all kinds"):
        mine = [s for s in scores if kind in (s.kind, "all kinds")]
        cells = [_pair([s for s in mine if s.strength == strength]) for strength in STRENGTHS]
        table.append([kind, *cells, _pair(mine)])
    marks = [["sound pictures", "count", "pixels marked", "pictures marked", "on a face's features", "seconds each"]]
    for name, s in sound.items():
        marks.append([name, str(s.pictures), f"{s.share:.3%}", str(s.marked), str(s.features), f"{s.seconds:.2f}"])
    return "\n\n".join([grid(table), *([grid(marks)] if sound else [])]) + "\n"


def _pair(scores: Sequence[DamageScore]) -> str:
    precision, recall = precision_recall(scores)
    return f"{precision:.2f}, {recall:.2f}"
