"""What the damage network learns from: sound pictures, aged, some of them damaged, and scanned."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from skimage import data
from torch import Tensor
from torch.nn import functional as F

from engine.geometry import F32, U8
from engine.photo.photos import read_photo
from training.data import area_marks, decoys, line_marks, styles
from training.data.datasets import Chips, Maker, Movable
from training.data.marks import Mark

I64 = NDArray[np.int64]
Kind = Callable[[int, np.random.Generator], Mark]
KINDS: dict[str, Kind] = {
    kind.__name__.replace("_", " "): kind
    for kind in (
        line_marks.scratch,
        line_marks.bar,
        line_marks.bundle,
        line_marks.film_lines,
        line_marks.crease,
        line_marks.cracks,
        line_marks.fibre,
        line_marks.pen,
        area_marks.dust,
        area_marks.flakes,
        area_marks.stain,
        area_marks.water,
        area_marks.mould,
        area_marks.tear,
        area_marks.tape,
        area_marks.stamp,
        area_marks.fingerprint,
        area_marks.paint,
    )
}
_HARD: tuple[Kind, ...] = (
    *(area_marks.tear, area_marks.tear, area_marks.water, area_marks.paint, area_marks.paint),
    *(line_marks.pen, line_marks.pen, line_marks.bar, line_marks.scratch),
)
"""Drawn so many times more, for they are found least."""
_DECOYS: tuple[Kind, ...] = (
    decoys.strands,
    decoys.lashes,
    decoys.branches,
    decoys.lettering,
    decoys.jewels,
    decoys.folds_of_cloth,
    decoys.lace,
    decoys.checks,
    decoys.lights,
    decoys.border,
)
_PICTURES = [
    "astronaut",
    "brick",
    "cat",
    "clock",
    "coins",
    "grass",
    "gravel",
    "immunohistochemistry",
    "moon",
    "page",
    "retina",
    "text",
]
"""scikit-image's, but for camera, coffee and rocket, which are kept to measure on."""
_LONGEST = 1600  # pixels: a larger photo is shrunk to this, or its pieces would show hardly more than grain

_WINDOW = 160  # side of what is seen at once, in pixels: small, for many different ones
_SOUND = 0.3  # share of a batch that has no damage
_FACES = 0.5  # share of it that are faces; the rest are other pictures
_MOST = 4  # marks on one picture
_DECOYED = 0.25
_HIDES, _TOUCHES = 0.35, 0.08  # coverage that counts as damage, and below which a place counts as sound
_VISIBLE = 0.035  # change of grey that can be told from grain
_SHEER = 0.7  # what a sheer mark may darken or lighten at most, times two
_TURNED = 0.2  # marks, bright for dark
_FACE_WEIGHT = 2.0


@dataclass(frozen=True, eq=False)
class Damaged(Movable):
    """`grey`: (N, 1, S, S) in 0..1; `truth`: (N, 1, S, S), 1 where damaged; `weight`: what an error costs there, 0
    where neither can be said.  `number` is that of the batch."""

    grey: Tensor
    truth: Tensor
    weight: Tensor
    number: int


