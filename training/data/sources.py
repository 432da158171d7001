"""How often a chip is drawn in training: by where it is from, which its name's first letter tells, and its skin."""

from __future__ import annotations

from pathlib import Path

WEIGHTS = {
    "a": 0.7,  # All-Age-Faces (Cheng et al. 2019): two fifths of all chips; whole heads, some soft
    "c": 2.0,  # official portraits of the US Congress: few; older people before plain backgrounds
    "f": 6.0,  # FFHQ (Karras et al. 2019): the sharpest and most natural, but one chip in thirty
    "g": 0.6,  # generated faces, as StyleGAN makes them: clean, and alike
    "l": 1.0,  # CelebA (Liu et al. 2015): enlarged, 1.3 times
    "m": 3.0,  # MEBeauty (Lebedeva et al. 2022): sharp, and few
    "n": 1.0,  # Helen (Le et al. 2012)
    "p": 1.0,  # your own photos (`prepare --layout folder`)
    "q": 1.0,  # CelebA-HQ (Karras et al. 2018)
    "u": 0.8,  # UTKFace (Zhang et al. 2017): inner faces only, of all ages
}
"""How often one chip of a source is drawn, against one of weight 1: sharp sources more often than their count."""


TONES = {"dark": 2.5}
"""How much more often one of such skin is drawn than others of its source: a sixth of all faces, they came out lighter
than they are."""


def weight_of(name: str, tone: str) -> float:
    """The weight of a chip of such a name and skin (`training.data.tones`); what is not listed counts 1."""
    return WEIGHTS.get(Path(name).name[0], 1.0) * TONES.get(tone, 1.0)
