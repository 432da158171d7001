"""What the critic sees of a chip: a small one enlarged, of a large one a window over its hole."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from engine.geometry import COARSE

_WINDOW = 128
_PLACE = 16  # side of the places of which a window is drawn around one


def side(size: int) -> int:
    """The side of what it sees of chips of `size` pixels."""
    return 2 * size if size <= COARSE else min(_WINDOW, size)


def view(planes: Tensor, hole: Tensor, generator: torch.Generator) -> Tensor:
    """(N, C, S, S) and (N, 1, S, S) -> (N, C, side, side); where it looks depends on the generator only."""
    size, wanted = planes.shape[-1], side(planes.shape[-1])
    if wanted > size:
        return F.interpolate(planes, (wanted, wanted), mode="bilinear", align_corners=False)
    if wanted == size:
        return planes
    area = F.avg_pool2d(hole, _PLACE).flatten(1) + 1e-6
    place = torch.multinomial(area, 1, generator=generator)[:, 0]
    middle = torch.stack((place // (size // _PLACE), place % (size // _PLACE)), 1) * _PLACE + _PLACE // 2
    reach = wanted // 4
    jitter = torch.randint(-reach, reach + 1, middle.shape, generator=generator, device=middle.device)
    corners = (middle + jitter - wanted // 2).clamp(0, size - wanted).tolist()
    cut = [one[:, y : y + wanted, x : x + wanted] for one, (y, x) in zip(planes, corners, strict=True)]
    return torch.stack(cut)
