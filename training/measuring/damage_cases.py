"""What the search for damage is measured on: pictures and damage that the network was not trained on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor

from engine.geometry import U8, Box
from training.data.damaged import KINDS, aged, marked, scanned, scenes, shipped
from training.data.shards import Chip, decode, read_shard
from training.errors import SourceError

STRENGTHS = {"faint": (0.2, 0.45), "clear": (0.5, 1.0)}
"""How far marks of each strength hide what is under them, at least and at most."""
KEPT = ("camera", "coffee", "rocket")
"""Scikit-image's pictures that no network was trained on."""
_PIECES = 24  # of these
_UNSEEN = 1_000_000  # seeds from here on are for measuring


@dataclass(frozen=True, eq=False, slots=True)
class DamageCase:
    """A damaged picture, (H, W) uint8; where it is damaged and where that cannot be said, (H, W) bool."""

    kind: str
    strength: str
    grey: U8
    truth: np.ndarray
    doubt: np.ndarray


def damage_cases(shards: Sequence[Path], *, limit: int, seed: int) -> Iterator[DamageCase]:
    """`limit` cases of each kind and strength, on faces of the shards and, every fourth, on other pictures."""
    faces = [chip.rgb for chip in _chips(shards, limit * len(KINDS))]
    others = scenes(shipped(KEPT), _PIECES, 256, seed=_UNSEEN + seed)[:, 0]
    number = 0
    for kind in KINDS:
        for strength in STRENGTHS:
            for index in range(limit):
                other = index % 4 == 3
                grey = others[number // 4 % _PIECES] if other else _grey(faces[number % len(faces)])
                yield _damaged(grey, kind, strength, seed=_UNSEEN + seed * 100_000 + number)
                number += 1


def sound_chips(shards: Sequence[Path], limit: int) -> Iterator[U8]:
    """(h, w, 3) uint8: faces that show no damage, cut to what their photos show, for a photo has no tilted border."""
    for chip in _chips(shards, limit):
        yield np.ascontiguousarray(chip.rgb[shown(chip.valid).slices])


def shown(valid: np.ndarray) -> Box:
    """What is left of a chip without the rows and columns at its sides that lie beyond the photo the most."""
    box = Box(0, 0, valid.shape[1], valid.shape[0])
    while not valid[box.slices].all():
        part = ~valid[box.slices]
        beyond = {"top": part[0], "bottom": part[-1], "left": part[:, 0], "right": part[:, -1]}
        worst = max(beyond, key=lambda side: beyond[side].mean())
        box = replace(box, **{worst: getattr(box, worst) + (1 if worst in ("top", "left") else -1)})
    return box


def _chips(shards: Sequence[Path], limit: int) -> list[Chip]:
    found: list[Chip] = []
    for path in shards:
        for name, content in read_shard(path):
            if len(found) < limit:
                found.append(decode(name, content))
    if not found:
        raise SourceError("the shards hold no chips")
    return found


def _grey(rgb: U8) -> U8:
    return np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), np.uint8)


def _damaged(grey: U8, kind: str, strength: str, *, seed: int) -> DamageCase:
    generator, rng = torch.Generator().manual_seed(seed), np.random.default_rng(seed)
    picture = aged(_tensor(grey.astype(np.float32) / 255), generator)
    mark = KINDS[kind](len(grey), rng)
    least, most = STRENGTHS[strength]
    strong = torch.full((1, 1, 1, 1), rng.uniform(least, most))
    sheer = torch.full((1, 1, 1, 1), mark.sheer)
    after, truth, doubt = marked(picture, _tensor(mark.cover), _tensor(mark.tone), sheer, strong)
    scan = (scanned(after, generator)[0, 0].numpy() * 255).round().astype(np.uint8)
    return DamageCase(kind, strength, scan, truth[0, 0].numpy() > 0, doubt[0, 0].numpy() > 0)


def _tensor(plane: np.ndarray) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(plane, np.float32))[None, None]
