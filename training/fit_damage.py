"""Fit the two rules of `engine.damage.search` to synthetic damage: python -m training.fit_damage PICTURES...

Prints the constants to paste into `engine/damage/search.py`; a person decides whether they are better.  With
`--measure` it prints instead what the rules that are there find: precision and recall on other damage than they
were fitted to.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import cv2
import numpy as np

from engine.damage import search
from engine.geometry import F32, F64, U8
from engine.photo.photos import read_photo
from training.data import old_photos

Scene = tuple[F32, F32]
"""Working grey image, and 1 where there is true damage within 2 pixels."""

KINDS = {
    "scratches": old_photos.scratches,
    "folds": old_photos.folds,
    "dust": old_photos.specks,
    "blots": old_photos.blots,
}
UNSEEN = 1_000_000
"""Seeds from here on are for measuring."""


def scans(paths: list[Path], *, first_seed: int = 0) -> Iterator[tuple[U8, dict[str, U8]]]:
    """One damaged old photo for every picture, of random softness and grain, and the true mask of each kind."""
    for number, path in enumerate(paths):
        rng = np.random.default_rng(first_seed + number)
        picture = read_photo(path).rgb8()
        scale = min(1.0, rng.uniform(500, 800) / max(picture.shape))
        small = np.asarray(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
        base = old_photos.faded(small, rng, softness=rng.uniform(0.3, 1.4), grain=rng.uniform(1.5, 5))
        marks = {kind: make(base.shape, rng) for kind, make in KINDS.items()}
        photo, _ = old_photos.damaged(base, [mark for found in marks.values() for mark in found], rng)
        yield photo, {kind: _truth(found) for kind, found in marks.items()}


def _truth(marks: list[F32]) -> U8:
    return np.where(np.max(marks, axis=0) > 0.35, 255, 0).astype(np.uint8)


def _near(truths: Iterable[U8]) -> U8:
    """255 within 2 pixels of any true damage."""
    return np.asarray(cv2.dilate(np.max(list(truths), axis=0), np.ones((5, 5), np.uint8)), np.uint8)


def scenes(paths: list[Path]) -> Iterator[Scene]:
    """What the rules are fitted to."""
    for photo, truths in scans(paths):
        yield search.working_grey(photo), (_near(truths.values()) > 0).astype(np.float32)


def measure(paths: list[Path], *, sensitivity: float = 0.5) -> dict[str, float]:
    """Precision (a found pixel counts within 2 pixels of true damage), recall of all and of each kind, 0..1.

    The pixels of all pictures together; the damage is other than what `scenes` makes of the same pictures.
    """
    found_all = right = 0
    hit, true = dict.fromkeys(KINDS, 0), dict.fromkeys(KINDS, 0)
    for photo, truths in scans(paths, first_seed=UNSEEN):
        found = search.detect_damage(photo, sensitivity=sensitivity) > 0
        found_all += int(found.sum())
        right += int((found & (_near(truths.values()) > 0)).sum())
        for kind, truth in truths.items():
            hit[kind] += int(found[truth > 0].sum())
            true[kind] += int((truth > 0).sum())
    shares = {kind: hit[kind] / max(1, true[kind]) for kind in KINDS}
    recall = sum(hit.values()) / max(1, sum(true.values()))
    return {"precision": right / max(1, found_all), "recall": recall, **shares}


def collect(found: list[Scene], candidates: Callable[[F32], Iterator[search.Candidates]]) -> tuple[F64, F64, F64]:
    """Features, share of true damage and weight of every candidate of all scenes."""
    features, shares, weights = [], [], []
    for grey, near in found:
        for image in (grey, 255 - grey):
            for group in candidates(image):
                true = np.bincount(group.labels.ravel(), near.ravel(), minlength=len(group.areas) + 1)[1:]
                features.append(group.features)
                shares.append(true / group.areas)
                weights.append(np.sqrt(group.areas))
    return np.concatenate(features), np.concatenate(shares), np.concatenate(weights)


def fit(features: F64, shares: F64, weights: F64) -> search.Rule:
    """Weighted logistic regression by Newton's method (iteratively reweighted least squares)."""
    mean, spread = features.mean(0), features.std(0) + 1e-6
    x = np.column_stack([np.ones(len(features)), (features - mean) / spread])
    weights = weights / weights.mean()
    solution = np.zeros(x.shape[1])
    for _ in range(30):
        p = 1 / (1 + np.exp(-np.clip(x @ solution, -30, 30)))
        slope = x.T @ (weights * (shares - p)) - 1e-2 * solution
        curve = (x * (weights * p * (1 - p))[:, None]).T @ x + 1e-2 * np.eye(x.shape[1])
        solution += np.linalg.solve(curve, slope)
    scaled = solution[1:] / spread
    return float(solution[0] - scaled @ mean), tuple(round(float(v), 2) for v in scaled)


def main(names: list[str]) -> None:
    if names[:1] == ["--measure"]:
        for sensitivity in (0.3, 0.5, 0.7):
            shares = measure([Path(name) for name in names[1:]], sensitivity=sensitivity)
            print(f"sensitivity {sensitivity}:", ", ".join(f"{name} {share:.2f}" for name, share in shares.items()))
        return
    found = list(scenes([Path(name) for name in names]))
    lines = fit(*collect(found, search.line_candidates))
    print(f"_LINE_RULE: Rule = ({lines[0]:.2f}, {lines[1]})")
    calmed = [(search.without(grey, search.lines(grey, rule=lines)), near) for grey, near in found]
    patches = fit(*collect(calmed, search.patch_candidates))
    print(f"_PATCH_RULE: Rule = ({patches[0]:.2f}, {patches[1]})")


if __name__ == "__main__":
    main(sys.argv[1:])
