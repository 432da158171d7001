"""The jobs say what is wrong; the command line adds which of its options helps."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from faceapp.cli.hints import BATCH, PHOTO, hinting
from faceapp.messages import ExistsError, UsageError
from faceapp.runs.outputs import Outputs
from tests.sentences import sayings


def test_no_sentence_of_a_window_names_an_option() -> None:
    templates = [saying.template for saying in sayings() if saying.translated and saying.template]
    assert len(templates) > 100
    assert [template for template in templates if re.search(r"(?<!facemend )--[a-z]", template)] == []


@pytest.mark.parametrize(
    ("hints", "kind", "options"),
    [
        (PHOTO, ExistsError, {"--force"}),
        (PHOTO, UsageError, set()),
        (BATCH, ExistsError, {"--resume", "--force"}),
    ],
)
def test_each_kind_has_its_options(
    hints: dict[type[UsageError], str], kind: type[UsageError], options: set[str]
) -> None:
    with pytest.raises(UsageError) as caught, hinting(hints):
        raise kind("{0}: wrong", "a.png")
    assert str(caught.value).startswith("a.png: wrong")
    assert set(re.findall(r"--[a-z]+", str(caught.value))) == options


def test_a_photos_restoring_can_be_wrapped_again_and_again(tmp_path: Path) -> None:
    (tmp_path / "out.png").touch()
    check = hinting(PHOTO)(Outputs(read=(), named=(tmp_path / "out.png",), force=False).check)
    for _ in range(2):
        with pytest.raises(UsageError, match="exists already; --force"):
            check()
