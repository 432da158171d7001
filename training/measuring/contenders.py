"""The methods that are measured against each other, by the names that `evaluate` takes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import cast, get_args

import cv2
import numpy as np
import torch
from skimage.restoration import inpaint_biharmonic
from torch.nn import functional as F

from engine.fill import classical
from engine.fill.sampling import Sampling
from engine.fill.softness import noise
from engine.geometry import F32
from engine.networks.presets import ROLES, Preset
from engine.request import SamplerName
from engine.runtime.catalog import FOLDER
from engine.runtime.models import Backend, Device, FillNetworks, Models, load_models
from engine.runtime.torch_backend import cuda_works
from training.errors import TrainingError
from training.learning import checkpoints
from training.learning.baselines.stages import NETWORKS, make_network
from training.measuring.costs import cost_of_baseline, cost_of_sampling
from training.measuring.fills import Costed, Fill, Filled, TrainedNetworks, sampled, sharpened

_SAMPLED = re.compile(r"(.+)-(\d+)(?::(\w+))?")


class MethodError(TrainingError):
    """A method that does not exist was asked for."""


def contenders(
    names: list[str],
    *,
    folder: Path | None = None,
    weights: Mapping[str, Path] | None = None,
    edges: Path | None = None,
    backend: Backend = "onnx",
    device: Device = "auto",
    seed: int = 0,
    blurs: bool = False,
) -> dict[str, Fill]:
    """The fills by name: those in `CLASSICAL`, `ours-N` with N evaluations, `ours-N:SAMPLER`, and others' `weights`.

    `blurs`: they are to make sharp, and instead of `CLASSICAL` there is `SHARPENING`.

    `folder`: where the exported networks lie, None: those that ship; they are loaded if `names` need them.
    `weights`: by a name of one's own, a `weights.safetensors` of `train` or a folder of exported networks.  A
    baseline's name is a method as it is; networks that sample are one with `-N[:SAMPLER]`, alone with one evaluation.
    `edges`: stage 1's weights for stage 2's that are no folder.
    Raises `MethodError` for other names, and what `engine.load_models` raises.
    """
    sources = {"ours": folder, **(weights or {})}
    unlearnt = SHARPENING if blurs else CLASSICAL
    plans = [_plan(name, sources, unlearnt) for name in names]
    makers: dict[str, Callable[[int, SamplerName], Fill]] = {}
    fills: dict[str, Fill] = {}
    for name, plan in zip(names, plans, strict=True):
        if plan is None:
            fills[name] = unlearnt[name]
            continue
        source, steps, sampler = plan
        if source not in makers:
            run = sharpened if blurs else sampled
            makers[source] = _maker(sources[source], run, edges=edges, backend=backend, device=device, seed=seed)
        fills[name] = makers[source](steps, sampler)
    return fills


def _plan(
    name: str, sources: Mapping[str, Path | None], unlearnt: Mapping[str, Fill]
) -> tuple[str, int, SamplerName] | None:
    """Source, evaluations and sampler that a name stands for; None for a method that has not learnt."""
    if name in unlearnt:
        return None
    if name in sources and name != "ours":
        return name, 1, "dpmpp_2m"
    sampled = _SAMPLED.fullmatch(name)
    if sampled and sampled[1] in sources and int(sampled[2]) > 0 and sampled[3] in (None, *get_args(SamplerName)):
        return sampled[1], int(sampled[2]), cast("SamplerName", sampled[3] or "dpmpp_2m")
    own = "".join(f", {source}" for source in sources if source != "ours")
    raise MethodError(
        f"there is no method {name!r}; choose from {', '.join(unlearnt)}{own}, ours-N and ours-N:SAMPLER "
        f"(samplers: {', '.join(get_args(SamplerName))})"
    )


def _maker(
    source: Path | None,
    run: Callable[[FillNetworks, Sampling], Fill],
    *,
    edges: Path | None,
    backend: Backend,
    device: Device,
    seed: int,
) -> Callable[[int, SamplerName], Fill]:
    """Load a source once; what comes back makes its fills."""
    if source is None or source.is_dir():
        models = load_models(device=device, backend=backend, folder=source)
        place = source or FOLDER
        found = (place / f"{network}.safetensors" for network in ("edges", *ROLES))
        presets = {path.stem: checkpoints.preset_of(path) for path in found if path.exists()}
        return lambda steps, sampler: _exported(models, presets, Sampling(steps, sampler, seed=seed), run)
    chosen = "cuda" if device == "cuda" or (device == "auto" and cuda_works()) else "cpu"
    stage = checkpoints.about(source).get("stage")
    if stage in NETWORKS:
        fill = _baseline(source, stage, chosen)
        return lambda steps, sampler: fill
    if stage != "fine":
        raise MethodError(f"{source} holds no network that fills")
    return _trained(source, edges, chosen, seed, run)


def _exported(
    models: Models,
    presets: Mapping[str, Preset],
    sampling: Sampling,
    run: Callable[[FillNetworks, Sampling], Fill],
) -> Fill:
    return Costed(run(models.networks, sampling), cost_of_sampling(presets, steps=sampling.steps))


def _trained(
    source: Path, edges: Path | None, device: str, seed: int, run: Callable[[FillNetworks, Sampling], Fill]
) -> Callable[[int, SamplerName], Fill]:
    networks = TrainedNetworks(source, edges, device=device)
    preset = checkpoints.preset_of(source)
    presets = {"edges": preset if edges is None else checkpoints.preset_of(edges), "fine": preset}

    def make(steps: int, sampler: SamplerName) -> Fill:
        choice = networks.usual(Sampling(steps, sampler, seed=seed))
        return Costed(run(networks, choice), cost_of_sampling(presets, steps=steps))

    return make


def _baseline(source: Path, stage: str, device: str) -> Fill:
    """PIC or RFR.  Larger chips than it was trained on are shrunk for it, and its fills enlarged."""
    preset = checkpoints.preset_of(source)
    most = int(checkpoints.about(source)["size"])
    network = make_network(NETWORKS[stage], preset)
    checkpoints.load_weights(source, network)
    network.eval().to(device)

    def fill(chips: F32, holes: np.ndarray) -> Filled:
        image = torch.from_numpy(np.ascontiguousarray(chips.transpose(0, 3, 1, 2) * 2 - 1, np.float32))
        hole = torch.from_numpy(holes.astype(np.float32)[:, None])
        side = image.shape[-1]
        if side > most:
            image, hole = F.interpolate(image, (most, most), mode="area"), F.adaptive_max_pool2d(hole, most)
        with torch.inference_mode():
            picture = network(image.to(device), hole.to(device)).float().cpu()
        if side > most:
            picture = F.interpolate(picture, (side, side), mode="bicubic", align_corners=False)
        return Filled(((picture.numpy().transpose(0, 2, 3, 1) + 1) / 2).clip(0, 1))

    return Costed(fill, cost_of_baseline(make_network(NETWORKS[stage], preset)))


def _classical(chips: F32, holes: np.ndarray, *, method: classical.Classical) -> Filled:
    """One of the engine's own."""
    pictures = np.rint(chips * 255).astype(np.uint8)
    masks = np.where(holes, 255, 0).astype(np.uint8)
    filled = [classical.fill(p, m, method=method) for p, m in zip(pictures, masks, strict=True)]
    return Filled((np.stack(filled) / 255).astype(np.float32))


