"""`python -m training evaluate-frames`: how near each way of framing a hidden face comes, and what a miss costs."""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from engine.faces.choosing import choose_frames, touched
from engine.faces.frames import detect
from engine.faces.reframing import corner_error, propose
from engine.geometry import Frame
from engine.pipeline import restore
from engine.request import Request
from engine.runtime.models import Models, load_models
from training.errors import SourceError
from training.measuring.frame_cases import KINDS, FrameCase, chip_cases, photo_cases
from training.measuring.frame_report import Score, write

_WRONG = {"moved 5 %": 0.05, "moved 10 %": 0.1, "moved 20 %": 0.2}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--shards", nargs="*", type=Path, default=[], help="tars of chips to measure on")
    parser.add_argument("--photos", type=Path, help="folder of whole photos of one face each")
    parser.add_argument("--out", type=Path, required=True, help="folder for the tables")
    parser.add_argument("--limit", type=int, default=200, help="so many cases of each source (%(default)s)")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=KINDS, help="kinds of holes")
    parser.add_argument("--fills", type=int, default=1, help="fill every so manieth case too; 0: none (%(default)s)")
    parser.add_argument("--model", type=Path, help="folder of exported networks, if not the shipped ones")
    parser.add_argument("--backend", choices=("onnx", "torch"), default="onnx")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--seed", type=int, default=0, help="of canvases and holes (%(default)s)")


def run(arguments: argparse.Namespace) -> int:
    models = load_models(device=arguments.device, backend=arguments.backend, folder=arguments.model)
    if not models.networks.can_frame:
        raise SourceError("the models hold no framing network (export --framing)")
    chips = chip_cases(arguments.shards, limit=arguments.limit, kinds=arguments.kinds, seed=arguments.seed)
    photos: Iterable[FrameCase] = ()
    if arguments.photos:
        photos = photo_cases(arguments.photos, limit=arguments.limit, kinds=arguments.kinds, seed=arguments.seed)
    scores: list[Score] = []
    cases = chain(photos, chips if arguments.shards else ())
    for index, case in enumerate(tqdm(cases, unit="case", disable=None)):
        found = list(measure(case, models))
        if arguments.fills and index % arguments.fills == 0:
            found = list(filled(case, found, models))
        scores += found
        tables = write(scores, arguments.out)  # each time: a run that is stopped leaves what it has
    if not scores:
        raise SourceError("there is nothing to measure on: give --shards or --photos")
    print(tables)
    return 0


def measure(case: FrameCase, models: Models) -> Iterator[Score]:
    """What each way of framing makes of a case."""
    request = Request(photo=case.photo, mask=case.mask, method="diffusion")

    def score(method: str, frame: Frame | None, began: float, expected: float | None = None) -> Score:
        error = None if frame is None else corner_error(frame, case.frame)
        return Score(case, method, frame, error, expected, time.perf_counter() - began)

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


def filled(case: FrameCase, found: list[Score], models: Models) -> Iterator[Score]:
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
        yield Score(case, name, placed, corner_error(placed, truth), None, 0.0, fill(placed))
