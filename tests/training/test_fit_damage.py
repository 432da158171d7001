"""What the search for damage is said to find."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data

from training.fit_damage import KINDS, fit, main, measure


@pytest.mark.slow
def test_a_higher_sensitivity_finds_more_and_errs_more(tmp_path: Path) -> None:
    picture = tmp_path / "astronaut.png"
    Image.fromarray(data.astronaut()).save(picture)
    shy, bold = (measure([picture], sensitivity=sensitivity) for sensitivity in (0.5, 0.7))
    assert list(shy) == ["precision", "recall", *KINDS]
    assert bold["recall"] > shy["recall"] > 0.5
    assert 0.4 < shy["precision"] <= 1
    assert bold["precision"] < shy["precision"]


def test_the_fit_finds_the_rule_that_made_the_shares() -> None:
    rng = np.random.default_rng(0)
    features = rng.normal((0, 40, -3), (1, 20, 0.1), (4000, 3))
    bias, rule = -15.0, np.array([2.0, 0.05, -4.0])
    shares = 1 / (1 + np.exp(-(bias + features @ rule)))
    found_bias, found = fit(features, shares, rng.uniform(1, 9, len(features)))
    assert found == pytest.approx(rule, rel=0.02)
    assert found_bias == pytest.approx(bias, rel=0.02)


@pytest.mark.slow
def test_the_command_prints_rules_and_measures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture = tmp_path / "astronaut.png"
    Image.fromarray(data.astronaut()[:320, :320]).save(picture)
    main([str(picture)])
    names = re.findall(r"^(_\w+): Rule = \(-?[\d.]+, \((?:-?[\d.]+, )+-?[\d.]+\)\)$", capsys.readouterr().out, re.M)
    assert names == ["_LINE_RULE", "_PATCH_RULE"]
    main(["--measure", str(picture)])
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(":")[0] for line in lines] == ["sensitivity 0.3", "sensitivity 0.5", "sensitivity 0.7"]
