"""What each way of framing makes of a case, and what a wrong frame costs the fill."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np

from engine.faces.choosing import choose_frames, touched
from engine.faces.frames import detect
from engine.faces.reframing import corner_error, propose
from engine.geometry import Frame
from engine.pipeline import restore
from engine.request import Request
from engine.runtime.models import Models
from training.measuring.frame_cases import FrameCase

NEAR = 0.05
"""A frame is right if none of its corners lies further than this share of the side from the true one."""
_WRONG = {"moved 5 %": 0.05, "moved 10 %": 0.1, "moved 20 %": 0.2}


@dataclass(frozen=True, eq=False, slots=True)
class FrameScore:
    """One way of framing one case; `error`: the largest corner distance in true sides, None: no frame was found.

    `expected`: the error that the network expects of its frame; `psnr`: of the fill in the hole, in dB.
    """

    case: FrameCase
    method: str
    frame: Frame | None
    error: float | None
    expected: float | None
    seconds: float
    psnr: float | None = None

    @property
    def right(self) -> bool:
        return self.error is not None and self.error < NEAR


def measure(case: FrameCase, models: Models) -> Iterator[FrameScore]:
    """What each way of framing makes of a case."""
    request = Request(photo=case.photo, mask=case.mask, method="diffusion")

    def score(method: str, frame: Frame | None, began: float, expected: float | None = None) -> FrameScore:
        error = None if frame is None else corner_error(frame, case.frame)
        return FrameScore(case, method, frame, error, expected, time.perf_counter() - began)

    began = time.perf_counter()
    before = choose_frames(request)[0]
    yield score("CenterFace", before.frame if before.found == "detected" else None, began)
    yield score("without the network", before.frame, began)
    # Where the chooser went on to the filled picture, this is what it saw there.
    looked = {"prefilled": before.frame, "mask": None}
    prefilled = looked[before.found] if before.found in looked else _prefilled(case)
    yield replace(score("CenterFace, prefilled", prefilled, began), seconds=math.nan)
    began = time.perf_counter()
    best = propose(request.photo, case.mask, models.networks)[0]
    yield score("the network alone", best.frame, began, best.error)
    began = time.perf_counter()
    yield score("FaceMend", choose_frames(request, models.networks)[0].frame, began)


def _prefilled(case: FrameCase) -> Frame | None:
    """CenterFace's largest face at the hole, once that is filled classically."""
    hole = (case.mask > 0).astype(np.uint8)
    picture = np.asarray(cv2.inpaint(case.photo.rgb8(), hole, 3, cv2.INPAINT_TELEA), np.uint8)
    frames = (face.frame for face in detect(picture))
    return next((frame for frame in frames if touched(case.mask, frame)), None)


def filled(case: FrameCase, found: list[FrameScore], models: Models) -> Iterator[FrameScore]:
    """The scores with their fills' PSNR in the hole, and those of the true frame and of wrong ones."""
    request = Request(photo=case.photo, mask=case.mask, method="diffusion", steps=1)

    def fill(frame: Frame | None) -> float | None:
        if frame is None:
            return None
        done = restore(replace(request, frames=(frame,)), models).photo.rgb8()
        hole = case.mask > 0
        missed = done[hole].astype(float) - case.whole[hole]
        return float(10 * np.log10(255**2 / max(1e-9, float(np.mean(missed**2)))))

    for score in found:
        yield replace(score, psnr=fill(score.frame))
    truth = case.frame
    angle = np.random.default_rng(len(case.name)).uniform(0, 2 * np.pi)
    wrong = {
        name: Frame(truth.cx + s * truth.side * np.cos(angle), truth.cy + s * truth.side * np.sin(angle), truth.side)
        for name, s in _WRONG.items()
    }
    for name, frame in {"the true frame": truth, **wrong}.items():
        placed = replace(frame, angle=truth.angle)
        yield FrameScore(case, name, placed, corner_error(placed, truth), None, 0.0, fill(placed))
