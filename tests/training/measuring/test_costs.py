"""What the shipped networks cost, as the model card says."""

from __future__ import annotations

import pytest

from engine.geometry import SQUARE
from engine.networks.framing_network import FramingNetwork
from training.measuring.costs import cost_of, cost_of_evaluation, cost_of_sampling


def test_a_fill_costs_what_the_model_card_says() -> None:
    one, two = (cost_of_sampling({"edges": "small", "fine": "small"}, steps=n) for n in (1, 2))
    assert (one.gflop, two.gflop) == pytest.approx((13.2, 18.8), abs=0.1)
    assert two.gflop - one.gflop == pytest.approx(cost_of_evaluation("small").gflop)
    assert one.parameters == two.parameters == pytest.approx(7.3e6, rel=0.01)


def test_a_frame_costs_next_to_nothing() -> None:
    """It is asked dozens of times for one face."""
    cost = cost_of(FramingNetwork(), [(1, 3, SQUARE, SQUARE), (1, 1, SQUARE, SQUARE)])
    assert cost.gflop < 0.2
    assert cost.parameters < 1.2e6
