"""The Restore panel: names for numbers of steps, and numbers that have no name."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from pytestqt.qtbot import QtBot

from faceapp.ui.panels.restore_panel import RestorePanel
from faceapp.ui.settings_store import Store


@pytest.fixture
def panel(qtbot: QtBot, store: Store) -> RestorePanel:
    store.put(replace(store.value, method="auto"))
    panel = RestorePanel(store)
    qtbot.addWidget(panel)
    return panel


def shown(panel: RestorePanel) -> tuple[list[str], int]:
    """The names that are down, and the number beside them."""
    return [name for name, button in panel.quality._buttons.items() if button.isChecked()], panel.steps.value()


def test_qualities_are_the_two_that_measure_best(panel: RestorePanel, store: Store) -> None:
    assert list(panel.quality._buttons) == ["preview", "standard"]
    assert shown(panel) == (["standard"], 0)
    panel.quality._buttons["preview"].click()
    assert (store.value.steps, shown(panel)) == (1, (["preview"], 1))
    panel.quality._buttons["standard"].click()
    assert (store.value.steps, shown(panel)) == (None, (["standard"], 0))


def test_any_number_of_steps_can_be_typed(panel: RestorePanel, store: Store) -> None:
    panel.steps.setValue(4)
    assert (store.value.steps, shown(panel)) == (4, ([], 4))


@pytest.mark.parametrize(("steps", "names"), [(20, []), (4, []), (2, []), (1, ["preview"]), (None, ["standard"])])
def test_older_settings_are_shown_as_they_are(qtbot: QtBot, store: Store, steps: int | None, names: list[str]) -> None:
    store.path.write_text(json.dumps({"steps": steps, "method": "diffusion"}), encoding="utf-8")
    older = Store(store.path)
    panel = RestorePanel(older)
    qtbot.addWidget(panel)
    assert shown(panel) == (names, steps or 0)
    assert older.value.steps == steps