@dataclass(frozen=True, eq=False)
class Bank:
    """Marks drawn before: `cover`, `tone` (N, S, S) uint8, `sheer` (N,) bool; `spots` (N, 16, 2), where they lie."""

    cover: Tensor
    tone: Tensor
    sheer: Tensor
    spots: Tensor

    @classmethod
    def drawn(cls, kinds: Sequence[Kind], count: int, size: int, *, seed: int) -> Bank:
        """`count` marks, the kinds in turn."""
        rng = np.random.default_rng(seed)
        marks = [kinds[i % len(kinds)](size, rng) for i in range(count)]
        cover, tone = (
            torch.from_numpy(np.stack([np.rint(getattr(m, name) * 255).astype(np.uint8) for m in marks]))
            for name in ("cover", "tone")
        )
        spots = np.stack([_spots(mark.cover, rng) for mark in marks])
        return cls(cover, tone, torch.tensor([m.sheer for m in marks]), torch.from_numpy(spots))

    def to(self, device: torch.device) -> Bank:
        return Bank(*(plane.to(device) for plane in (self.cover, self.tone, self.sheer, self.spots)))

    def some(self, count: int, window: int, generator: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
        """Cover and tone (count, 1, W, W) in 0..1 and sheer (count, 1, 1, 1) of random ones, turned or mirrored.

        Of each a window of that side that shows some of it.
        """
        device, size = self.cover.device, self.cover.shape[-1]
        picked = torch.randint(len(self.cover), (count,), generator=generator, device=device)
        draw = torch.randint(1 << 20, (4, count), generator=generator, device=device)
        spot = self.spots[picked, draw[0] % self.spots.shape[1]]
        corner = (spot - draw[1:3].T % window).clamp(0, size - window).tolist()
        turned = []
        for index, (top, left), turn in zip(picked.tolist(), corner, (draw[3] % 8).tolist(), strict=True):
            place = np.s_[index, top : top + window, left : left + window]
            pair = torch.stack((self.cover[place], self.tone[place])).rot90(turn % 4, (1, 2))
            turned.append(pair if turn < 4 else pair.flip(2))
        both = torch.stack(turned).float() / 255
        return both[:, :1], both[:, 1:], self.sheer[picked].reshape(-1, 1, 1, 1)


def _spots(cover: F32, rng: np.random.Generator, count: int = 16) -> I64:
    """(count, 2) rows and columns of places that are well covered, at random, half of them along their rim."""
    covered = cover > _HIDES
    if not covered.any():
        return rng.integers(0, len(cover), (count, 2))
    inner = cv2.erode(covered.astype(np.uint8), np.ones((9, 9), np.uint8), borderValue=1) > 0
    rim = covered & ~inner if not inner.all() else covered
    parts = [np.argwhere(places) for places in (rim, covered)]
    return np.concatenate([part[rng.integers(0, len(part), count // 2)] for part in parts])


class DamageMaker(Maker[Damaged]):
    """Draws faces and other pictures, ages them, lays marks on some and scans all.

    The others are scikit-image's and, where a folder of sound `photos` is given, those.  Raises PhotoError.
    """

    wide_share = 0.0

    def __init__(self, chips: Chips, *, batch: int, masks: int, seed: int, photos: Path | None = None) -> None:
        super().__init__(chips, batch=batch, masks=1, seed=seed)
        size, device = chips.planes.shape[-1], chips.planes.device
        self.faces, self.window = round(_FACES * batch), min(size, _WINDOW)
        self.marks = Bank.drawn((*KINDS.values(), *_HARD), masks, size, seed=seed).to(device)
        self.decoys = Bank.drawn(_DECOYS, max(len(_DECOYS), masks // 4), size, seed=seed + 1).to(device)
        pictures = shipped(_PICTURES) + (in_folder(photos) if photos else [])
        made = scenes(pictures, max(8, masks), self.window, seed=seed + 2)
        self.scenes = torch.from_numpy(made).to(device)

    def _make(self, number: int, generator: torch.Generator) -> Damaged:
        picked = torch.multinomial(self.chips.weights, self.faces, replacement=True, generator=generator)
        face = _zoomed(self.chips.planes[picked, :4].float() / 255, self.window, generator)
        scene = self.scenes[self._whole(len(self.scenes), self.batch - self.faces, generator)].float() / 255
        grey = torch.cat((_developed(face[:, :3], generator), scene))
        weight = torch.cat((_FACE_WEIGHT * (face[:, 3:] > 0.9), torch.ones_like(scene)))
        sound = aged(self._decoyed(grey, generator), generator)
        damaged, truth, doubt = self._marked(sound, generator)
        weight = torch.where(truth > 0, 1.0, weight * (1 - doubt))
        return Damaged(scanned(damaged, generator), truth, weight, number)

    def _whole(self, below: int, count: int, generator: torch.Generator) -> Tensor:
        return torch.randint(below, (count,), generator=generator, device=self.chips.planes.device)

    def _decoyed(self, grey: Tensor, generator: torch.Generator) -> Tensor:
        """With things in the picture that look like damage."""
        some = _some(len(grey), _DECOYED, generator, grey.device)
        if not len(some):
            return grey
        return grey.index_copy(0, some, laid(grey[some], *self.decoys.some(len(some), self.window, generator)))

    def _marked(self, grey: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
        """Damaged, where, and where that cannot be said."""
        device = grey.device
        grey, truth, doubt = grey.clone(), torch.zeros_like(grey), torch.zeros_like(grey)
        hit = _some(len(grey), 1 - _SOUND, generator, device)
        for index in range(_MOST):
            if not len(hit):
                break
            cover, tone, sheer = self.marks.some(len(hit), self.window, generator)
            draw = torch.rand(len(hit), 1, 1, 1, generator=generator, device=device)
            tone = torch.where(draw < _TURNED, 1 - tone, tone)
            strength = strengths(len(hit), generator, device)
            grey[hit], sure, unsure = marked(grey[hit], cover, tone, sheer, strength)
            truth[hit], doubt[hit] = torch.maximum(truth[hit], sure), torch.maximum(doubt[hit], unsure)
            hit = hit[_some(len(hit), 0.75 - 0.15 * index, generator, device)]
        return grey, truth, doubt * (1 - truth)


def marked(grey: Tensor, cover: Tensor, tone: Tensor, sheer: Tensor, strength: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """A mark laid on: the picture, where it is damaged, and where it is touched but cannot be called so."""
    after = laid(grey, cover * strength, tone, sheer)
    seen = (after - grey).abs() > _VISIBLE
    sure = ((cover > _HIDES) & seen).float()
    return after, sure, ((cover > _TOUCHES) & (sure == 0)).float()


def laid(picture: Tensor, cover: Tensor, tone: Tensor, sheer: Tensor) -> Tensor:
    """(N, C, S, S): a mark's tone over the picture, or where it is sheer, its shade."""
    change = torch.where(sheer, (tone - 0.5) * _SHEER, tone - picture)
    return (picture + cover * change).clamp(0, 1)


def strengths(count: int, generator: torch.Generator, device: torch.device) -> Tensor:
    """(count, 1, 1, 1): how far marks hide what is under them, some of them faintly."""
    draw = torch.rand(2, count, 1, 1, 1, generator=generator, device=device)
    return torch.where(draw[0] < 0.15, 0.25 + 0.25 * draw[1], 0.5 + 0.5 * draw[1])


def scanned(grey: Tensor, generator: torch.Generator) -> Tensor:
    """What a scanner does: soft, noisy, and compressed, in varying degrees."""
    noise = torch.randn(grey.shape, generator=generator, device=grey.device)
    level = 0.012 * torch.rand(len(grey), 1, 1, 1, generator=generator, device=grey.device)
    scan = (_softened(grey, 0.3, generator) + level * noise).clamp(0, 1)
    return styles.compressed(scan, generator)


def aged(grey: Tensor, generator: torch.Generator) -> Tensor:
    """What `styles.age` does to colours, to grey: contrast lost, sharpness lost, grain."""
    draw = torch.rand(4, len(grey), 1, 1, 1, generator=generator, device=grey.device)
    gain = torch.where(draw[0] < 0.4, 0.35 + 0.65 * draw[1], 1.0)
    faded = (grey.clamp(1e-3) ** (0.7 + 0.7 * draw[2])) * gain + (1 - gain) * draw[3]
    return styles.compressed(styles.grainy(_softened(faded, 0.3, generator), generator), generator)


def _softened(grey: Tensor, share: float, generator: torch.Generator) -> Tensor:
    """Some of them out of focus, all by as much."""
    some = _some(len(grey), share, generator, grey.device)
    sigma = 0.4 + 1.2 * torch.rand((), generator=generator, device=grey.device).item()
    taps = torch.exp(-0.5 * (torch.arange(-4, 5, device=grey.device, dtype=grey.dtype) / sigma) ** 2)
    kernel = (taps / taps.sum()).reshape(1, 1, 1, -1)
    blurred = F.conv2d(F.pad(grey[some], (4, 4, 4, 4), "reflect"), kernel)
    return grey.index_copy(0, some, F.conv2d(blurred, kernel.transpose(2, 3)))


def shipped(names: Sequence[str]) -> list[U8]:
    """Scikit-image's pictures of these names, (H, W) uint8."""
    return [_grey(getattr(data, name)()) for name in names]


def photos_in(folder: Path) -> list[Path]:
    """The files of a folder of photos, by name."""
    return sorted(path for path in folder.iterdir() if path.is_file())


def in_folder(folder: Path) -> list[U8]:
    """The photos in a folder, (H, W) uint8, at most `_LONGEST` a side.  Raises PhotoError."""
    found = []
    for path in photos_in(folder):
        grey = _grey(read_photo(path).rgb8())
        scale = min(1.0, _LONGEST / max(grey.shape))
        found.append(np.asarray(cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8))
    return found


def scenes(pictures: Sequence[U8], count: int, size: int, *, seed: int) -> U8:
    """(count, 1, size, size): pieces of (H, W) pictures, at full size to whole, mirrored at random."""
    rng = np.random.default_rng(seed)
    found = []
    for index in range(count):
        picture = pictures[index % len(pictures)]
        side = int(rng.uniform(0.4 * size, max(size, min(picture.shape))))
        side = min(side, *picture.shape)
        y, x = (int(rng.integers(0, edge - side + 1)) for edge in picture.shape)
        kind = cv2.INTER_AREA if side > size else cv2.INTER_CUBIC
        piece = np.asarray(cv2.resize(picture[y : y + side, x : x + side], (size, size), interpolation=kind))
        found.append(np.rot90(piece, int(rng.integers(4))) if rng.random() < 0.3 else piece[:, :: rng.choice([1, -1])])
    return np.asarray(np.stack(found)[:, None], np.uint8)


def _grey(picture: U8) -> U8:
    return np.asarray(cv2.cvtColor(picture[..., :3], cv2.COLOR_RGB2GRAY) if picture.ndim == 3 else picture, np.uint8)


def _zoomed(planes: Tensor, window: int, generator: torch.Generator) -> Tensor:
    """Faces nearer and farther, somewhere in the window, tilted, mirrored; beyond the chip it is mirrored too."""
    n, device, whole = len(planes), planes.device, window / planes.shape[-1]
    draw = torch.rand(5, n, generator=generator, device=device)
    scale = whole * torch.exp(-1.0 + 1.6 * draw[0])  # of a chip's side, what the window shows
    turn, mirror = (draw[1] - 0.5) * 0.6, torch.where(draw[2] < 0.5, -1.0, 1.0)
    cos, sin, room = scale * turn.cos(), scale * turn.sin(), (1 - scale).abs() * 0.8
    rows = (cos * mirror, -sin, (draw[3] * 2 - 1) * room, sin * mirror, cos, (draw[4] * 2 - 1) * room)
    grid = F.affine_grid(torch.stack(rows, 1).reshape(n, 2, 3), [n, planes.shape[1], window, window], False)
    return F.grid_sample(planes, grid, "bilinear", "reflection", align_corners=False)


def _developed(rgb: Tensor, generator: torch.Generator) -> Tensor:
    """Grey, of a film that is more or less sensitive to each colour."""
    share = 0.15 + torch.rand(len(rgb), 3, 1, 1, generator=generator, device=rgb.device)
    return (rgb * share).sum(1, keepdim=True) / share.sum(1, keepdim=True)


def _some(count: int, share: float, generator: torch.Generator, device: torch.device) -> Tensor:
    """Which ones of so many, at random: their indices."""
    return (torch.rand(count, generator=generator, device=device) < share).nonzero()[:, 0]
