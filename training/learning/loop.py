"""The training loop: one stage, for so many minutes or images, resumable after a kill."""

from __future__ import annotations

import copy
import dataclasses
import math
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from accelerate import Accelerator
from accelerate.utils import broadcast
from PIL import Image
from torch import Tensor, nn
from torch.utils.tensorboard import SummaryWriter
from tqdm import tqdm

from engine.atomic import atomic_file
from engine.networks.completion_network import CompletionNetwork
from engine.networks.edge_network import EdgeNetwork
from training.data.datasets import Chips, Maker, Movable, stream
from training.errors import ConfigError
from training.learning import checkpoints
from training.learning.baselines.stages import PICStage, RFRStage
from training.learning.checkpoints import MovingAverage
from training.learning.completion import CoarseStage, FineStage
from training.learning.config import TrainConfig
from training.learning.gauge import Gauge
from training.learning.muon import Muon, matrices
from training.learning.stages import DamageStage, EdgeStage, FramingStage, Stage

_HALF_LIVES = (1 / 3, 1, 2)  # of the averages that are kept, as shares of the configured one
_SHEET_ROWS = 12
_TAUGHT_SHARE = 0.1  # of the learning rate, for weights that are taught already
_TELL_EVERY, _SAVE_EVERY = 20, 300  # seconds


@dataclass(frozen=True, kw_only=True, slots=True)
class Given:
    """Files that a run makes use of; the weights to begin with are a fresh run's."""

    begin: Path | None = None
    """For the network itself."""
    critic: Path | None = None
    """For its critic to begin with."""
    edges: Path | None = None
    """The edge network's, for a completion network."""
    coarse: Path | None = None
    """The coarse network's, for the fine one."""
    photos: Path | None = None
    """A folder of sound photos, for the damage network."""


NOTHING = Given()


def make_stage(config: TrainConfig, given: Given = NOTHING) -> Stage[Any]:
    """The stage's network and losses; stage 2 uses the networks before it where it has them.  Raises WeightsError."""
    stages: dict[str, Callable[[TrainConfig], Stage[Any]]] = {
        "edges": EdgeStage,
        "coarse": CoarseStage,
        "framing": FramingStage,
        "damage": partial(DamageStage, photos=given.photos),
        "pic": PICStage,
        "rfr": RFRStage,
    }
    if config.stage in stages:
        return stages[config.stage](config)
    edges: EdgeNetwork | None = None
    coarse: CompletionNetwork | None = None
    if given.edges is not None:
        edges = EdgeNetwork(checkpoints.preset_of(given.edges))
        checkpoints.load_weights(given.edges, edges)
    if given.coarse is not None:
        coarse = CompletionNetwork("base", "coarse")
        checkpoints.load_weights(given.coarse, coarse)
    return FineStage(config, edges, coarse)


