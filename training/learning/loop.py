"""The training loop: one stage, for so many minutes or images, resumable after a kill."""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import torch
from accelerate import Accelerator
from accelerate.utils import broadcast
from PIL import Image
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode
from torch.utils.tensorboard import SummaryWriter
from tqdm import tqdm

from engine.atomic import atomic_file
from engine.networks.edge_network import EdgeNetwork
from training.data.datasets import Chips, Maker, Movable, stream
from training.errors import ConfigError
from training.learning import checkpoints
from training.learning.baselines.stages import PICStage, RFRStage
from training.learning.config import TrainConfig
from training.learning.speed import matrix_peak
from training.learning.stages import CompletionStage, EdgeStage, FramingStage, Stage

_SHEET_ROWS = 12


def make_stage(config: TrainConfig, edge_weights: Path | None) -> Stage[Any]:
    """The stage's network and losses; stage 2 uses stage 1's weights where it has them."""
    stages: dict[str, Callable[[TrainConfig], Stage[Any]]] = {
        "edges": EdgeStage,
        "framing": FramingStage,
        "pic": PICStage,
        "rfr": RFRStage,
    }
    if config.stage in stages:
        return stages[config.stage](config)
    network = None
    if edge_weights is not None:
        network = EdgeNetwork(checkpoints.preset_of(edge_weights))
        checkpoints.load_weights(edge_weights, network)
    return CompletionStage(config, network)


class Run:
    """One run's state: the network, its average, the optimizer, and how far it is.

    Started by `accelerate launch`, every process of every machine holds one: gradients are averaged over all
    of them, so the states stay equal, and the main process writes.
    """

    def __init__(
        self,
        config: TrainConfig,
        stage: Stage[Any],
        folder: Path,
        accelerator: Accelerator,
        *,
        begin: Path | None = None,
    ) -> None:
        self.config, self.stage, self.folder, self.accelerator = config, stage, folder, accelerator
        stage.to(accelerator.device)
        for critic in stage.critics:
            critic.to(accelerator.device)
        stage.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch does not say so
        self.checkpoint = folder / "checkpoint.pt"
        if begin is not None and not self.checkpoint.exists():
            checkpoints.load_weights(begin, stage.network)
        kind = torch.optim.AdamW if config.optimizer == "adamw" else torch.optim.Adam
        optimizer = kind(stage.network.parameters(), lr=config.lr, betas=stage.betas, fused=True)
        self.average = checkpoints.MovingAverage(stage.network, config.half_life)
        self.steps = self.images = 0
        if self.checkpoint.exists():
            self._resume(optimizer)
        self.objective, self.optimizer = accelerator.prepare(stage, optimizer)

    @property
    def device(self) -> str:
        """Where it learns; the CPU has no number, for chips would be copied to one that has."""
        place = self.accelerator.device
        return "cpu" if place.type == "cpu" else str(place)

    @property
    def per_step(self) -> int:
        """Batches that all processes together give one step of the optimizer."""
        processes: int = self.accelerator.num_processes
        return self.config.accumulate * processes

    def _resume(self, optimizer: torch.optim.Optimizer) -> None:
        state = checkpoints.load(self.checkpoint)
        self.stage.network.load_state_dict(state["network"])
        optimizer.load_state_dict(state["optimizer"])
        self.average.weights = {k: v.to(self.accelerator.device) for k, v in state["average"].items()}
        self.steps, self.images = state["steps"], state["images"]
        for critic, kept in zip(self.stage.critics, state.get("critics", ()), strict=False):
            critic.resume(kept)

    def step(self, batches: Iterator[Movable], left: float) -> Tensor:
        """One step of the optimizer; returns this process's loss, still on the device."""
        config = self.config
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(config, self.steps, left)
        self.stage.images = self.images
        losses = [self._backward(next(batches)) for _ in range(config.accumulate)]
        self.stage.finish_step()
        self.steps += 1
        images = config.batch * self.per_step
        self.images += images
        self.average.update(self.stage.network, images=self.images, batch=images)
        return torch.stack(losses).mean()

    def _backward(self, batch: Movable) -> Tensor:
        """Add a batch's gradients; the last of a step moves the weights."""
        with self.accelerator.accumulate(self.objective):
            loss: Tensor = self.objective(batch)
            self.accelerator.backward(loss)
            if self.accelerator.sync_gradients:
                nn.utils.clip_grad_norm_(self.stage.network.parameters(), 1.0)
            self.optimizer.step()
            self.optimizer.zero_grad(set_to_none=True)
        return loss.detach()

    def save(self) -> None:
        """Checkpoint, and the averaged weights in the form that ships."""
        if not self.accelerator.is_main_process:
            return
        state = {
            "network": self.stage.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "average": self.average.weights,
            "steps": self.steps,
            "images": self.images,
            "critics": [critic.state() for critic in self.stage.critics],
        }
        checkpoints.save(self.checkpoint, state)
        about = {k: str(v) for k, v in dataclasses.asdict(self.config).items()} | {"images": str(self.images)}
        checkpoints.save_weights(self.folder / "weights.safetensors", self.average.weights, about)

    def averaged(self) -> nn.Module:
        """A copy of the network with the averaged weights, for pictures and export."""
        network = make_stage(self.config, None).network.to(self.accelerator.device)
        network.load_state_dict(self.average.weights)
        return network.eval()


