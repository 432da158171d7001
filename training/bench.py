"""The bench: one list of pictures and holes, given to every method alike, and measured."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from engine.edges import canny
from engine.types import U8
from training.contenders import Fill
from training.errors import SourceError
from training.measures import EdgeCounts, count_edges, psnr, ssim
from training.shards import Chip, decode, read_shard
from training.testholes import AREA_BINS, measured_hole

TOLERANCE = 1
"""Pixels by which an edge may be off and still count as met (beside the strict count)."""

_GREY = 118  # what the sheet shows where nothing is known


@dataclass(frozen=True, eq=False, slots=True)
class Case:
    """One picture with one hole: `hole` (S, S) bool lies in `chip.valid`; `area` numbers its bin."""

    chip: Chip
    area: int
    hole: np.ndarray

    @property
    def unknown(self) -> np.ndarray:
        """What no method gets to see: the hole, and what lies beyond the photo's frame."""
        return np.asarray(self.hole | ~self.chip.valid)

    @property
    def damaged(self) -> U8:
        """The picture as a method gets it: a plain grey where nothing is known."""
        return np.where(self.unknown[..., None], np.uint8(_GREY), self.chip.rgb)


class Cases(Sequence[Case]):
    """The pictures of some shards with their holes, decoded one at a time.

    `limit`: how many pictures, spread evenly over the shards, for these may be sorted.  A picture's hole of
    one bin depends on its place in the shards and `seed` only: it is the same whatever the limit.
    """

    def __init__(
        self, shards: Sequence[Path], *, limit: int | None = None, every_bin: bool = False, seed: int = 0
    ) -> None:
        self._files = [entry for path in shards for entry in read_shard(path)]
        if not self._files:
            raise SourceError("the shards hold no chips")
        count = min(limit or len(self._files), len(self._files))
        places = np.linspace(0, len(self._files) - 1, count).round().astype(int).tolist()
        every = range(len(AREA_BINS))
        self._plan = [
            (place, area)
            for turn, place in enumerate(places)
            for area in (every if every_bin else [turn % len(AREA_BINS)])
        ]
        self._seed = seed

    def __len__(self) -> int:
        return len(self._plan)

    def __getitem__(self, index: int) -> Case:  # type: ignore[override]  # no slices: cases are made when asked
        place, area = self._plan[index]
        chip = decode(*self._files[place])
        return Case(chip, area, measured_hole(chip.valid, area=area, seed=(self._seed, place)))


@dataclass(frozen=True, slots=True)
class Score:
    """What one method made of one case: `psnr` in dB, `ssim` up to 1, `seconds` it took."""

    chip: str
    area: int
    method: str
    psnr: float
    ssim: float
    seconds: float


@dataclass(frozen=True, eq=False, slots=True)
class SheetRow:
    """Pictures of one case, (S, S, 3) uint8 each; `edges` shows visible ones white, drawn ones orange."""

    truth: U8
    damaged: U8
    edges: U8
    fills: Mapping[str, U8]


@dataclass(eq=False)
class Measured:
    """What a bench has found: scores, edge counts by bin (strict and tolerant), rows of the contact sheet."""

    methods: tuple[str, ...]
    scores: list[Score] = field(default_factory=list)
    strict: list[EdgeCounts] = field(default_factory=lambda: [EdgeCounts()] * len(AREA_BINS))
    tolerant: list[EdgeCounts] = field(default_factory=lambda: [EdgeCounts()] * len(AREA_BINS))
    rows: list[SheetRow] = field(default_factory=list)


def measure(cases: Sequence[Case], fills: Mapping[str, Fill], *, rows: int = 12) -> Iterator[Measured]:
    """Give every case to every fill; yields all that was measured so far, one growing value, after each."""
    found = Measured(tuple(fills))
    shown = set(np.linspace(0, len(cases) - 1, min(rows, len(cases))).round().astype(int).tolist())
    for index in range(len(cases)):
        case = cases[index]
        pictures, drawn = _fill_all(case, fills, found)
        edges = canny(case.chip.rgb, _known(case.chip.valid)) > 0
        if drawn is not None:
            for counts, tolerance in ((found.strict, 0), (found.tolerant, TOLERANCE)):
                counts[case.area] += count_edges(edges, drawn, case.hole, tolerance=tolerance)
        if index in shown:
            found.rows.append(_row(case, pictures, drawn))
        yield found


def _fill_all(case: Case, fills: Mapping[str, Fill], found: Measured) -> tuple[dict[str, U8], np.ndarray | None]:
    """Run and score each method; returns the composited pictures, and edges (S, S) bool if one draws them."""
    pictures, drawn = {}, None
    chips = (case.damaged[None] / 255).astype(np.float32)
    holes = case.unknown[None]
    for method, fill in fills.items():
        began = time.perf_counter()
        filled = fill(chips, holes)
        seconds = time.perf_counter() - began
        picture = np.rint(filled.rgb[0].clip(0, 1) * 255).astype(np.uint8)
        picture = np.where(case.unknown[..., None], picture, case.chip.rgb)
        truth, valid = case.chip.rgb, case.chip.valid
        found.scores.append(
            Score(
                case.chip.name,
                case.area,
                method,
                psnr(truth, picture, valid),
                ssim(truth, picture, valid),
                seconds,
            )
        )
        pictures[method] = picture
        if filled.edges is not None and drawn is None:
            drawn = filled.edges[0] > 127
    return pictures, drawn


def _known(seen: np.ndarray) -> U8:
    return np.where(seen, 255, 0).astype(np.uint8)


def _row(case: Case, pictures: dict[str, U8], drawn: np.ndarray | None) -> SheetRow:
    damaged = case.damaged
    edges = np.where(case.unknown, 40, 0).astype(np.uint8)[..., None].repeat(3, 2)
    edges[canny(damaged, _known(~case.unknown)) > 0] = 255
    if drawn is not None:
        edges[drawn & case.unknown] = (255, 150, 40)
    truth = np.where(case.chip.valid[..., None], case.chip.rgb, np.uint8(_GREY))
    return SheetRow(truth, damaged, edges, pictures)
