"""What the search for damage is said to find."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from skimage import data

from training.fit_damage import KINDS, measure


@pytest.mark.slow
def test_a_higher_sensitivity_finds_more_and_errs_more(tmp_path: Path) -> None:
    picture = tmp_path / "astronaut.png"
    Image.fromarray(data.astronaut()).save(picture)
    shy, bold = (measure([picture], sensitivity=sensitivity) for sensitivity in (0.5, 0.7))
    assert list(shy) == ["precision", "recall", *KINDS]
    assert bold["recall"] > shy["recall"] > 0.5
    assert 0.4 < shy["precision"] <= 1
    assert bold["precision"] < shy["precision"]
