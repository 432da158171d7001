"""How far a fill is from the truth: PSNR, SSIM and GMSD of the whole chip, its seam, its edges."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from engine.geometry import F64, U8

_WINDOW, _SIGMA = 11, 1.5
_C1, _C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
_GMSD_C = 170.0  # of the paper, for pictures of 0..255


def psnr(truth: U8, picture: U8, valid: np.ndarray) -> float:
    """Peak signal-to-noise ratio in dB (Guo et al. 2024, eq. 5-6) over the `valid` pixels; inf if they agree.

    `truth`, `picture`: (S, S, 3) uint8; `valid`: (S, S) bool.
    """
    difference = truth[valid].astype(np.float64) - picture[valid]
    error = float(np.mean(difference**2))
    return 10 * math.log10(255**2 / error) if error else math.inf


def ssim(truth: U8, picture: U8, valid: np.ndarray) -> float:
    """Mean structural similarity over the `valid` pixels (Wang et al. 2004: Gaussian window, sigma 1.5).

    Arrays as in `psnr`.  Each colour channel counts alike; pixels whose window leaves the chip are left out,
    and what is not valid counts as restored perfectly in the windows that touch it.  Equals scikit-image's
    `structural_similarity(..., gaussian_weights=True, use_sample_covariance=False)`, at a part of its time.
    """
    x = truth.astype(np.float64)
    y = np.where(valid[..., None], picture, truth).astype(np.float64)
    mx, my = _blur(x), _blur(y)
    vx, vy, vxy = _blur(x * x) - mx * mx, _blur(y * y) - my * my, _blur(x * y) - mx * my
    similarity = (2 * mx * my + _C1) * (2 * vxy + _C2) / ((mx * mx + my * my + _C1) * (vx + vy + _C2))
    rim = _WINDOW // 2
    inner = slice(rim, -rim)
    return float(similarity[inner, inner][valid[inner, inner]].mean())


def gmsd(truth: U8, picture: U8, valid: np.ndarray) -> float:
    """Gradient magnitude similarity deviation over the `valid` pixels (Xue et al. 2014); 0 if they agree.

    A perceptual distance that needs no network: how unevenly the gradients of the luminance, at half size, are
    kept.  Blur and broken structure raise it where PSNR forgives them.  Arrays as in `psnr`.
    """
    picture = np.where(valid[..., None], picture, truth)
    x, y = _gradients(truth), _gradients(picture)
    similarity = (2 * x * y + _GMSD_C) / (x * x + y * y + _GMSD_C)
    return float(similarity[valid[::2, ::2]].std())


def _gradients(image: U8) -> F64:
    """Gradient magnitudes (Prewitt) of the luminance, averaged over 2x2 pixels."""
    luminance = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float64)
    small = cv2.blur(luminance, (2, 2), borderType=cv2.BORDER_REFLECT)[::2, ::2]
    step = np.outer(np.ones(3), (1, 0, -1)) / 3
    across, down = (cv2.filter2D(small, cv2.CV_64F, k, borderType=cv2.BORDER_REFLECT) for k in (step, step.T))
    return np.asarray(np.hypot(across, down))


def seam(truth: U8, picture: U8, hole: np.ndarray) -> float:
    """How much larger the jumps across the hole's border are than in the truth, in levels; below 0: smoother.

    `hole`: (S, S) bool.  The mean over all neighbours of which one lies inside the hole, one outside.
    """
    excess = []
    for a, b in ((np.s_[1:], np.s_[:-1]), (np.s_[:, 1:], np.s_[:, :-1])):
        border = hole[a] != hole[b]
        made, true = (np.abs(image[a].astype(int) - image[b])[border] for image in (picture, truth))
        excess.append((made - true).ravel())
    jumps = np.concatenate(excess)
    return float(jumps.mean()) if jumps.size else 0.0


def _blur(image: F64) -> F64:
    return np.asarray(cv2.GaussianBlur(image, (_WINDOW, _WINDOW), _SIGMA, borderType=cv2.BORDER_REFLECT))


@dataclass(frozen=True, slots=True)
class EdgeCounts:
    """Edge pixels inside holes: how many were drawn, how many of these are true, and the other way round.

    Counts of several chips add up, so that a chip with few edges does not weigh as much as one with many.
    """

    drawn: int = 0
    right: int = 0
    true: int = 0
    found: int = 0

    def __add__(self, other: EdgeCounts) -> EdgeCounts:
        return EdgeCounts(
            self.drawn + other.drawn,
            self.right + other.right,
            self.true + other.true,
            self.found + other.found,
        )

    @property
    def precision(self) -> float:
        """Share of the drawn edges that are true; NaN if none was drawn."""
        return self.right / self.drawn if self.drawn else math.nan

    @property
    def recall(self) -> float:
        """Share of the true edges that were drawn; NaN if there is none."""
        return self.found / self.true if self.true else math.nan

    @property
    def f1(self) -> float:
        """Harmonic mean of both."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def count_edges(truth: np.ndarray, drawn: np.ndarray, hole: np.ndarray, *, tolerance: int) -> EdgeCounts:
    """Compare edge maps inside a hole; an edge counts as met within `tolerance` pixels (0: on that pixel).

    All are (S, S) bool.  What lies outside the hole does not count, though a true edge there may be met.
    """
    near = np.ones((2 * tolerance + 1,) * 2, np.uint8)
    near_truth = cv2.dilate(truth.astype(np.uint8), near) > 0
    near_drawn = cv2.dilate((drawn & hole).astype(np.uint8), near) > 0
    drawn, true = drawn & hole, truth & hole
    return EdgeCounts(
        int(drawn.sum()),
        int((drawn & near_truth).sum()),
        int(true.sum()),
        int((true & near_drawn).sum()),
    )
