"""Synthetic old photos: damage of a known place painted on a picture, for measuring what is found."""

from __future__ import annotations

import cv2
import numpy as np

from engine.geometry import F32, F64, U8


def faded(picture: U8, rng: np.random.Generator, *, softness: float = 0.8, grain: float = 3.0) -> F32:
    """(H, W) float32 0..255: grey, blurred by `softness` pixels, of low contrast, with grain of so many levels."""
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY) if picture.ndim == 3 else picture
    soft = cv2.GaussianBlur(grey.astype(np.float32), (0, 0), softness)
    noise = cv2.GaussianBlur(np.asarray(rng.standard_normal(soft.shape), np.float32), (0, 0), 0.7)
    return np.asarray(35 + soft * 0.72 + noise / noise.std() * grain, np.float32)


def scratches(shape: tuple[int, int], rng: np.random.Generator, *, count: int = 8) -> list[F32]:
    """Thin bent lines, one coverage map 0..1 each."""
    height, width = shape
    found = []
    for _ in range(count):
        start = rng.uniform([0, 0], [width, height])
        angle, length = rng.uniform(0, np.pi), rng.uniform(0.15, 0.6) * max(shape)
        bend = rng.uniform(-0.08, 0.08)
        t = np.linspace(0, 1, 40)[:, None]
        ahead = np.array([np.cos(angle), np.sin(angle)])
        aside = np.array([-ahead[1], ahead[0]])
        points = start + ahead * t * length + aside * np.sin(np.pi * t) * bend * length
        found.append(_line(shape, points, thickness=rng.uniform(1.0, 3.0)))
    return found


def folds(shape: tuple[int, int], rng: np.random.Generator, *, count: int = 1) -> list[F32]:
    """Long cracks from border to border, of changing width."""
    height, width = shape
    found = []
    for _ in range(count):
        x = np.linspace(0, width, 60)
        wander = np.cumsum(rng.normal(0, 0.8, 60))
        y = rng.uniform(0.15, 0.85) * height + rng.uniform(-0.15, 0.15) * x + wander
        found.append(_line(shape, np.column_stack([x, y]), thickness=rng.uniform(3.0, 5.0)))
    return found


def specks(shape: tuple[int, int], rng: np.random.Generator, *, count: int = 60) -> list[F32]:
    """Dust: small dots."""
    return [_spot(shape, rng, radius=rng.uniform(1.2, 2.8)) for _ in range(count)]


def blots(shape: tuple[int, int], rng: np.random.Generator, *, count: int = 6) -> list[F32]:
    """Stains and flakes of 6 to 16 pixels radius."""
    return [_spot(shape, rng, radius=rng.uniform(6, 16)) for _ in range(count)]


def damaged(base: F32, marks: list[F32], rng: np.random.Generator) -> tuple[U8, U8]:
    """The scanned photo (H, W, 3) with every mark painted bright or dark, and the truth mask 0|255."""
    picture, truth = base.copy(), np.zeros(base.shape, np.float32)
    for mark in marks:
        value = rng.uniform(215, 250) if rng.random() < 0.65 else rng.uniform(5, 35)
        cover = mark * rng.uniform(0.65, 1.0)
        picture += (value - picture) * cover
        truth = np.maximum(truth, cover)
    scan = cv2.GaussianBlur(picture, (0, 0), 0.5) + rng.normal(0, 1.2, base.shape)
    grey = np.clip(np.rint(scan), 0, 255).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=2), np.where(truth > 0.35, 255, 0).astype(np.uint8)


def _line(shape: tuple[int, int], points: F64, *, thickness: float) -> F32:
    canvas = np.zeros((shape[0] * 4, shape[1] * 4), np.uint8)
    cv2.polylines(canvas, [np.rint(points * 4).astype(np.int32)], False, 255, max(1, round(thickness * 4)))
    return _covered(canvas, shape)


def _spot(shape: tuple[int, int], rng: np.random.Generator, *, radius: float) -> F32:
    centre = rng.uniform([0, 0], [shape[1], shape[0]])
    turns = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    waves = [rng.normal(0, 0.16 / k) * np.cos(k * turns + rng.uniform(0, 6.3)) for k in (1, 2, 3)]
    reach = radius * (1 + np.sum(waves, axis=0))
    points = centre + np.column_stack([np.cos(turns), np.sin(turns)]) * reach[:, None]
    canvas = np.zeros((shape[0] * 4, shape[1] * 4), np.uint8)
    cv2.fillPoly(canvas, [np.rint(points * 4).astype(np.int32)], 255)
    return _covered(canvas, shape)


def _covered(canvas: U8, shape: tuple[int, int]) -> F32:
    """Which share of each pixel is drawn on a four times larger canvas."""
    small = cv2.resize(canvas, shape[::-1], interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32) / np.float32(255)