class Run:
    """One run's state: the network, its averages, the optimizers, and how far it is.

    Started by `accelerate launch`, every process of every machine holds one: gradients are averaged over all
    of them, so the states stay equal, and the main process writes.
    """

    def __init__(
        self, config: TrainConfig, stage: Stage[Any], folder: Path, accelerator: Accelerator, given: Given = NOTHING
    ) -> None:
        self.config, self.stage, self.folder, self.accelerator = config, stage, folder, accelerator
        stage.to(accelerator.device)
        for critic in stage.critics:
            critic.to(accelerator.device)
        stage.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch does not say so
        self.checkpoint = folder / "checkpoint.pt"
        self.steps = self.images = self.before = 0
        if not self.checkpoint.exists():
            self._begin(given)
        optimizers = _optimizers(config, stage)
        self.averages = [MovingAverage(stage.network, round(f * config.half_life)) for f in _HALF_LIVES]
        if self.checkpoint.exists():
            self._resume(optimizers)
        self.objective, *self.optimizers = accelerator.prepare(stage, *optimizers)

    @property
    def device(self) -> str:
        """Where it learns; the CPU has no number, for chips would be copied to one that has."""
        place = self.accelerator.device
        return "cpu" if place.type == "cpu" else str(place)

    @property
    def per_step(self) -> int:
        """Batches that all processes together give one step of the optimizers."""
        processes: int = self.accelerator.num_processes
        return self.config.accumulate * processes

    @property
    def average(self) -> MovingAverage:
        """The one that the run's weights file holds."""
        return self.averages[_HALF_LIVES.index(1)]

    def _begin(self, given: Given) -> None:
        """Take over weights of another run, and how many images they have seen, for they are worth as much."""
        if given.begin is not None:
            checkpoints.load_weights(given.begin, self.stage.network)
            self.before = checkpoints.images_of(given.begin)
        if given.critic is not None:
            if not self.stage.critics:
                raise ConfigError("this run has no critic that could begin with given weights")
            checkpoints.load_weights(given.critic, self.stage.critics[0].network)

    def _resume(self, optimizers: list[torch.optim.Optimizer]) -> None:
        """Go on from the checkpoint; what it does not know, another kind of optimizer or a critic, begins afresh."""
        state = checkpoints.load(self.checkpoint)
        if "averages" not in state:
            raise ConfigError(f"{self.checkpoint} is of another version of FaceMend: begin with its weights instead")
        self.stage.network.load_state_dict(state["network"])
        if [kept["kind"] for kept in state["optimizers"]] == [type(optimizer).__name__ for optimizer in optimizers]:
            for optimizer, kept in zip(optimizers, state["optimizers"], strict=True):
                optimizer.load_state_dict(kept["state"])
        for average, weights in zip(self.averages, state["averages"], strict=True):
            average.weights = {k: v.to(self.accelerator.device) for k, v in weights.items()}
        self.steps, self.images, self.before = state["steps"], state["images"], state["before"]
        for critic, kept in zip(self.stage.critics, state["critics"], strict=False):
            critic.resume(kept)

    def step(self, batches: Iterator[Movable], left: float) -> Tensor:
        """One step of the optimizers; returns this process's loss, still on the device."""
        config = self.config
        self.stage.say = warmth(config, self.steps)
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = config.lr * group.get("share", 1.0) * self.stage.say * left
        losses = [self._backward(next(batches)) for _ in range(config.accumulate)]
        self.stage.finish_step(left)
        self.steps += 1
        images = config.batch * self.per_step
        self.images += images
        for average in self.averages:
            average.update(self.stage.network, images=self.before + self.images, batch=images)
        return torch.stack(losses).mean()

    def _backward(self, batch: Movable) -> Tensor:
        """Add a batch's gradients; the last of a step moves the weights."""
        with self.accelerator.accumulate(self.objective):
            loss: Tensor = self.objective(batch)
            self.accelerator.backward(loss)
            if self.accelerator.sync_gradients:
                nn.utils.clip_grad_norm_(self.stage.network.parameters(), 1.0)
            for optimizer in self.optimizers:
                optimizer.step()
                optimizer.zero_grad(set_to_none=True)
        return loss.detach()

    def save(self) -> None:
        """The averaged weights in the form that ships, and a checkpoint.  Raises WeightsError."""
        if not self.accelerator.is_main_process:
            return
        about = {k: str(v) for k, v in dataclasses.asdict(self.config).items()}
        about["images"] = str(self.before + self.images)
        for average in self.averages:
            name = "weights" if average is self.average else f"weights-{average.half_life}"
            checkpoints.save_weights(self.folder / f"{name}.safetensors", average.weights, about)
        for critic in self.stage.critics[:1]:
            checkpoints.save_weights(self.folder / "critic.safetensors", critic.network.state_dict(), about)
        state = {
            "network": self.stage.network.state_dict(),
            "optimizers": [{"kind": type(o.optimizer).__name__, "state": o.state_dict()} for o in self.optimizers],
            "averages": [average.weights for average in self.averages],
            "steps": self.steps,
            "images": self.images,
            "before": self.before,
            "critics": [critic.state() for critic in self.stage.critics],
        }
        checkpoints.save(self.checkpoint, state)  # last: a run that has gone astray keeps the one before

    def averaged(self) -> nn.Module:
        """A copy of the network with the averaged weights, for pictures."""
        network = copy.deepcopy(self.stage.network)
        network.load_state_dict(self.average.weights)
        return network.eval()


def _optimizers(config: TrainConfig, stage: Stage[Any]) -> list[torch.optim.Optimizer]:
    """One for all weights that learn, or Muon for the large convolutions besides."""
    taught = {id(weight) for weight in stage.taught}
    learning = [weight for weight in stage.network.parameters() if weight.requires_grad and id(weight) not in taught]
    large, weights = matrices(learning) if config.optimizer == "muon" else ([], learning)
    groups: list[dict[str, Any]] = [{"params": weights}]
    if stage.taught:
        groups.append({"params": [*stage.taught], "share": _TAUGHT_SHARE})
    kind = torch.optim.Adam if config.optimizer == "adam" else torch.optim.AdamW
    found: list[torch.optim.Optimizer] = [kind(groups, lr=config.lr, betas=stage.betas, fused=True)]
    return [*found, Muon(large, lr=config.lr)] if large else found


def warmth(config: TrainConfig, steps: int) -> float:
    """How much of the learning rate a run takes after so many steps: it rises to all of it."""
    return min(1.0, (steps + 1) / config.warmup)


