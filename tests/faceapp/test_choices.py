"""The names a run can be asked for: one list each, and the first is the default everywhere."""

from __future__ import annotations

import inspect
import typing
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

import engine
from faceapp.cli import parser
from faceapp.runs.damage import REVIEW_ABOVE
from faceapp.runs.file_job import ModelSource, Recipe
from faceapp.settings import Language, Settings, Theme
from faceapp.ui.dialogs import Preferences
from faceapp.ui.panels.restore_panel import RestorePanel
from faceapp.ui.settings_store import Store

KINDS = {"method": engine.Method, "sampler": engine.SamplerName, "device": engine.Device, "backend": engine.Backend}


@pytest.fixture
def store(qtbot: QtBot, tmp_path: Any) -> Store:
    return Store(tmp_path / "settings.json")


@pytest.mark.parametrize("name", KINDS)
def test_the_first_is_the_default(name: str) -> None:
    first = typing.get_args(KINDS[name])[0]
    defaults = [getattr(owner, name) for owner in (engine.Request, Recipe(), Settings()) if hasattr(owner, name)]
    defaults += [
        inspect.signature(call).parameters[name].default
        for call in (engine.load_models, ModelSource, engine.fill_chip)
        if name in inspect.signature(call).parameters
    ]
    assert len(defaults) >= 3
    assert set(defaults) == {first}


def test_what_else_has_a_default_has_one() -> None:
    batch = parser.make_parser().parse_args(["batch", "in", "out", "--masks", "auto"])
    assert (batch.sensitivity, batch.review_above) == (engine.SENSITIVITY, REVIEW_ABOVE)
    assert engine.Request.feather == Settings().feather
    assert engine.SENSITIVITY == Recipe().sensitivity == Settings().sensitivity


@pytest.mark.parametrize("name", KINDS)
def test_the_command_line_takes_each(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[str] = []
    monkeypatch.setattr("faceapp.cli.restore.run", lambda options: taken.append(getattr(options, name)) or 0)
    names = typing.get_args(KINDS[name])
    for value in names:
        assert parser.main(["restore", "a.png", "--mask", "auto", "-o", "b.png", f"--{name}", value]) == 0
    assert parser.main(["restore", "a.png", "--mask", "auto", "-o", "b.png"]) == 0
    assert taken == [*names, names[0]]


def test_the_window_offers_each_by_a_name_of_its_own(qtbot: QtBot, store: Store, qapp: Any) -> None:
    panel = RestorePanel(store)
    qtbot.addWidget(panel)
    dialog = Preferences(panel, store)
    boxes = [
        (panel.method, engine.Method), (panel.sampler, engine.SamplerName), (panel.device, engine.Device),
        (dialog.device, engine.Device), (dialog.backend, engine.Backend), (dialog.language, Language),
        (dialog.theme, Theme),
    ]  # fmt: skip
    for box, kind in boxes:
        assert tuple(box.itemData(index) for index in range(box.count())) == typing.get_args(kind)
        texts = [box.itemText(index) for index in range(box.count())]
        assert len(set(texts)) == len(texts)
        assert not set(texts) & set(typing.get_args(kind)), "a name that no person knows"


def test_methods_without_networks_need_no_models() -> None:
    assert set(typing.get_args(engine.Method)) > engine.NETWORK_METHODS
    assert [method for method in typing.get_args(engine.Method) if Recipe(method=method).needs_models] == [
        method for method in typing.get_args(engine.Method) if method in engine.NETWORK_METHODS
    ]
