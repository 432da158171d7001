"""What every method makes of every case, measured."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from tqdm import tqdm

from engine.faces.likeness import identity_distance
from engine.fill.edges import canny
from engine.geometry import F64, U8
from training.data.tones import tone
from training.measuring.costs import Cost
from training.measuring.eyes import eye_pair, hides_eye
from training.measuring.fill_cases import GREY, Case, Cases
from training.measuring.fills import Costed, Fill
from training.measuring.fixed_blurs import enlarged
from training.measuring.kernel_distance import described
from training.measuring.likeness import perceptual_distance
from training.measuring.measures import EdgeCounts, count_edges, gmsd, psnr, seam, ssim
from training.measuring.skin import colour_error
from training.measuring.texture import strands, texture

TOLERANCE = 1
"""Pixels by which an edge may be off and still count as met (beside the strict count)."""
TRUTH = "truth"


@dataclass(frozen=True, slots=True)
class Score:
    """What one method made of one case; `measures`, `likeness`, `texture` and `skin` say what the figures mean.

    `eyes`: 1 if both are open and alike, 0 if not, NaN where the hole hides none; `colour`, `lightness`: errors of
    hidden skin, whose tone is `skin`; `edges`: those of the filled picture inside the hole, met within `TOLERANCE`;
    `seconds`: the time it took.
    """

    chip: str
    kind: str
    method: str
    psnr: float
    ssim: float
    gmsd: float
    perceptual: float
    identity: float
    texture: float
    strands: float
    seam: float
    eyes: float
    colour: float
    lightness: float
    skin: str
    edges: EdgeCounts
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
    """What was found so far: scores, counts of drawn edges (strict and tolerant), rows of the contact sheet."""

    methods: tuple[str, ...]
    kinds: tuple[str, ...]
    blurs: bool = False
    """Whether the pictures were blurred, not holed."""
    scores: list[Score] = field(default_factory=list)
    strict: EdgeCounts = field(default_factory=EdgeCounts)
    tolerant: EdgeCounts = field(default_factory=EdgeCounts)
    rows: list[SheetRow] = field(default_factory=list)
    costs: dict[str, Cost] = field(default_factory=dict)
    """Of the methods that are networks."""
    crowds: dict[str, list[F64]] = field(default_factory=dict)
    """By method, and of the truths by `TRUTH`: what `kernel_distance` compares, (d,) a case."""
    true_eyes: list[float] = field(default_factory=list)
    """`Score.eyes` of the truths."""


def measure(cases: Cases, fills: Mapping[str, Fill], *, rows: int = 12) -> Iterator[Measured]:
    """Give every case to every fill; yields all that was measured so far, one growing value, after each."""
    costs = {name: fill.cost for name, fill in fills.items() if isinstance(fill, Costed)}
    found = Measured(tuple(fills), cases.kinds, cases.blurs, costs=costs)
    shown = set(np.linspace(0, len(cases) - 1, min(rows, len(cases))).round().astype(int).tolist())
    for index in range(len(cases)):
        case = cases[index]
        found.true_eyes.append(_eyes(case, case.chip.rgb))
        found.crowds.setdefault(TRUTH, []).append(described(case.chip.rgb, case.hole))
        pictures, drawn = _fill_all(case, fills, found)
        if drawn is not None:
            edges = _edges(case.chip.rgb, case.chip.valid)
            found.strict += count_edges(edges, drawn, case.hole, tolerance=0)
            found.tolerant += count_edges(edges, drawn, case.hole, tolerance=TOLERANCE)
        if index in shown:
            found.rows.append(_row(case, pictures, drawn))
        yield found


def measure_all(cases: Cases, fills: Mapping[str, Fill], *, rows: int) -> Measured:
    """All of `measure`, under a progress bar."""
    found = Measured(tuple(fills), cases.kinds)
    for found in tqdm(measure(cases, fills, rows=rows), total=len(cases), unit="case", disable=None):  # noqa: B007
        pass  # the last one holds everything
    return found


def _fill_all(case: Case, fills: Mapping[str, Fill], found: Measured) -> tuple[dict[str, U8], np.ndarray | None]:
    """Run and score each method; returns the composited pictures, and edges (S, S) bool if one draws them."""
    pictures, drawn = {}, None
    chips = (case.damaged[None] / 255).astype(np.float32)
    holes = (case.unknown if case.blurred is None else case.hole)[None]
    for method, fill in fills.items():
        began = time.perf_counter()
        filled = fill(chips, holes)
        seconds = time.perf_counter() - began
        picture = np.rint(filled.rgb[0].clip(0, 1) * 255).astype(np.uint8)
        picture = np.where(case.unknown[..., None], picture, case.chip.rgb)
        found.scores.append(_score(case, method, picture, seconds))
        found.crowds.setdefault(method, []).append(described(picture, case.hole))
        pictures[method] = picture
        if filled.edges is not None and drawn is None:
            drawn = filled.edges[0] > 127
    return pictures, drawn


def _score(case: Case, method: str, picture: U8, seconds: float) -> Score:
    truth, valid, hole = case.chip.rgb, case.chip.valid, case.hole
    colour, lightness = colour_error(truth, picture, hole)
    return Score(
        chip=case.chip.name,
        kind=case.kind,
        method=method,
        psnr=psnr(truth, picture, valid),
        ssim=ssim(truth, picture, valid),
        gmsd=gmsd(truth, picture, valid),
        perceptual=perceptual_distance(truth, picture, valid),
        identity=identity_distance(truth, picture, valid),
        texture=texture(truth, picture, hole),
        strands=strands(truth, picture, hole),
        seam=seam(truth, picture, hole),
        eyes=_eyes(case, picture),
        colour=colour,
        lightness=lightness,
        skin=tone(truth),
        edges=count_edges(_edges(truth, valid), _edges(picture, valid), hole, tolerance=TOLERANCE),
        seconds=seconds,
    )


def _eyes(case: Case, picture: U8) -> float:
    """See `Score.eyes`."""
    if not hides_eye(case.hole):
        return math.nan
    pair = eye_pair(picture)
    return float(pair is not None and pair.passes)


def _edges(picture: U8, seen: np.ndarray) -> np.ndarray:
    """(S, S) bool: the Canny edges of what is seen."""
    return canny(picture, np.where(seen, 255, 0).astype(np.uint8)) > 0


def _row(case: Case, pictures: dict[str, U8], drawn: np.ndarray | None) -> SheetRow:
    damaged = case.damaged
    edges = np.where(case.unknown, 40, 0).astype(np.uint8)[..., None].repeat(3, 2)
    edges[_edges(damaged, ~case.unknown)] = 255
    if case.blurred is not None:
        damaged = np.where(
            case.chip.valid[..., None], enlarged(case.blurred, damaged.shape[0], smooth=False), np.uint8(GREY)
        )
    if drawn is not None:
        edges[drawn & case.unknown] = (255, 150, 40)
    truth = np.where(case.chip.valid[..., None], case.chip.rgb, np.uint8(GREY))
    return SheetRow(truth, damaged, edges, pictures)