def _biharmonic(chips: F32, holes: np.ndarray) -> Filled:
    """The smooth interpolation of scikit-image (Damelin and Hoang 2018)."""
    filled = [inpaint_biharmonic(c, h, channel_axis=-1) for c, h in zip(chips, holes, strict=True)]
    return Filled(np.stack(filled).astype(np.float32))


def _untouched(chips: F32, holes: np.ndarray) -> Filled:
    return Filled(chips)


def _denoised(chips: F32, holes: np.ndarray) -> Filled:
    """Non-local means (Buades et al. 2005), as strong as the noise of the flattest places."""
    done = []
    for chip, area in zip(chips, holes, strict=True):
        strength = max(1.0, 255 * max(noise(np.ascontiguousarray(plane), area) for plane in np.moveaxis(chip, -1, 0)))
        eight = np.rint(chip * 255).astype(np.uint8)
        done.append(cv2.fastNlMeansDenoisingColored(eight, None, strength, strength))
    return Filled((np.stack(done) / 255).astype(np.float32))


def _crisp(chips: F32, holes: np.ndarray) -> Filled:
    """The same with an unsharp mask, the retoucher's way."""
    soft = _denoised(chips, holes).rgb
    done = [picture + (picture - cv2.GaussianBlur(picture, (0, 0), 2.0)) for picture in soft]
    return Filled(np.stack(done).clip(0, 1).astype(np.float32))


SHARPENING: Mapping[str, Fill] = {"bicubic": _untouched, "denoised": _denoised, "unsharp": _crisp}
"""The methods that have not learnt, for what is blurred and back at its size (bicubic)."""

CLASSICAL: Mapping[str, Fill] = {
    "telea": partial(_classical, method="telea"),
    "ns": partial(_classical, method="ns"),
    "patchmatch": partial(_classical, method="patchmatch"),
    "biharmonic": _biharmonic,
}
"""The methods that have not learnt."""