def train(
    config: TrainConfig,
    shards: list[Path],
    folder: Path,
    *,
    device: str,
    minutes: float = math.inf,
    images: int | None = None,
    given: Given = NOTHING,
    decay: bool = False,
    bf16: bool = False,
) -> Run:
    """Train for `minutes`, or until `images` were seen in all; continue `folder/checkpoint.pt` if it is there.

    `decay` lets the learning rate fall to zero until then: the
    last piece of a training.  `bf16`: automatic mixed precision.  The decoded chips are kept in the folder `cache`
    beside the run's: its neighbours, and all runs of an ablation, train on the same ones, and shards may be read-only.
    Raises `ConfigError` if neither minutes nor images end the run, or either is nothing.
    """
    if images is None and math.isinf(minutes):
        raise ConfigError("a run needs an end: give --minutes, --images, or both")
    if not minutes > 0 or (images is not None and images < 1):
        raise ConfigError("a run needs something to do: --minutes and --images are more than 0")
    torch.manual_seed(config.seed)
    accelerator = Accelerator(
        cpu=device == "cpu",
        mixed_precision="bf16" if bf16 else "no",
        gradient_accumulation_steps=config.accumulate,
    )
    run = Run(config, make_stage(config, given), folder, accelerator, given)
    maker = _maker(run, shards)
    first = run.steps * run.per_step + accelerator.process_index
    batches = stream(maker, first, run.device, stride=accelerator.num_processes)
    _loop(run, batches, seconds=minutes * 60, images=images, decay=decay)
    run.save()
    if accelerator.is_main_process:
        _write_sheet(run, next(maker.batches(0)).to(run.device))
    accelerator.wait_for_everyone()
    return run


def _maker(run: Run, shards: list[Path]) -> Maker[Any]:
    """What makes the run's batches, from chips on its device."""
    with run.accelerator.main_process_first():  # it decodes, the others find the cache
        chips = Chips.load(shards, run.config.size, cache=run.folder.parent / "cache", device=run.device)
    return run.stage.maker(chips, batch=run.config.batch, masks=run.config.masks, seed=run.config.seed)


def _write_sheet(run: Run, batch: Movable) -> None:
    """`sheet.png`: what the averaged network makes of a batch, for people to look at."""
    picture = contact_sheet(run.stage.picture(run.averaged(), batch))
    with atomic_file(run.folder / "sheet.png", overwrite=True) as file:
        picture.save(file, "PNG")


def _loop(run: Run, batches: Iterator[Movable], *, seconds: float, images: int | None, decay: bool) -> None:
    main, first = run.accelerator.is_main_process, run.images
    start = saved = told = time.monotonic()
    bar = tqdm(unit="img", desc=run.config.stage, disable=not main)
    log = SummaryWriter(run.folder / "log") if main else None
    gauge = _gauge(run) if main else None
    while True:
        left = 1 - _agreed(run, time.monotonic() - start) / seconds
        if images is not None:
            left = min(left, 1 - (run.images - first) / max(1, images - first))
        if left <= 0:
            break
        with gauge.counting() if gauge else nullcontext():
            loss = run.step(batches, left if decay else 1.0)
        bar.update(run.images - first - bar.n)
        now = time.monotonic()
        if log and gauge and now - told > _TELL_EVERY:
            _tell(run, loss.item(), gauge, bar, log)
            told = now
        if now - saved > _SAVE_EVERY:
            run.save()
            saved = now
    bar.close()
    if log:
        log.close()


def _gauge(run: Run) -> Gauge:
    alone, bf16 = run.accelerator.num_processes == 1, run.accelerator.mixed_precision == "bf16"
    per_step = run.config.batch * run.config.accumulate if alone else 0
    kind = run.accelerator.device.type
    return Gauge(kind, "bf16" if bf16 else "fp32", images=lambda: run.images, per_step=per_step)


def _tell(run: Run, loss: float, gauge: Gauge, bar: tqdm[Any], log: SummaryWriter) -> None:
    """Write how it goes behind the bar and for TensorBoard."""
    rate, share = gauge.read()
    figures = {"loss": loss} | run.stage.figures()
    for name, value in (figures | {"chips/s": rate, "share of the peak": share}).items():
        log.add_scalar(name, value, run.images)
    shown = {name: f"{value:.3f}" for name, value in figures.items()} | {"total": run.images, "chips/s": f"{rate:.1f}"}
    bar.set_postfix(shown | ({f"of {gauge.precision} peak": f"{share:.0%}"} if share else {}))


def _agreed(run: Run, seconds: float) -> float:
    """The main process's clock: all must stop, and lower the learning rate, at the same step."""
    if run.accelerator.num_processes == 1:
        return seconds
    clock = torch.tensor(seconds, device=run.accelerator.device)
    return float(broadcast(clock, from_process=0))


def contact_sheet(columns: list[Tensor]) -> Image.Image:
    """Rows of pictures side by side; each column is (N, 1 or 3, H, W) in -1..1."""
    rows = torch.cat([c[:_SHEET_ROWS].float().cpu().expand(-1, 3, -1, -1) for c in columns], 3)
    sheet = torch.cat(tuple(rows), 1).clamp(-1, 1)
    return Image.fromarray(((sheet + 1) * 127.5).round().byte().permute(1, 2, 0).numpy().astype(np.uint8))
