"""Fit the two logistic rules of `engine.damage` to synthetic damage: python -m training.fit_damage PICTURES...

Prints the constants to paste into `engine/damage.py`; a person decides whether they are better.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np

from engine import damage
from engine.photos import read_photo
from training import old_photos

Scene = tuple[damage.F32, damage.F32]
"""Working grey image, and 1 where there is true damage within 2 pixels."""


def scenes(paths: list[Path]) -> Iterator[Scene]:
    """One damaged old photo for every picture, of random softness and grain."""
    for number, path in enumerate(paths):
        rng = np.random.default_rng(number)
        picture = read_photo(path).rgb8()
        scale = min(1.0, rng.uniform(500, 800) / max(picture.shape))
        picture = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        base = old_photos.faded(picture, rng, softness=rng.uniform(0.3, 1.4), grain=rng.uniform(1.5, 5))
        shape = base.shape
        marks = old_photos.scratches(shape, rng) + old_photos.folds(shape, rng)
        marks += old_photos.specks(shape, rng) + old_photos.blots(shape, rng)
        photo, truth = old_photos.damaged(base, marks, rng)
        near = cv2.dilate(truth, np.ones((5, 5), np.uint8)) > 0
        yield damage.working_grey(photo), near.astype(np.float32)


def collect(
    found: list[Scene], candidates: Callable[[damage.F32], Iterator[damage.Candidates]]
) -> tuple[damage.F64, damage.F64, damage.F64]:
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


def fit(features: damage.F64, shares: damage.F64, weights: damage.F64) -> damage.Rule:
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
    found = list(scenes([Path(name) for name in names]))
    lines = fit(*collect(found, damage.line_candidates))
    print(f"_LINE_RULE: Rule = ({lines[0]:.2f}, {lines[1]})")
    calmed = [(damage.without(grey, damage.lines(grey, rule=lines)), near) for grey, near in found]
    patches = fit(*collect(calmed, damage.patch_candidates))
    print(f"_PATCH_RULE: Rule = ({patches[0]:.2f}, {patches[1]})")


if __name__ == "__main__":
    main(sys.argv[1:])
