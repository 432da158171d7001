"""The training loop: one stage, for so many minutes, resumable after a kill."""

from __future__ import annotations

import dataclasses
import time
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.utils.tensorboard import SummaryWriter
from tqdm import tqdm

from engine.networks.edge import EdgeNetwork
from training import checkpoints
from training.config import TrainConfig
from training.datasets import Batch, Chips, Maker, stream
from training.stages import CompletionStage, EdgeStage, Stage

_SHEET_ROWS = 12


def make_stage(config: TrainConfig, edge_weights: Path | None) -> Stage:
    """The stage's network and losses; stage 2 uses stage 1's weights where it has them."""
    if config.stage == "edges":
        return EdgeStage(config)
    network = None
    if edge_weights is not None:
        network = EdgeNetwork(checkpoints.preset_of(edge_weights))
        checkpoints.load_weights(edge_weights, network)
    return CompletionStage(config, network)


class Run:
    """One run's state: the network, its average, the optimizer, and how far it is."""

    def __init__(self, config: TrainConfig, stage: Stage, folder: Path, device: str) -> None:
        self.config, self.stage, self.folder, self.device = config, stage, folder, device
        self.network = stage.network.to(device, memory_format=torch.channels_last)
        kind = torch.optim.AdamW if config.optimizer == "adamw" else torch.optim.Adam
        self.optimizer = kind(self.network.parameters(), lr=config.lr, fused=True)
        self.average = checkpoints.MovingAverage(self.network, config.half_life)
        self.steps = self.images = 0
        self.checkpoint = folder / "checkpoint.pt"
        if self.checkpoint.exists():
            self._resume()

    def _resume(self) -> None:
        state = checkpoints.load(self.checkpoint, self.device)
        self.network.load_state_dict(state["network"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.average.weights = state["average"]
        self.steps, self.images = state["steps"], state["images"]

    def save(self) -> None:
        """Checkpoint, and the averaged weights in the form that ships."""
        state = {
            "network": self.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "average": self.average.weights,
            "steps": self.steps,
            "images": self.images,
        }
        checkpoints.save(self.checkpoint, state)
        about = {k: str(v) for k, v in dataclasses.asdict(self.config).items()} | {"images": str(self.images)}
        checkpoints.save_weights(self.folder / "weights.safetensors", self.average.weights, about)

    def averaged(self) -> nn.Module:
        """A copy of the network with the averaged weights, for pictures and export."""
        network = make_stage(self.config, None).network.to(self.device)
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
    minutes: float,
    device: str,
    edge_weights: Path | None = None,
    decay: bool = False,
    compiled: bool = False,
) -> Run:
    """Train for `minutes`; continue `folder/checkpoint.pt` if it is there.

    `decay` lets the learning rate fall to zero over these minutes: the last piece of a training.
    """
    torch.manual_seed(config.seed)
    stage = make_stage(config, edge_weights)
    if (edge := getattr(stage, "edge_network", None)) is not None:
        edge.to(device)
    run = Run(config, stage, folder, device)
    chips = Chips.load(shards, config.size, device=device)
    maker = Maker(chips, batch=config.batch, masks=config.masks, seed=config.seed)
    batches = stream(maker, run.steps, device)
    sheet = next(batches)
    if compiled:
        run.network.net.compile()  # type: ignore[operator, union-attr]
    _loop(run, batches, minutes=minutes, decay=decay)
    run.save()
    contact_sheet(stage.picture(run.averaged(), sheet)).save(folder / "sheet.png")
    return run


def _loop(run: Run, batches: object, *, minutes: float, decay: bool) -> None:
    config, device = run.config, torch.device(run.device)
    generator = torch.Generator(device).manual_seed(config.seed + run.steps)
    start = saved = time.monotonic()
    seconds, first, recent = minutes * 60, run.images, 0.0
    with SummaryWriter(run.folder / "log") as log, tqdm(unit="img", desc=config.stage) as bar:
        for batch in batches:  # type: ignore[attr-defined]
            now = time.monotonic()
            if now - start > seconds:
                break
            left = 1 - (now - start) / seconds if decay else 1.0
            loss = _step(run, batch, generator, left)
            bar.update(config.batch)
            if run.steps % 50 == 0:
                recent = loss.item()
                bar.set_postfix(loss=f"{recent:.3f}", total=run.images)
                log.add_scalar("loss", recent, run.images)
                log.add_scalar("images/s", (run.images - first) / (now - start), run.images)
            if now - saved > 300:
                run.save()
                saved = now


def _step(run: Run, batch: Batch, generator: torch.Generator, left: float) -> Tensor:
    """One step of the optimizer; returns the loss, still on the device."""
    config = run.config
    for group in run.optimizer.param_groups:
        group["lr"] = learning_rate(config, run.steps, left)
    with torch.autocast("cuda", torch.bfloat16, enabled=run.device != "cpu"):
        loss = run.stage.loss(run.network, batch, generator)
    loss.backward()
    nn.utils.clip_grad_norm_(run.network.parameters(), 1.0)
    run.optimizer.step()
    run.optimizer.zero_grad(set_to_none=True)
    run.steps += 1
    run.images += config.batch
    run.average.update(run.network, images=run.images, batch=config.batch)
    return loss.detach()


def contact_sheet(columns: list[Tensor]) -> Image.Image:
    """Rows of pictures side by side; each column is (N, 1 or 3, H, W) in -1..1."""
    rows = torch.cat([c[:_SHEET_ROWS].float().cpu().expand(-1, 3, -1, -1) for c in columns], 3)
    sheet = torch.cat(tuple(rows), 1).clamp(-1, 1)
    return Image.fromarray(((sheet + 1) * 127.5).round().byte().permute(1, 2, 0).numpy().astype(np.uint8))
