"""The sizes that the networks come in."""

from __future__ import annotations

from typing import Literal, get_args

Preset = Literal["paper", "small", "base"]
"""`paper`: the layers of Guo et al. 2024; `small`, which ships, and `base`: the same design on a coarser grid."""

Role = Literal["coarse", "fine"]
"""Which of the two completion networks: that of the chip shrunk to 64x64, or that of the chip itself."""

PRESETS: tuple[Preset, ...] = get_args(Preset)
ROLES: tuple[Role, ...] = get_args(Role)