def learning_rate(config: TrainConfig, steps: int, left: float) -> float:
    """Warm up, hold, and with `left` (1..0, the share of a decaying run still to go) fall to nothing."""
    return config.lr * min(1.0, (steps + 1) / config.warmup) * left


def train(
    config: TrainConfig,
    shards: list[Path],
    folder: Path,
    *,
    device: str,
    minutes: float = math.inf,
    images: int | None = None,
    edge_weights: Path | None = None,
    begin: Path | None = None,
    decay: bool = False,
    compiled: bool = False,
    bf16: bool = False,
) -> Run:
    """Train for `minutes`, or until `images` were seen in all; continue `folder/checkpoint.pt` if it is there.

    `begin`: weights that a fresh run starts from.  `decay` lets the learning rate fall to zero until then: the
    last piece of a training.  `bf16`: automatic mixed precision.  The decoded chips are kept in the folder `cache`
    beside the run's: its neighbours, and all runs of an ablation, train on the same ones, and shards may be read-only.
    Raises `ConfigError` if neither minutes nor images end the run.
    """
    if images is None and math.isinf(minutes):
        raise ConfigError("a run needs an end: give --minutes, --images, or both")
    torch.manual_seed(config.seed)
    accelerator = Accelerator(
        cpu=device == "cpu",
        mixed_precision="bf16" if bf16 else "no",
        gradient_accumulation_steps=config.accumulate,
    )
    run = Run(config, make_stage(config, edge_weights), folder, accelerator, begin=begin)
    maker = _maker(run, shards)
    first = run.steps * run.per_step + accelerator.process_index
    batches = stream(maker, first, run.device, stride=accelerator.num_processes)
    if compiled:
        getattr(run.stage.network, "net", run.stage.network).compile()
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
    start = saved = time.monotonic()
    bar = tqdm(unit="img", desc=run.config.stage, disable=not main)
    log = SummaryWriter(run.folder / "log") if main else None
    gauge = Gauge(run) if main else None
    while True:
        left = 1 - _agreed(run, time.monotonic() - start) / seconds
        if images is not None:
            left = min(left, 1 - (run.images - first) / max(1, images - first))
        if left <= 0:
            break
        with gauge.counting() if gauge else nullcontext():
            loss = run.step(batches, left if decay else 1.0)
        bar.update(run.images - first - bar.n)
        if log and gauge and run.steps % 50 == 0:
            recent = loss.item()
            rate, share = gauge.read()
            bar.set_postfix(loss=f"{recent:.3f}", total=run.images, peak=f"{share:.0%}" if share else "")
            for name, value in (("loss", recent), ("images/s", rate), ("share of the peak", share)):
                log.add_scalar(name, value, run.images)
        if time.monotonic() - saved > 300:
            run.save()
            saved = time.monotonic()
    bar.close()
    if log:
        log.close()


class Gauge:
    """How fast a run goes: images a second since the last look, and its share of the device's peak.

    The peak is that of a large matrix product in the run's precision, measured once at the start; the work of an
    image is counted in the run's first step, all losses, forward and backward (a multiply-add is two operations).
    """

    def __init__(self, run: Run) -> None:
        self._run, self._work = run, 0.0
        device = run.accelerator.device.type
        bf16 = run.accelerator.mixed_precision == "bf16"
        peak = matrix_peak(device, "bf16" if bf16 else "fp32", seconds=0.2)
        self._peak = peak
        self._images, self._time = run.images, time.monotonic()

    @contextmanager
    def counting(self) -> Iterator[None]:
        """Around a step: count what it does, if that is not known yet; steps shared with others are not counted."""
        if self._work or self._run.accelerator.num_processes > 1:
            yield
            return
        with FlopCounterMode(display=False) as counter:
            yield
        self._work = counter.get_total_flops() / (self._run.config.batch * self._run.config.accumulate) / 1e9
        self._images, self._time = self._run.images, time.monotonic()

    def read(self) -> tuple[float, float]:
        """Images a second and the share of the peak (0: not counted) since it was read last."""
        now = time.monotonic()
        rate = (self._run.images - self._images) / max(now - self._time, 1e-9)
        self._images, self._time = self._run.images, now
        return rate, rate * self._work / self._peak


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
